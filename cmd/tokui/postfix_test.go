package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
)

// relay is a Postfix of the test's own, which takes Tokui's mail and hands it on to other servers of the test: it refuses,
// bounces and gives up as Postfix does anywhere, only sooner.
type relay struct {
	dir  string
	port int
}

// startRelay starts it. Mail for b.example.com, its own reports, goes by LMTP to the port bounces; the domain away.example.com
// is on a port where nobody listens; all else goes to the port next. The test is skipped where there is no Postfix.
func startRelay(t *testing.T, next, bounces int) *relay {
	t.Helper()
	if _, err := exec.LookPath("postfix"); err != nil || os.Getuid() != 0 {
		const text = "no Postfix, or not root; install postfix"
		if os.Getenv("TOKUI_TEST_REAL") == "1" {
			t.Fatal(text)
		}
		t.Skip(text)
	}
	dir, err := os.MkdirTemp("", "tokui-postfix-") // short, and where postfix may go: sockets live there
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	r := &relay{dir: dir, port: freePort(t)}
	etc := filepath.Join(dir, "etc")
	for name, text := range map[string]string{
		"main.cf": fmt.Sprintf(`compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
maillog_file = %[1]s/mail.log
maillog_file_prefixes = %[1]s
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example.com
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
local_recipient_maps =
smtpd_recipient_restrictions = check_recipient_access inline:{ { refused@example.com = 550 5.1.1 No such user } }, permit_mynetworks, reject
disable_dns_lookups = yes
smtp_host_lookup = native
transport_maps = inline:{ { b.example.com = lmtp:inet:127.0.0.1:%[2]d }, { away.example.com = smtp:[127.0.0.1]:%[3]d }, { nohost.example.com = smtp:[nohost.invalid]:25 } }
relayhost = [127.0.0.1]:%[4]d
lmtp_host_lookup = native
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
maximal_queue_lifetime = 4s
bounce_queue_lifetime = 1d
delay_warning_time = 1s
smtp_destination_concurrency_limit = 2
destination_concurrency_failed_cohort_limit = 100
`, dir, bounces, freePort(t), next),
		"master.cf": fmt.Sprintf("127.0.0.1:%d inet n - n - - smtpd\n", r.port) + `pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
`,
	} {
		if err := os.MkdirAll(etc, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(etc, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range []string{"queue", "data"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r.run(t, "chmod", "-R", "go+rX", dir)
	r.run(t, "chown", "postfix", filepath.Join(dir, "data"))
	r.run(t, "postfix", "-c", etc, "start")
	t.Cleanup(func() {
		if t.Failed() {
			text, _ := os.ReadFile(filepath.Join(dir, "mail.log"))
			t.Logf("Postfix says:\n%s", text[max(0, len(text)-6000):])
		}
		r.run(t, "postfix", "-c", etc, "stop")
	})
	return r
}

func (r *relay) run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		text, _ := os.ReadFile(filepath.Join(r.dir, "mail.log"))
		t.Fatalf("%s: %v\n%s\n%s", name, err, out, text)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// provider is a mailbox provider that answers by the name of the mailbox.
type provider struct {
	port int
}

// answers are what it says, at RCPT or, where they begin with a dot, to the final dot.
func answers() map[string]*smtp.SMTPError {
	return map[string]*smtp.SMTPError{
		"unknown":  {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "User unknown"},
		"nocode":   {Code: 550, EnhancedCode: smtp.NoEnhancedCode, Message: "No such user here"},
		".full":    {Code: 552, EnhancedCode: smtp.EnhancedCode{5, 2, 2}, Message: "Mailbox full"},
		".spam":    {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Message rejected as spam"},
		".what":    {Code: 554, EnhancedCode: smtp.NoEnhancedCode, Message: "transaction failed"},
		".carrier": {Code: 550, EnhancedCode: smtp.NoEnhancedCode, Message: "Unknown user carrier"},
		"greylist": {Code: 451, EnhancedCode: smtp.EnhancedCode{4, 2, 1}, Message: "come again"},
	}
}

func startProvider(t *testing.T) *provider {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &answering{}, nil }))
	server.Domain = "mx.example.com"
	server.ErrorLog = log.New(io.Discard, "", 0)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return &provider{port: listener.Addr().(*net.TCPAddr).Port}
}

type answering struct{ to string }

func (s *answering) Reset()                               {}
func (s *answering) Logout() error                        { return nil }
func (s *answering) Mail(string, *smtp.MailOptions) error { return nil }

func (s *answering) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to, _, _ = strings.Cut(to, "@")
	if answer := answers()[s.to]; answer != nil {
		return answer
	}
	return nil
}

func (s *answering) Data(r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	if answer := answers()["."+s.to]; answer != nil {
		return answer
	}
	return nil
}
