package response

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"path/filepath"
	"time"

	"github.com/tokui/tokui/internal/filelock"
	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/token"
)

// Public is everything that the public endpoints need: keys and a folder, no database and no list of anybody.
type Public struct {
	// Keys sign links; the first one those that are sent now, the others those sent before.
	Keys [][]byte
	// Dir is the journal that is written to, or a spool that collect will gather.
	Dir string
	// Sender is whose mails the pages are about.
	Sender Sender
	// Trusted are the proxies whose X-Forwarded-For is believed.
	Trusted []netip.Prefix
	// Form is where people ask for mail, nil for nowhere.
	Form *Form
	Now  func() time.Time
	Log  *slog.Logger
}

// spoolLock is held by the one process that writes to a spool.
const spoolLock = "track.lock"

// OpenSpool is Open on a folder that nobody else may write to: what a process that was killed has left there is sealed, so
// that collect can take it away.
func (p Public) OpenSpool() (http.Handler, func() error, error) {
	if err := (journal.Disk{}).MakeDir(p.Dir); err != nil {
		return nil, nil, fmt.Errorf("open spool: %w", err)
	}
	release, err := filelock.Take(filepath.Join(p.Dir, spoolLock), "track")
	if err != nil {
		return nil, nil, fmt.Errorf("open spool: %w; try: a spool of its own for each tokui track", err)
	}
	if err := journal.SealOthers(p.Dir); err != nil {
		return nil, nil, errors.Join(err, release())
	}
	handler, closeStreams, err := p.Open()
	if err != nil {
		return nil, nil, errors.Join(err, release())
	}
	return handler, func() error { return errors.Join(closeStreams(), release()) }, nil
}

// Open makes the endpoints, and what closes their journal.
func (p Public) Open() (http.Handler, func() error, error) {
	if len(p.Keys) == 0 {
		return nil, nil, errors.New("open public endpoints: got no key")
	}
	keys, err := token.New(p.Keys[0], p.Keys[1:]...)
	if err != nil {
		return nil, nil, err
	}
	pages, err := NewPages(p.Sender)
	if err != nil {
		return nil, nil, err
	}
	answers, err := OpenRecorder(p.Dir, Stream, p.Now)
	if err != nil {
		return nil, nil, fmt.Errorf("open journal of responses: %w", err)
	}
	optIns, err := OpenRecorder(p.Dir, OptInStream, p.Now)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open journal of responses: %w", err), answers.Close())
	}
	closeBoth := func() error {
		err := errors.Join(answers.Close(), optIns.Close())
		if p.Form != nil {
			err = errors.Join(err, p.Form.Book.Close())
		}
		return err
	}
	if p.Form != nil {
		p.Form.Book.Append = answers.Append
	}
	confirmations, err := ReadConfirmations(p.Dir, optIns.Append)
	if err != nil {
		return nil, nil, errors.Join(err, closeBoth())
	}
	return &Endpoint{
		Keys:          keys,
		Append:        answers.Append,
		Confirmations: confirmations,
		Form:          p.Form,
		Callers:       NewCallers(p.Keys[0], p.Trusted...),
		Pages:         pages,
		Now:           p.Now,
		Log:           p.Log,
	}, closeBoth, nil
}
