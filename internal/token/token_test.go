package token_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tokui/tokui/internal/token"
)

const key = "00112233445566778899aabbccddeeff"

var (
	first  = []byte("first-secret-0123456789abcdef0123")
	second = []byte("second-secret-0123456789abcdef012")
)

func keys(t *testing.T, current []byte, former ...[]byte) token.Keys {
	t.Helper()
	k, err := token.New(current, former...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSignVerify(t *testing.T) {
	k := keys(t, first)
	for _, kind := range []token.Kind{token.Unsubscribe, token.Preferences, token.Open, token.Trap} {
		text, err := k.Sign(kind, key)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) != token.Length || strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Errorf("token %q: want %d URL-safe characters", text, token.Length)
		}
		gotKind, gotKey, err := k.Verify(text)
		if err != nil || gotKind != kind || gotKey != key {
			t.Errorf("verify: got %q %q %v", rune(gotKind), gotKey, err)
		}
	}
}

func TestTokenIsStable(t *testing.T) {
	// Mails that have been sent carry these bytes: a change here breaks every link out there.
	got, err := keys(t, first).Sign(token.Unsubscribe, key)
	if err != nil {
		t.Fatal(err)
	}
	const want = "43UAESIzRFVmd4iZqrvM3e7_xGLSJLo6Jl5P6_sk"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEveryChangedBitIsRefused(t *testing.T) {
	k := keys(t, first)
	text, err := k.Sign(token.Unsubscribe, key)
	if err != nil {
		t.Fatal(err)
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range text {
		for _, c := range []byte(alphabet) {
			if c == text[i] {
				continue
			}
			changed := []byte(text)
			changed[i] = c
			if _, _, err := k.Verify(string(changed)); !errors.Is(err, token.ErrInvalid) {
				t.Fatalf("character %d changed to %c: got %v, want ErrInvalid", i, c, err)
			}
		}
	}
}

func TestRotation(t *testing.T) {
	old, err := keys(t, first).Sign(token.Unsubscribe, key)
	if err != nil {
		t.Fatal(err)
	}
	if _, got, err := keys(t, second, first).Verify(old); err != nil || got != key {
		t.Errorf("a link of the former key: got %q, %v", got, err)
	}
	if _, _, err := keys(t, second).Verify(old); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("a link of a dropped key: got %v, want ErrInvalid", err)
	}
}

func TestRefusals(t *testing.T) {
	if _, err := token.New([]byte("short")); err == nil {
		t.Error("a short secret was taken")
	}
	if _, err := (token.Keys{}).Sign(token.Unsubscribe, key); err == nil {
		t.Error("keys without a secret signed")
	}
	k := keys(t, first)
	for _, messageKey := range []string{"", "00", key + "00", strings.Repeat("x", 32)} {
		if text, err := k.Sign(token.Unsubscribe, messageKey); err == nil {
			t.Errorf("message key %q: got %q, want an error", messageKey, text)
		}
	}
	if _, err := k.Sign('?', key); err == nil {
		t.Error("an unknown kind was signed")
	}
	for _, text := range []string{"", "x", strings.Repeat("A", token.Length), strings.Repeat("é", token.Length/2), strings.Repeat("\n", token.Length)} {
		if _, _, err := k.Verify(text); !errors.Is(err, token.ErrInvalid) {
			t.Errorf("%q: got %v, want ErrInvalid", text, err)
		}
	}
}

// everyToken is one of each kind.
func everyToken(t testing.TB, k token.Keys) map[string]token.Token {
	t.Helper()
	all := map[string]token.Token{}
	for _, kind := range []token.Kind{token.Unsubscribe, token.Preferences, token.Open, token.Trap} {
		text, err := k.Sign(kind, key)
		if err != nil {
			t.Fatal(err)
		}
		all[text] = token.Token{Kind: kind, MessageKey: key}
	}
	expires := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	text, err := k.SignOptIn(key, expires)
	if err != nil {
		t.Fatal(err)
	}
	all[text] = token.Token{Kind: token.OptIn, MessageKey: key, Expires: expires}
	for i, target := range []string{"https://example.com/", "http://example.jp/商品?a=1&b=2#c", "x", strings.Repeat("y", token.MaxTarget)} {
		text, err := k.SignClick(key, i+1, target)
		if err != nil {
			t.Fatal(err)
		}
		all[text] = token.Token{Kind: token.Click, MessageKey: key, Link: i + 1, Target: target}
	}
	return all
}

func TestReadSaysWhatWasSigned(t *testing.T) {
	k := keys(t, first)
	for text, want := range everyToken(t, k) {
		got, err := k.Read(text)
		if err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
}

// Show 5: a token that was cut off or changed in any character is refused, whatever its kind.
func TestCutOffAndChangedTokensAreRefused(t *testing.T) {
	k := keys(t, first)
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for text := range everyToken(t, k) {
		for end := range text {
			if got, err := k.Read(text[:end]); !errors.Is(err, token.ErrInvalid) {
				t.Fatalf("%q cut off at %d: got %+v, %v, want ErrInvalid", text, end, got, err)
			}
		}
		for i := range text {
			for _, c := range []byte{alphabet[0], alphabet[(strings.IndexByte(alphabet, text[i])+1)%64], '=', '\n', '+', '/', '.'} {
				changed := []byte(text)
				changed[i] = c
				if string(changed) == text {
					continue
				}
				if got, err := k.Read(string(changed)); !errors.Is(err, token.ErrInvalid) {
					t.Fatalf("%q with %q at %d: got %+v, %v, want ErrInvalid", text, c, i, got, err)
				}
			}
		}
		for _, more := range []string{text + "A", "A" + text, text + "\n", text + "=", text + text} {
			if got, err := k.Read(more); !errors.Is(err, token.ErrInvalid) {
				t.Errorf("%q: got %+v, %v, want ErrInvalid", more, got, err)
			}
		}
	}
}

// Show 5: whoever knows the form of a token, and not the key, makes none; and a token of one kind is none of another.
func TestForgedTokensAreRefused(t *testing.T) {
	ours, theirs := keys(t, first), keys(t, second)
	for text := range everyToken(t, theirs) {
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		one, err := ours.Sign(token.Open, key)
		if err != nil {
			t.Fatal(err)
		}
		id, err := base64.RawURLEncoding.DecodeString(one)
		if err != nil {
			t.Fatal(err)
		}
		raw[0] = id[0] // as if it were signed by our key
		if got, err := ours.Read(base64.RawURLEncoding.EncodeToString(raw)); !errors.Is(err, token.ErrInvalid) {
			t.Errorf("forged: got %+v, %v, want ErrInvalid", got, err)
		}
	}
	for text, was := range everyToken(t, ours) {
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range []byte("upiochx") {
			if kind == byte(was.Kind) {
				continue
			}
			raw[1] = kind
			if got, err := ours.Read(base64.RawURLEncoding.EncodeToString(raw)); !errors.Is(err, token.ErrInvalid) {
				t.Errorf("%c made %c: got %+v, %v, want ErrInvalid", was.Kind, kind, got, err)
			}
		}
	}
}

func TestSignRefuses(t *testing.T) {
	k := keys(t, first)
	if _, err := k.SignClick(key, 0, "https://example.com"); err == nil {
		t.Error("link 0 was signed")
	}
	if _, err := k.SignClick(key, 1<<16, "https://example.com"); err == nil {
		t.Error("link 65536 was signed")
	}
	if _, err := k.SignClick(key, 1, strings.Repeat("x", token.MaxTarget+1)); err == nil {
		t.Error("an endless target was signed")
	}
	if _, err := k.SignClick(key, 1, "https://"); err == nil {
		t.Error("a scheme alone was signed")
	}
	if _, err := k.SignClick("00", 1, "https://example.com"); err == nil {
		t.Error("a short message key was signed")
	}
	if _, err := k.SignOptIn(key, time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)); err == nil {
		t.Error("an instant after 2106 was signed")
	}
	for _, kind := range []token.Kind{token.Click, token.OptIn} {
		if _, err := k.Sign(kind, key); err == nil {
			t.Errorf("kind %c was signed without what it has besides", kind)
		}
	}
	if _, err := (token.Keys{}).Read(strings.Repeat("A", token.Length)); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("keys without a secret: got %v, want ErrInvalid", err)
	}
}

func BenchmarkSignClick(b *testing.B) {
	k, err := token.New(first)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.SignClick(key, 3, "https://www.example.com/products/printer-toner?from=mail"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	k, err := token.New(first)
	if err != nil {
		b.Fatal(err)
	}
	text, err := k.SignClick(key, 3, "https://www.example.com/products/printer-toner?from=mail")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Read(text); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzRead: whatever is read was signed by us, to the character.
func FuzzRead(f *testing.F) {
	k, err := token.New(first, second)
	if err != nil {
		f.Fatal(err)
	}
	for text := range everyToken(f, k) {
		f.Add(text)
		f.Add(text + "\r\n")
	}
	f.Add(strings.Repeat("A", token.Length))
	f.Fuzz(func(t *testing.T, text string) {
		if signed, err := k.SignClick(key, 1, text); err == nil {
			if got, err := k.Read(signed); err != nil || got.Target != text {
				t.Errorf("target %q: got %+v, %v", text, got, err)
			}
		}
		got, err := k.Read(text)
		if err != nil {
			return
		}
		var again string
		switch got.Kind {
		case token.Click:
			again, err = k.SignClick(got.MessageKey, got.Link, got.Target)
		case token.OptIn:
			again, err = k.SignOptIn(got.MessageKey, got.Expires)
		default:
			again, err = k.Sign(got.Kind, got.MessageKey)
		}
		if err != nil || again != text {
			t.Errorf("%q reads as %+v, which signs to %q (%v)", text, got, again, err)
		}
	})
}
