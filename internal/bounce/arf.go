package bounce

import "strings"

// readFeedback reads a feedback report (RFC 5965, P6): somebody pressed the button for spam, or took it back. The recipient
// in it may be blacked out; the message is named by its own return path and Message-ID.
func readFeedback(m *letter, r *Report) bool {
	text, ok := m.find("message/feedback-report")
	if !ok {
		return false
	}
	for line := range strings.Lines(unfold(text)) {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "feedback-type":
			r.Feedback, _, _ = strings.Cut(strings.ToLower(value), " ")
		case "original-rcpt-to":
			r.Recipients = append(r.Recipients, mailboxesOf(value)...)
		}
	}
	r.Form = "arf"
	switch r.Feedback {
	case "":
		r.Kind, r.Reason = Unread, "a feedback report that names no type"
	case "not-spam":
		r.Kind = NotSpam
	default:
		r.Kind = Complaint
	}
	return true
}

// readReceipt reads a disposition notification (RFC 8098): a program says that a mail was shown or deleted.
func readReceipt(m *letter, r *Report) bool {
	text, ok := m.find("message/disposition-notification")
	if !ok {
		return false
	}
	r.Kind = AutoReply
	for line := range strings.Lines(unfold(text)) {
		name, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "disposition":
			r.Text = "receipt: " + strings.TrimSpace(value)
		case "original-message-id":
			r.MessageIDs = append(r.MessageIDs, inBrackets(value)...)
		}
	}
	return true
}
