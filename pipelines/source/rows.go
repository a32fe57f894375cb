package source

import (
	"context"
	"fmt"
	"io"
)

// rowsOf gives the rows of a file or a query one by one, with the line or the number of each. The cells may be used again
// after yield returns.
type rowsOf func(yield func(line int64, cells []string) error) error

// frameRows writes rows in the normalised form, as frame writes text. width is how many cells a row may have beyond the
// header's while they are empty.
func frameRows(ctx context.Context, rows rowsOf, format textFormat, out, rejects io.Writer, onHeader func([]string) error) (framed, error) {
	f := &framer{format: format, out: out, rejects: rejects, onHeader: onHeader}
	if format.header == 0 {
		if err := f.begin(nil); err != nil {
			return framed{}, err
		}
	}
	var last int64
	err := rows(func(line int64, cells []string) error {
		last = line
		if line < format.header {
			return nil
		}
		if f.header == nil {
			for len(cells) > 0 && cells[len(cells)-1] == "" {
				cells = cells[:len(cells)-1]
			}
			if len(cells) == 0 {
				return f.fault(line, "set `header:` to the row that names the columns", "the row is blank, want the header")
			}
			return f.begin(append([]string(nil), cells...))
		}
		return f.row(ctx, line, cells)
	})
	if err != nil {
		return framed{}, err
	}
	if f.header == nil {
		return framed{}, f.fault(last, "check `header:`", "the sheet ends before its header in row %d", format.header)
	}
	if s := format.shape; s != nil {
		f.framed.found = s.found
		f.skipped += s.skipped
	}
	return f.framed, f.flush(0)
}

// row takes one row of cells.
func (f *framer) row(ctx context.Context, line int64, cells []string) error {
	if allBlank(cells) {
		return nil
	}
	f.records++
	switch {
	case f.format.shape != nil:
		v := f.format.shape.row(cells)
		switch {
		case v.skip:
			f.records--
		case v.reason != "":
			f.rejectCells(line, cells, v.reason)
		default:
			f.writeCells(line, v.cells)
		}
	case len(cells) > len(f.header) && !allBlank(cells[len(f.header):]):
		f.rejectCells(line, cells, fmt.Sprintf("got %d cells, want %d as in the header", len(cells), len(f.header)))
	case len(cells) >= len(f.header):
		f.writeCells(line, cells[:len(f.header)])
	default:
		f.writeCells(line, padded(cells, len(f.header)))
	}
	if len(f.pending) >= chunkSize || len(f.wrong) >= chunkSize {
		if err := ctx.Err(); err != nil {
			return err
		}
		return f.flush(0)
	}
	return nil
}

func (f *framer) rejectCells(line int64, cells []string, reason string) {
	var text []byte
	for i, c := range cells {
		if i > 0 {
			text = append(text, f.format.delimiter)
		}
		text = append(text, c...)
	}
	f.reject(record{text: text, line: line}, reason)
}
