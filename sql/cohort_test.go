package sql_test

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/model"
)

const onlineRetail = "../testdata/online_retail/online_retail.csv.gz"

// retained is a cell counted line by line, without SQL.
type retained struct {
	customers, buyers map[string]bool
	pence             float64
}

// countCohorts reads the sales as they stand in the file: the month of each customer's first line that is not cancelled,
// and who bought in which month since. Cells are "2010-12 3": cohort, months since.
func countCohorts(t *testing.T) map[string]*retained {
	t.Helper()
	file, err := os.Open(onlineRetail)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	type line struct {
		customer string
		month    int // since the year 0
		bought   bool
		amount   float64
	}
	var lines []line
	first := map[string]int{}
	reader := csv.NewReader(unzipped)
	if _, err := reader.Read(); err != nil {
		t.Fatal(err)
	}
	for {
		row, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		on, err := time.Parse(time.DateTime, row[4])
		if err != nil {
			t.Fatal(err)
		}
		quantity, errQuantity := strconv.ParseFloat(row[3], 64)
		price, errPrice := strconv.ParseFloat(row[5], 64)
		if err := errors.Join(errQuantity, errPrice); err != nil {
			t.Fatal(err)
		}
		l := line{row[6], on.Year()*12 + int(on.Month()) - 1, !strings.HasPrefix(row[0], "C"), quantity * price}
		if l.customer == "" {
			continue
		}
		lines = append(lines, l)
		if was, ok := first[l.customer]; l.bought && (!ok || l.month < was) {
			first[l.customer] = l.month
		}
	}
	name := func(month, since int) string {
		return time.Date(0, time.Month(month+1), 1, 0, 0, 0, 0, time.UTC).Format("2006-01") + " " + strconv.Itoa(since)
	}
	cells := map[string]*retained{}
	for month := 2010*12 + 11; month <= 2011*12+11; month++ {
		for later := month; later <= 2011*12+11; later++ {
			cells[name(month, later-month)] = &retained{customers: map[string]bool{}, buyers: map[string]bool{}}
		}
	}
	for _, l := range lines {
		cohort, ok := first[l.customer]
		if !ok || l.month < cohort {
			continue
		}
		cell := cells[name(cohort, l.month-cohort)]
		cells[name(cohort, 0)].customers[l.customer] = true
		if l.bought {
			cell.buyers[l.customer] = true
		}
		// DuckDB's decimals round by line; a penny a line is more than the two can differ
		cell.pence += l.amount * 100
	}
	return cells
}

// TestCohortsOfOnlineRetail holds every cell of metrics.cohort_retention against a count without SQL, and some of them
// against the numbers that this count gave when it was written.
func TestCohortsOfOnlineRetail(t *testing.T) {
	ctx := t.Context()
	db, err := warehouse.OpenMemory(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	set, err := model.Read(ctx, db, model.Folder("."))
	if err != nil {
		t.Fatal(err)
	}
	run := func(text string, args ...any) {
		t.Helper()
		if _, err := db.Exec(ctx, text, args...); err != nil {
			t.Fatal(err)
		}
	}
	run(`create schema core; create schema rollups;
		create table core.sales as
		select
			dense_rank() over (order by CustomerID)::integer as customer_key, InvoiceDate::date as ordered_on,
			if(InvoiceNo like 'C%', 'cancelled', 'completed') as status, Quantity::decimal(18, 4) as quantity,
			(Quantity * UnitPrice::decimal(18, 3))::decimal(18, 2) as amount, null::decimal(18, 2) as cost,
			row_number() over (partition by InvoiceNo) = 1 as is_first_line,
		from read_csv('` + onlineRetail + `', all_varchar = false, types = {'InvoiceNo': 'varchar', 'UnitPrice': 'decimal(18,3)'})
		where CustomerID is not null`)
	for _, table := range []string{"rollups.customer_day", "rollups.day"} {
		m, ok := set.Model(table)
		if !ok {
			t.Fatalf("no model %s", table)
		}
		run("create table " + table + " as " + m.Text)
	}
	m, ok := set.Model("metrics.cohort_retention")
	if !ok {
		t.Fatal("no model metrics.cohort_retention")
	}
	rows, err := db.Query(ctx, "select strftime(cohort_on, '%Y-%m') || ' ' || months_since, customer_count, is_complete, buyer_count, sales_amount::double from ("+m.Text+")",
		warehouse.Named("as_of", time.Date(2011, 12, 10, 0, 0, 0, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	wanted := countCohorts(t)
	// counted by countCohorts in November 2026: customers of the cohort, buyers of the month
	pinned := map[string][2]int64{"2010-12 0": {885, 885}, "2010-12 1": {885, 324}, "2010-12 11": {885, 445}, "2011-06 5": {242, 81}, "2011-10 1": {358, 86}}
	seen := 0
	for rows.Next() {
		var name string
		var customers int64
		var complete bool
		var buyers *int64
		var sales *float64
		if err := rows.Scan(&name, &customers, &complete, &buyers, &sales); err != nil {
			t.Fatal(err)
		}
		seen++
		cell := wanted[name]
		if cell == nil {
			t.Errorf("%s: a cell that the file does not hold", name)
			continue
		}
		cohort, _, _ := strings.Cut(name, " ")
		if want := int64(len(wanted[cohort+" 0"].customers)); customers != want {
			t.Errorf("%s: got %d customers, want %d", name, customers, want)
		}
		if !complete {
			if buyers != nil || sales != nil {
				t.Errorf("%s: a month that is not over has numbers", name)
			}
			continue
		}
		if want := int64(len(cell.buyers)); *buyers != want {
			t.Errorf("%s: got %d buyers, want %d", name, *buyers, want)
		}
		if math.Abs(*sales-cell.pence/100) > 1 {
			t.Errorf("%s: got sales of %.2f, want %.2f", name, *sales, cell.pence/100)
		}
		if want, ok := pinned[name]; ok && want != [2]int64{customers, *buyers} {
			t.Errorf("%s: got %d of %d customers, want %v", name, *buyers, customers, want)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if seen != len(wanted) {
		t.Errorf("got %d cells, want %d: 13 cohorts with every month since, the one that is not over included", seen, len(wanted))
	}
}
