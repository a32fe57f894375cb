package bounce

import (
	"cmp"
	"regexp"
	"strings"
)

// readPlain reads the reports that mail servers write in words: qmail, Exim, old Exchange and sendmail, Japanese carriers.
func readPlain(m *letter, r *Report) bool {
	text := m.own()
	about, copied := splitCopy(text)
	for _, p := range plains {
		if !p.is(m, about) {
			continue
		}
		r.Form = p.form
		said := about
		if at := p.begins.FindStringIndex(about); at != nil {
			said = about[at[1]:]
		}
		r.Recipients = append(mailboxesOf(m.header.Get("X-Failed-Recipients")), mailboxesOf(said)...)
		r.Text, r.Code = reason(said), replyCode(said)
		r.MessageIDs = messageIDs(copied)
		words := m.subject + "\n" + about
		if stillTrying.MatchString(words) && !gaveUp.MatchString(words) {
			r.Kind, r.Enhanced = Delayed, enhancedIn(said)
			return true
		}
		r.Kind = Failed
		// the reason alone is judged; where it says nothing, all that the report says
		r.Enhanced = judge(finding{status: enhancedIn(said), text: said})
		if r.Enhanced == "" {
			r.Enhanced = judge(finding{text: words})
		}
		return true
	}
	return false
}

// plain is one program's way of writing a report.
type plain struct {
	form string
	is   func(m *letter, about string) bool
	// begins is what stands before the reasons.
	begins *regexp.Regexp
}

var plains = []plain{
	{
		form:   "qmail",
		is:     func(_ *letter, about string) bool { return qmail.MatchString(about) },
		begins: regexp.MustCompile(`(?is)this is a permanent error; I've given up\. Sorry it didn't work out\.|following addresses?\.?\s`),
	},
	{
		form: "exim",
		is: func(m *letter, about string) bool {
			return m.has("X-Failed-Recipients") || strings.Contains(about, "This message was created automatically by mail delivery software")
		},
		begins: regexp.MustCompile(`(?i)following address(?:es|\(es\))? failed:|has not yet been delivered to the following recipients?:|the address(?:es)? to which the message has not yet been delivered (?:is|are):`),
	},
	{
		form: "exchange",
		is: func(m *letter, about string) bool {
			return strings.Contains(about, "did not reach some or all of the intended recipients") ||
				strings.Contains(about, "受信者の一部またはすべてに届きませんでした") || strings.Contains(about, "Delivery has failed to these recipients")
		},
		begins: regexp.MustCompile(`(?i)following recipients?(?:\(s\))? (?:could not be reached|or groups):|these recipients(?: or groups)?:|次の受信者に配信できませんでした:`),
	},
	{
		form: "sendmail",
		is: func(_ *letter, about string) bool {
			return strings.Contains(about, "Transcript of session follows") || strings.Contains(about, "THIS IS A WARNING MESSAGE ONLY") ||
				strings.Contains(about, "had permanent fatal errors")
		},
		begins: regexp.MustCompile(`(?i)-----[ -]*Transcript of session follows[ -]*-----|had (?:permanent fatal|transient non-fatal) errors[ -]*-----`),
	},
	{
		// a machine of mail writes to nobody in particular, or under a subject that only such machines write
		form: "text",
		is: func(m *letter, about string) bool {
			daemon := daemonName.MatchString(m.get("From")) || strings.TrimSpace(m.header.Get("Return-Path")) == "<>"
			return daemon && (failureSubject.MatchString(m.subject) || failureText.MatchString(about))
		},
		begins: regexp.MustCompile(`\A`),
	},
}

var (
	qmail      = regexp.MustCompile(`(?i)Hi\. This is the .{0,60}(?:qmail-send|deliver) program|This is the qmail-send program`)
	daemonName = regexp.MustCompile(`(?i)mailer-?daemon|postmaster|mail delivery (?:sub)?system|mail ?administrator|メール配送|メールシステム|no-?reply.{0,20}mail ?system`)

	failureSubject = regexp.MustCompile(`(?i)undeliver(?:ed|able)|returned mail|mail delivery (?:failed|failure|error)|delivery (?:status )?notification|failure notice|delivery (?:failure|failed|problem)|non.?delivery|mail system error|could not be delivered|could not send|delayed mail|warning: .*(?:delayed|could not)|メールエラー通知|配信(?:エラー|不能|失敗|できません)|送信(?:エラー|できません)|不達|エラーメール|戻りました|お届けできません`)
	failureText    = regexp.MustCompile(`(?i)\b(?:5[0-9][0-9][ -]|[45]\.[0-9]{1,2}\.[0-9]{1,2}\b)|could not be delivered|was not delivered|undeliverable|user unknown|unknown user|mailbox is full|account is (?:disabled|temporarily limited)|お届けできません|配信できません|送信できません|みつかりませんでした|見つかりませんでした|一杯のため`)

	stillTrying = regexp.MustCompile(`(?i)not yet been delivered|still being retried|still trying|will (?:keep trying|be retried|continue to try)|no action is required|warning message only|you do not need to resend|delayed|delivery is delayed|配信(?:が)?遅延|遅延(?:し|通知)|引き続き(?:送信|配信)`)
	gaveUp      = regexp.MustCompile(`(?i)permanent(?:ly)? (?:error|fatal|fail)|given up|giving up|could not be delivered to one or more|was not delivered|returned to sender|following address(?:es|\(es\))? failed|お届けできませんでした|配信できませんでした`)
)

// splitCopy cuts a report where the copy of the message begins.
func splitCopy(text string) (about, copied string) {
	at := len(text)
	if found := copyBegins.FindStringIndex(text); found != nil {
		at = found[0]
	}
	return text[:at], text[at:]
}

var copyBegins = regexp.MustCompile(`(?im)^-{2,}[ -]*(?:below this line is a copy|this is a copy of|original message|undelivered message|unsent message|message header|mail message header|returned message|enclosed is a copy|the following is a copy).*$|^-{2,} ?(?:元のメール|送信(?:した)?メール|以下は|オリジナル).*$|^[> ]?(?:Return-Path|Received|Message-Id): .*$`)

// reason is the passage of a report that says why: the first with a code in it or words that mean something, else its
// beginning.
func reason(text string) string {
	first := ""
	for passage := range strings.SplitSeq(text, "\n\n") {
		passage = strings.TrimSpace(passage)
		if passage == "" {
			continue
		}
		first = cmp.Or(first, passage)
		if replyCode(passage) != 0 || enhancedIn(passage) != "" || meaning(passage, "") != "" {
			return passage
		}
	}
	return first
}
