package journal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
)

// Place is where an event stands: the segment's path and its line, counted from 1.
type Place struct {
	Segment string
	Line    int
}

// String returns segment:line.
func (p Place) String() string { return fmt.Sprintf("%s:%d", p.Segment, p.Line) }

// Damage is a line that could not be read. The file is left as it is.
type Damage struct {
	Place
	// Torn says that it is the last line of its segment and unfinished, as a kill or a power cut leaves it: what it
	// would have told had not been promised to anybody.
	Torn   bool
	Detail string
}

// String returns the damage for a person.
func (d Damage) String() string {
	if d.Torn {
		return d.Place.String() + ": unfinished last line: " + d.Detail
	}
	return d.Place.String() + ": damaged line: " + d.Detail
}

// Report is what a reading found.
type Report struct {
	Segments, Events int
	Damaged          []Damage
}

// NewerError says that a line was written by a newer version of Tokui.
type NewerError struct {
	Place
	Detail string
}

// Error names the line and what to do.
func (e *NewerError) Error() string {
	return fmt.Sprintf("%s: %s; try: run the version of Tokui that wrote this journal, or a later one", e.Place, e.Detail)
}

// Read gives the events of a stream ("" is every stream) to fn: segments in the order of their names, lines as they
// stand. It stops at the first error of fn, which it returns as it is, and at a newer version (*NewerError). A folder
// that is not there holds no events.
func Read(dir, stream string, fn func(Event, Place) error) (Report, error) {
	var report Report
	segments, err := segmentsOf(dir, stream)
	if err != nil {
		return report, err
	}
	for _, s := range segments {
		one, err := ReadSegment(s.path, fn)
		report.Segments++
		report.Events += one.Events
		report.Damaged = append(report.Damaged, one.Damaged...)
		if err != nil {
			return report, err
		}
	}
	return report, nil
}

// SyncStream brings to the disk what a stream's unsealed segments hold, and their names. A killed process may have written
// lines that it never synced: whoever acts on what they say must not lose them, or half of them, to a power cut afterwards.
func SyncStream(disk Disk, dir, stream string) error {
	segments, err := segmentsOf(dir, stream)
	if err != nil || len(segments) == 0 {
		return err
	}
	for _, s := range segments {
		if err := syncUnsealed(disk, s.path); err != nil {
			return fmt.Errorf("sync journal: %w", err)
		}
	}
	return disk.SyncDir(dir)
}

func syncUnsealed(disk Disk, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Mode().Perm()&0o200 != 0 {
		err = disk.Sync(f)
	}
	return errors.Join(err, f.Close())
}

// ReadSegment gives the events of one segment to fn.
func ReadSegment(path string, fn func(Event, Place) error) (Report, error) {
	_, report, err := readFrom(path, cursor{}, nil, true, fn)
	return report, err
}

// cursor is how far a segment has been read: to the end of its last whole line.
type cursor struct {
	offset int64
	lines  int
}

// readFrom reads a segment from a cursor on, and returns the one after the last line with a newline. wanted filters by
// kind before decoding; nil wants all. A last line without a newline is read only when whole is set: a follower waits for
// the rest of it.
func readFrom(path string, from cursor, wanted func(Kind) bool, whole bool, fn func(Event, Place) error) (cursor, Report, error) {
	report := Report{Segments: 1}
	f, err := os.Open(path)
	if err != nil {
		return from, report, fmt.Errorf("read journal: %w", err)
	}
	defer f.Close()
	if _, err := f.Seek(from.offset, io.SeekStart); err != nil {
		return from, report, fmt.Errorf("read journal: %w", err)
	}
	lines := bufio.NewReaderSize(f, 1<<18)
	at := from
	for {
		line, err := readLine(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			return at, report, fmt.Errorf("read journal: %w", err)
		}
		last := err != nil
		if len(line) == 0 && last {
			return at, report, nil
		}
		if last && !whole {
			return at, report, nil
		}
		place := Place{Segment: path, Line: at.lines + 1}
		if !last {
			at.offset += int64(len(line))
			at.lines++
			line = line[:len(line)-1]
		}
		if err := readOne(line, place, last, wanted, &report, fn); err != nil {
			return at, report, err
		}
		if last {
			return at, report, nil
		}
	}
}

func readOne(line []byte, place Place, last bool, wanted func(Kind) bool, report *Report, fn func(Event, Place) error) error {
	if wanted != nil && !wanted(lineKind(line)) {
		return nil
	}
	err := checkLine(line)
	if errors.Is(err, errNewer) {
		return &NewerError{Place: place, Detail: err.Error()}
	}
	var e Event
	if err == nil {
		e, err = decodeLine(line)
	}
	if err != nil {
		report.Damaged = append(report.Damaged, Damage{Place: place, Torn: last, Detail: err.Error()})
		return nil
	}
	report.Events++
	return fn(e, place)
}

// readLine returns a line with its newline; the bytes live until the next call unless the line is longer than the
// buffer. At the end it returns what is left with io.EOF.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	var long bytes.Buffer
	for errors.Is(err, bufio.ErrBufferFull) {
		long.Write(line)
		line, err = r.ReadSlice('\n')
	}
	long.Write(line)
	return long.Bytes(), err
}

// segmentsOf lists the segments of a stream, "" for all, in the order of their names' stream and time.
func segmentsOf(dir, stream string) ([]segment, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list journal: %w", err)
	}
	var segments []segment
	for _, entry := range entries {
		s, ok := parseSegment(filepath.Join(dir, entry.Name()))
		if ok && entry.Type().IsRegular() && (stream == "" || s.stream == stream) {
			segments = append(segments, s)
		}
	}
	sort.Slice(segments, func(i, j int) bool {
		a, b := segments[i], segments[j]
		if a.stream != b.stream {
			return a.stream < b.stream
		}
		if !a.at.Equal(b.at) {
			return a.at.Before(b.at)
		}
		return a.path < b.path
	})
	return segments, nil
}
