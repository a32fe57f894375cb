package message

import (
	"mime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tokui/tokui/internal/mailbox"
)

func TestTextHeader(t *testing.T) {
	long := strings.Repeat("得意先の皆様へ髙﨑𠮷①～", 12)
	for _, test := range []struct{ in, want string }{
		{"Plain subject", "Plain subject"},
		{"two  spaces\tand a tab", "two spaces and a tab"},
		{"line\r\nBcc: x@example.com", "line Bcc: x@example.com"},
		{"line\nX: y\r\r\n\r\nbody", "line X: y body"},
		{"nul\x00 del\x7f c1\u0085 ls\u2028 ps\u2029 rlo\u202e", "nul del c1 ls ps rlo"},
		{"not\xffutf8", "not\ufffdutf8"},
		{"looks =?UTF-8?Q?encoded?=", "looks =?UTF-8?Q?encoded?="},
		{"得意先", "得意先"},
		{long, long},
		{strings.Repeat("word ", 60), strings.TrimSpace(strings.Repeat("word ", 60))},
		{strings.Repeat("x", 1200), strings.Repeat("x", 1200)},
		{strings.Repeat("👨‍👩‍👧‍👦", 20), strings.Repeat("👨‍👩‍👧‍👦", 20)},
	} {
		var h headers
		h.text("Subject", test.in)
		checkHeader(t, string(h.b), "Subject", test.want)
	}
}

// checkHeader holds a header to be one field of lines of at most 76 columns, each word of which decodes by itself, that
// reads back as want.
func checkHeader(t *testing.T, field, name, want string) {
	t.Helper()
	value, ok := strings.CutPrefix(field, name+": ")
	if !ok || !strings.HasSuffix(field, "\r\n") || strings.HasPrefix(value, "\r") {
		t.Errorf("got %q, want the value to begin on the line of the name", field)
		return
	}
	lines := strings.Split(strings.TrimSuffix(field, "\r\n"), "\r\n")
	for i, line := range lines {
		if strings.ContainsAny(line, "\r\n\x00") || len(line) > lineLength || (i > 0 && !strings.HasPrefix(line, " ")) {
			t.Errorf("line %d is no continuation of at most %d columns: %q", i, lineLength, line)
		}
		for _, word := range strings.Fields(line) {
			if !strings.HasPrefix(word, "=?") || !strings.HasSuffix(word, "?=") {
				continue
			}
			if text, err := new(mime.WordDecoder).Decode(word); err == nil && !utf8.ValidString(text) {
				t.Errorf("word %q cuts a character", word)
			}
			if len(word) > 75 {
				t.Errorf("word %q is longer than 75", word)
			}
		}
	}
	value = strings.ReplaceAll(strings.TrimSuffix(value, "\r\n"), "\r\n", "")
	if got, err := new(mime.WordDecoder).DecodeHeader(value); err != nil || got != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}

func TestMailboxHeader(t *testing.T) {
	a := mailbox.Address{Local: "laura.vaughan.12346", Domain: "example.com"}
	for _, test := range []struct{ name, want string }{
		{"", "To: laura.vaughan.12346@example.com\r\n"},
		{"Laura Vaughan", "To: Laura Vaughan <laura.vaughan.12346@example.com>\r\n"},
		{"O'Brien, Leo \"the\" buyer", "To: \"O'Brien, Leo \\\"the\\\" buyer\" <laura.vaughan.12346@example.com>\r\n"},
		{"Laura Vaughan-Ainsworth of Ely, Cambs", "To: \"Laura Vaughan-Ainsworth of Ely, Cambs\"\r\n <laura.vaughan.12346@example.com>\r\n"},
		{"髙橋 陽子", "To: =?UTF-8?B?6auZ5qmLIOmZveWtkA==?= <laura.vaughan.12346@example.com>\r\n"},
		{"A\r\nBcc: b@example.com", "To: \"A Bcc: b@example.com\" <laura.vaughan.12346@example.com>\r\n"},
	} {
		var h headers
		h.mailbox("To", test.name, a)
		if got := string(h.b); got != test.want {
			t.Errorf("%q: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestLabel(t *testing.T) {
	for in, want := range map[string]string{"newsletter-a": "newsletter-a", "Aランク": "list-", "a_b": "list-", "": "list-",
		"a\r\nb": "list-", "-x": "list-"} {
		if got := label(in); !strings.HasPrefix(got, want) || strings.Trim(got, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%q: got %q", in, got)
		}
	}
}

func FuzzTextHeader(f *testing.F) {
	for _, seed := range []string{"Subject", "得意先の皆様へ", "a\r\nBcc: b@example.com", "=?UTF-8?B?gg==?=", "\xff\xfe", strings.Repeat("あ", 40)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var h headers
		if clean(in) != "" { // an empty subject is an error before it is a header
			h.text("Subject", in)
			checkHeader(t, string(h.b), "Subject", clean(in))
		}
		h.b = nil
		h.mailbox("To", in, mailbox.Address{Local: "x", Domain: "example.com"})
		for i, line := range strings.Split(strings.TrimSuffix(string(h.b), "\r\n"), "\r\n") {
			if strings.ContainsAny(line, "\r\n\x00") || (i > 0) != strings.HasPrefix(line, " ") {
				t.Errorf("name %q: line %d is %q", in, i, line)
			}
		}
		if !strings.HasSuffix(string(h.b), "x@example.com>\r\n") && !strings.HasSuffix(string(h.b), " x@example.com\r\n") {
			t.Errorf("name %q: got %q", in, h.b)
		}
	})
}

func TestCanonicalLines(t *testing.T) {
	for in, want := range map[string]string{"": "", "a": "a", "a\nb\n": "a\r\nb\r\n", "a\r\nb\rc\n\r\n": "a\r\nb\r\nc\r\n\r\n"} {
		if got := string(canonicalLines(in)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
