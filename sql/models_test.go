package sql_test

import (
	"errors"
	"flag"
	"testing"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/model"
	"github.com/tokui/tokui/sql"
)

var (
	update = flag.Bool("update", false, "rewrite want.csv of the tests that differ; look at what it writes")
	only   = flag.String("model", "", "regular expression over table/case")
)

// TestModels runs every .txtar beside the models: go test ./sql -run Models [-model segments.dormant] [-update]
func TestModels(t *testing.T) {
	db, err := warehouse.OpenMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	set, err := model.Read(t.Context(), db, model.Folder("."))
	if err != nil {
		var faults position.Faults
		if !errors.As(err, &faults) {
			t.Fatal(err)
		}
		for _, f := range faults {
			t.Error(f.Detail()) // and go on: other models may be tested all the same
		}
	}
	report := func(r model.TestResult) {
		t.Run(r.Name(), func(t *testing.T) {
			if r.Err != nil {
				t.Error(r.Err)
			}
			if r.Updated {
				t.Logf("rewrote %s", r.File)
			}
		})
	}
	if err := model.Test(t.Context(), set, sql.Contract, *only, *update, report); err != nil {
		t.Fatal(err)
	}
}

// TestScaffold binds every model and check against the headers of the others.
func TestScaffold(t *testing.T) {
	db, err := warehouse.OpenMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	set, err := model.Read(t.Context(), db, model.Folder("."))
	if err != nil {
		t.Fatal(err)
	}
	if err := model.Scaffold(t.Context(), db, set, sql.Contract, model.Params{"as_of": "2011-12-10"}); err != nil {
		t.Fatal(err)
	}
}
