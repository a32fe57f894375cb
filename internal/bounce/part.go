package bounce

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"strings"

	"github.com/emersion/go-message"
)

// The limits of what is read of one mail. A report with a whole letter in it is a few hundred KB.
const (
	maxSize   = 4 << 20
	maxHeader = 256 << 10
	maxPart   = 1 << 20
	maxParts  = 40
	maxDepth  = 6
)

// part is one leaf of a mail, decoded; of an enclosed message its headers are a leaf of their own, and its text follows.
type part struct {
	media  string // lower case
	text   string // UTF-8, lines end in \n
	header message.Header
	// returned says that it belongs to a message that is enclosed, not to the report about it.
	returned bool
}

// tree reads the leaves of a mail.
type tree struct {
	parts []part
	// broken says that something was left out: too large, too deep, or not to be read.
	broken bool
}

// walk adds the leaves of an entity.
func (t *tree) walk(e *message.Entity, depth int, returned bool) {
	if depth > maxDepth || len(t.parts) >= maxParts {
		t.broken = true
		return
	}
	media, params := mediaOf(e.Header)
	if strings.HasPrefix(media, "multipart/") {
		t.multipart(e, depth, returned)
		return
	}
	body, err := io.ReadAll(io.LimitReader(e.Body, maxPart))
	if err != nil {
		t.broken = true // what came before the fault still counts
	}
	switch media {
	case "message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers", "text/rfc822":
		t.enclosed(body, depth)
		return
	}
	t.parts = append(t.parts, part{media: media, text: decode(body, params["charset"]), header: e.Header, returned: returned})
}

func (t *tree) multipart(e *message.Entity, depth int, returned bool) {
	parts := e.MultipartReader()
	if parts == nil {
		t.broken = true
		return
	}
	for {
		sub, err := parts.NextPart()
		if err != nil && !readable(err) {
			if !errors.Is(err, io.EOF) {
				t.broken = true
			}
			return
		}
		if len(t.parts) >= maxParts {
			t.broken = true
			return
		}
		t.walk(sub, depth+1, returned)
	}
}

// enclosed adds a message that came back: its header as a leaf, and its leaves.
func (t *tree) enclosed(raw []byte, depth int) {
	raw = bytes.TrimLeft(raw, "\r\n")
	head, _ := splitHeader(raw)
	t.parts = append(t.parts, part{media: "message/header", text: unfold(decode(head, "")), returned: true})
	inner, err := read(raw)
	if err != nil {
		return // its header is all that matters, and that is there
	}
	t.walk(inner, depth+1, true)
}

// read reads a message or part, one with an unknown charset or encoding too.
func read(raw []byte) (*message.Entity, error) {
	e, err := message.ReadWithOptions(bytes.NewReader(raw), &message.ReadOptions{MaxHeaderBytes: maxHeader})
	if err != nil && !readable(err) {
		return nil, err
	}
	return e, nil
}

// readable says that go-message gave the bytes as they are: charsets are decoded here, as their labels lie.
func readable(err error) bool { return message.IsUnknownCharset(err) || message.IsUnknownEncoding(err) }

func mediaOf(h message.Header) (media string, params map[string]string) {
	text := h.Get("Content-Type")
	if text == "" {
		return "text/plain", nil
	}
	media, params, err := mime.ParseMediaType(text)
	if err != nil && media == "" { // carriers forget quotation marks
		media, _, _ = strings.Cut(text, ";")
	}
	return strings.ToLower(strings.TrimSpace(media)), params
}

// splitHeader cuts a message at its first empty line.
func splitHeader(raw []byte) (head, body []byte) {
	for _, end := range []string{"\r\n\r\n", "\n\n"} {
		if i := bytes.Index(raw, []byte(end)); i >= 0 {
			return raw[:i+len(end)/2], raw[i+len(end):]
		}
	}
	return raw, nil
}

// unfold joins the continued lines of a header.
func unfold(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.NewReplacer("\n ", " ", "\n\t", " ").Replace(text)
}
