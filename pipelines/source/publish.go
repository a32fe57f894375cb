package source

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/warehouse"
)

// publisher brings a warehouse from whatever it holds to what the manifest says, in one transaction. The warehouse
// knows what it holds by raw.file (each file with the load that read it) and raw.load.
type publisher struct {
	store    store
	manifest manifest
	sources  []Source
	before   calendar.Date
}

// published is what publish did.
type published struct {
	customers  int64 // touched
	rebuilt    bool
	moved      bool             // views read the copies where they no longer are
	superseded map[string]int64 // by table
}

// state is what a warehouse holds.
type state struct {
	files      map[version]string // to the contract table
	loaded     bool               // raw.load has its row
	before     string
	superseded int64
}

func (p *publisher) publish(ctx context.Context, db *warehouse.DB) (published, error) {
	res := published{superseded: map[string]int64{}}
	err := db.Tx(ctx, func(tx *warehouse.Tx) error {
		was, err := readState(ctx, tx)
		if err != nil {
			return err
		}
		feeds := feedsOf(p.sources)
		changed := map[string]bool{} // tables whose files differ
		present := map[version]bool{}
		for _, c := range p.manifest.Files {
			if feeds[c.Source] == c.Table {
				present[c.version()] = true
				if was.files[c.version()] != c.Table {
					changed[c.Table] = true
				}
			}
		}
		for v, table := range was.files {
			if !present[v] {
				changed[table] = true
			}
		}
		anew := !was.loaded || was.before != p.before.String()
		moved, err := p.moved(ctx, tx, feeds, was)
		if err != nil {
			return err
		}
		for _, t := range contract() {
			if anew || moved || changed[t.name] {
				if err := p.view(ctx, tx, t, feeds); err != nil {
					return fmt.Errorf("define raw.%s: %w", t.name, err)
				}
			}
		}
		s := sales{publisher: p, tx: tx, files: p.manifest.of("sales", feeds), was: was}
		if res, err = s.run(ctx, anew, changed); err != nil {
			return err
		}
		res.moved = moved
		if err := p.files(ctx, tx, feeds); err != nil {
			return err
		}
		if err := p.rejects(ctx, tx, feeds, was, anew); err != nil {
			return err
		}
		return p.countSuperseded(ctx, tx, feeds, anew, changed, &res)
	})
	return res, err
}

func readState(ctx context.Context, tx *warehouse.Tx) (state, error) {
	was := state{files: map[version]string{}}
	rows, err := tx.Query(ctx, "select source, file, load_no, table_name from raw.file")
	if err != nil {
		return was, fmt.Errorf("read raw.file: %w", err)
	}
	for rows.Next() {
		var v version
		var table string
		if err := rows.Scan(&v.source, &v.file, &v.loadNo, &table); err != nil {
			return was, fmt.Errorf("read raw.file: %w", err)
		}
		was.files[v] = table
	}
	if err := rows.Close(); err != nil {
		return was, fmt.Errorf("read raw.file: %w", err)
	}
	var n int
	if err := tx.One(ctx, "select count(*), coalesce(max(before_on)::varchar, ''), coalesce(max(superseded_count), 0)::bigint from raw.load", nil, &n, &was.before, &was.superseded); err != nil {
		return was, fmt.Errorf("read raw.load: %w", err)
	}
	was.loaded = n > 0
	return was, nil
}

// moved reports whether some view reads copies in another folder than the loader's. A view holds absolute paths, as the
// working directory of who reads it is not known; only a load brings it to where the data folder has gone.
func (p *publisher) moved(ctx context.Context, tx *warehouse.Tx, feeds map[string]string, was state) (bool, error) {
	for _, t := range contract() {
		for _, c := range p.manifest.of(t.name, feeds) {
			if was.files[c.version()] != t.name {
				continue // the view has yet to name it, and is made again for that
			}
			var stale bool
			err := tx.One(ctx, "select coalesce(bool_or(not contains(sql, $path)), false) from duckdb_views() where schema_name = 'raw' and view_name = $name",
				[]any{warehouse.Named("path", warehouse.Literal(p.store.path(c.Rows))), warehouse.Named("name", t.name)}, &stale)
			if err != nil {
				return false, fmt.Errorf("look at raw.%s: %w", t.name, err)
			}
			if stale {
				return true, nil
			}
			break
		}
	}
	return false, nil
}

// view makes raw.NAME: a view over the copies, or the empty table where no file feeds it.
func (p *publisher) view(ctx context.Context, tx *warehouse.Tx, t table, feeds map[string]string) error {
	name := warehouse.Table("raw." + t.name)
	files := p.manifest.of(t.name, feeds)
	var kind string
	if err := tx.One(ctx, `select coalesce((select table_type from information_schema.tables where table_schema = 'raw' and table_name = $1), '')`, []any{t.name}, &kind); err != nil {
		return err
	}
	if len(files) == 0 {
		if kind != "VIEW" {
			return nil
		}
		var columns []string
		for _, c := range t.columns {
			columns = append(columns, warehouse.Ident(c.name)+" "+c.typ)
		}
		if t.keeps {
			columns = append(columns, "attributes varchar")
		}
		columns = append(columns, "source varchar", "file varchar", "line bigint")
		if _, err := tx.Exec(ctx, "drop view "+name); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "create table "+name+" ("+strings.Join(columns, ", ")+")")
		return err
	}
	if kind == "BASE TABLE" {
		if _, err := tx.Exec(ctx, "drop table "+name); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, "create or replace view "+name+" as "+p.viewSelect(t, files))
	return err
}

// viewSelect is the rows of a table as the newest file has them: for sales whole orders, for the masters single keys.
func (p *publisher) viewSelect(t table, files []loaded) string {
	from := copies(p.store, files, files)
	columns := t.contractColumns() + ", source, file, line"
	if t.name == "sales" {
		where := ""
		if !p.before.IsZero() {
			where = " where ordered_on < date " + warehouse.Literal(p.before.String())
		}
		owned := from
		if len(files) > 1 {
			owned = "(from " + from + " qualify ordinal = max(ordinal) over (partition by order_id))"
		}
		columns = strings.Replace(columns, `"line_no"`, ordinal, 1)
		return "select " + columns + " from (from " + owned + where + ")"
	}
	var key []string
	for _, k := range t.key {
		key = append(key, warehouse.Ident(k))
	}
	return "select " + columns + " from " + from +
		" qualify row_number() over (partition by " + strings.Join(key, ", ") + " order by ordinal desc, line desc) = 1"
}

// ordinal is the line number of a sale line: the file's own, else its place among the lines of the order. Where the place
// was counted as the file was read, a rejected line keeps its number free.
const ordinal = `coalesce(line_no, place, (row_number() over (partition by order_id, ordinal order by line))::integer) as line_no`

// copies is a FROM clause over some of all copies in load order, each row with the place of its file among all.
func copies(st store, all, some []loaded) string {
	from := "read_parquet(" + pathList(st.copyPaths(some)) + ", filename = true, union_by_name = true)"
	if slices.ContainsFunc(some, func(c loaded) bool { return c.Table == "sales" && c.Copy < 4 }) { // of a file that has vanished
		from = "(from " + from + " union all by name select null::integer as place, null::varchar as line_type where false)"
	}
	return "(select *, list_position(" + pathList(st.copyPaths(all)) + ", filename) as ordinal from " + from + ")"
}

// files writes raw.file and raw.load.
func (p *publisher) files(ctx context.Context, tx *warehouse.Tx, feeds map[string]string) error {
	if _, err := tx.Exec(ctx, "delete from raw.file"); err != nil {
		return fmt.Errorf("write raw.file: %w", err)
	}
	for _, c := range p.manifest.Files {
		if feeds[c.Source] != c.Table {
			continue
		}
		_, err := tx.Exec(ctx, `insert into raw.file by name select
			$source as source, $table_name as table_name, $file as file, $load_no::integer as load_no, $bytes::bigint as bytes,
			$modified_at::timestamptz as modified_at, $sha256 as sha256, $row_count::bigint as row_count,
			$kept_count::bigint as kept_count, $reject_count::bigint as reject_count, $is_present::boolean as is_present, $skip_count::bigint as skip_count`,
			warehouse.Named("source", c.Source), warehouse.Named("table_name", c.Table), warehouse.Named("file", c.File),
			warehouse.Named("load_no", c.LoadNo), warehouse.Named("bytes", c.Bytes), warehouse.Named("modified_at", c.ModifiedAt),
			warehouse.Named("sha256", c.SHA256), warehouse.Named("row_count", c.Read), warehouse.Named("kept_count", c.Kept),
			warehouse.Named("reject_count", c.Rejected), warehouse.Named("is_present", c.Present), warehouse.Named("skip_count", c.Skipped))
		if err != nil {
			return fmt.Errorf("write raw.file: %w", err)
		}
	}
	return nil
}

// rejects brings raw.reject up to date: the rejects of a file live and die with the load that read it.
func (p *publisher) rejects(ctx context.Context, tx *warehouse.Tx, feeds map[string]string, was state, anew bool) error {
	if anew {
		if _, err := tx.Exec(ctx, "delete from raw.reject"); err != nil {
			return fmt.Errorf("write raw.reject: %w", err)
		}
	}
	present := map[version]bool{}
	var fresh []string
	for _, c := range p.manifest.Files {
		if feeds[c.Source] != c.Table {
			continue
		}
		present[c.version()] = true
		if _, known := was.files[c.version()]; (anew || !known) && c.Rejects != "" {
			fresh = append(fresh, p.store.path(c.Rejects))
		}
	}
	for v := range was.files {
		if present[v] || anew {
			continue
		}
		_, err := tx.Exec(ctx, "delete from raw.reject where source = $source and file = $file",
			warehouse.Named("source", v.source), warehouse.Named("file", v.file))
		if err != nil {
			return fmt.Errorf("write raw.reject: %w", err)
		}
	}
	if fresh == nil {
		return nil
	}
	if _, err := tx.Exec(ctx, "insert into raw.reject by name from read_parquet("+pathList(fresh)+")"); err != nil {
		return fmt.Errorf("write raw.reject: %w", err)
	}
	return nil
}

// countSuperseded counts the rows of the masters that a newer row of the same key hides.
func (p *publisher) countSuperseded(ctx context.Context, tx *warehouse.Tx, feeds map[string]string, anew bool, changed map[string]bool, res *published) error {
	for _, t := range contract() {
		if t.name == "sales" || !anew && !changed[t.name] {
			continue
		}
		var kept, shown int64
		for _, c := range p.manifest.of(t.name, feeds) {
			kept += c.Kept
		}
		if kept == 0 {
			continue
		}
		if err := tx.One(ctx, "select count(*) from "+warehouse.Table("raw."+t.name), nil, &shown); err != nil {
			return fmt.Errorf("count raw.%s: %w", t.name, err)
		}
		res.superseded[t.name] = kept - shown
	}
	return nil
}
