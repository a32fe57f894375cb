package warehouse_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/warehouse"
)

func TestArrowRoundTrip(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	db := open(t, filepath.Join(dir, "tokui.duckdb"))
	_, err := db.Exec(ctx, `create schema s; create table s.a as
		select
			i::integer as i,
			i * 1000000000000 as b,
			case when i % 3 = 0 then null else i / 7 end as d,
			(i * 1.25)::decimal(18, 2) as m,
			'得意先' || i as t,
			date '2011-01-01' + i::integer as day,
			timestamptz '2011-01-01 00:00:00+09' as at,
			i % 2 = 0 as ok,
		from range(200000) as r (i)`)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Tx(ctx, func(tx *warehouse.Tx) error {
		table, err := tx.Select(ctx, "select * from s.a where i < $n -- to the end", warehouse.Named("n", 150000))
		if err != nil {
			return err
		}
		defer table.Release()
		if table.NumRows() != 150000 || table.NumCols() != 8 {
			t.Errorf("got %d rows of %d columns", table.NumRows(), table.NumCols())
		}
		if d := table.Column(2).Data().Chunk(0).(*array.Float64); !d.IsNull(0) || d.Value(1) != 1.0/7 {
			t.Errorf("doubles: got %v %v", d.IsNull(0), d.Value(1))
		}
		if typ := table.Schema().Field(3).Type; !arrow.TypeEqual(typ, &arrow.Decimal128Type{Precision: 18, Scale: 2}) {
			t.Errorf("money: got %v", typ)
		}
		if err := tx.Insert(ctx, "s.b", table); err != nil {
			return err
		}
		return tx.Insert(ctx, "s.b", table) // appends
	})
	if err != nil {
		t.Fatal(err)
	}
	var same bool
	err = db.One(ctx, `select
		(select count(*) from s.b) = 300000
		and not exists (select * from s.b except select * from s.a)
		and not exists (select * from s.a where i < 150000 except select * from s.b)
		and (select string_agg(column_type, ',') from (describe s.a)) = (select string_agg(column_type, ',') from (describe s.b))`, nil, &same)
	if err != nil || !same {
		t.Errorf("the copy differs: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "tmp", "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestRowsInParts: what passes in parts is what passes at once, in its order, an empty result included.
func TestRowsInParts(t *testing.T) {
	db, err := warehouse.OpenMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for _, n := range []int64{0, 1, 700_000} {
		rows, err := db.NewRows()
		if err != nil {
			t.Fatal(err)
		}
		parts, last := 0, int64(-1)
		err = db.SelectParts(t.Context(), 200_000, func(part arrow.Table) error {
			parts++
			if part.NumRows() > 400_000 {
				t.Errorf("a part of %d rows", part.NumRows())
			}
			for _, chunk := range part.Column(0).Data().Chunks() {
				for _, v := range chunk.(*array.Int64).Int64Values() {
					if v != last+1 {
						t.Fatalf("got %d after %d", v, last)
					}
					last = v
				}
			}
			return rows.Add(part)
		}, "select i, 'customer ' || i as name, if(i % 7 = 0, null, i / 3) as third from range($n::bigint) as r (i) order by i", warehouse.Named("n", n))
		if err != nil {
			t.Fatal(err)
		}
		if want := max(1, int(n/350_000)); parts < want || last != n-1 {
			t.Errorf("%d rows: got %d parts up to %d, want %d parts or more", n, parts, last, want)
		}
		if err := rows.Replace(t.Context(), "main.got", "i::integer as i, name, third"); err != nil {
			t.Fatal(err)
		}
		rows.Close()
		var count, sum int64
		if err := db.One(t.Context(), "select count(*), coalesce(sum(i) + count(third), 0)::bigint from main.got where name = 'customer ' || i", nil, &count, &sum); err != nil {
			t.Fatal(err)
		}
		if want := n*(n-1)/2 + n - (n+6)/7; count != n || sum != want {
			t.Errorf("%d rows: got %d rows, sum %d, want %d", n, count, sum, want)
		}
	}
}

func TestSelectError(t *testing.T) {
	_, err := memory(t).Select(t.Context(), "select 1,\n  nope")
	var se *warehouse.SQLError
	if !errors.As(err, &se) || se.Line != 2 || se.Column != 3 {
		t.Errorf("got %v", err)
	}
}

func TestSelectParquetIsReproducible(t *testing.T) {
	ctx := t.Context()
	db := open(t, filepath.Join(t.TempDir(), "tokui.duckdb"))
	if _, err := db.Exec(ctx, "create table a as select md5(i::varchar) as k, 'x' || i % 7 as v from range(300000) as r (i)"); err != nil {
		t.Fatal(err)
	}
	var first []byte
	for i := range 3 {
		path := filepath.Join(t.TempDir(), "it's.parquet")
		if err := db.SelectParquet(ctx, path, "select * from a where v <> $not order by k", warehouse.Named("not", "x3")); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode: %v %v", info.Mode(), err)
		}
		if i > 0 && !bytes.Equal(first, got) {
			t.Error("the same rows gave other bytes")
		}
		first = got
		var rows, groups int
		if err := db.One(ctx, "select sum(num_values)::int, count(*)::int from parquet_metadata("+warehouse.Literal(path)+") where column_id = 0", nil, &rows, &groups); err != nil {
			t.Fatal(err)
		}
		if rows != 257143 || groups != 1 {
			t.Errorf("got %d rows in %d groups", rows, groups)
		}
	}
}

func TestSQLError(t *testing.T) {
	db := memory(t)
	tests := []struct {
		name, sql    string
		line, column int
	}{
		{"column", "select 1 as a,\n    nope\nfrom (select 1)", 2, 5},
		{"function", "select\n\tzzz(3)", 2, 2},
		{"table", "from core.nope", 1, 6},
		{"syntax", "select from from", 1, 13},
		{"after wide text", "select '得意先', nope", 1, 15},
		{"in a long line", "select 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', nope, 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'", 1, 104},
		{"conversion", "select 1,\n 'x'::int", 2, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := db.Exec(t.Context(), tt.sql)
			var se *warehouse.SQLError
			if !errors.As(err, &se) {
				t.Fatalf("got %v", err)
			}
			if se.Line != tt.line || se.Column != tt.column {
				t.Errorf("got %d:%d, want %d:%d: %v", se.Line, se.Column, tt.line, tt.column, se.Err)
			}
			if bytes.Contains([]byte(se.Message), []byte("LINE ")) {
				t.Errorf("the message keeps the excerpt: %s", se.Message)
			}
		})
	}
}

func TestQuoting(t *testing.T) {
	got := []string{warehouse.Ident(`a"b`), warehouse.Table("s.t"), warehouse.Table(`s.t (x) "y"`), warehouse.Literal("it's")}
	want := []string{`"a""b"`, `"s"."t"`, `"s"."t (x) ""y"""`, `'it''s'`}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"select 1 from core.a", "with a as (from core.a) from a", "select '", "$", "$1", "-- ", "/* ", "\"", "select $a$x$a$, $b",
		"from core.a pivot (sum(x) for y in (1))", "得意先", "select 1;;", "\x00", "\xff", "from range(1)", "select (", "$得意先",
	} {
		f.Add(s)
	}
	db, err := warehouse.OpenMemory(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	defer db.Close()
	f.Fuzz(func(t *testing.T, text string) {
		s, err := db.Parse(t.Context(), text)
		if err != nil {
			return
		}
		for _, r := range s.Tables() {
			if r.Schema == "" || r.Name == "" || r.Line < 1 || r.Column < 1 {
				t.Errorf("table without name or place: %+v", r)
			}
		}
	})
}
