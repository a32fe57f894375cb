package returnpath

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const key = "15a726a2956afe6716e8682334e3a9dc"

func signer(t testing.TB) Signer {
	t.Helper()
	p, err := ParsePattern("bounces+*@b.example.com")
	if err != nil {
		t.Fatal(err)
	}
	return New(p, []byte("secret of the company"))
}

// TestAddressNamesItsMessage is P5: identified by a return path that nobody can forge.
func TestAddressNamesItsMessage(t *testing.T) {
	s := signer(t)
	a, err := s.Address(key)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(a.Local); n > 64 || !strings.HasPrefix(a.Local, "bounces+") || a.Domain != "b.example.com" {
		t.Errorf("got %s, of %d characters before the @", a, n)
	}
	text := a.String()
	for name, in := range map[string]string{
		"bare": text, "in a header": "Delivered-To: <" + text + ">\r\n", "upper case": strings.ToUpper(text),
		"twice": text + " " + text, "with another extension": "x-" + text[8:],
	} {
		if diff := cmp.Diff([]string{key}, s.Find(in)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for i := 8; i < 8+Length; i++ {
		forged := []byte(text)
		forged[i] = map[bool]byte{true: 'b', false: 'a'}[forged[i] == 'a']
		if got := s.Find(string(forged)); got != nil {
			t.Errorf("changed at %d: got %v, want nothing", i, got)
		}
	}
	other := New(s.pattern, []byte("secret of another company"))
	for _, got := range [][]string{other.Find(text), s.Find(text[:len(text)-16]), s.Find("a" + strings.TrimPrefix(text, "bounces+")), Signer{}.Find(text)} {
		if got != nil {
			t.Errorf("got %v, want nothing", got)
		}
	}
}

func TestParsePattern(t *testing.T) {
	for text, want := range map[string]string{
		"bounces+*@example.com": "bounces@example.com", "b-*@example.com": "b@example.com", "*@bounce.example.com": "",
		"*-return@example.com": "return@example.com",
	} {
		p, err := ParsePattern(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		bare, ok := p.Bare()
		if got := map[bool]string{true: bare.String()}[ok]; got != want {
			t.Errorf("%s: got bare %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{
		"", "bounces@example.com", "b+*", "b+*@", "b+*@x y", "*+*@example.com", "bounces*@example.com", "*s@example.com",
		strings.Repeat("b", 22) + "+*@example.com", "b+*\r\n@example.com", "バ+*@example.com", `"b+*"@example.com`,
	} {
		if _, err := ParsePattern(text); err == nil {
			t.Errorf("%q: got no error", text)
		}
	}
}

func FuzzFind(f *testing.F) {
	s := signer(f)
	a, err := s.Address(key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(a.String())
	f.Add("<" + strings.ToUpper(a.String()) + ">")
	f.Fuzz(func(t *testing.T, text string) {
		for _, found := range s.Find(text) {
			if found != key {
				t.Errorf("got %s out of %q: a token was forged", found, text)
			}
		}
	})
}
