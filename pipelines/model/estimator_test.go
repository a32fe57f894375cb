package model_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/pipelines/model"
)

const prediction = `-- predictions.next: how many days until the next order.
-- grain:   customer_id
-- params:  $as_of date, $horizon_days integer default 30
-- estimator: count
-- columns:
--   customer_id  varchar        not null  -> core.customers
--   day_count    integer        not null
--   probability  decimal(18,2)  not null
-- check:   probability between 0 and 1

select customer_id, ordered_on
from rollups.customer_day
where ordered_on < $as_of::date
order by customer_id, ordered_on
`

func predicted() fs.FS {
	return layer(map[string]string{"predictions/next.sql": prediction, "predictions/next.txtar": "-- params --\nas_of=2011-01-02\n-- rollups.customer_day.csv --\ncustomer_id,ordered_on\na,2011-01-01\na,2011-01-02\n-- want.csv --\ncustomer_id,ordered_on\na,2011-01-01\n"})
}

// count returns, per customer, the number of its rows, its columns in another order and of other types.
func count(_ context.Context, in arrow.Table, p model.Params) (arrow.Table, error) {
	if p["horizon_days"] != int64(30) {
		return nil, errors.New("horizon_days is not given")
	}
	rows := map[string]int64{}
	order := []string{}
	for _, chunk := range in.Column(0).Data().Chunks() {
		ids := chunk.(*array.String)
		for i := range ids.Len() {
			id := strings.Clone(ids.Value(i))
			if rows[id] == 0 {
				order = append(order, id)
			}
			rows[id]++
		}
	}
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "probability", Type: arrow.PrimitiveTypes.Float64}, {Name: "customer_id", Type: arrow.BinaryTypes.String}, {Name: "day_count", Type: arrow.PrimitiveTypes.Int64},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, id := range order {
		b.Field(0).(*array.Float64Builder).Append(0.25)
		b.Field(1).(*array.StringBuilder).Append(id)
		b.Field(2).(*array.Int64Builder).Append(rows[id])
	}
	record := b.NewRecordBatch()
	defer record.Release()
	return array.NewTableFromRecords(schema, []arrow.RecordBatch{record}), nil
}

func TestEstimator(t *testing.T) {
	db := stocked(t)
	r := runner(t, db, predicted())
	r.Estimators = map[string]model.Estimator{"count": count}
	if _, err := r.Build(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if got := cell(t, db, "select string_agg(customer_id || ':' || day_count || ':' || probability, ' ' order by customer_id) from predictions.next"); got != "a:2:0.25 b:1:0.25" {
		t.Errorf("got %s", got)
	}
	if got := cell(t, db, "select string_agg(column_type, ' ') from (describe predictions.next)"); got != "VARCHAR INTEGER DECIMAL(18,2)" {
		t.Errorf("got %s", got)
	}
	if got := cell(t, db, "select count(*) from duckdb_tables() where schema_name = 'predictions'"); got != "1" {
		t.Errorf("got %s tables", got)
	}
	// in parts, the same
	r.ByRows = map[string]bool{"count": true}
	if _, err := r.Build(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if got := cell(t, db, "select string_agg(customer_id || ':' || day_count || ':' || probability, ' ' order by customer_id) from predictions.next"); got != "a:2:0.25 b:1:0.25" {
		t.Errorf("in parts: got %s", got)
	}
	if got := cell(t, db, "select string_agg(column_type, ' ') from (describe predictions.next)"); got != "VARCHAR INTEGER DECIMAL(18,2)" {
		t.Errorf("in parts: got %s", got)
	}
}

func TestEstimatorFaults(t *testing.T) {
	db := stocked(t)
	r := runner(t, db, predicted())
	_, err := r.Build(t.Context(), db)
	var faults position.Faults
	if !errors.As(err, &faults) || !strings.Contains(err.Error(), "sql/predictions/next.sql:4:15: unknown estimator count") {
		t.Errorf("got %v", err)
	}
	boom := errors.New("does not converge")
	r.Estimators = map[string]model.Estimator{"count": func(context.Context, arrow.Table, model.Params) (arrow.Table, error) { return nil, boom }}
	for _, byRow := range []bool{true, false} {
		r.ByRows = map[string]bool{"count": byRow}
		if _, err := r.Build(t.Context(), db); !errors.Is(err, boom) || !strings.Contains(err.Error(), "predictions.next by count") {
			t.Errorf("row by row %t: got %v", byRow, err)
		}
	}
	r.Estimators["count"] = func(_ context.Context, in arrow.Table, _ model.Params) (arrow.Table, error) {
		in.Retain()
		return in, nil
	}
	if _, err := r.Build(t.Context(), db); err == nil || !strings.Contains(err.Error(), "sql/predictions/next.sql:7:6: estimator count returned no column day_count") {
		t.Errorf("got %v", err)
	}
}

func TestEstimatorInputIsTested(t *testing.T) {
	if got := results(t, "predictions", predicted())["predictions.next"]; got != "" {
		t.Error(got)
	}
}

func TestScaffold(t *testing.T) {
	db := inMemory(t)
	set := read(t, db, shop(), predicted())
	if err := model.Scaffold(t.Context(), db, set, os.DirFS("testdata/shop"), model.Params{"as_of": "2011-01-01"}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), "select probability from predictions.next join segments.big using (customer_id)"); err != nil {
		t.Error(err)
	}
}

// TestScaffoldReportsAllFaults: a model that cannot be bound does not put the blame on those behind it.
func TestScaffoldReportsAllFaults(t *testing.T) {
	db := inMemory(t)
	set := read(t, db, shop(), layer(map[string]string{
		"core/customers.sql": "-- core.customers: x.\n-- grain: customer_id\n-- columns:\n--   customer_id  varchar\n--   name  varchar\nselect customer_id, nam as name\nfrom raw.customers",
		"segments/a.sql":     body("segments.a", "select name as customer_id\nfrom core.customers where\n    sale > 0"),
		"segments/b.sql":     strings.Replace(body("segments.b", "select customer_id from core.customers"), "-- columns", "-- check: customer > 1\n-- columns", 1),
		"segments/c.sql":     body("segments.c", "select 1 as customer_id, 2 as more"),
	}))
	err := model.Scaffold(t.Context(), db, set, os.DirFS("testdata/shop"), model.Params{"as_of": "2011-01-01", "nope": 1})
	var faults position.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{
		`sql/core/customers.sql:6:21: Binder Error: Referenced column "nam"`,
		`sql/segments/a.sql:7:5: Binder Error: Referenced column "sale"`,
		"sql/segments/b.sql:3:11: check failed: customer > 1: cannot be evaluated",
		"sql/segments/c.sql:4:6: column customer_id is integer, header says varchar",
		"column more is in the select and not in the header",
		"no model declares the parameter nope",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got\n%v\nwant\n%s", err, want)
		}
	}
	if len(faults) != 6 {
		t.Errorf("got %d faults, want 6\n%v", len(faults), err)
	}
}
