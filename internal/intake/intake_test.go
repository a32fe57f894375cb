package intake

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/returnpath"
)

const messageKey = "15a726a2956afe6716e8682334e3a9dc"

func at() time.Time { return time.Date(2011, 12, 10, 12, 0, 0, 0, time.UTC) }

// company is an intake of a company with the corpus' secret, and the alerts that it gives.
func company(t *testing.T) (*Intake, func() []string) {
	t.Helper()
	p, err := returnpath.ParsePattern("bounces+*@b.example.com")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var mu sync.Mutex
	var alerts []string
	in := &Intake{
		Paths: returnpath.New(p, []byte("secret of the company")), Dir: filepath.Join(dir, "kept"), JournalDir: filepath.Join(dir, "journal"),
		Now: at, Alert: func(text string) { mu.Lock(); defer mu.Unlock(); alerts = append(alerts, text) },
	}
	t.Cleanup(func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	})
	return in, func() []string { mu.Lock(); defer mu.Unlock(); return alerts }
}

func sample(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "bounce", "testdata", "corpus", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func events(t *testing.T, in *Intake) []journal.Event {
	t.Helper()
	var all []journal.Event
	_, err := journal.Read(in.JournalDir, Stream, func(e journal.Event, _ journal.Place) error {
		all = append(all, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestEvents is P5, P6, P8 and JP3: what each kind of mail makes of the journal.
func TestEvents(t *testing.T) {
	for name, want := range map[string]string{
		"dsn-postfix-user-unknown":         "bounce 5.1.1 address known",
		"dsn-postfix-quota":                "bounce 5.2.2 transient known",
		"dsn-softbank-full-broken":         "bounce 4.2.2 transient known",
		"dsn-postfix-spam":                 "bounce 5.7.1 reputation known alert",
		"dsn-status-and-words-disagree":    "bounce 5.0.0 unknown known kept",
		"dsn-only-body-address":            "notice 5.1.1 kept: failed kept",
		"dsn-forged-token":                 "notice 5.1.1 kept: failed kept",
		"dsn-postfix-delayed":              "notice 4.4.1 delayed known",
		"dsn-success-relayed":              "notice  delivered known",
		"arf-abuse":                        "complaint  complaint: abuse known",
		"arf-abuse-redacted":               "complaint  complaint: abuse known",
		"arf-fraud":                        "complaint  complaint: fraud known",
		"arf-opt-out":                      "unsubscribe  complaint: opt-out known",
		"arf-not-spam":                     "notice  not-spam known",
		"arf-virus":                        "notice  kept: complaint: virus known kept alert",
		"auto-vacation-rfc3834":            "notice  auto-reply known",
		"auto-left-company":                "notice  kept: auto-reply known kept",
		"reply-order":                      "reply  reply known kept",
		"reply-refusal-japanese":           "unsubscribe  refusal known kept",
		"unread-newsletter-of-somebody":    "notice  kept: unread kept",
		"carrier-says-nothing":             "bounce  unknown known kept",
		"dsn-softbank-filtered-message-id": "bounce 5.2.0 transient known",
	} {
		t.Run(name, func(t *testing.T) {
			in, alerts := company(t)
			taken, err := in.Take(t.Context(), Mail{Raw: sample(t, name)})
			if err != nil {
				t.Fatal(err)
			}
			all := events(t, in)
			if len(all) != 1 || len(taken) != 1 {
				t.Fatalf("got %d events of %d mails, want one of each", len(all), len(taken))
			}
			e := all[0]
			detail, _, _ := strings.Cut(e.Detail, ": ")
			if detail == "kept" || detail == "complaint" {
				detail = strings.Join(strings.SplitN(e.Detail, ": ", 3)[:2], ": ")
				if strings.HasPrefix(e.Detail, "kept: complaint") {
					detail = e.Detail
				}
			}
			got := fmt.Sprintf("%s %s %s", e.Kind, e.Enhanced, detail)
			if e.MessageKey == messageKey {
				got += " known"
			}
			if taken[0].Kept != "" {
				got += " kept"
				info, err := os.Stat(taken[0].Kept)
				if err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("kept: got %v, %v, want a file of mode 0600", info, err)
				}
			}
			if len(alerts()) > 0 {
				got += " alert"
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if text := fmt.Sprint(e, alerts()); strings.Contains(text, "someone") || strings.Contains(text, "@example.org") {
				t.Errorf("a person stands in %s", text)
			}
		})
	}
}

// TestOnce: the same mail by every way and after a restart is one event.
func TestOnce(t *testing.T) {
	in, _ := company(t)
	raw := sample(t, "dsn-postfix-user-unknown")
	lf := []byte("From x\nReceived: by another; Tue, 06 Dec 2011 10:06:00 +0900\n" + strings.ReplaceAll(string(raw), "\r\n", "\n"))
	for _, mails := range [][]Mail{{{Raw: raw}, {Raw: lf}}, {{Raw: lf}}} {
		if _, err := in.Take(t.Context(), mails...); err != nil {
			t.Fatal(err)
		}
	}
	again := &Intake{Paths: in.Paths, Dir: in.Dir, JournalDir: in.JournalDir, Now: at}
	taken, err := again.Take(t.Context(), Mail{Raw: raw})
	if err != nil {
		t.Fatal(err)
	}
	if taken[0].Event != "" || taken[0].MessageKey != messageKey {
		t.Errorf("after a restart: got %+v, want a mail that is known already", taken[0])
	}
	if n := len(events(t, in)); n != 1 {
		t.Errorf("got %d events, want 1", n)
	}
	segments, err := filepath.Glob(filepath.Join(in.JournalDir, "*"))
	if err != nil || len(segments) != 1 {
		t.Errorf("got segments %v, want one: nothing new begins none", segments)
	}
}

// TestMaildir: mail moves from new to cur after it is on the disk, and not before.
func TestMaildir(t *testing.T) {
	in, _ := company(t)
	dir := t.TempDir()
	for _, sub := range []string{"new", "cur", "tmp"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	put := func(name, mail string) {
		if err := os.WriteFile(filepath.Join(dir, "new", name), sample(t, mail), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("1.a", "dsn-postfix-user-unknown")
	put("2.b:2,", "arf-abuse")
	in.disk = journal.Disk{SyncFile: func(*os.File) error { return errors.New("disk full") }}
	if _, err := in.Maildir(t.Context(), dir); err == nil {
		t.Fatal("a disk that is full: got no error")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "new", "*")); len(left) != 2 {
		t.Errorf("a disk that is full: got %v in new, want both", left)
	}
	in.disk = journal.Disk{}
	taken, err := in.Maildir(t.Context(), dir)
	if err != nil || len(taken) != 2 {
		t.Fatalf("got %d taken in, %v, want 2", len(taken), err)
	}
	moved, _ := filepath.Glob(filepath.Join(dir, "cur", "*"))
	if diff := cmp.Diff([]string{filepath.Join(dir, "cur", "1.a:2,S"), filepath.Join(dir, "cur", "2.b:2,S")}, moved); diff != "" {
		t.Error(diff)
	}
	// killed between journal and move: it lies in new again, and is no second event
	put("1.a", "dsn-postfix-user-unknown")
	if _, err := in.Maildir(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, e := range events(t, in) {
		ids[e.ID] = true
	}
	if len(ids) != 2 {
		t.Errorf("got %d events, want 2", len(ids))
	}
}

// receive starts a receiver and returns its address.
func receive(t *testing.T, r *Receiver) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// TestLMTP: 250 comes after the event is on the disk, 451 where it cannot be.
func TestLMTP(t *testing.T) {
	in, _ := company(t)
	address := receive(t, &Receiver{Intake: in, Domain: "b.example.com"})
	hand := func(name string) error {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		c := gosmtp.NewClientLMTP(conn)
		defer c.Close()
		if err := c.Mail("", nil); err != nil {
			return err
		}
		if err := c.Rcpt("whoever@b.example.com", nil); err != nil {
			return err
		}
		w, err := c.Data()
		if err != nil {
			return err
		}
		if _, err := w.Write(sample(t, name)); err != nil {
			return err
		}
		return w.Close()
	}
	if err := hand("dsn-postfix-user-unknown"); err != nil {
		t.Fatal(err)
	}
	if all := events(t, in); len(all) != 1 || all[0].Kind != journal.Bounce || all[0].MessageKey != messageKey {
		t.Errorf("got %+v behind the 250, want the bounce", all)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	in.disk = journal.Disk{SyncFile: func(*os.File) error { return errors.New("disk full") }}
	var reply *gosmtp.SMTPError
	if err := hand("arf-abuse"); !errors.As(err, &reply) && !strings.Contains(fmt.Sprint(err), "451") {
		t.Errorf("a disk that is full: got %v, want 451", err)
	}
	in.disk = journal.Disk{}
	if err := hand("arf-abuse"); err != nil {
		t.Errorf("again: %v", err)
	}
}

// TestSMTPReceiver takes mail only for addresses that the company's mail came from.
func TestSMTPReceiver(t *testing.T) {
	in, _ := company(t)
	address := receive(t, &Receiver{Intake: in, SMTP: true, Domain: "b.example.com"})
	good, err := in.Paths.Address(messageKey)
	if err != nil {
		t.Fatal(err)
	}
	for to, want := range map[string]bool{
		good.String(): true, strings.ToUpper(good.String()): true, "bounces@b.example.com": true,
		"someone@b.example.com": false, "bounces@example.com": false, "bounces+" + strings.Repeat("a", 42) + "@b.example.com": false,
		strings.Replace(good.String(), "b.example.com", "example.com", 1): false,
	} {
		err := smtp.SendMail(address, nil, "", []string{to}, sample(t, "arf-abuse-redacted"))
		if (err == nil) != want {
			t.Errorf("%s: got %v, want taken %v", to, err, want)
		}
	}
	if n := len(events(t, in)); n != 1 {
		t.Errorf("got %d events, want 1", n)
	}
}

func TestCount(t *testing.T) {
	in, _ := company(t)
	for _, name := range []string{
		"dsn-postfix-user-unknown", "dsn-postfix-quota", "dsn-postfix-spam", "dsn-postfix-delayed", "arf-abuse", "auto-precedence",
		"unread-bytes", "reply-order", "reply-refusal-english",
	} {
		if _, err := in.Take(t.Context(), Mail{Raw: sample(t, name)}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Count(in.JournalDir, in.Dir)
	if err != nil {
		t.Fatal(err)
	}
	got.Last = time.Time{}
	want := Counts{
		Bounces:    map[journal.Class]int{journal.ClassAddress: 1, journal.ClassTransient: 1, journal.ClassReputation: 1},
		Complaints: 1, Unsubscribes: 1, Replies: 1, Delays: 1, AutoReplies: 1, Others: 1, Kept: 3,
	}
	if diff := cmp.Diff(want, got); diff != "" || got.All() != 9 {
		t.Errorf("got %d in all: %s", got.All(), diff)
	}
}
