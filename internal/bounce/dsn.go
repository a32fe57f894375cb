package bounce

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// fate is what a report says of one recipient.
type fate struct {
	action           string
	status           string // as the report has it; "" where it has none
	diagnostic       string // what the server said
	recipient, given string // final and original
}

// readDSN reads a delivery status notification (P5): only `failed` is a bounce, `delayed` is none.
func readDSN(m *letter, r *Report) bool {
	text, ok := m.find("message/delivery-status", "message/global-delivery-status")
	if !ok {
		return false
	}
	fates := readStatus(text)
	if len(fates) == 0 {
		return false // a report without its contents: its text may say more
	}
	r.Form = "dsn"
	notice := m.own()
	for _, f := range fates {
		r.Recipients = append(r.Recipients, mailboxesOf(f.recipient, f.given)...)
	}
	// One message has one recipient. Where a list or an alias stood behind the address, some of many may have failed: then
	// the address itself works.
	at := fates[0]
	for _, f := range fates[1:] {
		if severity(f) < severity(at) {
			at = f
		}
	}
	r.Text = cmp.Or(at.diagnostic, firstLines(notice))
	r.Code = replyCode(at.diagnostic)
	switch at.action {
	case "failed":
		r.Kind, r.Enhanced = Failed, judge(finding{status: at.status, text: at.diagnostic, notice: notice})
	case "delayed":
		r.Kind, r.Enhanced = Delayed, at.status
	case "delivered", "relayed", "expanded":
		r.Kind = Delivered
	}
	return true
}

// severity orders the fates of several recipients: what went well before what may, before what did not.
func severity(f fate) int {
	switch f.action {
	case "delivered", "relayed", "expanded":
		return 0
	case "delayed":
		return 1
	default:
		if strings.HasPrefix(f.status, "4.") {
			return 2
		}
		return 3
	}
}

// readStatus reads the fields of a message/delivery-status, in groups between empty lines. Carriers leave out spaces,
// empty lines and angle brackets, so lines are all that is relied on.
func readStatus(text string) []fate {
	var fates []fate
	for block := range strings.SplitSeq(unfold(text)+"\n\n", "\n\n") {
		var f fate
		seen := map[string]bool{}
		for line := range strings.Lines(block) {
			name, value, ok := strings.Cut(line, ":")
			if !ok {
				continue
			}
			name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
			if name == "final-recipient" && seen[name] { // the next recipient, without the empty line before it
				fates = appendFate(fates, f)
				f, seen = fate{}, map[string]bool{}
			}
			seen[name] = true
			switch name {
			case "action":
				f.action, _, _ = strings.Cut(strings.ToLower(value), " ")
				f.action = strings.Trim(f.action, "\t;")
			case "status":
				f.status = enhancedIn(value)
			case "diagnostic-code":
				f.diagnostic = afterType(value)
			case "final-recipient":
				f.recipient = afterType(value)
			case "original-recipient":
				f.given = afterType(value)
			}
		}
		fates = appendFate(fates, f)
		if len(fates) > 200 {
			break
		}
	}
	return fates
}

// appendFate keeps a group that is about a recipient.
func appendFate(fates []fate, f fate) []fate {
	if f.action == "" && f.status == "" {
		return fates // the group about the message, or nothing
	}
	f.status = cmp.Or(f.status, enhancedIn(f.diagnostic))
	if !slices.Contains([]string{"failed", "delayed", "delivered", "relayed", "expanded"}, f.action) {
		f.action = map[byte]string{'2': "delivered", '4': "delayed", '5': "failed"}[(f.status + " ")[0]]
	}
	if f.action == "" {
		return fates
	}
	return append(fates, f)
}

// afterType takes the type away that stands before a value: smtp; or rfc822;
func afterType(value string) string {
	kind, rest, ok := strings.Cut(value, ";")
	if !ok || strings.ContainsAny(strings.TrimSpace(kind), " @") {
		return value
	}
	return strings.TrimSpace(rest)
}

// enhancedIn is the first enhanced status code in a text, "" where there is none.
func enhancedIn(text string) string {
	if found := enhancedCode.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}

// replyCode is the first SMTP reply code in what a server said, 0 where there is none.
func replyCode(text string) int {
	found := smtpCode.FindStringSubmatch(text)
	if found == nil {
		return 0
	}
	return int(found[1][0]-'0')*100 + int(found[1][1]-'0')*10 + int(found[1][2]-'0')
}

var (
	enhancedCode = regexp.MustCompile(`(?:^|[^0-9.])([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:$|[^0-9.]|\.(?:$|[^0-9]))`)
	smtpCode     = regexp.MustCompile(`(?:^|[\s;:(])([45][0-7][0-9])(?:$|[\s;:-])`)
	mailboxIn    = regexp.MustCompile(`[^\s<>;,()"]{1,64}@[A-Za-z0-9.-]{1,253}`)
)

// mailboxesOf are the addresses in texts.
func mailboxesOf(texts ...string) []string {
	var all []string
	for _, text := range texts {
		all = append(all, mailboxIn.FindAllString(text, 10)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// firstLines are the first words of a notice.
func firstLines(text string) string {
	return clip(strings.TrimSpace(text))
}
