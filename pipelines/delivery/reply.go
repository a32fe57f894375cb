package delivery

import (
	"errors"
	"net/textproto"
	"regexp"
	"strings"

	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/mailbox"
)

// stage is where in the dialogue a server answered.
type stage int

const (
	stageMail stage = iota
	stageRcpt
	stageData
	stageDot
)

// replied turns a server's refusal into an outcome; ok is false where the error is not a reply but a broken connection.
func replied(err error, at stage, to mailbox.Address) (out Outcome, ok bool) {
	var reply *textproto.Error
	if !errors.As(err, &reply) || reply.Code < 400 || reply.Code > 599 {
		return Outcome{}, false
	}
	out = Outcome{
		Result:   Deferred,
		Code:     reply.Code,
		Enhanced: enhancedCode(reply.Msg),
		Detail:   cleanReply(reply.Msg, to),
	}
	if reply.Code >= 500 {
		out.Result = Failed
	}
	out.Blame = blame(out, at)
	return out, true
}

// blame reads whom a refusal is about. RFC 3463: x.1 the address, x.2 the mailbox, x.3 and x.4 the receiving system and
// the way there, x.5 and x.6 what we said and sent, x.7 policy. Whatever answers MAIL is about us.
func blame(out Outcome, at stage) Blame {
	subject := ""
	if parts := strings.SplitN(out.Enhanced, ".", 3); len(parts) == 3 {
		subject = parts[1]
	}
	if at == stageMail {
		return Ourselves
	}
	if out.Result == Deferred {
		switch {
		case out.Enhanced == "4.1.7" || out.Enhanced == "4.1.8":
			return Ourselves
		case subject == "1" || subject == "2" && out.Code != 421:
			return Mailbox
		default:
			return Domain
		}
	}
	switch {
	case journal.HardBounce(out.Enhanced):
		return Address
	case out.Enhanced == "" && at == stageRcpt && (out.Code == 550 || out.Code == 553) && unknownUser(out.Detail):
		return Address
	case subject == "2":
		return Mailbox
	case subject == "7" || subject == "5" || subject == "6" || out.Enhanced == "5.1.7" || out.Enhanced == "5.1.8":
		return Ourselves
	default:
		return Nobody
	}
}

// unknownUser reads a reply without an enhanced code, as Japanese carriers give it, for the plain words that the mailbox
// does not exist. Anything less plain suppresses nobody.
func unknownUser(text string) bool {
	text = strings.ToLower(text)
	for _, words := range []string{"unknown user", "user unknown", "no such user", "user not found", "does not exist"} {
		if strings.Contains(text, words) {
			return !strings.Contains(text, "sender")
		}
	}
	return false
}

// enhancedCode is the enhanced status code at the start of a reply's text, "" where there is none.
func enhancedCode(text string) string {
	word, _, _ := strings.Cut(text, " ")
	word, _, _ = strings.Cut(word, "\n")
	parts := strings.Split(word, ".")
	if len(parts) != 3 || parts[0] != "2" && parts[0] != "4" && parts[0] != "5" {
		return ""
	}
	for _, part := range parts[1:] {
		if part == "" || len(part) > 3 || strings.Trim(part, "0123456789") != "" {
			return ""
		}
	}
	return word
}

// cleanReply is a reply on one line without the recipient, whose name some servers give without the domain. The journal
// takes whole addresses out by itself.
func cleanReply(text string, to mailbox.Address) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(to.Local) < 2 || !strings.Contains(strings.ToLower(text), strings.ToLower(to.Local)) {
		return text // as nearly all are; the expression below takes longer to make than a message to send
	}
	name := regexp.MustCompile(`(?i)(^|[^\pL\pN._-])` + regexp.QuoteMeta(to.Local) + `($|[^\pL\pN._-])`)
	return name.ReplaceAllString(text, "${1}(recipient)${2}")
}
