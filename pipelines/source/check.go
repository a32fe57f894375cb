package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// errEnough ends the reading of a file behind its header.
var errEnough = errors.New("the header is enough")

// Check compares every source's mapping with the header of its newest file by name and reads no row; db may be a
// warehouse in memory. A source without a file whose rows have never been loaded is a warning and no fault: its export may
// be yet to come, or its path may be wrong. Errors: position.Faults, all of them; the warnings stand beside them.
func (l *Loader) Check(ctx context.Context, db *warehouse.DB) (warnings position.Faults, err error) {
	var faults position.Faults
	have, err := store{filepath.Join(l.DataDir, "copies")}.read()
	if err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp("", "tokui-check-")
	if err != nil {
		return nil, fmt.Errorf("make temporary folder: %w", err)
	}
	defer os.RemoveAll(tmp)
	conv := &converter{db: db, tmp: tmp, timezone: l.timezone(), table: newCP932(), dir: l.Dir, at: l.At}
	for _, s := range l.Sources {
		r := reading{loader: l, source: s, conv: conv}
		if s.isDatabase() {
			warning, err := conv.checkQuery(ctx, s)
			for _, f := range []struct {
				err  error
				list *position.Faults
			}{{warning, &warnings}, {err, &faults}} {
				if !addFaults(f.list, f.err) {
					return nil, fmt.Errorf("check source %s: %w", s.Name, f.err)
				}
			}
			continue
		}
		paths, err := r.paths()
		if err != nil {
			return nil, fmt.Errorf("check source %s: %w", s.Name, err)
		}
		if len(paths) == 0 {
			if !slices.ContainsFunc(have.Files, func(c loaded) bool { return c.Source == s.Name && c.Table == s.table() }) {
				warnings = append(warnings, r.notFound())
			}
			continue
		}
		path := paths[len(paths)-1]
		err = conv.check(ctx, s, path, relativeTo(l.Dir, path))
		if !addFaults(&faults, err) {
			return nil, fmt.Errorf("check source %s: %w", s.Name, err)
		}
	}
	return warnings, faults.Err()
}

// addFaults adds the faults in an error to a list; it reports false where the error is something else.
func addFaults(list *position.Faults, err error) bool {
	var many position.Faults
	var one position.Fault
	switch {
	case errors.As(err, &many):
		*list = append(*list, many...)
	case errors.As(err, &one):
		*list = append(*list, one)
	}
	return err == nil || many != nil || one.Message != ""
}

// check compiles the mapping of one file.
func (c *converter) check(ctx context.Context, s Source, path, name string) error {
	if s.isParquet(filepath.Base(path)) {
		header, err := c.parquetHeader(ctx, path, name)
		if err != nil {
			return err
		}
		_, err = c.compile(ctx, s, header, name)
		return err
	}
	format, err := c.format(s, name)
	if err != nil {
		return err
	}
	in, err := openCounted(path, nil)
	if err != nil {
		return err
	}
	defer in.Close()
	onHeader := func(header []string) error {
		header, err := c.withHeads(ctx, s, header, format)
		if err := errors.Join(err, c.dropHeads()); err != nil {
			return err
		}
		if _, err := c.compile(ctx, s, header, name); err != nil {
			return err
		}
		return errEnough
	}
	if s.isWorkbook(path) {
		var book *workbook
		if book, err = openWorkbook(in.file, in.total, s.Sheet); err != nil {
			return position.Fault{Position: position.Position{File: name}, Message: err.Error()}
		}
		_, err = frameRows(ctx, book.rows, format, io.Discard, io.Discard, onHeader)
	} else {
		var plain io.Reader
		if plain, err = in.text(s.Frame()); err != nil {
			return fmt.Errorf("unpack %s: %w", name, err)
		}
		_, err = frame(ctx, plain, format, io.Discard, io.Discard, onHeader)
	}
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}
