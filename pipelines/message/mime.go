package message

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/mailbox"
)

// dateLayout is RFC 5322's date-time.
const dateLayout = "Mon, 02 Jan 2006 15:04:05 -0700"

// head writes the header block of a message. It cannot fail: what could be wrong with its values was found before.
func (t *Template) head(b []byte, r Recipient, to mailbox.Address, subject, unsubscribe string) []byte {
	h := headers{b}
	h.mailbox("From", t.fromName, t.from)
	h.mailbox("To", r.Name, to)
	if t.replyTo != (mailbox.Address{}) {
		h.mailbox("Reply-To", t.replyToName, t.replyTo)
	}
	h.text("Subject", subject)
	h.b = append(h.b, "Date: "...)
	h.b = r.Date.AppendFormat(h.b, dateLayout)
	h.b = append(h.b, "\r\n"...)
	h.structured("Message-ID", "<", r.MessageKey, "@", t.from.Domain, ">")
	if t.settings.Purpose == Marketing {
		h.structured("List-Id", "<", label(r.Campaign), ".", t.from.Domain, ">")
		h.structured("List-Unsubscribe", "<", unsubscribe, ">")
		h.structured("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
		h.structured("Precedence", "bulk")
		h.structured("Feedback-ID", label(r.Campaign), ":", string(r.Slot), ":", t.settings.Purpose, ":", t.senderID)
	}
	h.structured("Auto-Submitted", "auto-generated")
	h.structured("X-Auto-Response-Suppress", "OOF, AutoReply")
	h.structured("MIME-Version", "1.0")
	h.structured("Content-Type", `multipart/alternative; boundary="`, boundary, r.MessageKey, `"`)
	return h.b
}

// boundary is what stands between the parts, before the message's key. No part holds it: base64 has no underscore, and
// quoted-printable no = before one (RFC 2045, 6.7).
const boundary = "=_"

// openPart begins one alternative.
func openPart(b []byte, key, mediaType string, e encoding) []byte {
	b = append(b, "\r\n--"+boundary...)
	b = append(b, key...)
	b = append(b, "\r\nContent-Type: "...)
	b = append(b, mediaType...)
	b = append(b, "; charset=utf-8\r\nContent-Transfer-Encoding: "...)
	b = append(b, e.String()...)
	return append(b, "\r\n\r\n"...)
}

// closeParts ends the message.
func closeParts(b []byte, key string) []byte {
	b = append(b, "\r\n--"+boundary...)
	b = append(b, key...)
	return append(b, "--\r\n"...)
}

// whole makes a message of finished parts.
func (t *Template) whole(b []byte, r Recipient, to mailbox.Address, subject, text, html, unsubscribe string) []byte {
	b = t.head(b, r, to, subject, unsubscribe)
	for _, part := range []struct {
		mediaType, body string
	}{{"text/plain", text}, {"text/html", html}} {
		e := encodingFor(part.body)
		var w writer
		w.reset(openPart(b, r.MessageKey, part.mediaType, e), e)
		w.text(part.body)
		w.end()
		b = w.b
	}
	return closeParts(b, r.MessageKey)
}

// message is what is known of a message beside its bytes.
func (t *Template) message(r Recipient, to mailbox.Address, subject string) Message {
	return Message{Key: r.MessageKey, ID: "<" + r.MessageKey + "@" + t.from.Domain + ">", From: t.from, To: to, Subject: subject}
}

// canonicalLines ends every line with CRLF, however it ended before.
func canonicalLines(body string) []byte {
	b := make([]byte, 0, len(body)+len(body)/32+16)
	for {
		end := strings.IndexAny(body, "\r\n")
		if end < 0 {
			return append(b, body...)
		}
		b = append(append(b, body[:end]...), '\r', '\n')
		if strings.HasPrefix(body[end:], "\r\n") {
			end++
		}
		body = body[end+1:]
	}
}

// label makes a name fit for a header and a domain name: letters, digits and hyphens. One that has others, such as a
// campaign with a Japanese name, is replaced by a hash, which is as stable.
func label(name string) string {
	for i := 0; i < len(name); i++ {
		c := name[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' && i > 0) {
			return "list-" + digest(name)
		}
	}
	if name == "" || len(name) > 63 || strings.HasSuffix(name, "-") {
		return "list-" + digest(name)
	}
	return name
}

// senderID is the last part of Feedback-ID: the same for all mail of a sender, 5 to 15 characters
// (Google, "Feedback Loop", answer 6254652).
func senderID(domain string) string { return "tokui" + digest(domain)[:8] }

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}

// sampleDate stands in the sample message that Compile renders.
var sampleDate = time.Date(2000, 1, 3, 10, 0, 0, 0, time.UTC)
