package source

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/filelock"
	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// The two working examples load whole: every mapping compiles, and nothing is rejected but what was written to be.
func TestLoadExamples(t *testing.T) {
	for _, path := range []string{"../../config.yaml", "../../testdata/ja/config.yaml"} {
		t.Run(filepath.Base(filepath.Dir(path)), func(t *testing.T) {
			cfg, err := config.Load(path, func(string) (string, bool) { return "", false })
			if err != nil {
				t.Fatal(err)
			}
			b := newBench(t)
			if b.loader.Dir, err = filepath.Abs(cfg.Dir); err != nil {
				t.Fatal(err)
			}
			b.loader.Timezone, b.loader.At = cfg.Timezone, cfg.At
			for _, name := range cfg.SourceNames {
				b.loader.Sources = append(b.loader.Sources, Source{Name: name, Source: cfg.Sources[name]})
			}
			if warnings, err := b.loader.Check(context.Background(), b.db); err != nil || warnings != nil {
				t.Errorf("check: %v, %v", warnings, err)
			}
			for _, s := range b.load().Sources {
				if s.Kept == 0 || s.Kept+s.Rejected != s.Read || s.Rejected*20 > s.Read {
					t.Errorf("%+v", s)
				}
				t.Logf("%s: read %d, rejected %d, superseded %d", s.Name, s.Read, s.Rejected, s.Superseded)
			}
			b.want("select count(*) from core.sales where (customer_key is null) <> (customer_id is null) or (product_key is null) <> (product_id is null)", "0")
			b.want("select count(*) from (select order_id from core.sales group by order_id having count(*) filter (is_first_line) <> 1)", "0")
		})
	}
}

func TestCheck(t *testing.T) {
	b := newBench(t, salesSource(), customersSource(), Source{Name: "products", Source: config.Source{Path: "p.csv", Encoding: "cp932", Columns: map[string]string{"product_id": "id"}}})
	b.write("sales_1.csv", "nothing,of,it\n")
	b.write("sales_2.csv", "order,item,date,qty,price,state\n") // no column customer
	b.write("p.csv", "識別番号,id\n1,2\n")                          // UTF-8
	_, err := b.loader.Check(context.Background(), b.db)
	var faults position.Faults
	if !errors.As(err, &faults) || len(faults) != 2 {
		t.Fatalf("got %v, want two faults", err)
	}
	for i, want := range []string{
		`no column "customer" in sales_2.csv, which has: order, item, date, qty, price, state`,
		"the file is UTF-8, want CP932",
	} {
		if faults[i].Message != want {
			t.Errorf("fault %d: got %q, want %q", i, faults[i].Message, want)
		}
	}
	if _, err := os.Stat(b.loader.DataDir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("check has written into the data folder: %v", err)
	}
}

// A path that stands for nothing is worth a word, unless its rows were loaded once: exports come and go.
func TestCheckWarnsOfNoFile(t *testing.T) {
	b := newBench(t, salesSource(), customersSource())
	b.loader.At = func(path ...string) position.Position {
		return position.Position{File: "config.yaml:" + strings.Join(path, ".")}
	}
	b.write("sales_1.csv", salesHeader+line("1", "C1", "2026-04-01", "1"))
	b.write("customer.csv", "id,name\n")
	check := func() position.Faults {
		t.Helper()
		warnings, err := b.loader.Check(context.Background(), b.db)
		if err != nil {
			t.Fatal(err)
		}
		return warnings
	}
	want := position.Faults{{Position: position.Position{File: "config.yaml:sources.masters.path"},
		Message: "no file at customers.csv", Try: "the folder holds customer.csv"}}
	if diff := cmp.Diff(want, check()); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	b.write("customers.csv", "id,name\nC1,one\n")
	b.load()
	b.remove("customers.csv")
	if got := check(); got != nil {
		t.Errorf("of a source that has copies: %v", got)
	}
	b.loader.Sources[1].Table = "contacts" // which has none
	b.loader.Sources[1].Columns = map[string]string{"contact_id": "id"}
	if got := check(); len(got) != 1 {
		t.Errorf("of a source whose copies feed another table: got %v, want one warning", got)
	}
}

func TestSecondLoadIsKeptOut(t *testing.T) {
	b := newBench(t, salesSource())
	b.write("sales_1.csv", salesHeader+line("1", "C1", "2026-04-01", "1"))
	b.load()
	release, err := filelock.Take(filepath.Join(b.dir, "var/copies/lock"), "load")
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.loader.Load(context.Background(), b.db, calendar.Date{})
	var inUse *warehouse.InUseError
	if !errors.As(err, &inUse) || inUse.PID != os.Getpid() || inUse.Step != "load" {
		t.Errorf("got %v, want an InUseError that names this process", err)
	}
	if err := release(); err != nil {
		t.Error(err)
	}
}
