package delivery

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

var (
	greylisted = Outcome{Result: Deferred, Blame: Domain, Code: 451, Enhanced: "4.7.1"}
	busy       = Outcome{Result: Deferred, Blame: Domain, Code: 421, Enhanced: "4.7.0"}
	unknown    = Outcome{Result: Failed, Blame: Address, Code: 550, Enhanced: "5.1.1", Detail: "no such user"}
	refused    = Outcome{Result: Failed, Blame: Ourselves, Code: 550, Enhanced: "5.7.1", Detail: "poor reputation"}
	accepted   = Outcome{Result: Accepted, Code: 250}
)

func expiresIn(d time.Duration) func(*edition.Manifest) {
	return func(m *edition.Manifest) { m.ExpiresAt = time.Now().Add(d) }
}

// counts is an account without what every test has alike.
func counts(planned, accepted, failed, withheld, unconfirmed, pending int, state string) edition.Account {
	return edition.Account{
		Considered: planned, Planned: planned, Accepted: accepted, Failed: failed, Withheld: withheld,
		Unconfirmed: unconfirmed, Pending: pending, State: state,
	}
}

func wantAccount(t *testing.T, got, want edition.Account) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFinishedEditionIsNotSentAgain(t *testing.T) {
	f := newFixture(t, people(30, "example.com"), nil)
	c := &scripted{}
	want := counts(30, 30, 0, 0, 0, 0, edition.StateFinished)
	wantAccount(t, f.run(f.sender(c)), want)
	wantAccount(t, f.run(f.sender(c)), want)
	if c.total() != 30 {
		t.Errorf("got %d sends, want 30", c.total())
	}
	if got := len(f.events(journal.Attempt)); got != 30 {
		t.Errorf("got %d attempts, want 30", got)
	}
	if got := len(f.events(journal.EditionFinished)); got != 1 {
		t.Errorf("got %d edition.finished, want 1", got)
	}
}

func TestRepeatableChannelJournalsNoAttempts(t *testing.T) {
	f := newFixture(t, people(5, "example.com"), nil)
	wantAccount(t, f.run(f.sender(&scripted{repeatable: true})), counts(5, 5, 0, 0, 0, 0, edition.StateFinished))
	if got := len(f.events(journal.Attempt)); got != 0 {
		t.Errorf("got %d attempts, want none", got)
	}
}

// TestGreylisting is the case in which a peer loses everybody: each recipient is refused the first time.
func TestGreylisting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, people(500, "example.com"), expiresIn(72*time.Hour))
		c := &scripted{answer: func(e Envelope, n int) Outcome {
			if n == 0 {
				return greylisted
			}
			return accepted
		}}
		start := time.Now()
		wantAccount(t, f.run(f.sender(c)), counts(500, 500, 0, 0, 0, 0, edition.StateFinished))
		if took := time.Since(start); took > time.Hour {
			t.Errorf("got %v for 500 greylisted recipients, want less than an hour", took)
		}
		for to, times := range c.times {
			if len(times) != 2 || times[1].Sub(times[0]) < time.Minute {
				t.Fatalf("%s: got tries at %v, want two, a minute apart", to, times)
			}
		}
	})
}

func TestBackoffGrowsUntilTheEditionExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, people(1, "example.com"), expiresIn(2*time.Hour))
		c := &scripted{answer: func(Envelope, int) Outcome {
			return Outcome{Result: Deferred, Blame: Mailbox, Code: 452, Enhanced: "4.2.2"}
		}}
		wantAccount(t, f.run(f.sender(c)), counts(1, 0, 0, 1, 0, 0, edition.StateFinished))
		var gaps []time.Duration
		times := c.times["p00000@example.com"]
		for i := 1; i < len(times); i++ {
			gaps = append(gaps, times[i].Sub(times[i-1]).Round(time.Minute))
		}
		want := []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour}
		if diff := cmp.Diff(want, gaps); diff != "" {
			t.Error(diff)
		}
		if got := f.events(journal.Withheld); len(got) != 1 || got[0].Detail != "expired" {
			t.Errorf("got %+v, want one withheld because expired", got)
		}
	})
}

func TestBackoffHoldsAcrossRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, people(1, "example.com"), nil)
		c := &scripted{answer: func(_ Envelope, n int) Outcome {
			if n == 0 {
				return greylisted
			}
			return accepted
		}}
		s := f.sender(c)
		s.Limits.MaxWait = time.Second
		wantAccount(t, f.run(s), counts(1, 0, 0, 0, 0, 1, edition.StateSending))
		wantAccount(t, f.run(s), counts(1, 0, 0, 0, 0, 1, edition.StateSending))
		if c.total() != 1 {
			t.Fatalf("got %d tries before the back-off was over, want 1", c.total())
		}
		<-time.After(time.Minute)
		wantAccount(t, f.run(s), counts(1, 1, 0, 0, 0, 0, edition.StateFinished))
	})
}

func TestExpiredIsWithheld(t *testing.T) {
	f := newFixture(t, people(1500, "example.com"), expiresIn(-time.Minute))
	c := &scripted{}
	wantAccount(t, f.run(f.sender(c)), counts(1500, 0, 0, 1500, 0, 0, edition.StateFinished))
	if c.total() != 0 {
		t.Errorf("got %d sends, want none", c.total())
	}
}

func TestSuppressedSinceTheFreezeIsWithheld(t *testing.T) {
	// the unsubscriber names only the message of an older edition, as the public endpoint does
	data := t.TempDir()
	older := freezeIn(t, data, edition.ID{Campaign: "news", Slot: "20111101T1000"}, people(3, "example.com"), nil)
	f := freezeIn(t, data, testID, people(5, "example.com"), nil)
	f.note(
		journal.Event{Kind: journal.Unsubscribe, MessageKey: older.messageKey("p00001@example.com"), Channel: "email"},
		journal.Event{Kind: journal.Bounce, AddressKey: testKeys.Address("p00002@example.com"), Channel: "email", Enhanced: "5.1.1"},
		journal.Event{Kind: journal.Unsubscribe, ContactKey: testKeys.Contact("p00003@example.com"), Channel: "postal"},
	)
	c := &scripted{}
	wantAccount(t, f.run(f.sender(c)), counts(5, 3, 0, 2, 0, 0, edition.StateFinished))
	reasons := map[string]string{}
	for _, e := range f.events(journal.Withheld) {
		reasons[e.MessageKey] = e.Detail
	}
	want := map[string]string{
		f.messageKey("p00001@example.com"): "suppressed: unsubscribe",
		f.messageKey("p00002@example.com"): "suppressed: bounce",
	}
	if diff := cmp.Diff(want, reasons); diff != "" {
		t.Error(diff)
	}
}

// TestPlannedWithAReasonIsWithheld: a row that the plan keeps in its arm and does not want sent is accounted for, with the
// plan's reason, and reaches no channel.
func TestPlannedWithAReasonIsWithheld(t *testing.T) {
	drawn := newFixture(t, people(5, "example.com"), nil)
	e, err := edition.Open(edition.Dir(drawn.data, drawn.id))
	if err != nil {
		t.Fatal(err)
	}
	var plan []edition.PlanRow
	var recipients []edition.Recipient
	for entry, err := range e.Planned() {
		if err != nil {
			t.Fatal(err)
		}
		plan, recipients = append(plan, entry.PlanRow), append(recipients, entry.Recipient)
	}
	plan[1].Reason = "withheld: no response"
	f := fixture{t: t, data: t.TempDir(), id: testID}
	if err := edition.Write(edition.Dir(f.data, f.id), e.Manifest, plan, recipients); err != nil {
		t.Fatal(err)
	}
	c := &scripted{}
	wantAccount(t, f.run(f.sender(c)), counts(5, 4, 0, 1, 0, 0, edition.StateFinished))
	got := f.events(journal.Withheld)
	if c.total() != 4 || len(got) != 1 || got[0].MessageKey != plan[1].MessageKey || got[0].Detail != "no response" {
		t.Errorf("got %d sends and %+v, want 4, and the second row withheld with its reason", c.total(), got)
	}
}

func TestUnsubscribeDuringTheRunIsHonoured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, people(60, "example.com"), nil)
		var last string // the last by message key is sent last
		e, err := edition.Open(edition.Dir(f.data, f.id))
		if err != nil {
			t.Fatal(err)
		}
		for entry, err := range e.Planned() {
			if err != nil {
				t.Fatal(err)
			}
			last = entry.ContactKey
		}
		noted := false
		c := &scripted{}
		c.answer = func(Envelope, int) Outcome {
			c.mu.Lock()
			defer c.mu.Unlock()
			if !noted {
				noted = true
				f.note(journal.Event{Kind: journal.Unsubscribe, ContactKey: last, Channel: "email"})
			}
			return accepted
		}
		s := f.sender(c)
		s.Limits.Rate = Rate{10, time.Second}
		wantAccount(t, f.run(s), counts(60, 59, 0, 1, 0, 0, edition.StateFinished))
	})
}

func TestUnknownAddressIsSuppressed(t *testing.T) {
	data := t.TempDir()
	f := freezeIn(t, data, testID, people(3, "example.com"), nil)
	c := &scripted{answer: func(e Envelope, _ int) Outcome {
		if e.To.String() == "p00001@example.com" {
			return unknown
		}
		return accepted
	}}
	wantAccount(t, f.run(f.sender(c)), counts(3, 2, 1, 0, 0, 0, edition.StateFinished))
	suppressed := f.events(journal.Suppress)
	if len(suppressed) != 1 || suppressed[0].AddressKey != testKeys.Address("p00001@example.com") || suppressed[0].ContactKey != "" ||
		suppressed[0].MessageKey != "" || suppressed[0].Scope != journal.ScopeAll {
		t.Fatalf("got %+v, want the address suppressed and nobody's contact", suppressed)
	}
	next := freezeIn(t, data, edition.ID{Campaign: "news", Slot: "20111207T1000"}, people(3, "example.com"), nil)
	wantAccount(t, next.run(next.sender(&scripted{})), counts(3, 2, 0, 1, 0, 0, edition.StateFinished))
}

func TestRefusalOfUsAlertsAndSuppressesNobody(t *testing.T) {
	f := newFixture(t, people(3, "example.com"), nil)
	s := f.sender(&scripted{answer: func(Envelope, int) Outcome { return refused }})
	var alerts []string
	s.Alert = func(text string) { alerts = append(alerts, text) }
	s.Limits.Connections = 1
	wantAccount(t, f.run(s), counts(3, 0, 3, 0, 0, 0, edition.StateFinished))
	if len(alerts) != 1 || !strings.Contains(alerts[0], "5.7.1 poor reputation") {
		t.Errorf("got alerts %q, want one with the reply", alerts)
	}
	if got := f.events(journal.Suppress); len(got) != 0 {
		t.Errorf("got %+v, want nobody suppressed", got)
	}
}

func TestRunEndsWhenEverybodyIsRefusedBecauseOfUs(t *testing.T) {
	f := newFixture(t, people(1000, "example.com"), nil)
	s := f.sender(&scripted{answer: func(Envelope, int) Outcome { return refused }})
	account, err := s.Run(context.Background())
	if err == nil || !strings.Contains(err.Error(), "in a row failed") || !strings.Contains(err.Error(), "poor reputation") {
		t.Errorf("got %v, want it to say what happened", err)
	}
	if account.Failed < breakAfter || account.Failed > breakAfter+8 || account.Pending != 1000-account.Failed {
		t.Errorf("got %+v, want about %d failed and the others pending", account, breakAfter)
	}
}

func TestRenderError(t *testing.T) {
	f := newFixture(t, people(10, "example.com"), nil)
	c := &scripted{}
	s := f.sender(c)
	s.Render = func(_ []byte, e edition.Entry) (Letter, error) {
		switch e.Recipient.Address {
		case "p00001@example.com":
			return Letter{}, errors.New("field category is missing")
		case "p00002@example.com":
			return Letter{From: sender, To: sender, Raw: []byte("Subject: x\r\n\r\nbare\nnewline\r\n")}, nil
		case "p00003@example.com":
			return Letter{From: sender, To: sender, Raw: []byte("Subject: x\r\n\r\nhalf")}, nil
		}
		return testLetter(nil, e)
	}
	wantAccount(t, f.run(s), counts(10, 7, 3, 0, 0, 0, edition.StateFinished))
	if c.total() != 7 {
		t.Errorf("got %d sends, want 7", c.total())
	}
	for _, e := range f.events(journal.Failed) {
		if !strings.HasPrefix(e.Detail, "render: ") {
			t.Errorf("got reason %q, want the rendering's", e.Detail)
		}
	}
}

func TestTemplateThatFailsForEverybodyEndsTheRun(t *testing.T) {
	f := newFixture(t, people(500, "example.com"), nil)
	s := f.sender(&scripted{})
	s.Render = func([]byte, edition.Entry) (Letter, error) { return Letter{}, errors.New("no field x") }
	account, err := s.Run(context.Background())
	if err == nil || account.Pending < 400 {
		t.Errorf("got %v and %+v, want the run ended and most pending", err, account)
	}
}

func TestUnconfirmed(t *testing.T) {
	lost := func(_ Envelope, n int) Outcome {
		if n == 0 {
			return Outcome{Result: Unconfirmed}
		}
		return accepted
	}
	t.Run("is not sent again", func(t *testing.T) {
		f := newFixture(t, people(2, "example.com"), nil)
		c := &scripted{answer: lost}
		for range 2 {
			wantAccount(t, f.run(f.sender(c)), counts(2, 0, 0, 0, 2, 0, edition.StateUnconfirmed))
		}
		if c.total() != 2 {
			t.Errorf("got %d sends, want 2", c.total())
		}
	})
	t.Run("is sent again where the campaign says so", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := newFixture(t, people(2, "example.com"), func(m *edition.Manifest) { m.ResendUnconfirmed = true })
			c := &scripted{answer: lost}
			wantAccount(t, f.run(f.sender(c)), counts(2, 2, 0, 0, 0, 0, edition.StateFinished))
			if c.total() != 4 {
				t.Errorf("got %d sends, want 4", c.total())
			}
		})
	})
}

// TestUnansweredAfterADeferral: the deferral came before any attempt was journalled, and must not make up for the later
// attempt that nobody answered; the message would be sent a second time.
func TestUnansweredAfterADeferral(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, people(1, "example.com"), nil)
		c := &scripted{answer: func(_ Envelope, n int) Outcome {
			switch n {
			case 0:
				return greylisted
			case 1:
				return Outcome{Result: Unconfirmed}
			default:
				return accepted
			}
		}}
		for range 2 {
			wantAccount(t, f.run(f.sender(c)), counts(1, 0, 0, 0, 1, 0, edition.StateUnconfirmed))
		}
		if c.total() != 2 {
			t.Errorf("got %d tries, want 2: the second may have been delivered", c.total())
		}
	})
}

func TestCancelDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, people(100, "example.com"), nil)
		c := &scripted{latency: 10 * time.Second}
		s := f.sender(c)
		ctx, cancel := context.WithTimeout(context.Background(), 25*time.Second) // in the middle of the third round
		defer cancel()
		start := time.Now()
		account, err := s.Run(ctx)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's error", err)
		}
		wantAccount(t, account, counts(100, 12, 0, 0, 0, 88, edition.StateSending))
		if got := f.events(journal.EditionFinished); len(got) != 0 {
			t.Error("got edition.finished while messages were pending")
		}
		if took := time.Since(start); took != 30*time.Second {
			t.Errorf("got back after %v, want 30s, when the messages on their way were done", took)
		}
		wantAccount(t, f.run(s), counts(100, 100, 0, 0, 0, 0, edition.StateFinished))
		if c.total() != 100 {
			t.Errorf("got %d sends, want 100", c.total())
		}
	})
}

// TestDrainingEnds: a channel that waits for an answer that never comes is told to give up, 30 s after the run was
// cancelled and not before.
func TestDrainingEnds(t *testing.T) {
	for _, tt := range []struct{ drain, want time.Duration }{{0, 30 * time.Second}, {5 * time.Second, 5 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			f := newFixture(t, people(20, "example.com"), nil)
			c := &scripted{answer: func(e Envelope, _ int) Outcome {
				if e.To.Local != "p00003" {
					return accepted
				}
				<-e.Abandon
				return Outcome{Result: Unconfirmed}
			}}
			s := f.sender(c)
			s.Limits.Drain = tt.drain
			ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
			defer cancel()
			start := time.Now()
			account, err := s.Run(ctx)
			if err != nil { // nothing was left when the run ended
				t.Error(err)
			}
			wantAccount(t, account, counts(20, 19, 0, 0, 1, 0, edition.StateUnconfirmed))
			if took := time.Since(start) - time.Hour; took != tt.want {
				t.Errorf("got back %v after the end, want %v", took, tt.want)
			}
		})
	}
}

func TestFullDiskEndsTheRun(t *testing.T) {
	f := newFixture(t, people(100, "example.com"), nil)
	full := errors.New("no space left on device")
	s := f.sender(&scripted{repeatable: true, answer: func(Envelope, int) Outcome { return Outcome{Result: Unsent, Err: full, Stop: true} }})
	account, err := s.Run(context.Background())
	if !errors.Is(err, full) {
		t.Errorf("got %v, want the disk's error", err)
	}
	wantAccount(t, account, counts(100, 0, 0, 0, 0, 100, edition.StatePlanned))
}

func TestJournalErrorEndsTheRunBeforeAnythingLeaves(t *testing.T) {
	f := newFixture(t, people(50, "example.com"), nil)
	broken := errors.New("disk on fire")
	left := 0
	c := &scripted{}
	s := f.sender(c)
	s.disk = journal.Disk{SyncFile: func(*os.File) error { return broken }}
	c.answer = func(Envelope, int) Outcome { left++; return accepted }
	s.Limits.Connections = 1
	if _, err := s.Run(context.Background()); !errors.Is(err, broken) {
		t.Errorf("got %v, want the journal's error", err)
	}
	if left > 1 {
		t.Errorf("got %d messages tried after the journal had failed", left)
	}
}

func TestUnreachableRelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, people(20, "example.com"), nil)
		down := errors.New("connection refused")
		start := time.Now()
		c := &scripted{answer: func(Envelope, int) Outcome {
			if time.Since(start) < 5*time.Minute {
				return Outcome{Result: Unsent, Err: down, Connect: true}
			}
			return accepted
		}}
		s := f.sender(c)
		s.Limits.MaxWait = time.Minute
		account, err := s.Run(context.Background())
		if !errors.Is(err, down) {
			t.Errorf("got %v, want the connection's error", err)
		}
		wantAccount(t, account, counts(20, 0, 0, 0, 0, 20, edition.StatePlanned))
		s.Limits.MaxWait = 10 * time.Minute
		wantAccount(t, f.run(s), counts(20, 20, 0, 0, 0, 0, edition.StateFinished))
		if tries := c.total() - 20; tries > 100 {
			t.Errorf("got %d tries at a relay that was down for 5 minutes, want fewer than 100", tries)
		}
	})
}

// TestMessageThatBreaksConnections is put aside after a few tries, and holds up nobody.
func TestMessageThatBreaksConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, people(20, "example.com"), expiresIn(time.Hour))
		c := &scripted{answer: func(e Envelope, _ int) Outcome {
			if e.To.String() == "p00003@example.com" {
				return Outcome{Result: Unsent, Err: errors.New("EOF")}
			}
			return accepted
		}}
		wantAccount(t, f.run(f.sender(c)), counts(20, 19, 0, 1, 0, 0, edition.StateFinished))
	})
}

func TestSecondSenderIsRefused(t *testing.T) {
	f := newFixture(t, people(1, "example.com"), nil)
	release, err := edition.LockSender(edition.Dir(f.data, f.id))
	if err != nil {
		t.Fatal(err)
	}
	c := &scripted{}
	var locked *edition.LockedError
	if _, err := f.sender(c).Run(context.Background()); !errors.As(err, &locked) {
		t.Errorf("got %v, want a LockedError", err)
	}
	if c.total() != 0 {
		t.Error("got a message sent by the second sender")
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	wantAccount(t, f.run(f.sender(c)), counts(1, 1, 0, 0, 0, 0, edition.StateFinished))
}

func TestEditionThatWasNeverFrozen(t *testing.T) {
	s := &Sender{DataDir: t.TempDir(), JournalDir: t.TempDir(), ID: testID, Channel: &scripted{}, Render: testLetter}
	if _, err := s.Run(context.Background()); !errors.Is(err, edition.ErrNotFrozen) {
		t.Errorf("got %v, want ErrNotFrozen", err)
	}
}

func TestProgressEndsWithTheAccount(t *testing.T) {
	f := newFixture(t, people(10, "example.com"), nil)
	var last edition.Account
	s := f.sender(&scripted{})
	s.Progress = func(a edition.Account) {
		if err := a.Check(); err != nil {
			t.Error(err)
		}
		last = a
	}
	got := f.run(s)
	if diff := cmp.Diff(got, last); diff != "" {
		t.Error(diff)
	}
}
