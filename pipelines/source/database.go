package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/position"
)

// A source that is a query of a database is read over one connection, in one read-only transaction, row by row into the
// same normalised form as a file. A connection that is lost fails the source as a whole: it keeps the rows it had.
//
// With a cursor, a load reads what has changed since the last, as one more "file" that owns the orders it holds; so of
// sales it reads the whole orders of which some row has changed.

// server is what PostgreSQL and MySQL differ in.
type server interface {
	// rows streams a query: first the names of its columns, then its rows as text, empty where they are null.
	rows(ctx context.Context, query string, yield func(line int64, cells []string) error) error
	// newest is the greatest value of a column of a query as text, "" where there is none.
	newest(ctx context.Context, query, column string) (string, error)
	quoted(name string) string
	io.Closer
}

// isDatabase reports whether the source is a query.
func (s Source) isDatabase() bool { return s.Postgres != "" || s.MySQL != "" }

func (s Source) databaseKey() string {
	if s.MySQL != "" {
		return "mysql"
	}
	return "postgres"
}

// mostIncrements is how many increments stand beside each other before the whole query is read anew.
const mostIncrements = 100

// connect opens the database of a source. Its errors never hold the password.
func (c *converter) connect(ctx context.Context, s Source) (server, error) {
	open := map[string]func(context.Context, string, string) (server, error){"postgres": openPostgres, "mysql": openMySQL}
	key := s.databaseKey()
	url := s.Postgres.Reveal()
	if key == "mysql" {
		url = s.MySQL.Reveal()
	}
	db, err := open[key](ctx, url, c.timezone)
	if err != nil {
		f := position.Fault{Message: withoutSecret(err.Error(), url), Try: "look whether the server runs and may be reached from here, and whether user, password and database are right"}
		if c.at != nil {
			f.Position = c.at("sources", s.Name, key)
		}
		return nil, f
	}
	return db, nil
}

// withoutSecret takes a connection's password, and the connection itself, out of a message.
func withoutSecret(message, url string) string {
	message = strings.ReplaceAll(message, url, "(secret)")
	if _, rest, ok := strings.Cut(url, "://"); ok {
		if at := strings.LastIndexByte(rest, '@'); at >= 0 {
			if _, password, ok := strings.Cut(rest[:at], ":"); ok && password != "" {
				message = strings.ReplaceAll(message, password, "(secret)")
				if plain, err := unescape(password); err == nil && plain != "" {
					message = strings.ReplaceAll(message, plain, "(secret)")
				}
			}
		}
	}
	return strings.Join(strings.Fields(message), " ")
}

// runDatabase reads a source that is a query.
func (r *reading) runDatabase(ctx context.Context, old manifest) (SourceResult, []loaded, error) {
	res := SourceResult{Name: r.source.Name, Table: r.source.table(), Files: 1}
	var known []loaded
	var before int64
	for _, c := range old.Files {
		if c.Source == r.source.Name && c.Table == r.source.table() {
			before += c.Kept
			if c.Mapping == r.mapping && r.store.has(c) {
				known = append(known, c)
			}
		}
	}
	db, err := r.conv.connect(ctx, r.source)
	if err != nil {
		return res, nil, err
	}
	defer db.Close()
	name, query := r.source.databaseKey(), strings.TrimRight(strings.TrimSpace(r.source.Query), "; \n")
	since := ""
	if r.source.Cursor != "" && len(known) > 0 && len(known) < mostIncrements {
		if since, err = r.since(known); err != nil {
			return res, nil, err
		}
	}
	whole := query
	if since != "" {
		if query, err = r.increment(db, query, since); err != nil {
			return res, nil, err
		}
		name = fmt.Sprintf("%s+%06d", name, r.loadNo)
	} else {
		known = slices.DeleteFunc(known, func(c loaded) bool { return c.File != name })
	}
	newest := ""
	if r.source.Cursor != "" { // before the rows: what is committed meanwhile is read by the next load
		if newest, err = db.newest(ctx, whole, r.source.Cursor); err != nil {
			return res, nil, r.queryFault(err)
		}
	}
	got, err := r.conv.convertQuery(ctx, r.source, db, query, name)
	defer func() { // got, with what leaveOut has put in its place
		for _, left := range []string{got.rows, got.rejects} {
			if left != "" {
				_ = os.Remove(left) // gone where it was placed; else the next load clears it
			}
		}
	}()
	if err == nil {
		err = r.leaveOut(ctx, &got)
	}
	if err != nil {
		return res, nil, r.queryFault(err)
	}
	var files []loaded
	if since != "" {
		files = known
	}
	same := len(known) > 0 && known[len(known)-1].SHA256 == got.sha256 // for an increment: what looking back has shown before
	if same || since != "" && got.read == 0 {
		res.Unchanged = 1
		files = known
	} else {
		c := loaded{
			Source: r.source.Name, Table: r.source.table(), File: name, LoadNo: r.loadNo, Bytes: got.bytes, SHA256: got.sha256,
			Mapping: r.mapping, Read: got.read, Kept: got.kept, Rejected: got.rejected, Present: true, Placed: got.placed,
			Apart: got.apart, Skipped: got.skipped, Copy: copyVersion, Newest: got.newest, LoadedAt: r.started.UTC(), Cursor: newest,
		}
		if err := r.place(&c, got); err != nil {
			return res, nil, err
		}
		res.Read, res.Kept, res.Rejected = got.read, got.kept, got.rejected
		files = append(files, c)
	}
	for _, c := range files {
		res.Rows += c.Kept
	}
	if since != "" {
		before = 0 // an increment takes nothing away
	}
	return res, files, r.guard(ctx, old, files, before, res, got.samples)
}

// queryFault says at which query the database failed.
func (r *reading) queryFault(err error) error {
	var faults position.Faults
	var fault position.Fault
	if errors.As(err, &faults) || errors.As(err, &fault) || errors.Is(err, context.Canceled) {
		return err
	}
	f := position.Fault{Message: withoutSecret(err.Error(), r.source.Postgres.Reveal()+r.source.MySQL.Reveal())}
	if r.loader.At != nil {
		f.Position = r.loader.At("sources", r.source.Name, "query")
	}
	return f
}

// increment is the query for what has changed since a value of the cursor: of sales, the whole orders.
func (r *reading) increment(db server, query, since string) (string, error) {
	changed := db.quoted(r.source.Cursor) + " >= '" + strings.ReplaceAll(since, "'", "''") + "'"
	if r.source.table() != "sales" {
		return "select * from (" + query + "\n) as tokui where " + changed, nil
	}
	order := r.source.Columns["order_id"]
	if !looksLikeName(order) {
		return "", errors.New("with a cursor, order_id must be a column of the query as it stands; try: select the expression there")
	}
	o := db.quoted(order)
	return "select * from (" + query + "\n) as tokui where " + o + " in (select " + o + " from (" + query + "\n) as changed where " + changed + ")", nil
}

// since is where the next load begins: the newest value of the cursor, less the look-back.
func (r *reading) since(known []loaded) (string, error) {
	newest := ""
	for _, c := range known { // in load order
		if c.Cursor != "" {
			newest = c.Cursor
		}
	}
	if newest == "" {
		return "", nil
	}
	back := r.source.LookBack
	if n, err := strconv.ParseInt(newest, 10, 64); err == nil {
		less := int64(1000)
		if back != "" {
			if less, err = strconv.ParseInt(back, 10, 64); err != nil {
				return "", fmt.Errorf("look_back: got %q, want a number, as the cursor %s is one", back, r.source.Cursor)
			}
		}
		return strconv.FormatInt(n-less, 10), nil
	}
	span := 24 * time.Hour
	if back != "" {
		units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}
		n, err := strconv.Atoi(back[:len(back)-1])
		unit := units[back[len(back)-1]]
		if err != nil || unit == 0 {
			return "", fmt.Errorf("look_back: got %q, want a time such as 3d, as the cursor %s is one", back, r.source.Cursor)
		}
		span = time.Duration(n) * unit
	}
	for _, layout := range []string{"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999Z07", "2006-01-02 15:04:05.999999999", time.DateOnly} {
		if at, err := time.Parse(layout, newest); err == nil {
			return at.Add(-span).Format(layout), nil
		}
	}
	return "", fmt.Errorf("cursor %s: got %q, want a number or a time", r.source.Cursor, newest)
}

// convertQuery reads a query into the contract's form. Its fingerprint is that of the rows.
func (c *converter) convertQuery(ctx context.Context, s Source, db server, query, name string) (converted, error) {
	format, err := c.format(s, name)
	if err != nil {
		return converted{}, err
	}
	format.header = 1
	sum := sha256.New()
	size := &tally{}
	return c.convertRows(ctx, s, name, format, func(out, wrong io.Writer, onHeader func([]string) error) (framed, error) {
		rows := func(yield func(int64, []string) error) error { return db.rows(ctx, query, yield) }
		return frameRows(ctx, rows, format, io.MultiWriter(out, sum, size), wrong, onHeader)
	}, func(res *converted) error {
		res.sha256, res.bytes = hex.EncodeToString(sum.Sum(nil)), size.n
		return nil
	})
}

// tally counts bytes.
type tally struct{ n int64 }

// Write implements io.Writer.
func (t *tally) Write(p []byte) (int, error) {
	t.n += int64(len(p))
	return len(p), nil
}

// errNoRows ends a query behind the names of its columns.
var errNoRows = errors.New("the columns are enough")

// checkQuery compiles the mapping against the columns of the query. A server that cannot be reached is a warning.
func (c *converter) checkQuery(ctx context.Context, s Source) (warning, err error) {
	db, err := c.connect(ctx, s)
	if err != nil {
		return err, nil
	}
	defer db.Close()
	query := "select * from (" + strings.TrimRight(strings.TrimSpace(s.Query), "; \n") + "\n) as tokui where 1 = 0"
	err = db.rows(ctx, query, func(_ int64, header []string) error {
		if _, err := c.compile(ctx, s, slices.Clone(header), s.databaseKey()); err != nil {
			return err
		}
		return errNoRows
	})
	if errors.Is(err, errNoRows) {
		err = nil
	}
	r := reading{loader: &Loader{At: c.at}, source: s}
	if err != nil {
		err = r.queryFault(err)
	}
	return nil, err
}
