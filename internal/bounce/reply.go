package bounce

import (
	"regexp"
	"strings"
)

// readReply reads what a person answers. Whoever asks to be left alone is (JP3: a refusal need not use the link), also in
// words; only what they wrote themselves counts, since the letter that they answer speaks of unsubscribing too.
func readReply(m *letter, r *Report) bool {
	text := topOf(m.own())
	refuses := refusal.MatchString(text) && !refusalNot.MatchString(text) || refusalSubject.MatchString(m.subject)
	answers := m.has("In-Reply-To") || m.has("References") || replySubject.MatchString(m.subject)
	switch {
	case refuses:
		r.Kind, r.Text = Refusal, "asks in words to be left alone"
	case answers && strings.TrimSpace(text+m.subject) != "":
		r.Kind = Reply
	default:
		return false
	}
	return true
}

var (
	replySubject   = regexp.MustCompile(`(?i)^\s*(?:re|aw|antw|返信|回答)\s*(?:\[\d+\])?\s*[:：]`)
	refusalSubject = regexp.MustCompile(`(?i)^\s*(?:(?:re|返信)\s*[:：]\s*)?(?:unsubscribe|remove me|stop|配信停止(?:希望|依頼|のお願い)?|配信解除(?:希望|依頼)?|退会(?:希望|依頼)?|解約希望)\s*[。.!！]?\s*$`)
	refusal        = regexp.MustCompile(`(?i)\bunsubscribe\b(?: me)?|(?:please )?(?:remove|take) (?:me|us|my (?:e-?mail )?address|this address) (?:from|off)|stop (?:sending|e-?mailing|mailing|writing)|do(?: not|n'?t) (?:send|e-?mail|mail|write to|contact) (?:me|us)|no (?:more|further) (?:e-?mails?|mails?|newsletters?)|配信(?:を|の)?(?:停止|解除|中止)|配信(?:は)?(?:不要|結構)|(?:今後の|今後)?(?:ご)?(?:案内|連絡|メール|メルマガ|送信|DM|ＤＭ)(?:は|を)?(?:一切)?(?:不要|結構です|お断り|やめて|止めて|送らないで|ご遠慮)|(?:リスト|名簿)から(?:削除|外して|はずして)|(?:登録|アドレス)(?:を|の)?(?:解除|削除|抹消)|退会(?:し|を|希望)|送らないでください|送付(?:を)?(?:停止|しないで)`)
	// refusalNot are sentences with the same words that say the opposite.
	refusalNot = regexp.MustCompile(`(?i)do(?: not|n'?t) (?:want to )?(?:unsubscribe|remove me)|not (?:want to |to )?unsubscribe|配信(?:を)?(?:停止|解除)(?:し)?ないで|配信(?:を)?再開|停止を(?:取り消|解除|やめ)`)
)
