package main

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	mail "github.com/wneessen/go-mail"

	"github.com/tokui/tokui/internal/dkim"
	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/pipelines/delivery"
	"github.com/tokui/tokui/pipelines/message"
)

// frozen makes an edition of its own for a run.
func frozen(o options) (dir string, e *edition.Edition, err error) {
	if dir, err = os.MkdirTemp(o.dir, "run-"); err != nil {
		return "", nil, err
	}
	if err := freeze(dir, o.messages); err != nil {
		return "", nil, err
	}
	e, err = edition.Open(edition.Dir(dir, id))
	return dir, e, err
}

// byTokui freezes an edition, and gives what sends it as the program does.
func byTokui(ctx context.Context, o options, sign string) (func() error, error) {
	dir, e, err := frozen(o)
	if err != nil {
		return nil, err
	}
	host, port, err := split(o.server)
	if err != nil {
		return nil, err
	}
	user, password, _ := strings.Cut(o.login, ":")
	channel := &delivery.SMTP{Host: host, Port: port, TLS: o.tls, Hello: "bench.example.com", Username: user, Password: password}
	if o.insecure {
		channel.TLSConfig = &tls.Config{InsecureSkipVerify: true}
	}
	s := &delivery.Sender{
		DataDir: dir, JournalDir: filepath.Join(dir, "journal"), ID: id, Channel: channel,
		Limits: delivery.Limits{Connections: o.connections},
	}
	render, err := renderer()
	if err != nil {
		return nil, err
	}
	s.Render = func(b []byte, entry edition.Entry) (delivery.Letter, error) {
		if b == nil {
			b = make([]byte, 0, 24<<10)
		}
		m, err := render(b, entry)
		return delivery.Letter{From: m.From, To: m.To, Raw: m.Raw}, err
	}
	if o.render == "stamp" {
		for entry, err := range e.Planned() {
			if err != nil {
				return nil, err
			}
			if s.Render, err = stamper(render, entry); err != nil {
				return nil, err
			}
			break
		}
	}
	if s.Sign, err = signer(sign); err != nil {
		return nil, err
	}
	return func() error {
		account, err := s.Run(ctx)
		if err != nil {
			return err
		}
		if account.State != edition.StateFinished || account.Accepted != o.messages {
			return fmt.Errorf("got %+v, want all accepted", account)
		}
		return channel.Close()
	}, nil
}

// signer signs with one key of a kind.
func signer(kind string) (func([]byte) ([]byte, error), error) {
	var key crypto.Signer
	switch kind {
	case "rsa":
		key = rsaKey()
	case "ed25519":
		seed := sha256.Sum256([]byte("bench"))
		key = ed25519.NewKeyFromSeed(seed[:])
	default:
		return nil, nil
	}
	s, err := dkim.New(dkim.Key{Domain: "example.jp", Selector: "t1", Private: key})
	if err != nil {
		return nil, err
	}
	return func(m []byte) ([]byte, error) { return s.Append(make([]byte, 0, 1024), m, time.Now()) }, nil
}

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// signatures is how many RSA signatures a second all processors make together, and do nothing else.
func signatures() float64 {
	key, sum := rsaKey(), sha256.Sum256([]byte("bench"))
	var made atomic.Int64
	var all sync.WaitGroup
	start := time.Now()
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for time.Since(start) < 3*time.Second {
				if _, err := key.Sign(nil, sum[:], crypto.SHA256); err != nil {
					panic(err)
				}
				made.Add(1)
			}
		})
	}
	all.Wait()
	return float64(made.Load()) / time.Since(start).Seconds()
}

func split(address string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("read --server: %w", err)
	}
	port, err = strconv.Atoi(text)
	return host, port, err
}

// byGoMail freezes an edition too, and gives what hands the same parts to go-mail's Send, on kept connections and without the questions it asks between two
// messages: at its fastest.
func byGoMail(ctx context.Context, o options) (func() error, error) {
	_, e, err := frozen(o)
	if err != nil {
		return nil, err
	}
	render, err := renderer()
	if err != nil {
		return nil, err
	}
	host, port, err := split(o.server)
	if err != nil {
		return nil, err
	}
	return func() error {
		work := make(chan edition.Entry, o.connections)
		failed := make(chan error, o.connections)
		var all sync.WaitGroup
		for range o.connections {
			all.Go(func() {
				if err := goMailWorker(ctx, host, port, render, work); err != nil {
					failed <- err
					for range work { // so that the others get to an end
					}
				}
			})
		}
		for entry, err := range e.Planned() {
			if err != nil {
				return err
			}
			work <- entry
		}
		close(work)
		all.Wait()
		close(failed)
		return <-failed
	}, nil
}

func goMailWorker(ctx context.Context, host string, port int, render func([]byte, edition.Entry) (message.Message, error), work <-chan edition.Entry) error {
	client, err := mail.NewClient(host, mail.WithPort(port), mail.WithTLSPolicy(mail.NoTLS), mail.WithHELO("bench.example.com"),
		mail.WithoutNoop(), mail.WithoutSMTPUTF8())
	if err != nil {
		return err
	}
	if err := client.DialWithContext(ctx); err != nil {
		return err
	}
	for entry := range work {
		parts, err := render(nil, entry)
		if err != nil {
			return err
		}
		m := mail.NewMsg(mail.WithEncoding(mail.EncodingB64), mail.WithNoDefaultUserAgent())
		if err := m.From("news@example.jp"); err != nil {
			return err
		}
		if err := m.AddToFormat(entry.Recipient.Name, entry.Recipient.Address); err != nil {
			return err
		}
		m.Subject(parts.Subject)
		m.SetMessageIDWithValue(strings.Trim(parts.ID, "<>"))
		m.SetBodyString(mail.TypeTextPlain, parts.Text)
		m.AddAlternativeString(mail.TypeTextHTML, parts.HTML)
		if err := client.Send(m); err != nil {
			return err
		}
	}
	return client.Close()
}
