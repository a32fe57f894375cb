package bounce

import (
	"regexp"
	"strings"
)

// finding is what is known of a failure.
type finding struct {
	status string // enhanced code of the report, "" where it gives none
	text   string // what the server said
	notice string // what the reporting server says about it, where it is another text
}

// Judge gives the enhanced code by which a failure is to be judged that another system reports: by its code and by what the
// server said. "" is open.
func Judge(status, text string) string {
	return judge(finding{status: enhancedIn(status), text: text})
}

// judge gives the enhanced code by which a failure is to be judged; "" is open.
func judge(f finding) string {
	said := f.text
	if said == "" {
		said = f.notice
	}
	status := f.status
	if in := enhancedIn(f.text); in != "" && in[0] != '2' && generic(status) {
		status = in // the remote server's own code says more than what was made of it
	}
	phase := phaseOf(f.text + "\n" + f.notice)
	words := meaning(said, phase)
	switch {
	case phase == "MAIL":
		return "5.1.8" // whatever answers MAIL is about our address
	case strings.HasPrefix(status, "5.1.") && status != "5.1.7" && status != "5.1.8":
		if words == aboutUs { // the code says that nobody is there, the words say that we are not welcome: open
			return "5.0.0"
		}
		if words == filtered {
			return filtered
		}
		return status
	case generic(status):
		if words != "" {
			return words
		}
		return status
	default:
		return status
	}
}

// generic says that a status names no subject: none, or x.0.x.
func generic(status string) bool { return status == "" || len(status) > 2 && status[2:4] == "0." }

// The codes that words stand for.
const (
	noMailbox = "5.1.1"
	noDomain  = "5.4.4"
	ourSender = "5.1.8"
	disabled  = "5.2.1"
	full      = "5.2.2"
	filtered  = "5.2.0" // the person's own filter: neither is the mailbox gone, nor is it about us only
	tooLong   = "5.3.4"
	expired   = "4.4.7"
	aboutUs   = "5.7.1"
)

// phaseOf is the command that was refused, where the text says it: MAIL, RCPT, DATA (its end too).
func phaseOf(text string) string {
	found := inReplyTo.FindStringSubmatch(text)
	if found == nil {
		return ""
	}
	switch command := strings.ToUpper(found[1]); {
	case strings.HasPrefix(command, "MAIL"):
		return "MAIL"
	case strings.HasPrefix(command, "RCPT"):
		return "RCPT"
	default:
		return "DATA"
	}
}

var inReplyTo = regexp.MustCompile(`(?i)(?:in reply to(?: the)?|error from remote mail server after|after) (MAIL FROM|RCPT TO|end of DATA|DATA|end of data)\b`)

// meaning is the code that the words of a reply stand for, "" where they say nothing that can be relied on. phase matters:
// docomo and au say that nobody is there after DATA too, where they mean that the person's filter refused it.
func meaning(text, phase string) string {
	if len(text) > 16<<10 {
		text = text[:16<<10]
	}
	text = strings.Join(strings.Fields(text), " ")
	for _, s := range sayings {
		if s.words.MatchString(text) {
			if s.code == noMailbox && phase == "DATA" {
				return filtered
			}
			return s.code
		}
	}
	return ""
}

// saying is what servers write and what it means.
type saying struct {
	words *regexp.Regexp
	code  string
}

func said(code, words string) saying {
	return saying{words: regexp.MustCompile(`(?i)` + words), code: code}
}

// sayings in the order in which they are tried: what is about our address first, then what is so plain that no other word
// beside it matters, then what is about us, then the rest.
var sayings = []saying{
	said(ourSender, `sender (?:address )?(?:rejected|verify failed|domain)|domain of sender|sender'?s? domain (?:does not|doesn'?t) exist|unresolvable sender`),
	// au, without the address: the person's filter
	said(filtered, `\b55[0-9] (?:5\.[0-9]\.[0-9] )?: user unknown|mail delivery failed\.\.\. user unknown`),
	said(filtered, `X-SPASIGN: NG|指定された送信先はエラーのためお届けできませんでした`),
	said(full, `mailbox (?:is )?full|over ?quota|quota exceeded|exceeded (?:the |its |their |his )?(?:mailbox |storage |disk )*quota|out of storage|mailbox (?:has )?exceeded|mailbox size limit|insufficient (?:disk|storage)|disk quota|too much mail data|number of messages in recipient'?s mailbox exceeded|メールボックスが一杯|メールボックスの容量|容量(?:制限)?を超え|受信ボックスが(?:いっぱい|一杯)`),
	said(disabled, `account (?:is |has been )?(?:disabled|suspended|inactive|locked)|account is temporarily limited|mailbox (?:is )?(?:disabled|inactive|suspended|locked)|user is inactive|inactive user|利用停止|休止中`),
	said(aboutUs, `spam\b|blacklist|black list|blocklist|block list|block(?:ed)? (?:by|using|for|because)|\b(?:dns|s|r)bl\b|spamhaus|reputation|dmarc|\bspf\b|dkim|policy (?:reasons?|violation)|policy rejection|not accepted for policy|unsolicited|too many (?:bad|invalid|unknown) (?:recipients|users)|relay(?:ing)? (?:access )?denied|not authoriz?ed|authentication (?:required|checks)|access denied|message (?:was )?(?:rejected|blocked)|poor reputation|迷惑メール|SC-[0-9]{3}`),
	said(noMailbox, `user unknown|unknown user|no such (?:user|mailbox|recipient|address|person)|no (?:mailbox|user) here|user (?:does not|doesn'?t) exist|user not found|unknown (?:recipient|mailbox|local)|recipient (?:address )?(?:rejected|unknown|not found)|recipient not found|invalid (?:recipient|mailbox|user)|mailbox (?:does not|doesn'?t) exist|mailbox (?:unavailable|not found|unknown)|address (?:rejected|unknown|does not exist)|does not have an? .{0,60}account|doesn'?t have an? .{0,60}account|account (?:that you tried to reach )?does not exist|no account by that name|not a valid (?:mailbox|recipient)|宛先がみつかりません|宛先が見つかりません|あて先が見つかりません|(?:メール)?アドレスは?存在しません|ユーザ(?:ー)?が(?:見つかりません|存在しません)|該当する(?:ユーザ|メールアドレス)`),
	said(noDomain, `host or domain name not found|host (?:name )?not found|unrouteable address|unroutable address|domain (?:name )?(?:does not|doesn'?t) exist|remote domain doesn'?t exist|no mx (?:record|for)|couldn'?t find any host|name service error|domain not found|nullmx|does not accept mail \(nullmx\)|ドメインが(?:見つかりません|存在しません)`),
	said(tooLong, `message (?:size|too large|too big|length) ?(?:exceeds|is)?|size limit|message too (?:large|big)`),
	said(expired, `retry time(?:out)? (?:not reached|exceeded)|delivery time expired|not delivered within|could not be delivered for|in the queue too long|timed? ?out|maximum (?:retry|queue) time|connection (?:refused|timed out)|network is unreachable|no route to host|temporary (?:failure|problem|error)|再送|時間内に(?:配送|送信|お届け)でき`),
}
