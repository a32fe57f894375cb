package bounce

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"strings"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/textproto"
)

// The limits of what is read of one mail. A report with a whole letter in it is a few hundred KB.
const (
	maxSize  = 4 << 20
	maxPart  = 1 << 20
	maxParts = 40
	maxDepth = 6
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

// entity is a mail or a part of one. Its body is as it came: package message would decode it by the charset on its label
// where that is known to the program, and labels lie.
type entity struct {
	header message.Header
	body   *bufio.Reader
}

// walk adds the leaves of an entity.
func (t *tree) walk(e entity, depth int, returned bool) {
	if depth > maxDepth || len(t.parts) >= maxParts {
		t.broken = true
		return
	}
	media, params := mediaOf(e.header)
	if strings.HasPrefix(media, "multipart/") {
		t.multipart(e, params["boundary"], depth, returned)
		return
	}
	body, err := io.ReadAll(io.LimitReader(transferred(e), maxPart))
	if err != nil {
		t.broken = true // what came before the fault still counts
	}
	switch media {
	case "message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers", "text/rfc822":
		t.enclosed(body, depth)
		return
	}
	t.parts = append(t.parts, part{media: media, text: decode(body, params["charset"]), header: e.header, returned: returned})
}

func (t *tree) multipart(e entity, boundary string, depth int, returned bool) {
	if boundary == "" {
		t.broken = true
		return
	}
	for parts := textproto.NewMultipartReader(e.body, boundary); ; {
		p, err := parts.NextPart()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				t.broken = true
			}
			return
		}
		if len(t.parts) >= maxParts {
			t.broken = true
			return
		}
		t.walk(entity{header: message.Header{Header: p.Header}, body: bufio.NewReader(p)}, depth+1, returned)
	}
}

// transferred undoes the transfer encoding.
func transferred(e entity) io.Reader {
	switch strings.ToLower(strings.TrimSpace(e.header.Get("Content-Transfer-Encoding"))) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, &letters{e.body})
	case "quoted-printable":
		return quotedprintable.NewReader(e.body)
	}
	return e.body
}

// letters passes only what base64 is written in: some programs put spaces and other signs between.
type letters struct{ from io.ByteReader }

func (l *letters) Read(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var b byte
		if b, err = l.from.ReadByte(); err == nil &&
			(b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '+' || b == '/' || b == '=') {
			p[n] = b
			n++
		}
	}
	if n > 0 {
		err = nil
	}
	return n, err
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

// read reads the header of a message.
func read(raw []byte) (entity, error) {
	body := bufio.NewReader(bytes.NewReader(raw))
	head, err := textproto.ReadHeader(body)
	return entity{header: message.Header{Header: head}, body: body}, err
}

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
