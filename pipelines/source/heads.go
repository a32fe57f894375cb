package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// heads is the file of orders beside the one of their lines, in the normalised form.
type heads struct {
	file   *os.File
	header []string
	key    int
	breaks bool
	format textFormat
}

// withHeads reads the source's heads, where it has some, and returns the columns of a line with those of its head.
func (c *converter) withHeads(ctx context.Context, s Source, header []string, lines textFormat) ([]string, error) {
	if s.Heads.Path == "" {
		return header, nil
	}
	if err := c.dropHeads(); err != nil {
		return nil, err
	}
	paths, err := pathsOf(c.dir, s.Heads.Path)
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no file at %s, want the heads of the orders", s.Heads.Path)
	}
	out, err := createTemp(c.tmp, "load-*.heads.csv")
	if err != nil {
		return nil, err
	}
	h := &heads{file: out, format: lines}
	c.heads = h
	h.format.place, h.format.shape, h.format.header = nil, nil, max(lines.header, 1)
	for _, path := range paths {
		if err := h.read(ctx, path, relativeTo(c.dir, path), s.Frame(), c.tmp); err != nil {
			return nil, err
		}
	}
	if h.key = slices.Index(h.header, s.Heads.Key); h.key < 0 {
		return nil, fmt.Errorf("heads.key: no column %q in %s, which has: %s", s.Heads.Key, s.Heads.Path, strings.Join(h.header, ", "))
	}
	if !slices.Contains(header, s.Heads.Key) {
		return nil, fmt.Errorf("heads.key: no column %q in the file of the lines, which has: %s", s.Heads.Key, strings.Join(header, ", "))
	}
	both := slices.Clone(header)
	for _, name := range h.header {
		if slices.Contains(header, name) {
			name += " (heads)"
		}
		both = append(both, name)
	}
	return both, nil
}

func (h *heads) read(ctx context.Context, path, name string, f Frame, tmp string) (err error) {
	in, err := openCounted(path, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	plain, err := in.text(f)
	if err != nil {
		return fmt.Errorf("unpack %s: %w", name, err)
	}
	wrong, err := createTemp(tmp, "load-*.reject.csv")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, discard(wrong)) }()
	h.format.file = name
	got, err := frame(ctx, plain, h.format, h.file, wrong, func(header []string) error {
		if h.header != nil && !slices.Equal(h.header, header) {
			return fmt.Errorf("%s has other columns than the file of heads before it: %s", name, strings.Join(header, ", "))
		}
		h.header = header
		return nil
	})
	if err == nil && got.rejected > 0 {
		err = fmt.Errorf("%s: %d of %d heads cannot be read", name, got.rejected, got.records)
	}
	h.breaks = h.breaks || got.breaks
	return err
}

// joinHeads is the FROM clause of lines with the cells of their heads: of two with the same key, those of the last.
func (c *converter) joinHeads(s Source, header []string, from string) string {
	h := c.heads
	n := len(header) - len(h.header)
	key := slices.Index(header, s.Heads.Key)
	only := mapping{header: h.header}
	var cells strings.Builder
	for i := range h.header {
		fmt.Fprintf(&cells, ", h.%s as %s", cell(i), cell(n+i))
	}
	return fmt.Sprintf(`(select l.*%s from %s as l left join (
		from %s qualify row_number() over (partition by tokui_id(%s) order by "~ordinal" desc) = 1) as h on tokui_id(l.%s) = tokui_id(h.%s))`,
		cells.String(), from, strings.Replace(only.readCSV(h.file.Name(), h.format, h.breaks), "(select ", `(select row_number() over () as "~ordinal", `, 1),
		cell(h.key), cell(key), cell(h.key))
}

// dropHeads removes the heads of the file before.
func (c *converter) dropHeads() error {
	if c.heads == nil {
		return nil
	}
	h := c.heads
	c.heads = nil
	return discard(h.file)
}

// headsHash stands for the content of the heads, as the lines are read again when it changes.
func headsHash(dir string, s Source) (string, error) {
	if s.Heads.Path == "" {
		return "", nil
	}
	paths, err := pathsOf(dir, s.Heads.Path)
	if err != nil {
		return "", err
	}
	var sums []string
	for _, path := range paths {
		in, err := openCounted(path, nil)
		if err != nil {
			return "", err
		}
		sum, _, err := in.sum()
		if err := errors.Join(err, in.Close()); err != nil {
			return "", err
		}
		sums = append(sums, sum)
	}
	return hashText(sums...), nil
}
