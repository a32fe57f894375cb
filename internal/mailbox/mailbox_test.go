package mailbox_test

import (
	"net/mail"
	"strings"
	"testing"

	"github.com/tokui/tokui/internal/mailbox"
)

func TestParseAddress(t *testing.T) {
	for _, test := range []struct {
		in, want string
		utf8     bool
	}{
		{in: "laura@example.com", want: "laura@example.com"},
		{in: " Laura@EXAMPLE.com ", want: "Laura@example.com"},
		{in: "laura@example.com.", want: "laura@example.com"},
		{in: "o'brien+news@example.com", want: "o'brien+news@example.com"},
		{in: "x+y=z@example.com", want: "x+y=z@example.com"},
		// Forms that Japanese carriers gave out until about 2009: field-campaigns.md MB5.
		{in: "a..b@docomo.ne.jp", want: `"a..b"@docomo.ne.jp`},
		{in: "a.@ezweb.ne.jp", want: `"a."@ezweb.ne.jp`},
		{in: ".a@softbank.ne.jp", want: `".a"@softbank.ne.jp`},
		{in: `"a..b"@docomo.ne.jp`, want: `"a..b"@docomo.ne.jp`},
		{in: `"plain"@example.com`, want: "plain@example.com"},
		{in: `"with space"@example.com`, want: `"with space"@example.com`},
		{in: `"a\"b"@example.com`, want: `"a\"b"@example.com`},
		{in: `"a@b"@example.com`, want: `"a@b"@example.com`},
		{in: `"<x>, y"@example.com`, want: `"<x>, y"@example.com`},
		{in: "info@日本語.example.jp", want: "info@xn--wgv71a119e.example.jp"},
		{in: "info@日本語。jp", want: "info@xn--wgv71a119e.jp"},
		{in: "info@ＥＸＡＭＰＬＥ.jp", want: "info@example.jp"},
		{in: "info@straße.example.com", want: "info@xn--strae-oqa.example.com"},
		{in: "info@XN--WGV71A119E.example.jp", want: "info@xn--wgv71a119e.example.jp"},
		{in: "日本@example.jp", want: "日本@example.jp", utf8: true},
		{in: "日..本@example.jp", want: `"日..本"@example.jp`, utf8: true},
		{in: strings.Repeat("a", 64) + "@example.com", want: strings.Repeat("a", 64) + "@example.com"},
	} {
		a, err := mailbox.ParseAddress(test.in)
		if err != nil {
			t.Errorf("%q: %v", test.in, err)
			continue
		}
		if got := a.String(); got != test.want || a.SMTPUTF8() != test.utf8 {
			t.Errorf("%q: got %q (SMTPUTF8 %v), want %q (%v)", test.in, got, a.SMTPUTF8(), test.want, test.utf8)
		}
		if parsed, err := mail.ParseAddress(a.String()); err != nil {
			t.Errorf("%q: net/mail refuses %q: %v", test.in, a, err)
		} else if parsed.Address != a.Local+"@"+a.Domain {
			t.Errorf("%q: net/mail reads %q", test.in, parsed.Address)
		}
	}
}

func TestParseAddressRefuses(t *testing.T) {
	for _, in := range []string{
		"", " ", "x", "@example.com", "x@", "x@.", "x@..",
		// what could end a command line or a header
		"x@example.com\r\nBcc: y@example.com", "a\r\nRCPT TO:<x@y>@example.com", "x\x00@example.com", "x\t@example.com", "x\x7f@example.com",
		"\"a\r\nb\"@example.com", "a@example.com\u0085", "a@example.com\n",
		// what nobody sees
		"a\u2028b@example.com", "a\u202eb@example.com", "a\u200fb@example.com", "a\u00a0b@example.com", "a\u3000b@example.com",
		"a\ufffdb@example.com", "a\xff@example.com", "a@\xffexample.com",
		// several addresses, or more than an address
		"a@example.com,b@example.org", "a@example.com, b@example.org", "a@example.com;b@example.org", "a@b@example.com",
		"Name <a@example.com>", "<a@example.com>", "a b@example.com", "a@example.com (comment)",
		// quotation marks
		`"a@example.com`, `""@example.com`, `"a"b"@example.com`, `"a\"@example.com`, `a"b@example.com`, `"@example.com`,
		// no domain
		"a@exa mple.com", "a@-example.com", "a@example..com", "a@.example.com", "a@example.com..", "a@[192.0.2.1]", "a@exa_mple.com",
		"a@<example.com>", "a@exam\"ple.com", "a@xn--a.example.com", "a@" + strings.Repeat("b", 64) + ".com",
		// too long
		strings.Repeat("a", 65) + "@example.com", strings.Repeat("あ", 22) + "@example.com", "a@" + strings.Repeat("b.", 130) + "com",
		strings.Repeat("a", 64) + "@" + strings.Repeat("b.", 94) + "com",
	} {
		a, err := mailbox.ParseAddress(in)
		if err == nil {
			t.Errorf("%q: got %q, want an error", in, a)
		} else if strings.Contains(err.Error(), "example.com") || len(in) > 20 && strings.Contains(err.Error(), in[:10]) {
			t.Errorf("%q: the error repeats the address: %v", in, err)
		}
		if a != (mailbox.Address{}) {
			t.Errorf("%q: got %q beside the error", in, a)
		}
	}
}

func TestParse(t *testing.T) {
	for _, test := range []struct{ in, name, address string }{
		{"とくい商会 <news@example.jp>", "とくい商会", "news@example.jp"},
		{"Larch & Lantern, Ltd. <news@example.com>", "Larch & Lantern, Ltd.", "news@example.com"},
		{`"Larch, \"the\" shop" <news@example.com>`, `Larch, "the" shop`, "news@example.com"},
		{`"Larch <the shop>" <news@example.com>`, `Larch <the shop>`, "news@example.com"},
		{`Larch "the" shop <news@example.com>`, `Larch "the" shop`, "news@example.com"},
		{" news@example.com ", "", "news@example.com"},
		{"<news@example.com>", "", "news@example.com"},
		{"Docomo <a..b@docomo.ne.jp>", "Docomo", `"a..b"@docomo.ne.jp`},
	} {
		name, a, err := mailbox.Parse(test.in)
		if err != nil || name != test.name || a.String() != test.address {
			t.Errorf("%q: got %q, %q, %v", test.in, name, a, err)
		}
	}
	for _, in := range []string{
		"A <a@example.com>, B <b@example.com>", `"A" <a@example.com>, "B" <b@example.com>`, "a@example.com, B <b@example.com>",
		"A <a@example.com", "A a@example.com", "A <>", "A <a@example.com>\r\nBcc: <b@example.com>", "A\nB <a@example.com>",
		"A\u202e <a@example.com>", "a@example.com (A)",
	} {
		if name, a, err := mailbox.Parse(in); err == nil {
			t.Errorf("%q: got %q %q, want an error", in, name, a)
		} else if strings.Contains(err.Error(), "example.com") {
			t.Errorf("%q: the error repeats the address: %v", in, err)
		}
	}
}

func TestNoAddress(t *testing.T) {
	if got := (mailbox.Address{}).String(); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
}

// FuzzParseAddress: whatever the data hold, no command line or header can be ended or opened, and what is written reads
// back as the same.
func FuzzParseAddress(f *testing.F) {
	for _, seed := range []string{
		"taro@example.jp", "a..b@docomo.ne.jp", `"a\"b"@example.com`, "日本@例え.example.jp", "a@b\r\nx: y", "a\r\nQUIT@x", "a>@x",
		"太郎@例え.jp", `"@x`, `"\"@x`, "0@.", "a@b.", "a b@x", "a@b@c", "\u202e@x", "a@xn--", "a@ｘ。ｙ",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		a, err := mailbox.ParseAddress(in)
		if err != nil {
			if len(in) > 8 && strings.Contains(err.Error(), in) {
				t.Errorf("%q: the error repeats the address: %v", in, err)
			}
			return
		}
		text := a.String()
		if strings.ContainsAny(text, "\r\n\x00") || len(text) > 254 {
			t.Errorf("%q became %q", in, text)
		}
		if text[0] != '"' && (strings.ContainsAny(text, `<>, "\`) || strings.Count(text, "@") != 1) {
			t.Errorf("%q became %q, unquoted", in, text)
		}
		if a.Domain == "" || strings.Trim(a.Domain, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
			t.Errorf("%q: got domain %q", in, a.Domain)
		}
		again, err := mailbox.ParseAddress(text)
		if err != nil || again != a {
			t.Errorf("%q became %q, which reads as %q (%v)", in, text, again, err)
		}
	})
}

// FuzzParse: a name and an address come out whole, or nothing does.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"とくい商会 <news@example.jp>", `"Larch, \"the\" shop" <news@example.com>`, "A <a@b>, B <c@d>", `"A" <a@b>, "B" <c@d>`, "<a@b>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		name, a, err := mailbox.Parse(in)
		if err != nil {
			if name != "" || a != (mailbox.Address{}) {
				t.Errorf("%q: got %q and %q beside the error", in, name, a)
			}
			return
		}
		again, b, err := mailbox.Parse(mailbox.Quote(name) + " <" + a.String() + ">")
		if err != nil || again != name || b != a {
			t.Errorf("%q: got %q and %q, read again %q and %q (%v)", in, name, a, again, b, err)
		}
		if strings.ContainsAny(name, "\r\n\x00") {
			t.Errorf("%q: got name %q", in, name)
		}
	})
}

func BenchmarkParseAddress(b *testing.B) {
	for b.Loop() {
		if _, err := mailbox.ParseAddress("taro.yamada@example.co.jp"); err != nil {
			b.Fatal(err)
		}
	}
}
