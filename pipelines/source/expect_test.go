package source

import (
	"errors"
	"strings"
	"testing"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
)

// A source that is not what was expected changes nothing, says everything that differs, and is known as broken until it
// has been loaded again.
func TestExpect(t *testing.T) {
	s := Source{Name: "sales", Source: config.Source{Path: "s.csv", Columns: map[string]string{"order_id": "no", "line_no": "line", "customer_id": "who", "ordered_on": "day", "amount": "sum"}}}
	b := newBench(t, s)
	today, err := calendar.ParseDate("2026-04-10")
	must(t, err)
	b.loader.Today = today
	const header = "no,line,who,day,sum\n"
	good := header + "1,1,C1,2026-04-09,10\n1,2,C1,2026-04-09,20\n"
	b.write("s.csv", good)
	b.load()
	for _, tt := range []struct {
		name, file string
		expect     config.Expect
		want       []string
	}{
		{"header", "no,line,who,day,sum,memo\n1,1,C1,2026-04-09,10,x\n", config.Expect{Header: []string{"no", "line", "who", "day", "sum", "cost"}}, []string{"header: - cost, + memo"}},
		{"few rows", good + "2,1,C1,2026-04-09,1\n", config.Expect{MinRows: 4}, []string{"rows: got 3, want 4 to any number"}},
		{"many rows and doubles and old", good + "1,2,C1,2026-04-01,1\n", config.Expect{MaxRows: 2, Unique: []string{"order_id", "line_no"}, Fresh: config.Duration(24 * 3600e9)},
			[]string{"rows: got 3, want 0 to 2", "unique: order_id, line_no 1 2 stands 2 times in s.csv, lines 3, 4"}},
		{"old", header + "1,1,C1,2026-04-01,10\n1,2,C1,2026-04-02,1\n", config.Expect{Fresh: config.Duration(72 * 3600e9)}, []string{"fresh: the newest ordered_on is 2026-04-02, want 2026-04-07 or later"}},
		{"total", good + "合計,,,,40\n", config.Expect{Total: "合計"}, []string{"total: the rows of amount add up to 30.00, the file says 40"}},
		{"no total", good + "2,1,C1,2026-04-09,1\n", config.Expect{Total: "合計"}, []string{`total: no row matches "合計"`}},
		{"count", good + "# Records: 3,,,,\n", config.Expect{Count: "# Records: ([0-9]+)"}, []string{"count: 2 rows were read, the file says 3"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b.t = t
			b.loader.Sources[0].Expect = tt.expect
			b.write("s.csv", tt.file)
			err := b.loadError()
			var broken *ExpectError
			if !errors.As(err, &broken) {
				t.Fatalf("got %v, want an ExpectError", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %s", err, want)
				}
			}
			b.want("select order_id, line_no, amount from core.sales order by all", "1|1|10.00", "1|2|20.00")
			known, err := Broken(b.loader.DataDir)
			must(t, err)
			if !strings.Contains(known["sales"], tt.want[0]) {
				t.Errorf("known as broken: %v", known)
			}
		})
	}
	b.t = t
	b.loader.Sources[0].Expect = config.Expect{MinRows: 2, MaxRows: 2, Unique: []string{"order_id", "line_no"}, Fresh: config.Duration(24 * 3600e9), Total: "合計", Header: []string{"sum", "day", "who", "line", "no"}}
	b.write("s.csv", good+"合計,,,,\"¥30\"\n")
	b.load()
	if known, err := Broken(b.loader.DataDir); err != nil || len(known) > 0 {
		t.Errorf("broken: %v, %v, want none", known, err)
	}
	fresh, err := Fresh(b.loader.DataDir)
	if f := fresh["sales"]; err != nil || f.Newest != "2026-04-09" || f.Rows != 2 || f.Skipped != 1 {
		t.Errorf("fresh: %+v, %v", f, err)
	}
}
