package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Gathered is what Gather brought.
type Gathered struct {
	// Segments were copied, or grew; Removed were sealed and are gone from the spool.
	Segments, Removed int
	// Damaged names segments that disagree with what was copied of them before; they are left as they are.
	Damaged []string
}

// Gather copies the segments of a spool, a journal that another process writes or that was brought from another machine,
// into the journal in dir, under their own names: a line that was copied before is never there twice, whenever this is
// stopped. A segment that is still being written comes as far as its last whole line, and again when it has grown. One that
// is sealed is taken out of the spool once its copy is durable, but for the streams in keep, which their writer reads
// again. Only one process may gather at a time.
func Gather(disk Disk, spool, dir string, keep ...string) (Gathered, error) {
	var g Gathered
	if _, err := os.Stat(spool); errors.Is(err, fs.ErrNotExist) {
		return g, nil // nobody has written yet
	}
	segments, err := segmentsOf(spool, "")
	if err != nil {
		return g, fmt.Errorf("gather spool: %w", err)
	}
	if len(segments) == 0 {
		return g, nil
	}
	if err := disk.MakeDir(dir); err != nil {
		return g, fmt.Errorf("gather spool: %w", err)
	}
	var sealed []string
	for _, s := range segments {
		grown, whole, err := g.copy(disk, s.path, filepath.Join(dir, filepath.Base(s.path)))
		if err != nil {
			return g, fmt.Errorf("gather spool: %w", err)
		}
		if grown {
			g.Segments++
		}
		if whole && (!slices.Contains(keep, s.stream) || isEmpty(s.path)) {
			sealed = append(sealed, s.path)
		}
	}
	if err := disk.SyncDir(dir); err != nil { // the copies have their names before the originals lose theirs
		return g, fmt.Errorf("gather spool: %w", err)
	}
	for _, path := range sealed {
		if err := os.Remove(path); err != nil {
			return g, fmt.Errorf("gather spool: %w", err)
		}
		g.Removed++
	}
	return g, nil
}

// isEmpty finds what a process leaves that was killed before it wrote anything.
func isEmpty(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() == 0
}

// copy brings one segment: grown says that the journal did not have all of it, whole that it has now, and that nobody
// writes to the segment any more.
func (g *Gathered) copy(disk Disk, from, to string) (grown, whole bool, err error) {
	info, err := os.Stat(from) // before the bytes are read: a segment that is sealed now is complete then
	if err != nil {
		return false, false, err
	}
	isSealed := info.Mode().Perm()&0o200 == 0
	text, err := os.ReadFile(from)
	if err != nil {
		return false, false, err
	}
	if !isSealed {
		text = text[:bytes.LastIndexByte(text, '\n')+1]
	}
	had, err := os.ReadFile(to)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, false, err
	}
	switch {
	case bytes.HasPrefix(had, text) && len(had) > len(text):
		// an older copy of the segment was put into the spool: nothing new in it
		return false, isSealed, nil
	case !bytes.HasPrefix(text, had):
		g.Damaged = append(g.Damaged, fmt.Sprintf("%s: differs from what was gathered of it before; it stays where it is", filepath.Base(from)))
		return false, false, nil
	case len(text) == 0:
		return false, isSealed, nil
	}
	if len(text) > len(had) {
		if err := disk.Place(to, text); err != nil {
			return false, false, err
		}
		grown = true
	}
	if isSealed {
		if err := os.Chmod(to, 0o400); err != nil {
			return grown, false, err
		}
	}
	return grown, isSealed, nil
}

// SealOthers seals the segments of a spool that nobody writes any more: whoever calls it holds the spool's lock and has
// not begun to write.
func SealOthers(spool string) error {
	segments, err := segmentsOf(spool, "")
	if err != nil {
		return fmt.Errorf("seal segments: %w", err)
	}
	for _, s := range segments {
		if err := os.Chmod(s.path, 0o400); err != nil {
			return fmt.Errorf("seal segments: %w", err)
		}
	}
	return nil
}
