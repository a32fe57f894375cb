package intake

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/journal"
)

// startDovecot runs a Dovecot of the test's own with one user, and returns the mailbox that it serves. The test is skipped
// where there is none.
func startDovecot(t *testing.T) IMAP {
	t.Helper()
	path := "/usr/sbin/dovecot"
	if _, err := os.Stat(path); err != nil || os.Getuid() != 0 {
		const text = "no Dovecot, or not root; install dovecot-imapd"
		if os.Getenv("TOKUI_TEST_REAL") == "1" {
			t.Fatal(text)
		}
		t.Skip(text)
	}
	dir, err := os.MkdirTemp("", "tokui-dovecot-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	config := filepath.Join(dir, "dovecot.conf")
	text := fmt.Sprintf(`base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[1]s/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:%[1]s/mail
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
default_login_user = dovenull
default_internal_user = dovecot
passdb {
  driver = static
  args = password=secret-password
}
userdb {
  driver = static
  args = uid=mail gid=mail home=%[1]s/mail
}
service imap-login {
  chroot =
  inet_listener imap {
    port = %[2]d
  }
  inet_listener imaps {
    port = 0
  }
}
`, dir, port)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "mail"), 0o777); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("chown", "mail:mail", filepath.Join(dir, "mail")).CombinedOutput(); err != nil {
		t.Fatalf("chown: %v: %s", err, out)
	}
	cmd := exec.Command(path, "-F", "-c", config)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Logf("Dovecot says: %s%s", &said, log)
		}
	})
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 600 {
		if conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", fmt.Sprint(port))); err == nil {
			conn.Close()
			return IMAP{Host: "127.0.0.1", Port: port, Username: "bounces", Password: "secret-password", TLS: "none", Mailbox: "INBOX"}
		}
		<-tick.C
	}
	log, _ := os.ReadFile(filepath.Join(dir, "log"))
	t.Fatalf("Dovecot does not answer: %s%s", &said, log)
	return IMAP{}
}

// box does something with the mailbox as a person's mail program would.
func box(t *testing.T, b IMAP, do func(c *imapclient.Client)) {
	t.Helper()
	c, err := b.dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(b.Username, b.Password).Wait(); err != nil {
		t.Fatal(err)
	}
	do(c)
	if err := c.Logout().Wait(); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, b IMAP, names ...string) {
	t.Helper()
	box(t, b, func(c *imapclient.Client) {
		for _, name := range names {
			raw := sample(t, name)
			a := c.Append("INBOX", int64(len(raw)), nil)
			if _, err := a.Write(raw); err != nil {
				t.Fatal(err)
			}
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := a.Wait(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// flags are those of the mails in a mailbox.
func flags(t *testing.T, b IMAP, mailbox string) []string {
	t.Helper()
	var all []string
	box(t, b, func(c *imapclient.Client) {
		selected, err := c.Select(mailbox, &imap.SelectOptions{ReadOnly: true}).Wait()
		if err != nil {
			t.Fatal(err)
		}
		if selected.NumMessages == 0 {
			return
		}
		var set imap.SeqSet
		set.AddRange(1, selected.NumMessages)
		found, err := c.Fetch(set, &imap.FetchOptions{Flags: true}).Collect()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range found {
			var names []string
			for _, f := range m.Flags {
				if f == imap.FlagSeen || strings.EqualFold(string(f), string(takenFlag)) {
					names = append(names, strings.ToLower(string(f)))
				}
			}
			all = append(all, strings.Join(names, " "))
		}
	})
	return all
}

// TestDovecot takes mail in from a real IMAP server: what is on the disk is marked or moved, what is not stays; what a
// person has only looked at is still taken in.
func TestDovecot(t *testing.T) {
	b := startDovecot(t)
	in, _ := company(t)
	put(t, b, "dsn-postfix-user-unknown", "arf-abuse")
	box(t, b, func(c *imapclient.Client) { // somebody looks into the mailbox
		if _, err := c.Select("INBOX", nil).Wait(); err != nil {
			t.Fatal(err)
		}
		if err := c.Store(imap.SeqSetNum(1), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagSeen}}, nil).Close(); err != nil {
			t.Fatal(err)
		}
	})
	in.disk = journal.Disk{SyncFile: func(*os.File) error { return os.ErrPermission }}
	if _, err := in.IMAP(t.Context(), b); err == nil {
		t.Error("a disk that is full: got no error")
	}
	if diff := cmp.Diff([]string{`\seen`, ""}, flags(t, b, "INBOX")); diff != "" {
		t.Errorf("a disk that is full: %s", diff)
	}
	in.disk = journal.Disk{}
	taken, err := in.IMAP(t.Context(), b)
	if err != nil || len(taken) != 2 {
		t.Fatalf("got %d taken in, %v, want 2", len(taken), err)
	}
	for _, f := range flags(t, b, "INBOX") {
		if !strings.Contains(f, "tokuitaken") || !strings.Contains(f, `\seen`) {
			t.Errorf("got flags %q, want both", f)
		}
	}
	if taken, err = in.IMAP(t.Context(), b); err != nil || len(taken) != 0 {
		t.Errorf("again: got %d, %v, want none", len(taken), err)
	}
	// moved where a folder is named
	b.Done = "Done"
	box(t, b, func(c *imapclient.Client) {
		if err := c.Create("Done", nil).Wait(); err != nil {
			t.Fatal(err)
		}
	})
	put(t, b, "dsn-postfix-quota", "dsn-postfix-user-unknown")
	if taken, err = in.IMAP(t.Context(), b); err != nil || len(taken) != 2 {
		t.Fatalf("got %d taken in, %v, want 2", len(taken), err)
	}
	if n := len(flags(t, b, "Done")); n != 2 {
		t.Errorf("got %d in Done, want 2", n)
	}
	if n := len(flags(t, b, "INBOX")); n != 2 {
		t.Errorf("got %d left in INBOX, want the 2 that were there before", n)
	}
	if n := len(events(t, in)); n != 3 {
		t.Errorf("got %d events, want 3: one mail came twice", n)
	}
	b.Password = "wrong"
	if _, err := in.IMAP(t.Context(), b); err == nil || strings.Contains(err.Error(), "wrong") {
		t.Errorf("a wrong password: got %v, want an error without it", err)
	}
}
