package bounce

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// corpus seeds a fuzz test with the corpus' mails whose names begin with a word.
func corpus(f *testing.F, prefix string) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "corpus", prefix+"*.eml"))
	if err != nil || len(files) == 0 {
		f.Fatalf("got %d mails of %s: %v", len(files), prefix, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
}

// holds is what is true of every mail, whoever wrote it.
func holds(t *testing.T, raw []byte) {
	t.Helper()
	r := Parse(raw)
	if r.Kind == "" || len(r.ID) != 32 {
		t.Fatalf("got kind %q and id %q, want one of each", r.Kind, r.ID)
	}
	if len(r.Text) > 500 || strings.ContainsAny(r.Text, "\r\n") || !utf8.ValidString(r.Text) {
		t.Errorf("got text %q, want one short line of UTF-8", r.Text)
	}
	if r.Enhanced != "" && enhancedIn(r.Enhanced) != r.Enhanced {
		t.Errorf("got code %q, want an enhanced status code", r.Enhanced)
	}
	if r.Kind == Unread && r.Reason == "" {
		t.Error("got an unread mail without a reason")
	}
	if again := Parse(raw); again.ID != r.ID || again.Kind != r.Kind {
		t.Error("the same bytes are read in two ways")
	}
}

func FuzzDSN(f *testing.F) {
	corpus(f, "dsn-")
	f.Fuzz(holds)
}

func FuzzARF(f *testing.F) {
	corpus(f, "arf-")
	f.Fuzz(holds)
}

// FuzzText is for what is neither: plain texts, automatic replies, answers, in whatever charset.
func FuzzText(f *testing.F) {
	for _, prefix := range []string{"qmail-", "exim-", "au-", "kddi-", "mopera-", "carrier-", "auto-", "reply-", "unread-"} {
		corpus(f, prefix)
	}
	f.Fuzz(holds)
}

// TestHostile: deep, wide and endless mails are read within the limits.
func TestHostile(t *testing.T) {
	deep := strings.Builder{}
	for i := range 200 {
		b := strings.Repeat("b", i+1)
		deep.WriteString("Content-Type: multipart/mixed; boundary=" + b + "\n\n--" + b + "\n")
	}
	wide := "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 10_000)
	for name, raw := range map[string]string{
		"deep": deep.String(), "wide": wide, "nested mails": strings.Repeat("Content-Type: message/rfc822\n\n", 5000),
		"long header": "Subject: " + strings.Repeat("a", 1<<20) + "\n\nx", "long line": "Subject: x\n\n" + strings.Repeat("<", 2<<20),
		"many groups": "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n" +
			strings.Repeat("Action: failed\nStatus: 5.1.1\n\n", 30_000) + "--b--\n",
		"huge": "Subject: x\n\n" + strings.Repeat("0123456789abcdef\n", 1<<19), "nothing": "", "no header": "\n\n",
	} {
		t.Run(name, func(t *testing.T) { holds(t, []byte(raw)) })
	}
}
