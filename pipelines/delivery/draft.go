package delivery

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/tokui/tokui/internal/edition"
)

// draft is a message that is made once, by whoever comes first: the worker that sends it, or before its turn one of those
// who make drafts ahead.
type draft struct {
	once   sync.Once
	letter Letter
	buffer *[]byte
	err    error
}

// of gives the message, which it makes where it is not made yet. Only the worker that sends it may ask.
func (d *draft) of(s *Sender, entry edition.Entry) (Letter, error) {
	d.make(s, entry)
	return d.letter, d.err
}

// make makes the message where it is not made yet.
func (d *draft) make(s *Sender, entry edition.Entry) {
	d.once.Do(func() {
		d.buffer, _ = s.buffers.Get().(*[]byte)
		if d.buffer == nil {
			d.buffer = new([]byte)
		}
		d.letter, d.err = s.letter(*d.buffer, entry)
	})
}

// free gives the message's bytes to another one. Nobody may look at them any more.
func (d *draft) free(s *Sender) {
	if d.buffer == nil {
		return
	}
	if raw := d.letter.Raw; cap(raw) > cap(*d.buffer) {
		*d.buffer = raw[:0]
	}
	s.buffers.Put(d.buffer)
	d.buffer, d.letter = nil, Letter{}
}

// letter renders a message, looks at it as the channel will send it, and signs it last. Its bytes stand in b where they
// have room there.
func (s *Sender) letter(b []byte, entry edition.Entry) (Letter, error) {
	letter, err := s.Render(b[:0], entry)
	if err != nil {
		return Letter{}, err
	}
	if err := letter.check(); err != nil {
		return Letter{}, err
	}
	if s.Sign != nil {
		if letter.Head, err = s.Sign(letter.Raw); err != nil {
			return Letter{}, fmt.Errorf("sign message: %w", err)
		}
	}
	return letter, nil
}

// draftAhead renders and signs the messages that wait for their turn under a limit, on all processors, so that what a
// signature costs is spent before the turn comes. stop ends it.
func (s *Sender) draftAhead(d *dispatcher) (stop func()) {
	waiting := make(chan item, queued)
	d.ahead = func(it item) bool {
		select {
		case waiting <- it:
			return true
		default:
			return false
		}
	}
	var drafting sync.WaitGroup
	over := make(chan struct{})
	for range runtime.GOMAXPROCS(0) {
		drafting.Go(func() {
			for {
				select {
				case it := <-waiting:
					it.draft.make(s, it.entry)
				case <-over:
					return
				}
			}
		})
	}
	return func() { close(over); drafting.Wait() }
}
