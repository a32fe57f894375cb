package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	msgauth "github.com/emersion/go-msgauth/dkim"
	"github.com/emersion/go-smtp"

	"github.com/tokui/tokui/internal/dkim"
	"github.com/tokui/tokui/internal/edition"
)

const (
	killContacts = 1500
	kills        = 20
)

// TestKillSMTP kills the real program twenty times, each time after a random number of messages has reached a recording
// server, and then lets it finish: nobody twice, nobody lost, and whoever is in doubt is named.
func TestKillSMTP(t *testing.T) {
	server := newRecorder(t)
	key, record := signingKey(t)
	server.lookup = func(string) ([]string, error) { return []string{record}, nil }
	dir := killFolder(t, fmt.Sprintf(`mail:
  transport: smtp
  from: news@example.com
  smtp: {host: 127.0.0.1, port: %d, tls: none, connections: 6, rate: 1500/s}
  dkim: {domain: example.com, selector: t1, key: "${file:%s}"}
`, server.port, key))
	random := rand.New(rand.NewPCG(1, 2))
	killed := 0
	for server.count() < killContacts-50 && killed < kills {
		reached := server.count() + 1 + random.IntN(60)
		if runUntilKilled(t, dir, func() bool { return server.count() >= reached }) {
			killed++
		}
	}
	if killed < kills {
		t.Fatalf("only %d kills fell into the campaign, want %d: raise killContacts", killed, kills)
	}
	runToEnd(t, dir)
	account, messages := killedAccount(t, dir)

	received := server.recipients()
	for address, n := range received {
		if n > 1 {
			t.Errorf("%s: got %d messages, want 1", address, n)
		}
	}
	doubtful := 0
	for _, m := range messages {
		got := received[addressOf(m.ContactID)]
		switch {
		case m.State == edition.MessageAccepted && got != 1:
			t.Errorf("%s is accepted and %d messages arrived", m.ContactID, got)
		case m.State == edition.MessageUnconfirmed:
			doubtful++ // it may have arrived or not; nobody knows, and it was not sent again
		case m.State != edition.MessageAccepted:
			t.Errorf("%s: got state %s, want accepted or unconfirmed", m.ContactID, m.State)
		}
	}
	if account.Unconfirmed != doubtful || account.Accepted+doubtful != killContacts {
		t.Errorf("accounts: got %+v, want accepted + %d unconfirmed = %d", account, doubtful, killContacts)
	}
	t.Logf("%d kills, %d received, %d accepted, %d unconfirmed and named", killed, len(received), account.Accepted, doubtful)
}

// TestKillOutbox does the same with files: a file is named by its message, so what was in doubt is written again, and
// nobody is left in doubt.
func TestKillOutbox(t *testing.T) {
	dir := killFolder(t, "mail: {transport: outbox, from: news@example.com}\n")
	pattern := filepath.Join(dir, "var", "outbox", "*", "*", "*.eml")
	count := func() int {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	random := rand.New(rand.NewPCG(3, 4))
	killed := 0
	for killed < kills {
		reached := count() + 1 + random.IntN(60)
		if reached >= killContacts || !runUntilKilled(t, dir, func() bool { return count() >= reached }) {
			break
		}
		killed++
	}
	runToEnd(t, dir)
	account, messages := killedAccount(t, dir)
	if account.Accepted != killContacts || account.State != edition.StateFinished {
		t.Errorf("accounts: got %+v, want %d accepted and finished", account, killContacts)
	}
	to := map[string]int{}
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		letter, err := mail.ReadMessage(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		address, err := mail.ParseAddress(letter.Header.Get("To"))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		to[address.Address]++
	}
	for _, m := range messages {
		if got := to[addressOf(m.ContactID)]; got != 1 {
			t.Errorf("%s: got %d files, want 1", m.ContactID, got)
		}
	}
	if killed < kills {
		t.Errorf("got %d kills within the campaign, want %d: raise killContacts", killed, kills)
	}
	t.Logf("%d kills, %d files, %d accepted", killed, len(files), account.Accepted)
}

// signingKey makes a key for DKIM: the path of its file, and what the DNS says of it.
func signingKey(t *testing.T) (path, record string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "t1.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	_, record, err = dkim.Key{Domain: "example.com", Selector: "t1", Private: private}.Record()
	if err != nil {
		t.Fatal(err)
	}
	return path, record
}

func addressOf(contactID string) string { return strings.ToLower(contactID) + "@example.com" }

// killFolder makes a company of killContacts contacts, loaded and analyzed, with one campaign to all of them.
func killFolder(t *testing.T, mailSection string) string {
	t.Helper()
	dir := t.TempDir()
	var sales, contacts, consents strings.Builder
	sales.WriteString("order,customer,product,day,amount\n")
	contacts.WriteString("contact_id,customer_id,name,email\n")
	consents.WriteString("contact_id,channel,granted_at,granted,basis\n")
	for i := range killContacts {
		fmt.Fprintf(&sales, "O%04d,K%04d,P1,2024-03-%02d,%d\n", i, i, 1+i%28, 1000+i)
		fmt.Fprintf(&contacts, "C%04d,K%04d,Contact %d,c%04d@example.com\n", i, i, i, i)
		fmt.Fprintf(&consents, "C%04d,email,2024-01-01 00:00:00,true,consent\n", i)
	}
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("sales.csv", sales.String())
	write("contacts.csv", contacts.String())
	write("consents.csv", consents.String())
	write("templates/hello/subject.txt", "Hello {{.contact_name}}")
	write("templates/hello/body.txt", "Hello {{.contact_name}}\n{{template \"footer\" .}}")
	write("templates/hello/body.html", "<p>Hello {{.contact_name}}</p>{{template \"footer\" .}}")
	write("config.yaml", `company: {name: Example Ltd, address: 1 Sample Street, contact: care@example.com}
locale: en
timezone: UTC
as_of: 2024-04-01
seed: kill
templates_dir: templates
sources:
  sales:
    path: sales.csv
    columns: {order_id: order, customer_id: customer, product_id: product, ordered_on: day(day), amount: num(amount)}
  contacts: {path: contacts.csv, columns: {contact_id: contact_id, customer_id: customer_id, name: name, email: email}}
  consents: {path: consents.csv, columns: {contact_id: contact_id, channel: channel, granted_at: granted_at, granted: granted, basis: basis}}
ranks: {window: 30d}
campaigns:
  hello:
    channel: email
    audience: select contact_id from core.contacts
    template: hello
    holdout: 0
jobs:
  night: {schedule: "0 2 * * *", steps: [collect, load, analyze]}
  day: {schedule: "0 10 * * *", steps: [campaign hello]}
tracking: {base_url: "https://r.example.com", key: example-only-not-a-secret-0123456789}
`+mailSection)
	program(t, dir, "run", "night")
	return dir
}

// tokui is the real program in a process of its own: this test binary under its other name.
func tokui(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Args[0] = "tokui"
	cmd.Env = append(os.Environ(), "TOKUI_TEST_COMMAND=1")
	cmd.Dir = dir
	return cmd
}

func program(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := tokui(t.Context(), dir, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("tokui %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// runUntilKilled starts the campaign and kills it as soon as reached says so. It reports false when the program ended by
// itself before that.
func runUntilKilled(t *testing.T, dir string, reached func() bool) bool {
	t.Helper()
	return killedWhen(t, dir, reached, "run", "--live", "day")
}

func killedWhen(t *testing.T, dir string, reached func() bool, args ...string) bool {
	t.Helper()
	cmd := tokui(t.Context(), dir, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(500 * time.Microsecond)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("run: %v\n%s", err, &out)
			}
			return false
		case <-tick.C:
			if reached() {
				if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
					t.Fatal(err)
				}
				<-ended
				return true
			}
		}
	}
}

func runToEnd(t *testing.T, dir string) {
	t.Helper()
	program(t, dir, "run", "--live", "day")
	program(t, dir, "run", "--live", "day")
}

func killedAccount(t *testing.T, dir string) (edition.Account, []messageLine) {
	t.Helper()
	var s struct {
		edition.Account
		Messages []messageLine `json:"messages"`
	}
	readJSON(t, program(t, dir, "--json", "status", "hello/20240401T1000", "--recipients"), &s)
	if err := s.Account.Check(); err != nil {
		t.Error(err)
	}
	return s.Account, s.Messages
}

type messageLine struct {
	ContactID string `json:"contact_id"`
	State     string `json:"state"`
}

// recorder is a real SMTP server that keeps who received how many whole messages.
type recorder struct {
	mu       sync.Mutex
	received map[string]int
	total    int
	port     int
	// lookup answers for the DNS where every letter has to be signed.
	lookup func(string) ([]string, error)
}

func newRecorder(t *testing.T) *recorder {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{received: map[string]int{}, port: listener.Addr().(*net.TCPAddr).Port}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &recording{to: r}, nil }))
	server.Domain = "localhost"
	server.ErrorLog = log.New(io.Discard, "", 0) // connections that a kill resets
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		<-done
	})
	return r
}

func (r *recorder) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.total
}

func (r *recorder) recipients() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.received
}

// recording is one session.
type recording struct {
	to        *recorder
	recipient string
}

func (s *recording) Mail(string, *smtp.MailOptions) error { return nil }
func (s *recording) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.recipient = to
	return nil
}

func (s *recording) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil { // the connection broke before the final dot: nothing was delivered
		return err
	}
	if !bytes.HasSuffix(bytes.TrimRight(text, "\r\n"), []byte("--")) {
		return &smtp.SMTPError{Code: 554, Message: "half a message"}
	}
	if s.to.lookup != nil {
		found, err := msgauth.VerifyWithOptions(bytes.NewReader(text), &msgauth.VerifyOptions{LookupTXT: s.to.lookup})
		if err != nil || len(found) != 1 || found[0].Err != nil {
			return &smtp.SMTPError{Code: 554, Message: "no signature that holds"}
		}
	}
	s.to.mu.Lock()
	defer s.to.mu.Unlock()
	s.to.received[strings.ToLower(s.recipient)]++
	s.to.total++
	return nil
}

func (s *recording) Reset()        {}
func (s *recording) Logout() error { return nil }
