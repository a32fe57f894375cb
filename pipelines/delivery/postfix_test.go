package delivery

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	msgauth "github.com/emersion/go-msgauth/dkim"

	"github.com/tokui/tokui/internal/dkim"
	"github.com/tokui/tokui/internal/edition"
)

// startPostfix runs a Postfix of its own, out of a folder of its own: it wants STARTTLS and a password, and hands on what
// it takes to another server. The test is skipped where there is none.
func startPostfix(t *testing.T, certificate tls.Certificate, next int) (port int) {
	t.Helper()
	if _, err := os.Stat("/usr/sbin/postfix"); err != nil || os.Getuid() != 0 {
		const text = "no Postfix, or not root; install postfix"
		if os.Getenv("TOKUI_TEST_REAL") == "1" {
			t.Fatal(text)
		}
		t.Skip(text)
	}
	dir, err := os.MkdirTemp("", "tokui-postfix-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port = free.Addr().(*net.TCPAddr).Port
	free.Close()
	run := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			log, _ := os.ReadFile(filepath.Join(dir, "mail.log"))
			t.Fatalf("%s: %v\n%s\n%s", name, err, out, log)
		}
	}
	private, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	chain := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})...)
	for name, text := range map[string]string{
		"etc/main.cf": fmt.Sprintf(`compatibility_level = 3.6
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
mynetworks =
alias_maps =
local_recipient_maps =
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_tls_security_level = encrypt
smtpd_tls_chain_files = %[1]s/etc/chain.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:%[3]s
disable_dns_lookups = yes
relayhost = [127.0.0.1]:%[2]d
smtp_host_lookup = native
`, dir, next, passwords(t, "tokui", "secret-password")),
		"etc/chain.pem": string(chain),
		"etc/master.cf": fmt.Sprintf("127.0.0.1:%d inet n - n - - smtpd\n", port) + `pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range []string{"queue", "data"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run("chmod", "-R", "go+rX", dir)
	run("chown", "postfix", filepath.Join(dir, "data"))
	run("/usr/sbin/postfix", "-c", filepath.Join(dir, "etc"), "start")
	t.Cleanup(func() {
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "mail.log"))
			t.Logf("%s", log[max(0, len(log)-4000):])
		}
		run("/usr/sbin/postfix", "-c", filepath.Join(dir, "etc"), "stop")
	})
	return port
}

// passwords answers Postfix's questions about passwords, in the words of Dovecot's authentication protocol, and gives its
// address. There is one user.
func passwords(t *testing.T, user, password string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	t.Cleanup(func() { listener.Close(); serving.Wait() })
	answer := func(conn net.Conn) {
		defer conn.Close()
		stop := context.AfterFunc(t.Context(), func() { conn.Close() })
		defer stop()
		fmt.Fprint(conn, "VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t00112233445566778899aabbccddeeff\nDONE\n")
		lines := bufio.NewScanner(conn)
		for lines.Scan() {
			fields := strings.Split(lines.Text(), "\t")
			if fields[0] != "AUTH" || len(fields) < 3 {
				continue
			}
			_, given, _ := strings.Cut(lines.Text(), "resp=")
			plain, err := base64.StdEncoding.DecodeString(given)
			if err == nil && string(plain) == "\x00"+user+"\x00"+password {
				fmt.Fprintf(conn, "OK\t%s\tuser=%s\n", fields[1], user)
			} else {
				fmt.Fprintf(conn, "FAIL\t%s\tuser=%s\n", fields[1], user)
			}
		}
	}
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { answer(conn) })
		}
	})
	return listener.Addr().String()
}

// TestPostfix sends an edition through a real Postfix, by STARTTLS and with a password, pipelined and signed: each letter
// comes out behind it once, its signature whole.
func TestPostfix(t *testing.T) {
	const letters = 300
	config, roots := selfSigned(t, "127.0.0.1", time.Now().Add(time.Hour))
	behind := newRecorder(t)
	arrived := make(chan struct{}, letters)
	behind.taken = func(letter) { arrived <- struct{}{} }
	port := startPostfix(t, config.Certificates[0], behind.port)
	addresses := append(people(letters-2, "example.com"), "a..b@docomo.ne.jp", "c@例え.jp")
	f := newFixture(t, addresses, nil)
	c := &SMTP{Host: "127.0.0.1", Port: port, TLS: "required", TLSConfig: &tls.Config{RootCAs: roots}, Hello: "sender.example.com",
		Username: "tokui", Password: "secret-password"}
	seed := sha256.Sum256([]byte("seed"))
	key := dkim.Key{Domain: "example.com", Selector: "t1", Private: ed25519.NewKeyFromSeed(seed[:])}
	signer, err := dkim.New(key)
	if err != nil {
		t.Fatal(err)
	}
	s := f.sender(c)
	s.Render = func(b []byte, e edition.Entry) (Letter, error) {
		letter, err := testLetter(b, e)
		// Postfix adds a Date where there is none and quotes addresses, which would break the signature
		raw := "Date: Tue, 06 Dec 2011 10:00:00 +0900\r\n" + strings.Replace(string(letter.Raw), e.Recipient.Address, letter.To.String(), 1)
		letter.Raw = []byte(raw)
		return letter, err
	}
	s.Sign = func(message []byte) ([]byte, error) { return signer.Append(nil, message, time.Now()) }
	s.Limits.Connections = 4
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	account, err := s.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	wantAccount(t, account, counts(letters, letters, 0, 0, 0, 0, edition.StateFinished))
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	for n := range letters {
		select {
		case <-arrived:
		case <-time.After(time.Minute):
			t.Fatalf("got %d letters behind Postfix, want %d", n, letters)
		}
	}
	_, record, err := key.Record()
	if err != nil {
		t.Fatal(err)
	}
	behind.mu.Lock()
	defer behind.mu.Unlock()
	once := map[string]int{}
	for _, l := range behind.letters {
		once[mustParse(l.to).String()]++ // Postfix quotes only where it must
		found, err := msgauth.VerifyWithOptions(strings.NewReader(l.raw), &msgauth.VerifyOptions{
			LookupTXT: func(string) ([]string, error) { return []string{record}, nil },
		})
		if err != nil || len(found) != 1 || found[0].Err != nil {
			t.Fatalf("%s: got the signatures %+v, %v, want one that holds", l.to, found, err)
		}
	}
	for _, address := range addresses {
		if to := mustParse(address).String(); once[to] != 1 {
			t.Errorf("%s: got %d letters, want one", to, once[to])
		}
	}
}
