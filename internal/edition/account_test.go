package edition

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/journal"
)

func TestStateOfAMessage(t *testing.T) {
	const (
		attempt, accepted, deferred = journal.Attempt, journal.Accepted, journal.Deferred
		failed, withheld            = journal.Failed, journal.Withheld
	)
	tests := []struct {
		kinds []journal.Kind
		want  string
	}{
		{nil, MessagePending},
		{[]journal.Kind{attempt}, MessageUnconfirmed},
		{[]journal.Kind{attempt, accepted}, MessageAccepted},
		{[]journal.Kind{attempt, deferred}, MessagePending},
		{[]journal.Kind{attempt, deferred, attempt}, MessageUnconfirmed},
		{[]journal.Kind{attempt, deferred, attempt, deferred, attempt, accepted}, MessageAccepted},
		{[]journal.Kind{attempt, failed}, MessageFailed},
		{[]journal.Kind{withheld}, MessageWithheld},
		{[]journal.Kind{attempt, deferred, withheld}, MessageWithheld},
		{[]journal.Kind{attempt, attempt, accepted}, MessageAccepted},    // unconfirmed, sent again
		{[]journal.Kind{attempt, attempt, deferred}, MessageUnconfirmed}, // unconfirmed, sent again, deferred
		{[]journal.Kind{accepted}, MessageAccepted},                      // a repeatable channel
		{[]journal.Kind{attempt, accepted, journal.Open, journal.Bounce}, MessageAccepted},
	}
	t.Run("an unanswered attempt that was settled", func(t *testing.T) {
		settled := journal.Event{Kind: journal.Resend, MessageKey: "m", Rows: 1}
		s := NewMessageStates()
		for _, step := range []struct {
			event journal.Event
			want  string
		}{
			{settled, MessagePending}, // whatever the order
			{journal.Event{Kind: attempt, MessageKey: "m"}, MessagePending},
			{settled, MessagePending}, // said twice
			{journal.Event{Kind: attempt, MessageKey: "m"}, MessageUnconfirmed},
			{journal.Event{Kind: journal.Resend, MessageKey: "m", Rows: 2}, MessagePending},
			{journal.Event{Kind: attempt, MessageKey: "m"}, MessageUnconfirmed},
			{journal.Event{Kind: accepted, MessageKey: "m"}, MessageAccepted},
		} {
			if s.Add(step.event); s.Of("m") != step.want {
				t.Errorf("after %s: got %s, want %s", step.event.Kind, s.Of("m"), step.want)
			}
		}
	})
	for _, tt := range tests {
		forward, backward := NewMessageStates(), NewMessageStates()
		for i := range tt.kinds {
			forward.Add(journal.Event{Kind: tt.kinds[i], MessageKey: "m"})
			backward.Add(journal.Event{Kind: tt.kinds[len(tt.kinds)-1-i], MessageKey: "m"})
		}
		if got := forward.Of("m"); got != tt.want {
			t.Errorf("%v: got %s, want %s", tt.kinds, got, tt.want)
		}
		if got := backward.Of("m"); got != tt.want {
			t.Errorf("%v backwards: got %s, want %s", tt.kinds, got, tt.want)
		}
	}
}

func TestBalance(t *testing.T) {
	data := t.TempDir()
	id := ID{Campaign: "replace-soon", Slot: "20111206T1000"}
	e := mustWrite(t, Dir(data, id), 5)
	entries := collect(t, e.Planned())
	journalDir := filepath.Join(data, "journal")
	w, err := journal.OpenWriter(journalDir, id.Stream(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	check := func(want Account) {
		t.Helper()
		states, _, err := ReadStates(journalDir, id)
		if err != nil {
			t.Fatal(err)
		}
		want.Considered, want.Excluded, want.HeldOut, want.Planned = 7, 1, 1, 5
		got, err := Balance(e, states)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	add := func(i int, kinds ...journal.Kind) {
		t.Helper()
		for _, kind := range kinds {
			if err := w.Append(context.Background(), journal.Event{Kind: kind, MessageKey: entries[i].MessageKey}); err != nil {
				t.Fatal(err)
			}
		}
	}
	check(Account{Pending: 5, State: StatePlanned})
	add(0, journal.Attempt, journal.Deferred)
	check(Account{Pending: 5, State: StateSending})
	add(0, journal.Attempt, journal.Accepted)
	add(1, journal.Attempt, journal.Failed)
	add(2, journal.Withheld)
	add(3, journal.Attempt)
	check(Account{Accepted: 1, Failed: 1, Withheld: 1, Unconfirmed: 1, Pending: 1, State: StateSending})
	add(4, journal.Accepted)
	check(Account{Accepted: 2, Failed: 1, Withheld: 1, Unconfirmed: 1, State: StateUnconfirmed})
	add(3, journal.Accepted)
	check(Account{Accepted: 3, Failed: 1, Withheld: 1, State: StateFinished})
}
