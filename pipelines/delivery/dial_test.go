package delivery

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// selfSigned is a certificate of its own authority for host, and the roots that trust it.
func selfSigned(t *testing.T, host string, until time.Time) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true,
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, roots
}

func letterTo(to string) Envelope {
	return Envelope{
		MessageKey: to, From: sender, To: mustParse(to), Raw: []byte("Subject: x\r\n\r\nx\r\n"), Attempt: func() error { return nil },
	}
}

// TestSecuredAndLoggedIn sends by TLS of both kinds, after PLAIN, which go-mail and the server only do inside TLS.
func TestSecuredAndLoggedIn(t *testing.T) {
	for _, tt := range []struct {
		name, tls string
		implicit  bool
	}{
		{"STARTTLS by default", "", false}, {"STARTTLS required", "required", false}, {"STARTTLS offered", "opportunistic", false},
		{"TLS from the first byte", "implicit", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			leaks := goleak.IgnoreCurrent()
			t.Cleanup(func() { goleak.VerifyNone(t, leaks) })
			config, roots := selfSigned(t, "127.0.0.1", time.Now().Add(time.Hour))
			r := startRecorder(t, config, tt.implicit)
			r.login = "tokui:secret-password"
			c := r.channel()
			c.TLS, c.TLSConfig, c.Username, c.Password = tt.tls, &tls.Config{RootCAs: roots}, "tokui", "secret-password"
			for i := range 3 { // the second and third on the connection of the first
				if out := c.Send(context.Background(), letterTo(fmt.Sprintf("p%d@example.com", i))); out.Result != Accepted {
					t.Fatalf("got %+v, want accepted", out)
				}
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			for _, l := range r.letters {
				if !l.secured || l.user != "tokui" {
					t.Errorf("%s: got it secured %v, from user %q", l.to, l.secured, l.user)
				}
			}
			if len(r.letters) != 3 {
				t.Errorf("got %d letters, want 3", len(r.letters))
			}
		})
	}
}

// TestRelayThatIsNotTrusted: what would fail again the same way ends the run, and nothing secret is said before.
func TestRelayThatIsNotTrusted(t *testing.T) {
	hour := time.Now().Add(time.Hour)
	for _, tt := range []struct {
		name   string
		host   string
		until  time.Time
		change func(*SMTP)
		want   string
	}{
		{"unknown authority", "127.0.0.1", hour, func(c *SMTP) { c.TLSConfig = nil }, "unknown authority"},
		{"of another host", "mx.example.com", hour, func(*SMTP) {}, "127.0.0.1"},
		{"expired", "127.0.0.1", time.Now().Add(-24 * time.Hour), func(*SMTP) {}, "expired"},
		{"wrong password", "127.0.0.1", hour, func(c *SMTP) { c.Password = "secret-mistake" }, "535"},
	} {
		for _, implicit := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, implicit %v", tt.name, implicit), func(t *testing.T) {
				leaks := goleak.IgnoreCurrent()
				t.Cleanup(func() { goleak.VerifyNone(t, leaks) })
				config, roots := selfSigned(t, tt.host, tt.until)
				r := startRecorder(t, config, implicit)
				r.login = "tokui:secret-password"
				c := r.channel()
				c.TLS, c.TLSConfig, c.Username, c.Password = "required", &tls.Config{RootCAs: roots}, "tokui", "secret-password"
				if implicit {
					c.TLS = "implicit"
				}
				tt.change(c)
				out := c.Send(context.Background(), letterTo("a@example.com"))
				if out.Result != Unsent || !out.Connect || !out.Stop || !strings.Contains(fmt.Sprint(out.Err), tt.want) {
					t.Errorf("got %+v, want unsent and the run stopped with %q", out, tt.want)
				}
				if strings.Contains(fmt.Sprint(out), "secret") {
					t.Errorf("got a password in %v", out)
				}
				if len(r.letters) != 0 {
					t.Errorf("got %d letters, want none", len(r.letters))
				}
			})
		}
	}
}

// TestCancelWhileConnecting: a relay that takes the connection and says nothing holds nobody up.
func TestCancelWhileConnecting(t *testing.T) {
	for _, kind := range []string{"none", "implicit"} {
		t.Run(kind, func(t *testing.T) {
			silence, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer silence.Close()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				conn, err := silence.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				cancel()
				_, _ = io.Copy(io.Discard, conn) // until the other side gives up
			}()
			c := &SMTP{Host: "127.0.0.1", Port: silence.Addr().(*net.TCPAddr).Port, TLS: kind, Hello: "sender.example.com"}
			start := time.Now()
			out := c.Send(ctx, letterTo("a@example.com"))
			if out.Result != Unsent || !errors.Is(out.Err, context.Canceled) || time.Since(start) > 10*time.Second {
				t.Errorf("got %+v after %v, want unsent at once", out, time.Since(start))
			}
			<-ended
		})
	}
}
