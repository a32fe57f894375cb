package message

import (
	"net/mail"
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	for _, test := range []struct {
		in, want string
		utf8     bool
	}{
		{in: "laura@example.com", want: "laura@example.com"},
		{in: " laura@EXAMPLE.com ", want: "laura@example.com"},
		{in: "o'brien+news@example.com", want: "o'brien+news@example.com"},
		// Forms that Japanese carriers gave out until about 2009: field-campaigns.md MB5.
		{in: "a..b@docomo.ne.jp", want: `"a..b"@docomo.ne.jp`},
		{in: "a.@ezweb.ne.jp", want: `"a."@ezweb.ne.jp`},
		{in: ".a@softbank.ne.jp", want: `".a"@softbank.ne.jp`},
		{in: `"a..b"@docomo.ne.jp`, want: `"a..b"@docomo.ne.jp`},
		{in: `"plain"@example.com`, want: "plain@example.com"},
		{in: `"with space"@example.com`, want: `"with space"@example.com`},
		{in: "info@日本語.example.jp", want: "info@xn--wgv71a119e.example.jp"},
		{in: "info@ＥＸＡＭＰＬＥ.jp", want: "info@example.jp"},
		{in: "日本@example.jp", want: "日本@example.jp", utf8: true},
	} {
		a, err := parseAddress(test.in)
		if err != nil {
			t.Errorf("%q: %v", test.in, err)
			continue
		}
		if got := a.String(); got != test.want || a.ascii() == test.utf8 {
			t.Errorf("%q: got %q (ascii %v), want %q (SMTPUTF8 %v)", test.in, got, a.ascii(), test.want, test.utf8)
		}
		if parsed, err := mail.ParseAddress(a.String()); err != nil {
			t.Errorf("%q: net/mail refuses %q: %v", test.in, a, err)
		} else if parsed.Address != a.local+"@"+a.domain {
			t.Errorf("%q: net/mail reads %q", test.in, parsed.Address)
		}
	}
}

func TestParseAddressRefuses(t *testing.T) {
	for _, in := range []string{"", "x", "@example.com", "x@", "x@example.com\r\nBcc: y@example.com", "x\x00@example.com",
		"a@example.com,b@example.org", "a@example.com, b@example.org", "Name <a@example.com>", "a b@example.com",
		`"a@example.com`, `""@example.com`, `"a"b"@example.com`, "a@exa mple.com", "a@-example.com", "a@example..com",
		"a@[192.0.2.1]", "a@exa_mple.com", strings.Repeat("a", 65) + "@example.com", "a\xff@example.com", "a@b@example.com",
		"a@" + strings.Repeat("b", 64) + ".com", "a@example.com\u0085"} {
		if a, err := parseAddress(in); err == nil {
			t.Errorf("%q: got %q, want an error", in, a)
		} else if strings.Contains(err.Error(), "example.com") {
			t.Errorf("%q: the error repeats the address: %v", in, err)
		}
	}
}

func TestParseMailbox(t *testing.T) {
	for _, test := range []struct{ in, name, address string }{
		{"とくい商会 <news@example.jp>", "とくい商会", "news@example.jp"},
		{"Larch & Lantern, Ltd. <news@example.com>", "Larch & Lantern, Ltd.", "news@example.com"},
		{`"Larch, \"the\" shop" <news@example.com>`, `Larch, "the" shop`, "news@example.com"},
		{"news@example.com", "", "news@example.com"},
		{"<news@example.com>", "", "news@example.com"},
	} {
		name, a, err := parseMailbox(test.in)
		if err != nil || name != test.name || a.String() != test.address {
			t.Errorf("%q: got %q, %q, %v", test.in, name, a, err)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, seed := range []string{"a..b@docomo.ne.jp", `"a\"b"@example.com`, "日本@例え.example.jp", "a@b\r\nx: y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		a, err := parseAddress(in)
		if err != nil {
			return
		}
		text := a.String()
		if strings.ContainsAny(text, "\r\n\x00<>") && !strings.HasPrefix(text, `"`) || strings.ContainsAny(text, "\r\n\x00") {
			t.Errorf("%q became %q", in, text)
		}
		again, err := parseAddress(text)
		if err != nil || again != a {
			t.Errorf("%q became %q, which reads as %q (%v)", in, text, again, err)
		}
	})
}
