package source

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/warehouse"
)

// killDir names the company's folder to the process that is to be killed.
const killDir = "TOKUI_TEST_KILL_DIR"

// killVersion writes every file of version v: amounts say which version a line is of, one order in seven moves between
// the files, and each version has customers of its own.
func killVersion(b *bench, v int) {
	const orders = 12_000
	for file := range 3 {
		var text bytes.Buffer
		text.WriteString(salesHeader)
		for i := range orders {
			order := fmt.Sprintf("%d-%d", file, i)
			if i%7 == v%7 {
				order = fmt.Sprintf("shared-%d", i)
			}
			text.WriteString(line(order, fmt.Sprintf("C%d", (i*31+v*17)%900+v), "2026-04-01", fmt.Sprint(v)))
		}
		b.write(fmt.Sprintf("sales_%d.csv", file), text.String())
	}
	b.write("customers.csv", fmt.Sprintf("id,name\nC%d,of version %d\n", v, v))
}

// fileWarehouse opens the bench's warehouse as a file, made at need.
func (b *bench) fileWarehouse() {
	b.t.Helper()
	if err := os.MkdirAll(b.loader.DataDir, 0o700); err != nil {
		b.t.Fatal(err)
	}
	path := filepath.Join(b.loader.DataDir, "tokui.duckdb")
	_, missing := os.Stat(path)
	db, err := warehouse.Open(context.Background(), warehouse.Options{Path: path})
	if err != nil {
		b.t.Fatal(err)
	}
	b.db = db
	if missing != nil {
		b.contract()
	}
}

// TestKilledLoadChild is the process that TestKilledLoad kills. It says when its load begins.
func TestKilledLoadChild(t *testing.T) {
	dir := os.Getenv(killDir)
	if dir == "" {
		t.Skip("runs within TestKilledLoad")
	}
	b := &bench{t: t, dir: dir, loader: &Loader{Dir: dir, DataDir: filepath.Join(dir, "var"), Timezone: "Asia/Tokyo",
		Sources: []Source{salesSource(), customersSource()}}}
	b.fileWarehouse()
	fmt.Println("loading")
	if _, err := b.loader.Load(context.Background(), b.db, calendar.Date{}); err != nil {
		t.Fatal(err)
	}
	if err := b.db.Close(); err != nil {
		t.Fatal(err)
	}
}

// killedLoad runs a load in another process and kills it after a time; 0 lets it end. It returns how long the load took.
func killedLoad(t *testing.T, dir string, after time.Duration) (took time.Duration, killed bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledLoadChild$")
	cmd.Env = append(os.Environ(), killDir+"="+dir)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewReader(out)
	if text, err := said.ReadString('\n'); text != "loading\n" {
		t.Fatalf("got %q, %v, want the load to begin: %s", text, err, complaint.String())
	}
	start := time.Now()
	if after > 0 {
		timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) // which fails where the load has ended
		defer timer.Stop()
	}
	rest, _ := said.ReadString(0) // to the end
	took = time.Since(start)
	err = cmd.Wait()
	killed = cmd.ProcessState != nil && !cmd.ProcessState.Exited()
	if err != nil && !killed {
		t.Fatalf("load: %v: %s%s", err, rest, complaint.String())
	}
	return took, killed
}

// A load that is killed at any moment leaves the warehouse at one version, whole, and the next load is as good as a first
// one, whatever of the files, the manifest and the transaction the killed one got done.
func TestKilledLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("kills eleven processes")
	}
	b := newBench(t, salesSource(), customersSource())
	killVersion(b, 0)
	killedLoad(t, b.dir, 0)
	killVersion(b, 1)
	whole, _ := killedLoad(t, b.dir, 0)

	const kills = 10
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d; an undisturbed load takes %v", seed, whole)
	have, hits := 1, 0
	for i := range kills {
		v := i + 2
		killVersion(b, v)
		// A random moment of each tenth of the load, and of some time more: loads differ, and the last moments matter most.
		after := time.Duration((float64(i) + random.Float64()) / kills * 1.25 * float64(whole))
		_, killed := killedLoad(t, b.dir, max(after, 1))
		if killed {
			hits++
		}
		b.fileWarehouse()
		var low, high, rows, orders, firsts, noKey int
		err := b.db.One(context.Background(), `select min(amount)::integer, max(amount)::integer, count(*), count(distinct order_id),
			count(*) filter (is_first_line), count(*) filter (customer_key is null or product_key is null) from core.sales`, nil, &low, &high, &rows, &orders, &firsts, &noKey)
		if err != nil {
			t.Fatal(err)
		}
		if low != high || low < have || low > v || rows != orders || firsts != orders || noKey != 0 || !killed && low != v {
			t.Errorf("killed %v after %v: versions %d to %d, want one between %d and %d; %d lines and %d first ones of %d orders, %d without keys",
				killed, after, low, high, have, v, rows, firsts, orders, noKey)
		}
		manifest, err := store{filepath.Join(b.dir, "var/copies")}.read()
		if err != nil {
			t.Error(err)
		}
		t.Logf("killed %v after %v: the warehouse is at version %d of %d, the manifest at load %d", killed, after.Round(time.Millisecond), low, v, manifest.LoadNo)
		have = low
		// The views are of the same version as the table, though their copies are files of their own.
		b.want("select count(*) from (select order_id, amount from raw.sales except select order_id, amount from core.sales)", "0")
		if err := b.db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if hits < kills/2 {
		t.Errorf("%d of %d loads were killed before they ended", hits, kills)
	}

	killedLoad(t, b.dir, 0)
	b.fileWarehouse()
	got := contents(b)
	b.want("select count(*) from raw.reject", "0")
	for _, pattern := range []string{"var/tmp/load-*", "var/copies/*.new"} {
		if left, err := filepath.Glob(filepath.Join(b.dir, pattern)); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
	if copies, err := filepath.Glob(filepath.Join(b.dir, "var/copies/*/*.parquet")); err != nil || len(copies) != 6 {
		t.Errorf("copies: %v, %v, want four files and two of keys", copies, err)
	}
	mine := b.tables()
	if err := b.db.Close(); err != nil {
		t.Fatal(err)
	}

	// A warehouse that was never killed follows the same manifest to the same tables, keys and load numbers included.
	b.db = nil
	b.open()
	b.load()
	if diff := cmp.Diff(mine, b.tables()); diff != "" {
		t.Errorf("a new warehouse over the copies differs (-killed +new):\n%.4000s", diff)
	}
	// A data folder that was never killed holds the same; its keys were given in another order.
	clean := newBench(t, salesSource(), customersSource())
	killVersion(clean, kills+1)
	clean.load()
	if diff := cmp.Diff(contents(clean), got); diff != "" {
		t.Errorf("a clean load differs (-clean +killed):\n%.4000s", diff)
	}
}

// contents are the tables without what depends on how many loads there were, and whether keys are dense and one to one.
func contents(b *bench) map[string][]string {
	b.t.Helper()
	all := map[string][]string{}
	for name, query := range map[string]string{
		"core.sales":    "select * exclude (customer_key, product_key) from core.sales order by all",
		"raw.sales":     "from raw.sales order by all",
		"raw.customers": "from raw.customers order by all",
		"raw.file":      "select * exclude (load_no, modified_at) from raw.file order by all",
		"customer keys": "select min(customer_key), max(customer_key) = count(*), count(*) = count(distinct customer_id) from core.customer_key",
		"key of a line": "select count(*) from core.sales join core.customer_key as k using (customer_id) where k.customer_key <> sales.customer_key",
		"key, no line":  "select count(*) from core.sales where customer_key is null or product_key is null",
	} {
		all[name] = b.rows(query)
	}
	return all
}
