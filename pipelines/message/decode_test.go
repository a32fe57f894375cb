package message

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/emersion/go-message/mail"
)

// decode reads the parts of a message with another library.
func decode(t interface{ Fatalf(string, ...any) }, raw []byte) []string {
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%v", err)
	}
	var parts []string
	for {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return parts
		}
		if err != nil {
			t.Fatalf("%v", err)
		}
		body, err := io.ReadAll(p.Body)
		if err != nil {
			t.Fatalf("%v", err)
		}
		parts = append(parts, strings.ReplaceAll(string(body), "\r\n", "\n"))
	}
}
