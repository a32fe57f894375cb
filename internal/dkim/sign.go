package dkim

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// signed are the fields that a signature covers, in the order of h=, as often as they occur. Of those with more, one more
// than that is signed, so that none can be added (oversigned).
func signed() []covered {
	return []covered{
		{"From", true}, {"Sender", false}, {"Reply-To", true}, {"To", true}, {"Cc", true}, {"Subject", true}, {"Date", true},
		{"Message-ID", true}, {"In-Reply-To", false}, {"References", false}, {"MIME-Version", true}, {"Content-Type", true},
		{"Content-Transfer-Encoding", false}, {"List-Id", true}, {"List-Help", false}, {"List-Owner", false},
		{"List-Unsubscribe", true}, {"List-Unsubscribe-Post", true}, {"Feedback-ID", true}, {"Auto-Submitted", false},
		{"Precedence", false},
	}
}

type covered struct {
	name string
	more bool
}

// Signer signs messages with one or more keys.
type Signer struct {
	keys   []signingKey
	fields []covered
	work   sync.Pool // of *workspace
}

// signingKey is a key with what all its signatures begin with.
type signingKey struct {
	private crypto.Signer
	edwards bool
	head    string
}

// workspace is what one signing needs, reused.
type workspace struct {
	fields    []field
	taken     []bool
	canonical []byte // the signed fields
	names     []byte // the value of h=
	hashed    []byte
}

// New makes a signer; the signatures stand in the order of the keys.
func New(keys ...Key) (*Signer, error) {
	if len(keys) == 0 {
		return nil, errors.New("sign mail: got no key")
	}
	s := &Signer{fields: signed()}
	s.work.New = func() any { return &workspace{} }
	for _, k := range keys {
		name, err := algorithm(k.Private)
		if err != nil {
			return nil, fmt.Errorf("sign mail for %s with selector %s: %w", k.Domain, k.Selector, err)
		}
		if k.Domain == "" || k.Selector == "" {
			return nil, errors.New("sign mail: got a key without a domain or without a selector")
		}
		_, edwards := k.Private.(ed25519.PrivateKey)
		s.keys = append(s.keys, signingKey{private: k.Private, edwards: edwards,
			head: "v=1; a=" + name + "; c=relaxed/relaxed; d=" + k.Domain + ";\r\n\ts=" + k.Selector})
	}
	return s, nil
}

// Append appends the DKIM-Signature fields of a message to b, to stand before it: one for each key. The message has CRLF
// line ends; at is when it is signed.
func (s *Signer) Append(b, message []byte, at time.Time) ([]byte, error) {
	w := s.work.Get().(*workspace)
	defer s.work.Put(w)
	body, err := w.parse(message)
	if err != nil {
		return b, err
	}
	if err := w.choose(s.fields); err != nil {
		return b, err
	}
	h := sha256.New()
	hashBody(h, body)
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	for _, k := range s.keys {
		if b, err = w.sign(b, k, sum[:], at); err != nil {
			return b, err
		}
	}
	return b, nil
}

// field is one field of the header, as it stands there.
type field struct {
	name, value []byte
}

// parse takes the header apart and gives the body.
func (w *workspace) parse(message []byte) (body []byte, err error) {
	w.fields = w.fields[:0]
	for rest := message; len(rest) > 0; {
		if bytes.HasPrefix(rest, crlf) {
			return rest[2:], nil
		}
		end := 0
		for {
			n := bytes.Index(rest[end:], crlf)
			if n < 0 {
				return nil, errors.New("sign mail: got a header without a line end")
			}
			end += n + 2
			if end == len(rest) || rest[end] != ' ' && rest[end] != '\t' {
				break
			}
		}
		colon := bytes.IndexByte(rest[:end], ':')
		if colon <= 0 {
			return nil, errors.New("sign mail: got a line in the header that is no field")
		}
		w.fields = append(w.fields, field{bytes.TrimRight(rest[:colon], " \t"), rest[colon+1 : end-2]})
		rest = rest[end:]
	}
	return nil, nil
}

// choose makes the value of h= and the relaxed form of the fields it names. Several fields of one name are taken from the
// last to the first (RFC 6376, 5.4.2).
func (w *workspace) choose(fields []covered) error {
	w.canonical, w.names = w.canonical[:0], w.names[:0]
	column, from := 3, false // of h=
	add := func(name string) {
		if len(w.names) > 0 {
			w.names = append(w.names, ':')
			if column++; column+len(name) > 74 {
				w.names = append(w.names, "\r\n\t "...)
				column = 2
			}
		}
		w.names = append(w.names, name...)
		column += len(name)
	}
	for _, c := range fields {
		for i := len(w.fields) - 1; i >= 0; i-- {
			f := w.fields[i]
			if len(f.name) != len(c.name) || !bytes.EqualFold(f.name, []byte(c.name)) {
				continue
			}
			add(c.name)
			w.canonical = append(appendField(w.canonical, f.name, f.value), crlf...)
			from = from || c.name == "From"
		}
		if c.more {
			add(c.name)
		}
	}
	if !from {
		return errors.New("sign mail: got no From, which every signature has to cover")
	}
	return nil
}

// sign appends one signature.
func (w *workspace) sign(b []byte, k signingKey, bodyHash []byte, at time.Time) ([]byte, error) {
	const name = "DKIM-Signature"
	b = append(b, name...)
	b = append(b, ": "...)
	start := len(b)
	b = append(b, k.head...)
	b = append(b, "; t="...)
	b = strconv.AppendInt(b, at.Unix(), 10)
	b = append(b, ";\r\n\th="...)
	b = append(b, w.names...)
	b = append(b, ";\r\n\tbh="...)
	b = base64.StdEncoding.AppendEncode(b, bodyHash)
	b = append(b, ";\r\n\tb="...)
	w.hashed = appendField(append(w.hashed[:0], w.canonical...), []byte(name), b[start:])
	sum := sha256.Sum256(w.hashed)
	var signature []byte
	var err error
	if k.edwards { // RFC 8463, 3: what Ed25519 signs is the hash
		signature, err = k.private.Sign(nil, sum[:], crypto.Hash(0))
	} else {
		signature, err = k.private.Sign(nil, sum[:], crypto.SHA256)
	}
	if err != nil {
		return b, fmt.Errorf("sign mail: %w", err)
	}
	const perLine = 72 / 4 * 3
	for len(signature) > perLine {
		b = base64.StdEncoding.AppendEncode(b, signature[:perLine])
		b = append(b, "\r\n\t "...)
		signature = signature[perLine:]
	}
	b = base64.StdEncoding.AppendEncode(b, signature)
	return append(b, crlf...), nil
}
