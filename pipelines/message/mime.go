package message

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/mailbox"
)

// dateLayout is RFC 5322's date-time.
const dateLayout = "Mon, 02 Jan 2006 15:04:05 -0700"

// build puts the finished parts together. It cannot fail: what could be wrong with them was found before.
func (t *Template) build(r Recipient, to mailbox.Address, subject, html, text, unsubscribe string) Message {
	m := Message{
		Key: r.MessageKey, ID: "<" + r.MessageKey + "@" + t.from.Domain + ">",
		From: t.from, To: to, Subject: subject, HTML: html, Text: text,
	}
	// Nothing in base64 holds an underscore: the boundary cannot stand in a part (RFC 2045 6.7's advice).
	boundary := "=_" + r.MessageKey
	h := headers{make([]byte, 0, 2048+encodedSize(len(text)+strings.Count(text, "\n"))+
		encodedSize(len(html)+strings.Count(html, "\n")))}
	h.mailbox("From", t.fromName, t.from)
	h.mailbox("To", r.Name, to)
	if t.replyTo != (mailbox.Address{}) {
		h.mailbox("Reply-To", t.replyToName, t.replyTo)
	}
	h.text("Subject", subject)
	h.structured("Date", r.Date.Format(dateLayout))
	h.structured("Message-ID", m.ID)
	if t.settings.Purpose == Marketing {
		h.structured("List-Id", "<"+label(r.Campaign)+"."+t.from.Domain+">")
		h.structured("List-Unsubscribe", "<"+unsubscribe+">")
		h.structured("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
		h.structured("Precedence", "bulk")
		h.structured("Feedback-ID", label(r.Campaign)+":"+string(r.Slot)+":"+t.settings.Purpose+":"+senderID(t.from.Domain))
	}
	h.structured("Auto-Submitted", "auto-generated")
	h.structured("X-Auto-Response-Suppress", "OOF, AutoReply")
	h.structured("MIME-Version", "1.0")
	h.structured("Content-Type", `multipart/alternative; boundary="`+boundary+`"`)
	h.part(boundary, "text/plain", text)
	h.part(boundary, "text/html", html)
	h.b = append(h.b, "\r\n--"+boundary+"--\r\n"...)
	m.Raw = h.b
	return m
}

// part writes one alternative, with canonical line ends, in base64. A line of base64 never begins with a dot.
func (h *headers) part(boundary, mediaType, body string) {
	h.b = append(h.b, "\r\n--"+boundary+"\r\nContent-Type: "+mediaType+
		"; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"...)
	canonical := canonicalLines(body)
	const perLine = lineLength / 4 * 3
	for len(canonical) > perLine {
		h.b = base64.StdEncoding.AppendEncode(h.b, canonical[:perLine])
		h.b = append(h.b, "\r\n"...)
		canonical = canonical[perLine:]
	}
	h.b = base64.StdEncoding.AppendEncode(h.b, canonical)
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

func encodedSize(n int) int { return n/57*78 + 78 }

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
