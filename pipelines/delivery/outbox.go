package delivery

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"github.com/tokui/tokui/internal/journal"
)

// Outbox writes every message as a file DIR/CAMPAIGN/SLOT/MESSAGE_KEY.eml that any mail program opens, mode 0600. It is
// the transport of the first days and of tests: nothing leaves the machine. Writing a message again gives the same file.
type Outbox struct {
	Dir  string
	Disk journal.Disk

	mu      sync.Mutex
	folders map[string]*folder
}

// folder is one edition's folder, whose syncs are shared by those who wait for one at the same time.
type folder struct {
	path string
	mu   sync.Mutex // guards next
	next *round
	sync sync.Mutex // held while syncing; guards round.done
}

type round struct {
	done bool
	err  error
}

// Name returns outbox.
func (o *Outbox) Name() string { return "outbox" }

// Repeatable returns true: the file is named by its message.
func (o *Outbox) Repeatable() bool { return true }

// Close does nothing: Send leaves nothing open.
func (o *Outbox) Close() error { return nil }

// Send writes the message beside its place, syncs and renames it, and syncs the folder; then it is accepted. An error of
// the disk stops the run: the next message would meet it too.
func (o *Outbox) Send(ctx context.Context, e Envelope) Outcome {
	if err := ctx.Err(); err != nil {
		return Outcome{Result: Unsent, Err: err}
	}
	if !plainName(e.Campaign) || !plainName(string(e.Slot)) || !plainName(e.MessageKey) {
		return Outcome{Result: Failed, Detail: "edition or message key is no file name"}
	}
	f, err := o.folder(filepath.Join(o.Dir, e.Campaign, string(e.Slot)))
	if err == nil {
		err = o.Disk.Place(filepath.Join(f.path, e.MessageKey+".eml"), e.Raw)
	}
	if err == nil {
		err = f.shared(o.Disk)
	}
	if err != nil {
		return Outcome{Result: Unsent, Err: fmt.Errorf("write to outbox: %w", err), Stop: true}
	}
	return Outcome{Result: Accepted}
}

func (o *Outbox) folder(path string) (*folder, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if f := o.folders[path]; f != nil {
		return f, nil
	}
	if err := o.Disk.MakeDir(path); err != nil {
		return nil, err
	}
	if o.folders == nil {
		o.folders = map[string]*folder{}
	}
	f := &folder{path: path, next: &round{}}
	o.folders[path] = f
	return f, nil
}

// shared returns after a sync that began after the call.
func (f *folder) shared(disk journal.Disk) error {
	f.mu.Lock()
	mine := f.next
	f.mu.Unlock()
	f.sync.Lock()
	defer f.sync.Unlock()
	if mine.done {
		return mine.err
	}
	f.mu.Lock()
	f.next = &round{}
	f.mu.Unlock()
	mine.err = disk.SyncDir(f.path)
	mine.done = true
	return mine.err
}

// plainName says that a text is safe as a file's name.
func plainName(s string) bool {
	return s != "" && len(s) <= 200 && s[0] != '.' && !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r)
	})
}
