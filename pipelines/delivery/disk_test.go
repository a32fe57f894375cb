package delivery

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// TestBrokenDiskSendsNothingUnrecorded breaks the disk at every call of the journal, as a full disk and a dying one do:
// half a write and ENOSPC, a sync with EIO. What the server took then is an attempt in the journal, and after the disk is
// mended everybody is accounted for, and nobody has two letters.
func TestBrokenDiskSendsNothingUnrecorded(t *testing.T) {
	const persons, connections = 6, 2
	for _, fault := range []struct {
		name string
		disk func(call *atomic.Int64, at int64) journal.Disk
		want error
	}{
		{"ENOSPC after half a write", func(call *atomic.Int64, at int64) journal.Disk {
			return journal.Disk{WriteFile: func(f *os.File, data []byte) (int, error) {
				if call.Add(1) < at {
					return f.Write(data)
				}
				n, err := f.Write(data[:len(data)/2])
				return n, errors.Join(err, &os.PathError{Op: "write", Path: f.Name(), Err: syscall.ENOSPC})
			}}
		}, syscall.ENOSPC},
		{"EIO at a sync", func(call *atomic.Int64, at int64) journal.Disk {
			return journal.Disk{SyncFile: func(f *os.File) error {
				if call.Add(1) < at {
					return f.Sync()
				}
				return &os.PathError{Op: "fdatasync", Path: f.Name(), Err: syscall.EIO}
			}}
		}, syscall.EIO},
	} {
		reached := false // the end of the edition
		for at := int64(1); !reached; at++ {
			t.Run(fmt.Sprintf("%s at call %d", fault.name, at), func(t *testing.T) {
				f := newFixture(t, people(persons, "example.com"), nil)
				r := newRecorder(t)
				c := r.channel()
				defer c.Close()
				var call atomic.Int64
				s := f.sender(c)
				s.Limits.Connections = connections
				s.disk = fault.disk(&call, at)
				_, err := s.Run(context.Background())
				if err == nil {
					reached = true
				} else if !errors.Is(err, fault.want) {
					t.Errorf("got %v, want %v", err, fault.want)
				}
				states, report, err := edition.ReadStates(f.journalDir(), f.id)
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range report.Damaged {
					if !d.Torn {
						t.Errorf("got %s, want nothing but an unfinished last line", d)
					}
				}
				for to := range r.got() {
					if state := states.Of(f.messageKey(to)); state != edition.MessageAccepted && state != edition.MessageUnconfirmed {
						t.Errorf("%s has the letter, and is %s", to, state)
					}
				}
				account := f.run(f.sender(c))
				if account.Accepted+account.Unconfirmed != persons || account.Unconfirmed > connections {
					t.Errorf("got %+v, want all accepted but the %d on their way", account, connections)
				}
				for to, n := range r.got() {
					if n != 1 {
						t.Errorf("%s has %d letters", to, n)
					}
				}
			})
			if at > 100 {
				t.Fatal("got no end after 100 calls")
			}
		}
	}
}

// TestLeftBehindIsSyncedFirst: what a killed process wrote and never synced is brought to the disk before anything is sent
// because of it, and a sealed segment, which is on the disk, is not.
func TestLeftBehindIsSyncedFirst(t *testing.T) {
	f := newFixture(t, people(2, "example.com"), nil)
	left, err := journal.OpenWriterOn(journal.Disk{SyncFile: func(*os.File) error { return nil }}, f.journalDir(), f.id.Stream(), func() time.Time { return time.Now().Add(-time.Hour) })
	if err != nil {
		t.Fatal(err)
	}
	key := f.messageKey("p00000@example.com")
	for _, kind := range []journal.Kind{journal.Attempt, journal.Deferred} {
		if err := left.Append(t.Context(), journal.Event{Kind: kind, MessageKey: key}); err != nil {
			t.Fatal(err)
		}
	}
	var calls []string
	c := &scripted{}
	s := f.sender(c)
	s.Limits.Connections = 1
	first := ""
	s.disk = journal.Disk{SyncFile: func(file *os.File) error {
		if first == "" {
			first = file.Name()
		}
		calls = append(calls, file.Name())
		return file.Sync()
	}}
	c.answer = func(Envelope, int) Outcome {
		if len(calls) == 0 {
			t.Error("got a message sent before the journal that was left behind was synced")
		}
		return accepted
	}
	f.run(s)
	segments, err := os.ReadDir(f.journalDir())
	if err != nil || len(segments) < 2 {
		t.Fatal(segments, err)
	}
	if want := f.journalDir() + "/" + segments[0].Name(); first != want {
		t.Errorf("got %s synced first, want %s", first, want)
	}
	if err := left.Close(); err != nil { // sealed
		t.Fatal(err)
	}
	calls = nil
	if err := journal.SyncStream(s.disk, f.journalDir(), f.id.Stream()); err != nil {
		t.Fatal(err)
	}
	if len(calls) != 0 {
		t.Errorf("got %v synced, want none of the sealed ones", calls)
	}
}
