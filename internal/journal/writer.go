package journal

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	segmentTime = "20060102T150405.000000000Z"
	suffix      = ".ndjson"
	// rotateAt is the size in bytes at which a segment is sealed and another begun.
	rotateAt = 64 << 20
)

// ErrClosed is returned by Append after Close.
var ErrClosed = errors.New("journal writer is closed")

// Writer appends to segments of its own. It is safe for concurrent use.
type Writer struct {
	dir, stream string
	now         func() time.Time
	disk        Disk

	mu     sync.Mutex // guards what follows
	open   *batch     // collects what the next write will hold
	lastID int64
	// chained writers put into every line the hash of the one before it: head is that of the last line joined
	chained bool
	head    string
	closed  bool
	err     error // poison: the first error of a write or sync

	flush sync.Mutex // held while writing; guards what follows
	file  *os.File
	size  int64
}

// batch is what one write and one sync make durable.
type batch struct {
	buf  []byte
	done bool // guarded by flush
	err  error
}

// OpenWriter begins a segment of a stream in dir, which it makes where it is missing. Stream names hold letters, digits,
// '.', '-' and '_'. now gives the time of events that come without one, and of the segment's name.
func OpenWriter(dir, stream string, now func() time.Time) (*Writer, error) {
	return OpenWriterOn(Disk{}, dir, stream, now)
}

// OpenWriterOn is OpenWriter on a disk whose calls are watched.
func OpenWriterOn(disk Disk, dir, stream string, now func() time.Time) (*Writer, error) {
	if !validStream(stream) {
		return nil, fmt.Errorf("open journal: got stream %q, want letters, digits, '.', '-' and '_'", stream)
	}
	if err := disk.MakeDir(dir); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	w := &Writer{dir: dir, stream: stream, now: now, disk: disk, open: &batch{}}
	if err := w.begin(); err != nil {
		return nil, err
	}
	return w, nil
}

func validStream(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '-' && r != '_' {
			return false
		}
	}
	return s != "" && s[0] != '.' && s[0] != '-'
}

// begin makes a new segment. Its time is later than that of every segment of the stream that is there already.
func (w *Writer) begin() error {
	at := w.now().UTC()
	segments, err := segmentsOf(w.dir, w.stream)
	if err != nil {
		return err
	}
	for _, s := range segments {
		if !s.at.Before(at) {
			at = s.at.Add(time.Nanosecond)
		}
	}
	var random [4]byte
	if _, err := rand.Read(random[:]); err != nil {
		return fmt.Errorf("name segment: %w", err)
	}
	name := fmt.Sprintf("%s-%s-%d-%s%s", w.stream, at.Format(segmentTime), os.Getpid(), hex.EncodeToString(random[:]), suffix)
	f, err := os.OpenFile(filepath.Join(w.dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("begin segment: %w; try: check who may write to %s", err, w.dir)
	}
	if err := w.disk.SyncDir(w.dir); err != nil {
		return errors.Join(fmt.Errorf("begin segment: %w", err), f.Close())
	}
	w.file, w.size = f, 0
	return nil
}

// Append makes events durable, in their order, and returns after that. Where ID is empty it is filled in, where At is
// zero it is now. ctx is looked at before the start only: what is being written cannot be taken back.
func (w *Writer) Append(ctx context.Context, events ...Event) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(events) == 0 {
		return nil
	}
	mine, err := w.join(events)
	if err != nil {
		return err
	}
	w.flush.Lock()
	defer w.flush.Unlock()
	if mine.done { // another caller's write held these events too
		return mine.err
	}
	w.mu.Lock()
	w.open = &batch{}
	err = w.err
	w.mu.Unlock()
	if err == nil {
		err = w.write(mine.buf)
	}
	mine.done, mine.err = true, err
	return err
}

// join adds the lines of events to the open batch.
func (w *Writer) join(events []Event) (*batch, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return nil, w.err
	}
	if w.closed {
		return nil, ErrClosed
	}
	start, head := len(w.open.buf), w.head
	for _, e := range events {
		if e.Kind == "" {
			w.open.buf, w.head = w.open.buf[:start], head
			return nil, errors.New("append event: got no kind")
		}
		if e.At.IsZero() {
			e.At = w.now()
		}
		e.At = e.At.UTC().Truncate(time.Microsecond)
		if e.ID == "" {
			id, err := w.nextID()
			if err != nil {
				w.open.buf, w.head = w.open.buf[:start], head
				return nil, err
			}
			e.ID = id
		}
		e.Detail, e.Prev = redact(e.Detail), ""
		if w.chained {
			e.Prev = w.head
		}
		before := len(w.open.buf)
		buf, err := appendLine(w.open.buf, e)
		if err != nil {
			w.open.buf, w.head = w.open.buf[:start], head
			return nil, err
		}
		w.open.buf = buf
		if w.chained {
			w.head = lineHash(buf[before : len(buf)-1])
		}
	}
	return w.open, nil
}

// nextID is 32 hex digits: the time, made to rise with every call, then random ones. So events of one writer that share
// an instant still sort in the order in which they were appended.
func (w *Writer) nextID() (string, error) {
	nanos := max(w.now().UnixNano(), w.lastID+1)
	w.lastID = nanos
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", fmt.Errorf("make event id: %w", err)
	}
	var id [32]byte
	return string(appendHex(appendHex(id[:0], uint64(nanos), 16), binary.BigEndian.Uint64(random[:]), 16)), nil
}

// write makes one batch durable; an error poisons the writer. The caller holds flush.
func (w *Writer) write(buf []byte) error {
	err := func() error {
		if w.size > 0 && w.size+int64(len(buf)) > rotateAt {
			if err := w.seal(); err != nil {
				return err
			}
			if err := w.begin(); err != nil {
				return err
			}
		}
		n, err := w.disk.Write(w.file, buf)
		w.size += int64(n)
		if err != nil {
			return fmt.Errorf("append to journal: %w", err)
		}
		if err := w.disk.Sync(w.file); err != nil {
			return fmt.Errorf("sync journal: %w", err)
		}
		return nil
	}()
	if err != nil {
		w.mu.Lock()
		if w.err == nil {
			w.err = fmt.Errorf("journal writer stopped at its first error: %w", err)
		}
		err = w.err
		w.mu.Unlock()
	}
	return err
}

// seal takes the write permission away and closes the segment. The caller holds flush.
func (w *Writer) seal() error {
	if w.file == nil {
		return nil
	}
	f := w.file
	w.file = nil
	if err := f.Chmod(0o400); err != nil {
		return errors.Join(fmt.Errorf("seal segment: %w", err), f.Close())
	}
	return f.Close()
}

// Close seals the segment, after the writes in progress. A segment without events is taken away again. A second Close
// does nothing.
func (w *Writer) Close() error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return nil
	}
	w.closed = true
	w.mu.Unlock()
	w.flush.Lock()
	defer w.flush.Unlock()
	// a caller that had joined before and not yet written: its events go with this one
	w.mu.Lock()
	left, poisoned := w.open, w.err
	w.open = &batch{}
	w.mu.Unlock()
	if len(left.buf) > 0 && !left.done {
		left.err = poisoned
		if poisoned == nil {
			left.err = w.write(left.buf)
		}
		left.done = true
	}
	if w.file != nil && w.size == 0 {
		name := w.file.Name()
		return errors.Join(w.seal(), os.Remove(name))
	}
	return w.seal()
}

// segment is one file of the journal, as its name tells.
type segment struct {
	path   string
	stream string
	at     time.Time
}

// parseSegment reads a segment's name. Stream names may hold '-', so the parts are taken from the end.
func parseSegment(path string) (segment, bool) {
	name, ok := strings.CutSuffix(filepath.Base(path), suffix)
	if !ok {
		return segment{}, false
	}
	parts := strings.Split(name, "-")
	if len(parts) < 4 {
		return segment{}, false
	}
	n := len(parts)
	at, err := time.Parse(segmentTime, parts[n-3])
	if err != nil {
		return segment{}, false
	}
	if _, err := strconv.Atoi(parts[n-2]); err != nil {
		return segment{}, false
	}
	stream := strings.Join(parts[:n-3], "-")
	return segment{path: path, stream: stream, at: at}, validStream(stream)
}
