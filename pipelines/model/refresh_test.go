package model_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/model"
	"github.com/tokui/tokui/pipelines/source"
	sqlfiles "github.com/tokui/tokui/sql"
)

// TestRefreshEqualsWhole loads random histories of files by the real load, builds the real rollups after some of the
// loads, and compares each with its own SELECT over all lines: what was built by key is what building it whole gives.
func TestRefreshEqualsWhole(t *testing.T) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set("12"); err != nil { // seconds; -rapid.checks for more
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Value.Set(f.DefValue) })
	}
	set := read(t, inMemory(t), sqlfiles.Models)
	byKey, builds := map[string]int{}, 0
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t, set)
		defer h.close()
		h.products()
		h.add("sales_0.csv", 40)
		h.load()
		h.build()
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			for range rapid.IntRange(1, 3).Draw(t, "changes") {
				h.change()
			}
			h.load()
			if rapid.IntRange(0, 3).Draw(t, "analyze") == 0 {
				continue // the next one catches up
			}
			for _, step := range h.build().Steps {
				if step.ByKey {
					byKey[step.Table]++
				}
			}
			builds++
			h.compare()
		}
	})
	t.Logf("built by key in %d builds: %v", builds, byKey)
	for _, m := range set.Models() {
		if m.Rebuild != nil && byKey[m.Table()] < builds/4 {
			t.Errorf("%s was built by key in %d of %d builds: this test compared nothing", m.Table(), byKey[m.Table()], builds)
		}
	}
}

// history is a company whose files change.
type history struct {
	t      *rapid.T
	dir    string
	db     *warehouse.DB
	set    *model.Set
	loader *source.Loader
	files  map[string][]order
	// categories are those of the product master; a product without one is not in it.
	categories map[int]string
	orders     int
	clock      time.Time
}

type order struct {
	id       int
	customer int // 0: nobody
	day      int
	lines    []string // product,quantity,price,status
}

func newHistory(t *rapid.T, set *model.Set) *history {
	dir, err := os.MkdirTemp("", "history-")
	if err != nil {
		t.Fatal(err)
	}
	db, err := warehouse.OpenMemory(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := model.Contract(context.Background(), db, sqlfiles.Contract); err != nil {
		t.Fatal(err)
	}
	all := config.Share{Value: 1, Set: true}
	columns := map[string]string{"order_id": "o", "customer_id": "c", "product_id": "p", "ordered_on": "d", "quantity": "q", "amount": "a", "status": "s"}
	sources := []source.Source{
		{Name: "sales", Source: config.Source{Path: "sales_*.csv", Columns: columns, MaxDrop: all}},
		{Name: "products", Source: config.Source{Path: "products.csv", Columns: map[string]string{"product_id": "p", "category": "k"}, MaxDrop: all}},
	}
	return &history{t: t, dir: dir, db: db, set: set, files: map[string][]order{}, categories: map[int]string{}, clock: time.Unix(1e9, 0),
		loader: &source.Loader{Dir: dir, DataDir: filepath.Join(dir, "var"), Sources: sources, Timezone: "UTC"}}
}

func (h *history) close() {
	if err := h.db.Close(); err != nil {
		h.t.Error(err)
	}
	if err := os.RemoveAll(h.dir); err != nil {
		h.t.Error(err)
	}
}

func (h *history) number(name string, from, to int) int {
	return rapid.IntRange(from, to).Draw(h.t, name)
}

const shopCustomers, shopProducts = 30, 9

func (h *history) line() string {
	status := []string{"completed", "completed", "completed", "cancelled", "returned"}[h.number("status", 0, 4)]
	product := ""
	if p := h.number("product", 0, shopProducts); p > 0 { // 0: no product
		product = fmt.Sprintf("p%d", p)
	}
	return fmt.Sprintf("%s,%d,%d.%02d,%s", product, h.number("quantity", -2, 5), h.number("price", -30, 90), h.number("cents", 0, 99), status)
}

func (h *history) order(id int) order {
	o := order{id: id, customer: h.number("customer", 0, shopCustomers), day: h.number("day", 0, 150)}
	for range h.number("lines", 1, 3) {
		o.lines = append(o.lines, h.line())
	}
	return o
}

// add writes a file with new orders.
func (h *history) add(name string, n int) {
	for range n {
		h.orders++
		h.files[name] = append(h.files[name], h.order(h.orders))
	}
	h.save(name)
}

func (h *history) save(name string) {
	text := "o,c,d,p,q,a,s\n"
	for _, o := range h.files[name] {
		customer := ""
		if o.customer > 0 {
			customer = fmt.Sprintf("c%d", o.customer)
		}
		for _, line := range o.lines {
			text += fmt.Sprintf("o%d,%s,%s,%s\n", o.id, customer, calendar.DateOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).AddDays(o.day), line)
		}
	}
	h.write(name, text)
}

// products writes the product master.
func (h *history) products() {
	text := "p,k\n"
	for p := range shopProducts {
		if _, ok := h.categories[p]; !ok || h.number("kept", 0, 1) == 1 {
			h.categories[p] = []string{"", "toner", "paper", "ink"}[h.number("category", 0, 3)]
		}
		text += fmt.Sprintf("p%d,%s\n", p, h.categories[p])
	}
	h.write("products.csv", text)
}

func (h *history) write(name, text string) {
	path := filepath.Join(h.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	h.clock = h.clock.Add(time.Second)
	if err := os.Chtimes(path, h.clock, h.clock); err != nil {
		h.t.Fatal(err)
	}
}

// change does one thing to the files.
func (h *history) change() {
	var names []string
	for name, orders := range h.files {
		if len(orders) > 0 {
			names = append(names, name)
		}
	}
	if len(names) == 0 { // all of them vanished
		h.add(fmt.Sprintf("sales_%d.csv", h.orders+1), 3)
		return
	}
	slices.Sort(names)
	name := names[h.number("file", 0, len(names)-1)]
	at := h.number("order", 0, len(h.files[name])-1)
	o := &h.files[name][at]
	what := rapid.SampledFrom([]string{"new file", "correct", "cancel", "delete", "move", "again elsewhere", "vanish", "category", "nothing"}).Draw(h.t, "what")
	fresh := fmt.Sprintf("sales_%d.csv", h.orders+1)
	switch what {
	case "new file":
		h.add(fresh, h.number("orders", 1, 4))
		return
	case "correct":
		*o = h.order(o.id)
	case "cancel":
		o.lines[0] = strings.Replace(o.lines[0], "completed", "cancelled", 1)
	case "delete":
		h.files[name] = slices.Delete(h.files[name], at, at+1)
		if len(h.files[name]) == 0 {
			return // no more than the header: load would keep what it has
		}
	case "move":
		o.customer = h.number("customer", 0, shopCustomers)
	case "again elsewhere":
		h.orders++
		h.files[fresh] = []order{h.order(o.id)}
		h.save(fresh)
		return
	case "vanish":
		if err := os.Remove(filepath.Join(h.dir, name)); err != nil && !os.IsNotExist(err) {
			h.t.Fatal(err)
		}
		delete(h.files, name)
		if len(h.files) == 0 {
			h.add(fresh, 3)
		}
		return
	case "category":
		h.products()
		return
	}
	h.save(name)
}

func (h *history) load() {
	if _, err := h.loader.Load(context.Background(), h.db, calendar.Date{}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *history) build() model.Result {
	r := &model.Runner{Set: h.set, Params: model.Params{"as_of": "2026-07-01"}}
	result, err := r.Build(context.Background(), h.db, model.Core, model.Rollups)
	if err != nil {
		h.t.Fatal(err)
	}
	return result
}

// compare holds every rollup against its SELECT.
func (h *history) compare() {
	for _, m := range h.set.Models() {
		if m.Schema != model.Rollups {
			continue
		}
		table := warehouse.Table(m.Table())
		var missing, surplus int
		err := h.db.One(context.Background(), "with whole as (\n"+m.Text+"\n) select (select count(*) from (from whole except all from "+table+
			")), (select count(*) from (from "+table+" except all from whole))", nil, &missing, &surplus)
		if err != nil {
			h.t.Fatal(err)
		}
		if missing+surplus > 0 {
			h.t.Fatalf("%s: %d rows are missing, %d should not be there", m.Table(), missing, surplus)
		}
	}
}
