package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/tokui/tokui/internal/journal"
)

// batch is how many mails are made durable at once.
const batch = 200

// Maildir takes in what lies in a Maildir's folder new, and moves it to cur with the flag S (seen) once it is on the disk. A
// mail that is too large stays in new, and is told of.
func (in *Intake) Maildir(ctx context.Context, dir string) ([]Taken, error) {
	entries, err := os.ReadDir(filepath.Join(dir, "new"))
	if err != nil {
		return nil, fmt.Errorf("read Maildir: %w; try: maildirmake %s, and let Tokui read and write there", err, dir)
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	sort.Strings(names)
	var all []Taken
	for len(names) > 0 {
		if err := ctx.Err(); err != nil {
			return all, err
		}
		some := names[:min(batch, len(names))]
		names = names[len(some):]
		taken, err := in.maildirBatch(ctx, dir, some)
		all = append(all, taken...)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

func (in *Intake) maildirBatch(ctx context.Context, dir string, names []string) ([]Taken, error) {
	var mails []Mail
	var done []string
	for _, name := range names {
		raw, err := readFile(filepath.Join(dir, "new", name))
		switch {
		case errors.Is(err, fs.ErrNotExist): // another process has it
		case errors.Is(err, errTooLarge):
			if in.Alert != nil {
				in.Alert(fmt.Sprintf("%s: %v; it stays in new", name, err))
			}
		case err != nil:
			return nil, fmt.Errorf("read Maildir: %w", err)
		default:
			mails, done = append(mails, Mail{Raw: raw}), append(done, name)
		}
	}
	taken, err := in.Take(ctx, mails...)
	if err != nil {
		return nil, err
	}
	for _, name := range done {
		bare, _, _ := strings.Cut(name, ":")
		err := os.Rename(filepath.Join(dir, "new", name), filepath.Join(dir, "cur", bare+":2,S"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return taken, fmt.Errorf("move mail that was taken in: %w", err)
		}
	}
	if len(done) > 0 {
		if err := (journal.Disk{}).SyncDir(filepath.Join(dir, "cur")); err != nil {
			return taken, fmt.Errorf("move mail that was taken in: %w", err)
		}
	}
	return taken, nil
}

var errTooLarge = fmt.Errorf("a mail of more than %d MB is no bounce", MaxSize>>20)

func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return ReadMail(file)
}

// ReadMail reads one mail from a file or a pipe, up to MaxSize.
func ReadMail(r io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err == nil && len(raw) > MaxSize {
		err = errTooLarge
	}
	return raw, err
}
