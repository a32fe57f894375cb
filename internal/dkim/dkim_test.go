package dkim_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"pgregory.net/rapid"

	own "github.com/tokui/tokui/internal/dkim"
)

var signedAt = time.Date(2011, 12, 6, 1, 0, 0, 0, time.UTC)

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// keysOf are one key of each kind, of one domain.
func keysOf() (rsaOne, edwardsOne own.Key) {
	seed := sha256.Sum256([]byte("seed"))
	return own.Key{Domain: "example.jp", Selector: "r1", Private: rsaKey()},
		own.Key{Domain: "example.jp", Selector: "e1", Private: ed25519.NewKeyFromSeed(seed[:])}
}

// sign gives the signed message.
func sign(t interface{ Fatal(...any) }, message string, keys ...own.Key) string {
	s, err := own.New(keys...)
	if err != nil {
		t.Fatal(err)
	}
	head, err := s.Append(nil, []byte(message), signedAt)
	if err != nil {
		t.Fatal(err)
	}
	return string(head) + message
}

// verify is what go-msgauth says of each signature, an independent verifier.
func verify(t interface{ Fatal(...any) }, message string, keys ...own.Key) []*dkim.Verification {
	records := map[string]string{}
	for _, k := range keys {
		name, text, err := k.Record()
		if err != nil {
			t.Fatal(err)
		}
		records[name] = text
	}
	found, err := dkim.VerifyWithOptions(strings.NewReader(message), &dkim.VerifyOptions{
		LookupTXT: func(name string) ([]string, error) {
			if text, ok := records[name]; ok {
				return []string{text}, nil
			}
			return nil, errors.New("no such record")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

// marketing is a message with every field that ours have.
const marketing = `From: =?UTF-8?B?44Go44GP44GE5ZWG5Lya?= <news@example.jp>
To: =?UTF-8?B?5bGx55Sw?=
 <"a..b"@docomo.ne.jp>
Reply-To: desk@example.jp
Subject: =?UTF-8?B?44GK5b6X5oSP5qeY44G4?=
Date: Tue, 06 Dec 2011 10:00:00 +0900
Message-ID: <00112233445566778899aabbccddeeff@example.jp>
List-Id: <newsletter.example.jp>
List-Unsubscribe: <https://r.example.jp/u/AbCdEf>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
Precedence: bulk
Feedback-ID: newsletter:20111206T1000:marketing:tokui0123abcd
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: OOF, AutoReply
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_00112233445566778899aabbccddeeff"

--=_00112233445566778899aabbccddeeff
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

44GT44KT44Gr44Gh44Gv

--=_00112233445566778899aabbccddeeff--
`

// headerSets are the headers of all kinds of mail that leave Tokui.
func headerSets() map[string]string {
	without := func(message string, names ...string) string {
		head, body, _ := strings.Cut(message, "\n\n")
		var lines []string
		skip := false
		for line := range strings.Lines(head + "\n") {
			if !strings.HasPrefix(line, " ") {
				skip = false
				for _, name := range names {
					skip = skip || strings.HasPrefix(line, name+":")
				}
			}
			if !skip {
				lines = append(lines, line)
			}
		}
		return strings.Join(lines, "") + "\n" + body
	}
	list := []string{"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Precedence", "Feedback-ID"}
	return map[string]string{
		"marketing":                  marketing,
		"marketing without Reply-To": without(marketing, "Reply-To"),
		"service":                    without(marketing, list...),
		"report":                     without(marketing, append(list, "Reply-To", "X-Auto-Response-Suppress")...),
		"least":                      "From: a@example.jp\n\nx\n",
		"no body":                    "From: a@example.jp\nSubject: x\n\n",
		"two of a field":             "From: a@example.jp\nTo: b@example.jp\nList-Id: <one>\nList-Id: <two>\n\nx\n",
		"spaces everywhere":          "From :  a@example.jp  \nsubject:\t x \t y\n  z \nTO:b@example.jp\n\n a  b\t\tc \t\n\n\t\n  \nlast  \n \n\n\n",
		"no end of line":             "From: a@example.jp\nSubject: x\n\nbody without an end",
	}
}

// TestP3SignaturesHold: every header set, both kinds of key, alone and together, verified by go-msgauth.
func TestP3SignaturesHold(t *testing.T) {
	rsaOne, edwardsOne := keysOf()
	for name, message := range headerSets() {
		for kind, keys := range map[string][]own.Key{
			"rsa": {rsaOne}, "ed25519": {edwardsOne}, "both": {rsaOne, edwardsOne},
		} {
			t.Run(name+", "+kind, func(t *testing.T) {
				found := verify(t, sign(t, crlf(message), keys...), keys...)
				if len(found) != len(keys) {
					t.Fatalf("got %d signatures, want %d", len(found), len(keys))
				}
				for _, v := range found {
					if v.Err != nil || v.Domain != "example.jp" {
						t.Errorf("got %v for %s, want it valid", v.Err, v.Domain)
					}
				}
			})
		}
	}
}

// TestP1P3WhatIsCovered: the way out is covered by the signature (RFC 8058), From is signed once more than it occurs, there
// is no l=, and whatever is changed or added below the way breaks it.
func TestP1P3WhatIsCovered(t *testing.T) {
	key, _ := keysOf()
	message := sign(t, crlf(marketing), key)
	v := verify(t, message, key)[0]
	counts := map[string]int{}
	for _, name := range v.HeaderKeys {
		counts[strings.ToLower(name)]++
	}
	for name, want := range map[string]int{
		"from": 2, "to": 2, "subject": 2, "date": 2, "message-id": 2, "mime-version": 2, "content-type": 2, "reply-to": 2, "cc": 1,
		"list-id": 2, "list-unsubscribe": 2, "list-unsubscribe-post": 2, "feedback-id": 2, "precedence": 1,
	} {
		if counts[name] != want {
			t.Errorf("%s: got it %d times in h=, want %d", name, counts[name], want)
		}
	}
	head, _, _ := strings.Cut(message, "\r\nFrom:")
	for _, tag := range []string{"\tl=", " l=", "simple", "sha1"} {
		if strings.Contains(head, tag) {
			t.Errorf("got %q in %s", tag, head)
		}
	}
	for line := range strings.SplitSeq(head, "\r\n") {
		if len(line) > 78 {
			t.Errorf("got a line of %d columns: %s", len(line), line)
		}
	}
	for _, change := range [][2]string{
		{"https://r.example.jp/u/AbCdEf", "https://r.example.org/u/AbCdEf"},
		{"List-Unsubscribe=One-Click", "List-Unsubscribe=Two-Click"},
		{"\r\nFrom: ", "\r\nFrom: other@example.org\r\nFrom: "},
		{"\r\nTo: ", "\r\nCc: other@example.org\r\nTo: "},
		{"44GT44KT44Gr44Gh44Gv", "44GT44KT44Gr44Gh44Gw"},
		{"--=_00112233445566778899aabbccddeeff--\r\n", "--=_00112233445566778899aabbccddeeff--\r\nmore\r\n"},
	} {
		changed := strings.Replace(message, change[0], change[1], 1)
		if changed == message {
			t.Fatalf("nothing to change: %q", change[0])
		}
		if v := verify(t, changed, key)[0]; v.Err == nil {
			t.Errorf("got a valid signature after %q became %q", change[0], change[1])
		}
	}
}

// TestAnyMessage: messages of any shape verify.
func TestAnyMessage(t *testing.T) {
	_, key := keysOf()
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOf(rapid.SampledFrom([]string{"From", "to", "SUBJECT", "Cc", "X-Other", "List-Unsubscribe", "Date"})).Draw(t, "names")
		text := rapid.StringOf(rapid.SampledFrom([]rune("ab  \t:;=あ.-<>@\"")))
		b := strings.Builder{}
		b.WriteString("From: a@example.jp\r\n")
		for _, name := range names {
			fmt.Fprintf(&b, "%s:%s", name, text.Draw(t, "value"))
			for range rapid.IntRange(0, 2).Draw(t, "folds") {
				b.WriteString("\r\n x" + text.Draw(t, "more"))
			}
			b.WriteString("\r\n")
		}
		b.WriteString("\r\n")
		for range rapid.IntRange(0, 8).Draw(t, "lines") {
			b.WriteString(text.Draw(t, "line") + "\r\n")
		}
		for _, v := range verify(t, sign(t, b.String(), key), key) {
			if v.Err != nil {
				t.Fatalf("got %v for %q", v.Err, b.String())
			}
		}
	})
}

func TestKeys(t *testing.T) {
	pemOf := func(kind string, der []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	rsaOne, edwardsOne := keysOf()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(rsaOne.Private)
	good := map[string][]byte{
		"rsa, PKCS #8": pemOf("PRIVATE KEY", pkcs8, err),
		"rsa, PKCS #1": pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey()), nil),
	}
	pkcs8, err = x509.MarshalPKCS8PrivateKey(edwardsOne.Private)
	good["ed25519"] = pemOf("PRIVATE KEY", pkcs8, err)
	for name, text := range good {
		private, err := own.ParsePrivate(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		public := private.Public().(interface{ Equal(crypto.PublicKey) bool })
		if !public.Equal(rsaOne.Private.Public()) && !public.Equal(edwardsOne.Private.Public()) {
			t.Errorf("%s: got another key", name)
		}
	}
	t.Setenv("GODEBUG", "rsa1024min=0")
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for want, text := range map[string][]byte{
		"no PEM":                   []byte("secret"),
		"1024 bits, want at least": pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(short), nil),
		"ENCRYPTED":                pemOf("ENCRYPTED PRIVATE KEY", []byte("secret"), nil),
		"holds no key":             pemOf("PRIVATE KEY", []byte("secret"), nil),
	} {
		if _, err := own.ParsePrivate(text); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	_, key := keysOf()
	s, err := own.New(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, message := range []string{"", "\r\nbody\r\n", "To: a@example.jp\r\n\r\nx\r\n", "From: a@example.jp", "no field\r\n\r\n"} {
		if head, err := s.Append(nil, []byte(message), signedAt); err == nil {
			t.Errorf("%q: got %q, want an error", message, head)
		}
	}
	if _, err := own.New(); err == nil {
		t.Error("got a signer without keys")
	}
	if _, err := own.New(own.Key{Domain: "example.jp", Private: key.Private}); err == nil {
		t.Error("got a signer without a selector")
	}
}

// TestManyAtOnce: one signer, many goroutines; meant for -race.
func TestManyAtOnce(t *testing.T) {
	_, key := keysOf()
	s, err := own.New(key)
	if err != nil {
		t.Fatal(err)
	}
	want, err := s.Append(nil, []byte(crlf(marketing)), signedAt)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				got, err := s.Append(nil, []byte(crlf(marketing)), signedAt)
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("got %q, %v", got, err)
				}
			}
		})
	}
	all.Wait()
}

func BenchmarkAppend(b *testing.B) {
	rsaOne, edwardsOne := keysOf()
	message := []byte(crlf(marketing + strings.Repeat("44GT44KT44Gr44Gh44Gv44GT44KT44Gr44Gh44Gv44GT44KT44Gr44Gh44Gv44GT44KT44Gr44Gh\n", 260)))
	for name, key := range map[string]own.Key{"rsa": rsaOne, "ed25519": edwardsOne} {
		s, err := own.New(key)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			head := make([]byte, 0, 4096)
			for b.Loop() {
				if _, err := s.Append(head, message, signedAt); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
