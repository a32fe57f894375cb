package journal

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRedact(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"ok", "ok"},
		{"5.1.1 <taro@example.jp>: Recipient address rejected", "5.1.1 <(address)>: Recipient address rejected"},
		{"a@example.com,b@example.org", "(address),(address)"},
		{`to "taro yamada"@example.jp now`, `to (address) now`},
		{"太郎@例え.jp は不明です", "(address) は不明です"},
		{"taro＠example.jp", "(address)"},
		{"@", "(address)"},
		{"a..b@docomo.ne.jp.", "(address)"},
	} {
		if got := redact(tt.in); got != tt.want {
			t.Errorf("redact(%q): got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestAppendTakesAddressesOut(t *testing.T) {
	dir := t.TempDir()
	w := mustWriter(t, dir, "runs")
	if err := w.Append(context.Background(), Event{Kind: Failed, Detail: "550 <taro@example.jp> unknown"}); err != nil {
		t.Fatal(err)
	}
	events, _ := readAll(t, dir, "")
	if events[0].Detail != "550 <(address)> unknown" {
		t.Errorf("got %q, want it without the address", events[0].Detail)
	}
}

func FuzzRedact(f *testing.F) {
	for _, seed := range []string{"a@b", `"a b"@c`, "@@", strings.Repeat("x@y ", 1000), "\xff@\xfe", `"@"@`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := redact(s)
		if strings.ContainsAny(got, "@＠") || !utf8.ValidString(got) || len(got) > maxDetail+len("…") {
			t.Errorf("redact(%q): got %q", s, got)
		}
	})
}
