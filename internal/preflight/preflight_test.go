package preflight_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/tokui/tokui/internal/preflight"
)

// zone is a name server on this machine: by name and type, what it answers.
type zone map[string][]string

// serve answers over UDP until the test ends, and returns a resolver that asks it and nobody else.
func (z zone) serve(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			if answer := z.answer(buffer[:n]); answer != nil {
				_, _ = conn.WriteTo(answer, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, StrictErrors: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func (z zone) answer(query []byte) []byte {
	var m dnsmessage.Message
	if m.Unpack(query) != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	name := strings.ToLower(strings.TrimSuffix(q.Name.String(), "."))
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	known := false
	for key := range z {
		known = known || strings.HasPrefix(key, name+" ")
	}
	if !known {
		m.RCode = dnsmessage.RCodeNameError
	}
	for _, value := range z[name+" "+strings.TrimPrefix(q.Type.String(), "Type")] {
		r := dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 60}}
		switch q.Type {
		case dnsmessage.TypeTXT:
			var parts []string
			for value != "" {
				n := min(255, len(value))
				parts, value = append(parts, value[:n]), value[n:]
			}
			r.Body = &dnsmessage.TXTResource{TXT: parts}
		case dnsmessage.TypeMX:
			r.Body = &dnsmessage.MXResource{Pref: 10, MX: dnsmessage.MustNewName(value)}
		case dnsmessage.TypePTR:
			r.Body = &dnsmessage.PTRResource{PTR: dnsmessage.MustNewName(value)}
		case dnsmessage.TypeA:
			r.Body = &dnsmessage.AResource{A: [4]byte(net.ParseIP(value).To4())}
		default:
			continue
		}
		m.Answers = append(m.Answers, r)
	}
	packed, err := m.Pack()
	if err != nil {
		return nil
	}
	return packed
}

// key is the record of a 2048-bit key: longer than one string of a TXT record.
var key = preflight.Key{Domain: "example.jp", Name: "t1._domainkey.example.jp", Text: "v=DKIM1; k=rsa; p=" + strings.Repeat("MIIB", 98)}

func sender() preflight.Sender {
	return preflight.Sender{From: "example.jp", Relay: "relay.example.com", Keys: []preflight.Key{key}}
}

func good() zone {
	return zone{
		"example.jp MX":                {"mx.example.jp."},
		"example.jp TXT":               {"something-verification=1", "v=spf1 include:_spf.example.com -all"},
		"_spf.example.com TXT":         {"v=spf1 ip4:203.0.113.0/24 ~all"},
		key.Name + " TXT":              {key.Text},
		"_dmarc.example.jp TXT":        {"v=DMARC1; p=none"},
		"relay.example.com A":          {"203.0.113.9"},
		"9.113.0.203.in-addr.arpa PTR": {"relay.example.com."},
	}
}

// TestCheck holds MB1, MB2, MB3 and MB4 against a real name server: one record wrong or missing at a time, and the record
// that puts it right.
func TestCheck(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(z zone, s *preflight.Sender)
		want   []preflight.Finding
	}{
		{"all is well", func(zone, *preflight.Sender) {}, nil},
		{"MB4: no MX, but an address", func(z zone, _ *preflight.Sender) {
			delete(z, "example.jp MX")
			z["example.jp A"] = []string{"203.0.113.1"}
		}, nil},
		{"MB4: neither MX nor address", func(z zone, _ *preflight.Sender) { delete(z, "example.jp MX") }, []preflight.Finding{{Rule: "MB4",
			Message: "example.jp has neither an MX nor an address: docomo and others refuse mail from it", Publish: "example.jp. IN MX 10 relay.example.com."}}},
		{"no SPF", func(z zone, _ *preflight.Sender) { z["example.jp TXT"] = []string{"v=spf10 x"} }, []preflight.Finding{{Rule: "MB1",
			Message: "example.jp has no SPF record; publish what your relay's operator tells you, or at least this",
			Publish: `example.jp. IN TXT "v=spf1 a:relay.example.com ~all"`}}},
		{"two SPF records", func(z zone, _ *preflight.Sender) { z["example.jp TXT"] = []string{"v=spf1 -all", "v=spf1 mx -all"} },
			[]preflight.Finding{{Rule: "MB1", Message: "example.jp has 2 SPF records, want one: with more SPF fails; join them"}}},
		{"SPF for everybody", func(z zone, _ *preflight.Sender) { z["example.jp TXT"] = []string{"v=spf1 +all"} }, []preflight.Finding{{Rule: "MB1",
			Message: "the SPF record of example.jp lets everybody send (+all): receivers take it as none; end it with ~all or -all"}}},
		{"SPF that asks too much", func(z zone, _ *preflight.Sender) {
			z["_spf.example.com TXT"] = []string{"v=spf1 " + strings.Repeat("a:x.example.com ", 10) + "-all"}
		}, []preflight.Finding{{Rule: "MB1",
			Message: "the SPF record of example.jp takes 11 look-ups with those that it includes, at most 10 are allowed (RFC 7208, 4.6.4)"}}},
		{"SPF includes nothing", func(z zone, _ *preflight.Sender) { delete(z, "_spf.example.com TXT") }, []preflight.Finding{{Rule: "MB1",
			Message: "an SPF record includes _spf.example.com, which has 0 SPF records, want one: SPF fails"}}},
		{"no DKIM key", func(z zone, _ *preflight.Sender) { delete(z, key.Name+" TXT") }, []preflight.Finding{{Rule: "MB1",
			Message: "t1._domainkey.example.jp has no TXT record, so no signature can be verified",
			Publish: `t1._domainkey.example.jp. IN TXT "` + key.Text[:255] + `" "` + key.Text[255:] + `"`}}},
		{"another DKIM key", func(z zone, _ *preflight.Sender) { z[key.Name+" TXT"] = []string{"v=DKIM1; p=AAAA"} }, []preflight.Finding{{Rule: "MB1",
			Message: "t1._domainkey.example.jp has another key than the one that signs: every signature would be wrong", Publish: preflight.Record(key.Name, key.Text)}}},
		{"the DKIM key with spaces and without k", func(z zone, _ *preflight.Sender) {
			z[key.Name+" TXT"] = []string{"v=DKIM1;p=" + strings.Repeat("MIIB ", 98)}
		}, nil},
		{"no signature", func(_ zone, s *preflight.Sender) { s.Keys = nil }, []preflight.Finding{{Rule: "MB1", Warning: true,
			Message: "mail.dkim is not set: the relay has to sign in the name of example.jp, or mail to Gmail and others is refused"}}},
		{"no DMARC", func(z zone, _ *preflight.Sender) { delete(z, "_dmarc.example.jp TXT") }, []preflight.Finding{{Rule: "MB1",
			Message: "_dmarc.example.jp has no DMARC record: Gmail, Yahoo, Outlook.com and docomo ask for one",
			Publish: `_dmarc.example.jp. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@example.jp"`}}},
		{"DMARC of the registered domain", func(z zone, s *preflight.Sender) {
			s.From = "news.example.jp"
			z["news.example.jp MX"], z["news.example.jp TXT"] = z["example.jp MX"], z["example.jp TXT"]
		}, nil},
		{"not aligned", func(z zone, s *preflight.Sender) {
			other := key
			other.Domain, other.Name = "example.com", "t1._domainkey.example.com"
			z[other.Name+" TXT"] = []string{key.Text}
			s.Keys = []preflight.Key{other}
		}, []preflight.Finding{{Rule: "MB1", Message: "no signature is by example.jp (mail.dkim.domain is example.com): DMARC does not pass by DKIM"}}},
		{"strict alignment", func(z zone, s *preflight.Sender) {
			z["_dmarc.example.jp TXT"] = []string{"v=DMARC1; p=reject; aspf=s"}
			s.Envelope = "b.example.jp"
			z["b.example.jp TXT"] = []string{"v=spf1 -all"}
		}, []preflight.Finding{{Rule: "MB1", Warning: true, Message: "bounces go to b.example.jp, so DMARC of example.jp passes by DKIM only"}}},
		{"a mailbox provider's domain", func(_ zone, s *preflight.Sender) { s.From = "gmail.com" }, []preflight.Finding{{Rule: "MB1",
			Message: "the sender is at gmail.com, whose operator has mail refused that others send in its name; use a domain of your own"}}},
		{"no PTR", func(z zone, _ *preflight.Sender) { delete(z, "9.113.0.203.in-addr.arpa PTR") }, []preflight.Finding{{Rule: "MB1", Warning: true,
			Message: "the relay's address 203.0.113.9 has no name (PTR) that leads back to it; if it delivers from there, have its operator set one"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			z, s := good(), sender()
			test.change(z, &s)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if diff := cmp.Diff(test.want, preflight.Check(ctx, z.serve(t), s)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestOffline has no name server at all: one warning, and nothing is said to be missing.
func TestOffline(t *testing.T) {
	refused := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "udp", Err: context.DeadlineExceeded}
	}}
	got := preflight.Check(t.Context(), refused, sender())
	if len(got) != 1 || !got[0].Warning || !strings.Contains(got[0].Message, "could not be asked") {
		t.Errorf("got %v, want one warning", got)
	}
}
