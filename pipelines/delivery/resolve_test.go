package delivery

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// doubtful is an edition of which the first n of ten messages are unconfirmed, the others accepted.
func doubtful(t *testing.T, n int) fixture {
	t.Helper()
	f := newFixture(t, people(10, "example.com"), nil)
	c := &scripted{answer: func(e Envelope, _ int) Outcome {
		if strings.TrimLeft(e.To.Local, "p") < fmt.Sprintf("%05d", n) {
			return Outcome{Result: Unconfirmed}
		}
		return accepted
	}}
	wantAccount(t, f.run(f.sender(c)), counts(10, 10-n, 0, 0, n, 0, edition.StateUnconfirmed))
	return f
}

func (f fixture) key(i int) string { return f.messageKey(fmt.Sprintf("p%05d@example.com", i)) }

func (f fixture) resolver() *Resolver {
	return &Resolver{DataDir: f.data, JournalDir: f.journalDir(), ID: f.id}
}

func (f fixture) resolve(r *Resolver) Resolution {
	f.t.Helper()
	done, err := r.Run(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	return done
}

// logOf is a relay's log of messages that it sent on.
func (f fixture) logOf(numbers ...int) *RelayLog {
	f.t.Helper()
	log := &RelayLog{Wanted: func(string) bool { return true }}
	for _, i := range numbers {
		id := fmt.Sprintf("%010X", i)
		text := "x relay postfix/cleanup[1]: " + id + ": message-id=<" + f.key(i) + "@example.com>\n" +
			"x relay postfix/qmgr[1]: " + id + ": from=<news@example.com>, size=1, nrcpt=1 (queue active)\n" +
			"x relay postfix/smtp[1]: " + id + ": to=<x@example.com>, relay=mx, dsn=2.0.0, status=sent (250 ok)\n"
		if err := log.Read(strings.NewReader(text)); err != nil {
			f.t.Fatal(err)
		}
	}
	return log
}

func verdicts(f fixture, done Resolution) map[int]string {
	got := map[int]string{}
	for _, m := range done.Messages {
		for i := range 10 {
			if m.MessageKey == f.key(i) {
				got[i] = strings.Trim(m.Verdict+" "+m.By+": "+m.Why, ": ")
			}
		}
	}
	return got
}

// TestResolveByResponse: what came back of a message shows that the relay had it.
func TestResolveByResponse(t *testing.T) {
	f := doubtful(t, 4)
	f.note(
		journal.Event{Kind: journal.Bounce, MessageKey: f.key(0), Enhanced: "5.1.1", Channel: "email"},
		journal.Event{Kind: journal.Click, MessageKey: f.key(1)},
		journal.Event{Kind: journal.Unsubscribe, ContactKey: testKeys.Contact("p00002@example.com"), Channel: "email"}, // of another mail
		journal.Event{Kind: journal.Open, MessageKey: f.key(9)},
	)
	done := f.resolve(f.resolver())
	want := map[int]string{0: "accepted response: bounce 5.1.1", 1: "accepted response: click", 2: "unconfirmed", 3: "unconfirmed"}
	if diff := cmp.Diff(want, verdicts(f, done)); diff != "" {
		t.Error(diff)
	}
	wantAccount(t, done.Account, counts(10, 8, 0, 0, 2, 0, edition.StateUnconfirmed))
	// again: nothing new, and nothing is written
	before := len(f.events(journal.Accepted))
	if done := f.resolve(f.resolver()); len(done.Messages) != 2 || len(f.events(journal.Accepted)) != before {
		t.Errorf("again: got %+v, want the two that are left and no new event", done)
	}
}

// TestResolveByLog: what the whole log never names is sent again, once.
func TestResolveByLog(t *testing.T) {
	f := doubtful(t, 3)
	r := f.resolver()
	r.Log, r.LoggedUntil, r.ResendAbsent = f.logOf(0, 3, 4, 5, 6, 7, 8, 9), time.Now(), true
	dry := *r
	dry.Dry = true
	if done := f.resolve(&dry); done.Count("resend", "") != 2 || done.Account.Unconfirmed != 3 {
		t.Errorf("dry: got %+v, want two that would be sent again, and three unconfirmed still", done)
	}
	done := f.resolve(r)
	want := map[int]string{
		0: "accepted log: status=sent", 1: "resend log: the relay's log never names it", 2: "resend log: the relay's log never names it",
	}
	if diff := cmp.Diff(want, verdicts(f, done)); diff != "" {
		t.Error(diff)
	}
	wantAccount(t, done.Account, counts(10, 8, 0, 0, 0, 2, edition.StateSending))
	if got := f.resolve(r); len(got.Messages) != 0 {
		t.Errorf("again: got %+v, want nothing left", got)
	}
	c := &scripted{}
	wantAccount(t, f.run(f.sender(c)), counts(10, 10, 0, 0, 0, 0, edition.StateFinished))
	if c.total() != 2 {
		t.Errorf("got %d sent again, want 2", c.total())
	}
}

// TestLogThatIsNotWholeSettlesNothing: of a log with a gap, what it lacks may have been delivered.
func TestLogThatIsNotWholeSettlesNothing(t *testing.T) {
	f := doubtful(t, 2)
	for _, tt := range []struct {
		name, want string
		log        *RelayLog
		until      time.Time
	}{
		{"a gap", "does not name 1 of 8", f.logOf(2, 3, 4, 5, 6, 7, 8), time.Now()},
		{"another edition's", "does not name 8 of 8", f.logOf(), time.Now()},
		{"too old", "before the last unconfirmed attempt", f.logOf(2, 3, 4, 5, 6, 7, 8, 9), time.Now().Add(-time.Hour)},
		{"none", "got no log", nil, time.Time{}},
	} {
		r := f.resolver()
		r.Log, r.LoggedUntil, r.ResendAbsent = tt.log, tt.until, true
		if _, err := r.Run(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
	if got := f.events(journal.Resend); len(got) != 0 {
		t.Errorf("got %+v, want nothing settled", got)
	}
}

func TestResolveByHand(t *testing.T) {
	f := doubtful(t, 4)
	f.note(journal.Event{Kind: journal.Open, MessageKey: f.key(2)})
	r := f.resolver()
	r.Accepted = []string{f.key(0), f.key(8)}
	r.Resend = []string{f.key(1), f.key(1), f.key(2), strings.Repeat("0", 32), f.key(0)}
	done := f.resolve(r)
	want := map[int]string{0: "accepted hand: by hand", 1: "resend hand: by hand", 2: "accepted response: open", 3: "unconfirmed"}
	if diff := cmp.Diff(want, verdicts(f, done)); diff != "" {
		t.Error(diff)
	}
	if len(done.Refused) != 4 {
		t.Errorf("got %q refused, want the accepted one, the opened one, the stranger and the one of both words", done.Refused)
	}
	c := &scripted{}
	wantAccount(t, f.run(f.sender(c)), counts(10, 9, 0, 0, 1, 0, edition.StateUnconfirmed))
	if c.total() != 1 {
		t.Errorf("got %d sent again, want 1", c.total())
	}
}

// TestSettledOnceOnly: a message whose resend was not answered either is unconfirmed again: the word counts for the
// attempts that it was said of, however often it stands in the journal.
func TestSettledOnceOnly(t *testing.T) {
	f := doubtful(t, 1)
	r := f.resolver()
	r.Resend = []string{f.key(0)}
	f.resolve(r)
	for _, e := range f.events(journal.Resend) { // as a restored backup or a merged journal may hold it
		e.ID = ""
		w, err := journal.OpenWriter(f.journalDir(), f.id.Stream(), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Append(t.Context(), e), w.Close()); err != nil {
			t.Fatal(err)
		}
	}
	c := &scripted{answer: func(Envelope, int) Outcome { return Outcome{Result: Unconfirmed} }}
	for range 2 {
		wantAccount(t, f.run(f.sender(c)), counts(10, 9, 0, 0, 1, 0, edition.StateUnconfirmed))
	}
	if c.total() != 1 {
		t.Errorf("got %d sends, want 1", c.total())
	}
}

func TestResolveWaitsForTheSender(t *testing.T) {
	f := doubtful(t, 1)
	release, err := edition.LockSender(edition.Dir(f.data, f.id))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	var locked *edition.LockedError
	if _, err := f.resolver().Run(t.Context()); !errors.As(err, &locked) {
		t.Errorf("got %v, want it refused while the edition is being sent", err)
	}
}

// TestFinishedOnlyIfTheDiskBalances: a segment that vanished while it was sent keeps the edition from being finished.
func TestFinishedOnlyIfTheDiskBalances(t *testing.T) {
	f := doubtful(t, 1)
	l, err := openLedger(journal.Disk{}, mustOpen(t, f), f.journalDir(), nil, false)
	if err != nil {
		t.Fatal(err)
	}
	l.account.Accepted, l.account.Unconfirmed = l.account.Accepted+1, 0
	if err := l.audit(); err == nil || !strings.Contains(err.Error(), "the edition is not finished") {
		t.Errorf("got %v, want what was counted refused against what the disk holds", err)
	}
	l.account.Accepted, l.account.Unconfirmed = l.account.Accepted-1, 1
	if err := l.audit(); err != nil {
		t.Error(err)
	}
	l.edition.Manifest.Planned--
	if err := l.audit(); err == nil || !strings.Contains(err.Error(), "as the manifest says") {
		t.Errorf("got %v, want a plan that lost rows refused", err)
	}
}

func mustOpen(t *testing.T, f fixture) *edition.Edition {
	t.Helper()
	e, err := edition.Open(edition.Dir(f.data, f.id))
	if err != nil {
		t.Fatal(err)
	}
	return e
}
