package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// converted is one file brought into the contract's form.
type converted struct {
	sha256               string
	bytes                int64
	read, kept, rejected int64
	rows, rejects        string // temporary Parquet files; rejects is "" where nothing was rejected
	samples              []sample
	placed               bool  // every row has its place within its order
	apart                int64 // kept rows that are no goods
	skipped              int64 // rows that are no data
	found                found
	newest               string   // date of the kept rows
	broken               []string // what the file says of itself and is not so
}

// sample is one rejected row, for a message.
type sample struct{ Reason, Text string }

// converter turns files into contract rows. One serves a whole load.
type converter struct {
	db       *warehouse.DB
	tmp      string
	timezone string
	table    *cp932
	dir      string // of config.yaml
	heads    *heads // of the file that is being read
	at       func(path ...string) position.Position
	progress func(read, total int64)
}

// delimiterOf is the byte that `delimiter:` means.
func delimiterOf(s string) (byte, error) {
	switch s {
	case "":
		return ',', nil
	case "tab", `\t`, "\t":
		return '\t', nil
	}
	if len(s) != 1 || s[0] >= 0x80 || strings.Contains("\"\r\n\x00 ", s) || s[0] >= '0' && s[0] <= '9' {
		return 0, fmt.Errorf("delimiter: got %q, want one character such as , ; | or tab", s)
	}
	return s[0], nil
}

// isParquet reads `format:`, or the file's name.
func (s Source) isParquet(name string) bool {
	if s.Format != "" {
		return s.Format == "parquet"
	}
	return strings.HasSuffix(strings.ToLower(name), ".parquet")
}

// convert reads one file; name is what it is called in the tables. The temporary files belong to the caller. Errors:
// position.Fault or position.Faults where the file or its mapping is at fault.
func (c *converter) convert(ctx context.Context, s Source, path, name string) (converted, error) {
	switch {
	case s.isParquet(path):
		return c.convertParquet(ctx, s, path, name)
	case s.isWorkbook(path):
		return c.convertWorkbook(ctx, s, path, name)
	}
	return c.convertText(ctx, s, path, name)
}

func (c *converter) convertText(ctx context.Context, s Source, path, name string) (res converted, err error) {
	format, err := c.format(s, name)
	if err != nil {
		return res, err
	}
	in, err := openCounted(path, c.progress)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	plain, err := in.text(s.Frame())
	if err != nil {
		return res, fmt.Errorf("unpack %s: %w", name, err)
	}
	res, err = c.convertRows(ctx, s, name, format, func(out, wrong io.Writer, onHeader func([]string) error) (framed, error) {
		return frame(ctx, plain, format, out, wrong, onHeader)
	}, func(res *converted) (err error) {
		res.sha256, res.bytes, err = in.sum()
		return err
	})
	return res, err
}

// convertRows brings what produce writes in the normalised form into the contract's; finish is called between.
func (c *converter) convertRows(ctx context.Context, s Source, name string, format textFormat,
	produce func(out, wrong io.Writer, onHeader func([]string) error) (framed, error), finish func(*converted) error) (res converted, err error) {
	out, err := createTemp(c.tmp, "load-*.csv")
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, discard(out)) }()
	wrong, err := createTemp(c.tmp, "load-*.reject.csv")
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, discard(wrong)) }()

	var m mapping
	f, err := produce(out, wrong, func(header []string) error {
		var err error
		if header, err = c.withHeads(ctx, s, header, format); err != nil {
			return err
		}
		if diff := headerDifference(s.Expect.Header, header); diff != "" {
			return &ExpectError{Differences: []string{name + ": " + diff}}
		}
		m, err = c.compile(ctx, s, header, name)
		if format.place != nil {
			format.place.column = m.orderColumn()
		}
		return err
	})
	if err != nil {
		return res, err
	}
	if err := finish(&res); err != nil {
		return res, err
	}
	res.read, res.rejected, res.skipped, res.found = f.records, f.rejected, f.skipped, f.found
	res.placed = format.place.usable()
	own := m
	own.header = m.header[:len(f.header)]
	from := own.readCSV(out.Name(), format, f.breaks)
	if c.heads != nil {
		defer func() { err = errors.Join(err, c.dropHeads()) }()
		from = c.joinHeads(s, m.header, from)
	}
	framed := ""
	if f.rejected > 0 {
		framed = framedRejects(wrong.Name(), s.Name, m.table.name, name)
	}
	if err = c.write(ctx, s, name, m, from, framed, &res); err != nil {
		return res, err
	}
	res.broken, err = c.totals(ctx, s, m, &res)
	return res, err
}

// format is how the rows of a source are written, and how their normalised form is.
func (c *converter) format(s Source, name string) (textFormat, error) {
	f := textFormat{file: name, header: int64(s.Header), table: c.table, chunk: chunkSize, quote: '"'}
	if s.Header == 0 && len(s.Names) == 0 {
		f.header = 1
	}
	var err error
	if f.delimiter, err = delimiterOf(s.Delimiter); err != nil {
		return f, err
	}
	switch s.Quote {
	case "none":
		f.quote = noQuote
	case "'":
		f.quote = '\''
	}
	if f.encoding, err = encodingOf(s.Encoding); err != nil {
		return f, err
	}
	f.cp932, f.decoded = f.encoding == "cp932", f.encoding == "euc-jp" || f.encoding == "utf-16"
	if f.shape, err = newShaper(s.Frame(), s.Expect, s.Columns["order_id"]); err != nil {
		return f, err
	}
	if s.table() == "sales" {
		f.place = newPlacer()
	}
	return f, nil
}

// compile checks the mapping in a transaction of its own, so that a fault leaves nothing behind.
func (c *converter) compile(ctx context.Context, s Source, header []string, name string) (mapping, error) {
	var m mapping
	err := withMacros(ctx, c.db, c.timezone, s.Decimal, func(tx *warehouse.Tx) error {
		var err error
		m, err = compile(ctx, c.db, tx, s, header, name, c.at)
		return err
	})
	return m, err
}

// readCSV is the FROM clause over a file's normalised form: nothing is left for DuckDB to find out.
func (m mapping) readCSV(path string, format textFormat, breaks bool) string {
	var columns, cells strings.Builder
	place := "null::integer"
	if format.place != nil {
		columns.WriteString(", 'place': 'INTEGER'")
		if format.place.usable() {
			place = "place"
		}
	}
	for i := range m.header {
		fmt.Fprintf(&columns, ", %s: 'VARCHAR'", warehouse.Literal(fmt.Sprint(i)))
		source := fmt.Sprintf(`"%d"`, i)
		if breaks {
			source = fmt.Sprintf("replace(replace(%s, %s, chr(10)), %s, chr(13))", source, warehouse.Literal(lineFeedMark), warehouse.Literal(carriageReturnMark))
		}
		fmt.Fprintf(&cells, ", %s as %s", source, cell(i))
	}
	return fmt.Sprintf(`(select line as "~line", %s as "~place"%s from read_csv(%s, columns = {'line': 'BIGINT'%s}, delim = %s, %s))`,
		place, cells.String(), warehouse.Literal(path), columns.String(), warehouse.Literal(string(format.delimiter)), csvOptions)
}

const csvOptions = `auto_detect = false, header = false, quote = '"', escape = '"', new_line = '\n', nullstr = '', ` +
	`encoding = 'utf-8', comment = '', skip = 0, max_line_size = 8388608, strict_mode = true, null_padding = false`

// framedRejects is a SELECT over the rejects that frame wrote.
func framedRejects(path, source, table, file string) string {
	marks := func(c string) string {
		return fmt.Sprintf("replace(replace(%s, %s, chr(10)), %s, chr(13))", c, warehouse.Literal(lineFeedMark), warehouse.Literal(carriageReturnMark))
	}
	return fmt.Sprintf(`select %s as source, %s as table_name, %s as file, line, null::varchar as column_name, null::varchar as value, %s as reason, %s as row_text
from read_csv(%s, columns = {'line': 'BIGINT', 'reason': 'VARCHAR', 'row_text': 'VARCHAR'}, delim = ',', %s)`,
		warehouse.Literal(source), warehouse.Literal(table), warehouse.Literal(file), marks("reason"), marks("row_text"),
		warehouse.Literal(path), csvOptions)
}

// convertParquet reads a Parquet file; its lines are its rows, counted from 1.
func (c *converter) convertParquet(ctx context.Context, s Source, path, name string) (res converted, err error) {
	in, err := openCounted(path, c.progress)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if res.sha256, res.bytes, err = in.sum(); err != nil {
		return res, err
	}
	header, err := c.parquetHeader(ctx, path, name)
	if err != nil {
		return res, err
	}
	m, err := c.compile(ctx, s, header, name)
	if err != nil {
		return res, err
	}
	var cells strings.Builder
	for i, h := range header {
		fmt.Fprintf(&cells, ", nullif(%s::varchar, '') as %s", warehouse.Ident(h), cell(i))
	}
	from := fmt.Sprintf(`(select file_row_number + 1 as "~line", null::integer as "~place"%s from read_parquet(%s, file_row_number = true))`, cells.String(), warehouse.Literal(path))
	if err := c.db.One(ctx, "select count(*) from read_parquet("+warehouse.Literal(path)+")", nil, &res.read); err != nil {
		return res, fmt.Errorf("count rows of %s: %w", name, err)
	}
	err = c.write(ctx, s, name, m, from, "", &res)
	return res, err
}

func (c *converter) parquetHeader(ctx context.Context, path, name string) ([]string, error) {
	rows, err := c.db.Query(ctx, "select column_name from (describe select * from read_parquet("+warehouse.Literal(path)+"))")
	if err != nil {
		return nil, position.Fault{Position: position.Position{File: name}, Message: "cannot be read as Parquet: " + err.Error(), Try: "format: csv"}
	}
	defer rows.Close()
	var header []string
	for rows.Next() {
		var h string
		if err := rows.Scan(&h); err != nil {
			return nil, fmt.Errorf("read columns of %s: %w", name, err)
		}
		header = append(header, h)
	}
	return header, rows.Err()
}

// write makes the two Parquet files of one source file. The second pass, for the rejects, is run only where there are
// some: rows that were read and not kept.
func (c *converter) write(ctx context.Context, s Source, name string, m mapping, from, framed string, res *converted) error {
	rows, err := tempName(c.tmp, "load-*.parquet")
	if err != nil {
		return err
	}
	res.rows = rows
	return withMacros(ctx, c.db, c.timezone, s.Decimal, func(tx *warehouse.Tx) error {
		if err := copyTo(ctx, tx, rows, m.kept(from, s.Name, name, c.timezone)); err != nil {
			return fmt.Errorf("convert %s: %w", name, err)
		}
		if err := tx.One(ctx, "select count(*) from read_parquet("+warehouse.Literal(rows)+")", nil, &res.kept); err != nil {
			return fmt.Errorf("count rows of %s: %w", name, err)
		}
		if column := m.dateColumn(); column != "" {
			if err := tx.One(ctx, "select coalesce(max("+warehouse.Ident(column)+")::date::varchar, '') from read_parquet("+warehouse.Literal(rows)+")", nil, &res.newest); err != nil {
				return fmt.Errorf("look for the newest date of %s: %w", name, err)
			}
		}
		if m.apart() {
			if err := tx.One(ctx, "select count(*) from read_parquet("+warehouse.Literal(rows)+") where line_type <> 'goods'", nil, &res.apart); err != nil {
				return fmt.Errorf("count rows of %s: %w", name, err)
			}
		}
		rejected := res.read - res.kept
		if rejected == 0 {
			return nil
		}
		if res.rejects, err = tempName(c.tmp, "load-*.reject.parquet"); err != nil {
			return err
		}
		var parts []string
		if framed != "" {
			parts = append(parts, framed)
		}
		if rejected > res.rejected {
			parts = append(parts, m.rejected(from, s.Name, name, c.timezone))
		}
		res.rejected = rejected
		query := "from (" + strings.Join(parts, "\nunion all\n") + ")\norder by line, column_name"
		if err := copyTo(ctx, tx, res.rejects, query); err != nil {
			return fmt.Errorf("convert %s: write rejects: %w", name, err)
		}
		return c.sample(ctx, tx, res)
	})
}

// copyTo writes a query's result to a Parquet file. Row groups are DuckDB's own 122,880 rows: with a million, as
// warehouse.SelectParquet has them for plans, writing costs twice the CPU (measured on 2M lines). Dictionaries are small:
// building those of ids, of which nearly every row has another one, only to throw them away costs a third of the writing.
func copyTo(ctx context.Context, tx *warehouse.Tx, path, query string) error {
	_, err := tx.Exec(ctx, "copy (\n"+query+"\n) to "+warehouse.Literal(path)+" (format parquet, compression zstd, dictionary_size_limit 10000)")
	return err
}

// sample takes three rejected rows of each reason, for the message of a source that fails.
func (c *converter) sample(ctx context.Context, tx *warehouse.Tx, res *converted) error {
	rows, err := tx.Query(ctx, `
		select coalesce(column_name || ': ', '') || regexp_replace(reason, '0x[0-9A-F]{2} at column [0-9]+', '0x?? at column ?') as kind,
			concat(file, ':', line, ': ', column_name || ': got ' || coalesce('"' || left(value, 60) || '"', 'nothing') || ', ', reason),
		from read_parquet(`+warehouse.Literal(res.rejects)+`)
		qualify row_number() over (partition by kind order by line) <= 3
		order by kind, line
		limit 30`)
	if err != nil {
		return fmt.Errorf("sample rejects: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var s sample
		if err := rows.Scan(&s.Reason, &s.Text); err != nil {
			return fmt.Errorf("sample rejects: %w", err)
		}
		res.samples = append(res.samples, s)
	}
	return rows.Err()
}

// counted is a file that is hashed as it is read.
type counted struct {
	file     *os.File
	hash     hash.Hash
	read     int64
	total    int64
	progress func(read, total int64)
	zipped   bool
}

func openCounted(path string, progress func(read, total int64)) (*counted, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open file: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("look at file: %w", err), file.Close())
	}
	if info.IsDir() {
		return nil, errors.Join(fmt.Errorf("%s is a folder, want a file", path), file.Close())
	}
	return &counted{file: file, hash: sha256.New(), total: info.Size(), progress: progress}, nil
}

// Read implements io.Reader.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.file.Read(p)
	c.hash.Write(p[:n])
	c.read += int64(n)
	if c.progress != nil && n > 0 {
		c.progress(c.read, c.total)
	}
	return n, err
}

// Close closes the file.
func (c *counted) Close() error { return c.file.Close() }

// sum is the hash and the size of the whole file, read to its end.
func (c *counted) sum() (string, int64, error) {
	if c.zipped { // its members were read from wherever they stand
		if _, err := c.file.Seek(0, io.SeekStart); err != nil {
			return "", 0, fmt.Errorf("read file: %w", err)
		}
		c.hash.Reset()
		c.read, c.progress = 0, nil
	}
	if _, err := io.Copy(io.Discard, c); err != nil {
		return "", 0, fmt.Errorf("read file: %w", err)
	}
	return hex.EncodeToString(c.hash.Sum(nil)), c.read, nil
}

// tempName names a file that DuckDB will make.
func tempName(dir, pattern string) (string, error) {
	f, err := createTemp(dir, pattern)
	if err != nil {
		return "", err
	}
	if err := f.Close(); err != nil {
		return "", fmt.Errorf("close temporary file: %w", err)
	}
	return f.Name(), nil
}

// discard closes and removes a temporary file.
func discard(f *os.File) error {
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// relativeTo is how a file is called in the tables: relative to the folder of config.yaml where it lies below it, so
// that the same data has the same names on every machine.
func relativeTo(dir, path string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return filepath.ToSlash(path)
	}
	rel, err := filepath.Rel(abs, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(rel)
}
