package delivery

import (
	"errors"
	"io"
	"net/textproto"
	"strings"
	"testing"
)

func TestReplies(t *testing.T) {
	to := mailbox{local: "taro", domain: "example.jp"}
	for _, tt := range []struct {
		code   int
		text   string
		at     stage
		result Result
		blame  Blame
	}{
		{550, "5.1.1 no such user", stageRcpt, Failed, Address},
		{550, "5.1.10 null MX", stageRcpt, Failed, Address},
		{550, "5.1.1 no such user", stageDot, Failed, Address},
		{550, "5.1.8 sender's domain unknown", stageRcpt, Failed, Ourselves},
		{550, "5.1.1 sender unknown", stageMail, Failed, Ourselves},
		{550, "Unknown user taro@docomo.ne.jp", stageRcpt, Failed, Address},
		{550, "Sender user unknown", stageRcpt, Failed, Nobody},
		{550, "rejected", stageRcpt, Failed, Nobody},
		{550, "Unknown user", stageDot, Failed, Nobody},
		{552, "5.2.2 mailbox full", stageRcpt, Failed, Mailbox},
		{554, "5.7.1 blocked", stageDot, Failed, Ourselves},
		{550, "5.7.515 access denied", stageDot, Failed, Ourselves},
		{530, "5.7.0 authentication required", stageMail, Failed, Ourselves},
		{451, "4.7.1 greylisted", stageRcpt, Deferred, Domain},
		{450, "4.2.0 greylisted", stageRcpt, Deferred, Mailbox},
		{452, "4.2.2 mailbox full", stageDot, Deferred, Mailbox},
		{421, "4.7.0 too many connections", stageRcpt, Deferred, Domain},
		{451, "4.1.8 sender's domain does not resolve", stageRcpt, Deferred, Ourselves},
		{452, "4.3.1 out of space", stageMail, Deferred, Ourselves},
		{450, "busy", stageRcpt, Deferred, Domain},
	} {
		out, ok := replied(&textproto.Error{Code: tt.code, Msg: tt.text}, tt.at, to)
		if !ok || out.Result != tt.result || out.Blame != tt.blame || out.Code != tt.code {
			t.Errorf("%d %s at %d: got %+v %v, want result %d blame %d", tt.code, tt.text, tt.at, out, ok, tt.result, tt.blame)
		}
	}
	for _, err := range []error{io.EOF, errors.New("timeout"), &textproto.Error{Code: 250, Msg: "out of step"}} {
		if out, ok := replied(err, stageRcpt, to); ok {
			t.Errorf("%v: got %+v, want no reply", err, out)
		}
	}
}

func TestEnhancedCode(t *testing.T) {
	for text, want := range map[string]string{
		"5.1.1 x": "5.1.1", "5.7.515\nmore": "5.7.515", "4.2.2": "4.2.2", "x 5.1.1": "", "5.1": "", "3.1.1 x": "", "5.1.1234 x": "", "": "", "10.0.0.1 x": "",
	} {
		if got := enhancedCode(text); got != want {
			t.Errorf("enhancedCode(%q): got %q, want %q", text, got, want)
		}
	}
}

func TestCleanReply(t *testing.T) {
	to := mailbox{local: `"a..b"`, domain: "docomo.ne.jp"}
	if got := cleanReply("Unknown user A..B\nreally", to); got != "Unknown user (recipient) really" {
		t.Errorf("got %q", got)
	}
	if got := cleanReply("tarou is not taro", mailbox{local: "taro"}); got != "tarou is not (recipient)" {
		t.Errorf("got %q, want whole words only", got)
	}
}

func TestMailboxes(t *testing.T) {
	for _, tt := range []struct {
		in, path string
		utf8     bool
	}{
		{"taro@example.jp", "<taro@example.jp>", false},
		{" Taro@EXAMPLE.jp ", "<Taro@example.jp>", false},
		{"a..b@docomo.ne.jp", `<"a..b"@docomo.ne.jp>`, false},
		{"a.@ezweb.ne.jp", `<"a."@ezweb.ne.jp>`, false},
		{`"a..b"@docomo.ne.jp`, `<"a..b"@docomo.ne.jp>`, false},
		{`"a\"b"@example.com`, `<"a\"b"@example.com>`, false},
		{"a b@example.com", `<"a b"@example.com>`, false},
		{"a@b@example.com", `<"a@b"@example.com>`, false},
		{"taro@例え.jp", "<taro@xn--r8jz45g.jp>", false},
		{"太郎@example.jp", "<太郎@example.jp>", true},
		{"x+y=z@example.com", "<x+y=z@example.com>", false},
	} {
		m, err := parseMailbox(tt.in)
		if err != nil || m.path() != tt.path || m.utf8 != tt.utf8 {
			t.Errorf("%q: got %q %v, %v, want %q %v", tt.in, m.path(), m.utf8, err, tt.path, tt.utf8)
		}
	}
	for _, bad := range []string{
		"", "taro", "@example.com", "taro@", "a\r\nRCPT TO:<x@y>@example.com", "a@exa mple.com", "a@<example.com>", "a\x00@example.com",
		strings.Repeat("a", 65) + "@example.com", "a@" + strings.Repeat("b", 300) + ".com",
	} {
		if m, err := parseMailbox(bad); err == nil {
			t.Errorf("%q: got %q, want an error", bad, m.path())
		} else if len(bad) > 6 && strings.Contains(err.Error(), bad) {
			t.Errorf("%q: got the address in the error", bad)
		}
	}
}

// FuzzMailbox: whatever the data hold, no command line can be ended or opened.
func FuzzMailbox(f *testing.F) {
	for _, seed := range []string{"taro@example.jp", `"a\"b"@x.y`, "a..b@docomo.ne.jp", "a\r\nQUIT@x", "a>@x", "太郎@例え.jp", `"@x`, `"\"@x`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := parseMailbox(s)
		if err != nil {
			return
		}
		if strings.ContainsAny(m.path(), "\r\n\x00") || strings.ContainsAny(m.domain, "<> \"@") || m.domain == "" || m.local == "" {
			t.Errorf("%q: got path %q", s, m.path())
		}
		if m.local[0] != '"' && strings.ContainsAny(m.local, `<>@ "\`) {
			t.Errorf("%q: got an unquoted local part %q", s, m.local)
		}
		again, err := parseMailbox(m.local + "@" + m.domain)
		if err != nil || again.path() != m.path() {
			t.Errorf("%q: got %q, read again %q, %v", s, m.path(), again.path(), err)
		}
	})
}
