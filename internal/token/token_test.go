package token_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

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
	for _, kind := range []token.Kind{token.Unsubscribe, token.Open, token.Click} {
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

func FuzzVerify(f *testing.F) {
	k, err := token.New(first, second)
	if err != nil {
		f.Fatal(err)
	}
	good, err := k.Sign(token.Unsubscribe, key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good + "\r\n")
	f.Add(strings.Repeat("A", token.Length))
	f.Fuzz(func(t *testing.T, text string) {
		kind, got, err := k.Verify(text)
		if err != nil {
			return
		}
		again, err := k.Sign(kind, got)
		if err != nil || (again != text && !bytes.Equal([]byte(text), []byte(good))) {
			t.Errorf("%q verifies as %q %s, which signs to %q (%v)", text, rune(kind), got, again, err)
		}
	})
}
