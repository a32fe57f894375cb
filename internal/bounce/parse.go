package bounce

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/mail"
	"regexp"
	"strings"
	"time"

	"github.com/emersion/go-message"
)

// Parse reads a mail. recipients are the addresses that it was handed over for, where the way it came by says so.
func Parse(raw []byte, recipients ...string) Report {
	cut := len(raw) > maxSize
	if cut {
		raw = raw[:maxSize]
	}
	raw = withoutFromLine(raw)
	m := letter{tree: tree{broken: cut}}
	r := Report{ID: identity(raw)}
	e, err := read(raw)
	if err != nil {
		head, _ := splitHeader(raw)
		r.Kind, r.Reason, r.Traces = Unread, "no mail: its header cannot be read", append(recipients, decode(head, ""))
		return r
	}
	m.header = e.header
	m.media, m.params = mediaOf(e.header)
	m.subject = words(e.header.Get("Subject"))
	m.walk(e, 0, false)
	r.At = arrived(e.header)
	for _, reader := range []func(*letter, *Report) bool{readDSN, readFeedback, readReceipt, readPlain, readAuto, readReply} {
		if reader(&m, &r) {
			break
		}
	}
	if r.Kind == "" {
		r.Kind, r.Reason = Unread, "no report, no automatic reply, and not known as an answer to a message"
		if m.broken {
			r.Reason = "a part of it cannot be read, is too large or too deep"
		}
	}
	m.trace(&r, recipients)
	r.Text = clip(r.Text)
	return r
}

// letter is a mail that was read.
type letter struct {
	tree
	header  message.Header
	media   string
	params  map[string]string
	subject string
}

// own is the text of the mail itself, without messages that it encloses.
func (m *letter) own() string {
	var texts []string
	for _, p := range m.parts {
		if !p.returned && p.media == "text/plain" {
			texts = append(texts, p.text)
		}
	}
	if len(texts) == 0 {
		for _, p := range m.parts {
			if !p.returned && p.media == "text/html" {
				texts = append(texts, strip(p.text))
			}
		}
	}
	text := strings.Join(texts, "\n")
	if len(text) > maxOwn {
		text = strings.ToValidUTF8(text[:maxOwn], "")
	}
	return text
}

// maxOwn is as much text as a report's own words are looked for in.
const maxOwn = 64 << 10

// find is the first part of one of the media types that belongs to the mail itself.
func (m *letter) find(media ...string) (string, bool) {
	for _, p := range m.parts {
		for _, want := range media {
			if p.media == want && !p.returned {
				return p.text, true
			}
		}
	}
	return "", false
}

// get is a header field in which words are decoded, "" where there is none.
func (m *letter) get(name string) string { return words(m.header.Get(name)) }

// has says whether the header has a field, empty or not.
func (m *letter) has(name string) bool { return m.header.Has(name) }

// trace gathers where the message may be named.
func (m *letter) trace(r *Report, recipients []string) {
	r.Traces = append(r.Traces, recipients...)
	for _, name := range []string{"Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Original-Recipient", "To", "Cc"} {
		for fields := m.header.FieldsByKey(name); fields.Next(); {
			r.Traces = append(r.Traces, fields.Value())
		}
	}
	var heads, all []string
	for _, p := range m.parts {
		if p.media == "message/header" {
			heads = append(heads, p.text)
			r.MessageIDs = append(r.MessageIDs, messageIDs(p.text)...)
		}
		all = append(all, p.text)
	}
	if r.Form != "" && len(r.MessageIDs) == 0 { // copied into the text, as qmail and Exim do it
		for _, p := range m.parts {
			if strings.HasPrefix(p.media, "text/") {
				r.MessageIDs = append(r.MessageIDs, messageIDs(p.text)...)
			}
		}
	}
	if r.Form == "" {
		for _, name := range []string{"In-Reply-To", "References"} {
			r.MessageIDs = append(r.MessageIDs, inBrackets(m.header.Get(name))...)
		}
	}
	r.Traces = append(r.Traces, strings.Join(heads, "\n"), strings.Join(all, "\n"))
}

// messageIDs are those that a text's lines `Message-ID: <…>` name.
func messageIDs(text string) []string {
	var ids []string
	for _, found := range messageIDLine.FindAllStringSubmatch(text, 20) {
		ids = append(ids, found[1])
	}
	return ids
}

var messageIDLine = regexp.MustCompile(`(?im)^[> \t]*Message-Id:[ \t]*<([^<>\s]{1,250})>?`)

func inBrackets(text string) []string {
	var ids []string
	for _, found := range bracketed.FindAllStringSubmatch(text, 50) {
		ids = append(ids, found[1])
	}
	return ids
}

var bracketed = regexp.MustCompile(`<([^<>\s]{1,250})>`)

// arrived is when the last server took the mail, else its date.
func arrived(h message.Header) time.Time {
	if received := h.Get("Received"); received != "" {
		if i := strings.LastIndexByte(received, ';'); i >= 0 {
			if at, err := mail.ParseDate(strings.TrimSpace(received[i+1:])); err == nil {
				return at.UTC()
			}
		}
	}
	if at, err := mail.ParseDate(h.Get("Date")); err == nil {
		return at.UTC()
	}
	return time.Time{}
}

// identity hashes what stays the same by whichever way a mail comes: its body, and what its author wrote into the header.
func identity(raw []byte) string {
	head, body := splitHeader(raw)
	h := sha256.New()
	text := unfold(string(head))
	for _, name := range []string{"message-id", "date", "from", "to", "subject"} {
		for line := range strings.Lines(text) {
			field, value, ok := strings.Cut(line, ":")
			if ok && strings.EqualFold(strings.TrimSpace(field), name) {
				h.Write([]byte(name + ":" + strings.Join(strings.Fields(value), " ") + "\n"))
			}
		}
	}
	h.Write([]byte("\n"))
	h.Write(bytes.TrimRight(bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n")), "\r\n \t"))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// withoutFromLine takes away the line that mbox files and pipes put before a mail.
func withoutFromLine(raw []byte) []byte {
	raw = bytes.TrimLeft(raw, "\r\n")
	if bytes.HasPrefix(raw, []byte("From ")) {
		if i := bytes.IndexByte(raw, '\n'); i >= 0 {
			return raw[i+1:]
		}
	}
	return raw
}

// strip makes text of HTML well enough to look for words in it.
func strip(html string) string {
	return tag.ReplaceAllString(lineTag.ReplaceAllString(hidden.ReplaceAllString(html, " "), "\n"), " ")
}

var (
	tag     = regexp.MustCompile(`<[^>]{0,900}>`)
	lineTag = regexp.MustCompile(`(?i)<(?:br|/p|/div|/tr)[^>]{0,200}>`)
	hidden  = regexp.MustCompile(`(?is)<(?:style|script|head)\b.*?</(?:style|script|head)>`)
)

// clip puts a text on one line of a length worth keeping.
func clip(text string) string {
	if len(text) > 4000 {
		text = strings.ToValidUTF8(text[:4000], "")
	}
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 400 {
		text = strings.ToValidUTF8(text[:400], "") + "…"
	}
	return text
}
