package response

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/tokui/tokui/internal/journal"
)

// Recorder appends to a journal stream for as long as a server runs: where a writer has met an error, such as a full disk, it
// begins another one with the next event, so that answers come back when the disk does. It is safe for concurrent use.
type Recorder struct {
	open func() (*journal.Writer, error)

	mu     sync.Mutex
	writer *journal.Writer
	closed bool
}

// OpenRecorder begins a segment of a stream in dir.
func OpenRecorder(dir, stream string, now func() time.Time) (*Recorder, error) {
	return openRecorder(func() (*journal.Writer, error) { return journal.OpenWriter(dir, stream, now) })
}

func openRecorder(open func() (*journal.Writer, error)) (*Recorder, error) {
	writer, err := open()
	if err != nil {
		return nil, err
	}
	return &Recorder{open: open, writer: writer}, nil
}

// Append makes events durable, in their order, and returns after that. An error means that nobody knows whether they are.
func (r *Recorder) Append(ctx context.Context, events ...journal.Event) error {
	writer, err := r.current()
	if err != nil {
		return err
	}
	if err := writer.Append(ctx, events...); err != nil {
		if ctx.Err() == nil {
			return errors.Join(err, r.drop(writer))
		}
		return err
	}
	return nil
}

// current is the writer, or a new one in place of one that was dropped.
func (r *Recorder) current() (*journal.Writer, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, journal.ErrClosed
	}
	if r.writer == nil {
		writer, err := r.open()
		if err != nil {
			return nil, err
		}
		r.writer = writer
	}
	return r.writer, nil
}

// drop gives up a writer that has met an error.
func (r *Recorder) drop(writer *journal.Writer) error {
	r.mu.Lock()
	if r.writer != writer { // another caller was first
		r.mu.Unlock()
		return nil
	}
	r.writer = nil
	r.mu.Unlock()
	return writer.Close()
}

// Close seals what was written.
func (r *Recorder) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.writer == nil {
		return nil
	}
	return r.writer.Close()
}
