package report

import (
	"context"
	"html/template"
	"math"
	"time"

	"github.com/tokui/tokui/internal/warehouse"
)

// CohortCell is a row of reports.management_cohort. The pointers are nil where the month was not over: blank, not zero.
type CohortCell struct {
	On               time.Time // the month of the first purchase
	Since, Customers int64
	Oldest           bool // the data begin with it: its customers may have bought before
	Buyers           *int64
	Retention        *float64
	Low, High        *float64
	SalesPerCustomer *float64 // from the first month to this one
}

// cohortColumns are the months after the first that the map shows.
const cohortColumns = 12

func (d *Document) readCohorts(ctx context.Context, db warehouse.Querier) (err error) {
	d.Cohorts, err = warehouse.Collect(ctx, db, `
		select
			cohort_on, months_since, is_oldest, customer_count, buyer_count, retention, retention_low, retention_high,
			cumulative_sales_per_customer,
		from reports.management_cohort
		order by cohort_on, months_since`,
		func(c *CohortCell) []any {
			return []any{&c.On, &c.Since, &c.Oldest, &c.Customers, &c.Buyers, &c.Retention, &c.Low, &c.High, &c.SalesPerCustomer}
		})
	return err
}

// CohortFigure shows how many of each month's new customers bought again in each month since.
func (d Document) CohortFigure() template.HTML {
	f := d.Format
	var rows []cohortRow
	known := false
	for _, c := range d.Cohorts {
		if c.Since == 0 {
			rows = append(rows, cohortRow{name: f.Month(c.On), customers: f.Count(c.Customers), oldest: c.Oldest})
		}
		if len(rows) == 0 {
			continue
		}
		r := &rows[len(rows)-1]
		if c.SalesPerCustomer != nil {
			r.sales = f.Fine(*c.SalesPerCustomer)
		}
		if c.Since == 0 || c.Since > cohortColumns || c.Retention == nil || c.Low == nil || c.High == nil || c.Buyers == nil {
			continue
		}
		known = true
		r.cells = append(r.cells, cohortCell{
			column: int(c.Since) - 1, value: *c.Retention, wide: *c.High-*c.Low > cohortWide,
			tip: f.say("%s, %s months on: %s of %s (%s; 95%% interval %s to %s)", "%s、%sか月後：%[4]s件中%[3]s件（%[5]s、95％信頼区間 %[6]s～%[7]s）",
				f.Month(c.On), f.Count(c.Since), f.Count(*c.Buyers), f.Count(c.Customers), f.Percent(*c.Retention), f.Percent(*c.Low), f.Percent(*c.High)),
		})
	}
	if !known {
		return ""
	}
	return template.HTML(cohortMap{
		title: f.say("New customers who came back", "コホート別リピート率"),
		desc: f.say("For the customers who first bought in each month, the share that bought again in each month since.",
			"初回購入月ごとの、その後の各月に再び購入した得意先の割合。"),
		corner: f.say("first bought", "初回購入"), size: f.say("how many", "得意先数"), across: f.say("months since the first purchase →", "初回購入からの月数 →"),
		sales: f.say("sales each", "1件あたり累計"), rows: rows, percent: f.Percent,
	}.svg())
}

// HasOldestCohort says whether the map shows the cohort with which the data begin.
func (d Document) HasOldestCohort() bool {
	for _, c := range d.Cohorts {
		if c.Oldest {
			return true
		}
	}
	return false
}

// CohortSentence says how many came back in the month after their first, and in the sixth, of all cohorts that can be
// judged together. The cohort with which the data begin is not counted: it is not new.
func (d Document) CohortSentence() string {
	f := d.Format
	var buyers, customers [cohortColumns + 1]int64
	for _, c := range d.Cohorts {
		if !c.Oldest && c.Buyers != nil && c.Since <= cohortColumns {
			buyers[c.Since] += *c.Buyers
			customers[c.Since] += c.Customers
		}
	}
	share := func(month int) string { return f.Percent(float64(buyers[month]) / float64(customers[month])) }
	switch {
	case customers[1] == 0:
		return ""
	case customers[6] == 0:
		return f.say("Of %s new customers, %s bought again in the month after their first.", "新規得意先%s件のうち、翌月に再び購入したのは%s。",
			f.Count(customers[1]), share(1))
	}
	return f.say("Of %s new customers, %s bought again in the month after their first; in the sixth month, %s of %s.",
		"新規得意先%s件のうち、翌月に再び購入したのは%s。6か月後では%[4]s件のうち%[3]s。",
		f.Count(customers[1]), share(1), share(6), f.Count(customers[6]))
}

// cohortWide is an interval too wide for its cell to be compared with the others: it is drawn pale.
const cohortWide = .3

// cohortMap is a heat map with its numbers: a row for each cohort, a column for each month since.
type cohortMap struct {
	title, desc, corner, size, across, sales string
	rows                                     []cohortRow
	percent                                  func(float64) string
}

// cohortRow is a cohort; sales is what a customer of it bought so far, "" where no month is over.
type cohortRow struct {
	name, customers, sales string
	oldest                 bool
	cells                  []cohortCell
}

// cohortCell is a month that is known; the others are blank.
type cohortCell struct {
	column int
	value  float64
	wide   bool
	tip    string
}

// svg draws the map. A cell is the darker the greater its share, and pale where few customers make it; what is not known
// yet is not drawn at all.
func (m cohortMap) svg() string {
	const width, left, right, top, cellHeight = 760.0, 154.0, 84.0, 44.0, 27.0
	c := newCanvas(width, top+cellHeight*float64(len(m.rows))+4, m.title, m.desc)
	cell := (width - left - right) / cohortColumns
	most := 0.0
	for _, r := range m.rows {
		for _, v := range r.cells {
			most = max(most, v.value)
		}
	}
	c.text(0, top-10, m.corner, text{colour: colourMuted})
	c.text(left-10, top-10, m.size, text{anchor: "end", colour: colourMuted})
	c.text(left+4, 12, m.across, text{colour: colourMuted})
	c.text(width, top-10, m.sales, text{anchor: "end", colour: colourMuted})
	for i := range cohortColumns {
		c.text(left+cell*(float64(i)+.5), top-10, group(number(float64(i+1))), text{anchor: "middle", colour: colourMuted})
	}
	for i, r := range m.rows {
		y := top + cellHeight*float64(i)
		name := r.name
		if r.oldest {
			name += " *"
		}
		c.text(0, y+cellHeight/2+4.5, name, text{size: 13})
		c.text(left-10, y+cellHeight/2+4.5, r.customers, text{anchor: "end", colour: colourMuted})
		for _, v := range r.cells {
			x, opacity := left+cell*float64(v.column), .07
			if most > 0 && !v.wide {
				opacity += .48 * math.Max(v.value, 0) / most
			}
			c.rect(x+1, y+1, cell-2, cellHeight-2, colourNow, opacity, v.tip)
			t := text{anchor: "middle"}
			if v.wide {
				t.colour = colourMuted
			}
			c.text(x+cell/2, y+cellHeight/2+4.5, m.percent(v.value), t)
		}
		if r.sales != "" {
			c.text(width, y+cellHeight/2+4.5, r.sales, text{anchor: "end"})
		}
	}
	return c.String()
}
