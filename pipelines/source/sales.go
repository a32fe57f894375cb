package source

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tokui/tokui/internal/warehouse"
)

// sales keeps core.sales and its dictionaries: anew where the warehouse is, else the orders that the changed files hold
// or held, and of these only the ones that came out different.
type sales struct {
	*publisher
	tx    *warehouse.Tx
	files []loaded // of the manifest, in load order
	was   state
}

// line lists the columns of core.sales that come from a file, besides line_no.
const lineColumns = `order_id, line_no, customer_id, product_id, ordered_on, quantity, amount, cost, status, customer_key, product_key, is_first_line`

func (s *sales) run(ctx context.Context, anew bool, changed map[string]bool) (published, error) {
	res := published{superseded: map[string]int64{"sales": s.was.superseded}}
	// Keys depend on the masters too; with a last day they are numbered anew.
	if !anew && !changed["sales"] && !changed["customers"] && !changed["products"] {
		return res, s.noteLoad(ctx, s.was.superseded)
	}
	old, found := s.replaced()
	res.rebuilt = anew || !found || !s.before.IsZero()
	var superseded int64
	var err error
	if res.rebuilt {
		superseded, err = s.rebuild(ctx)
	} else {
		superseded, err = s.update(ctx, old)
	}
	if err != nil {
		return res, fmt.Errorf("keep core.sales: %w", err)
	}
	res.superseded["sales"] = superseded
	if err := s.tx.One(ctx, "select count(distinct customer_key) from raw.change where load_no = $load_no",
		[]any{warehouse.Named("load_no", s.manifest.LoadNo)}, &res.customers); err != nil {
		return res, fmt.Errorf("count touched customers: %w", err)
	}
	return res, s.noteLoad(ctx, superseded)
}

// noteLoad writes raw.load.
func (s *sales) noteLoad(ctx context.Context, superseded int64) error {
	if _, err := s.tx.Exec(ctx, "delete from raw.load"); err != nil {
		return fmt.Errorf("write raw.load: %w", err)
	}
	_, err := s.tx.Exec(ctx, "insert into raw.load (load_no, before_on, superseded_count) select $load_no::integer, $before::date, $superseded::bigint",
		warehouse.Named("load_no", s.manifest.LoadNo), warehouse.Named("before", s.before), warehouse.Named("superseded", superseded))
	if err != nil {
		return fmt.Errorf("write raw.load: %w", err)
	}
	return nil
}

// replaced are the copies that the warehouse holds and the manifest no longer does, and whether they are still there.
func (s *sales) replaced() ([]loaded, bool) {
	now := map[version]bool{}
	for _, c := range s.files {
		now[c.version()] = true
	}
	have := map[version]loaded{}
	for _, list := range [][]loaded{s.manifest.Replaced, s.manifest.Files} {
		for _, c := range list {
			have[c.version()] = c
		}
	}
	var old []loaded
	for v, table := range s.was.files {
		if table != "sales" || now[v] {
			continue
		}
		c, ok := have[v]
		if !ok || !s.store.has(c) {
			return nil, false
		}
		old = append(old, c)
	}
	return old, true
}

// keys brings the dictionaries up to the key files. With a last day, they hold the ids of the lines before it and of the
// masters, numbered anew in the same order. lines is where the lines stand, "" to add what is new only.
func (s *sales) keys(ctx context.Context, lines string) error {
	for _, k := range []struct{ table, key, id, master, path string }{
		{"core.customer_key", "customer_key", "customer_id", "raw.customers", s.manifest.CustomerKeys},
		{"core.product_key", "product_key", "product_id", "raw.products", s.manifest.ProductKeys},
	} {
		if lines != "" {
			if _, err := s.tx.Exec(ctx, "delete from "+k.table); err != nil {
				return err
			}
		}
		if k.path == "" {
			continue
		}
		query := fmt.Sprintf("insert into %[1]s (%[2]s, %[3]s) select key, id from read_parquet(%[4]s) where key > (select coalesce(max(%[2]s), 0) from %[1]s)",
			k.table, k.key, k.id, warehouse.Literal(s.store.path(k.path)))
		if !s.before.IsZero() {
			query = fmt.Sprintf(`insert into %[1]s (%[2]s, %[3]s) select row_number() over (order by key), id from read_parquet(%[4]s)
				where id in (select %[3]s from %[5]s) or id in (select %[3]s from %[6]s)`,
				k.table, k.key, k.id, warehouse.Literal(s.store.path(k.path)), lines, k.master)
		}
		if _, err := s.tx.Exec(ctx, query+" order by all"); err != nil {
			return fmt.Errorf("write %s: %w", k.table, err)
		}
	}
	return nil
}

// fresh is a SELECT of the columns of core.sales, with ordinal and line, over owned lines of files. Where their places are
// known it is one pass that keeps the order of the lines; the sort by order that it spares was a third of a load.
func (s *sales) fresh(owned string, files []loaded) string {
	placed, rejects := true, []string{}
	for _, c := range files {
		placed = placed && c.Placed
		if c.Rejected > 0 || c.Apart > 0 {
			rejects = append(rejects, s.store.path(c.Rows))
		}
	}
	if placed {
		first, late := "1", ""
		if len(rejects) > 0 { // of some orders the first line was rejected, or is none of goods
			first = "coalesce(f.first, 1)"
			late = " left join (select order_id, filename, min(place) as first from read_parquet(" + pathList(rejects) +
				", filename = true) where line_type = 'goods' group by all having min(place) > 1) as f on f.order_id = l.order_id and f.filename = l.filename"
		}
		return `select l.order_id, coalesce(l.line_no, l.place) as line_no, l.customer_id, l.product_id, ordered_on, quantity, amount, cost,
			status, customer_key, product_key, place = ` + first + ` as is_first_line, ordinal, line
		from ` + owned + ` as l
		left join core.customer_key as c on c.customer_id = l.customer_id
		left join core.product_key as p on p.product_id = l.product_id` + late
	}
	return `select order_id, coalesce(line_no, place, number) as line_no, customer_id, product_id, ordered_on, quantity, amount, cost,
		status, customer_key, product_key, number = 1 as is_first_line, ordinal, line
	from (
		select l.*, c.customer_key, p.product_key,
			(row_number() over (partition by l.order_id order by l.place, l.line_no, l.line))::integer as number
		from ` + owned + ` as l
		left join core.customer_key as c using (customer_id)
		left join core.product_key as p using (product_id)
	)`
}

// rebuild writes every line anew and notes everybody as touched. It returns how many lines are superseded.
func (s *sales) rebuild(ctx context.Context) (int64, error) {
	if err := s.noteAll(ctx); err != nil {
		return 0, err
	}
	if _, err := s.tx.Exec(ctx, "delete from core.sales"); err != nil {
		return 0, err
	}
	if len(s.files) == 0 {
		return 0, s.keys(ctx, "(select null::varchar as customer_id, null::varchar as product_id)")
	}
	from := s.goods(s.files, s.files)
	var superseded int64
	owned := from
	if len(s.files) > 1 {
		// Only the orders that several files hold need an owner; they are few.
		if _, err := s.tx.Exec(ctx, "create or replace temp table contested as select order_id, max(ordinal) as owner from "+from+
			" group by order_id having min(ordinal) <> max(ordinal)"); err != nil {
			return 0, err
		}
		owned = "(select l.* from " + from + " as l left join contested as o using (order_id) where o.owner is null or o.owner = l.ordinal)"
		if err := s.tx.One(ctx, "select count(*) from "+from+" as l join contested as o using (order_id) where o.owner <> l.ordinal", nil, &superseded); err != nil {
			return 0, err
		}
	}
	if !s.before.IsZero() {
		owned = "(from " + owned + " where ordered_on < date " + warehouse.Literal(s.before.String()) + ")"
	}
	if err := s.keys(ctx, owned); err != nil {
		return 0, err
	}
	sorted := " order by ordinal, line"
	if !slices.ContainsFunc(s.files, func(c loaded) bool { return !c.Placed }) {
		sorted = "" // the lines come in this order as it is
	}
	if _, err := s.tx.Exec(ctx, "insert into core.sales ("+lineColumns+") select "+lineColumns+" from ("+s.fresh(owned, s.files)+")"+sorted); err != nil {
		return 0, err
	}
	if len(s.files) > 1 {
		if _, err := s.tx.Exec(ctx, "drop table temp.contested"); err != nil {
			return 0, err
		}
	}
	return superseded, nil
}

// goods is a FROM clause over the lines of goods of some of all files: tax, shipping and the like stand apart, in raw.sales.
func (s *sales) goods(all, some []loaded) string {
	from := copies(s.store, all, some)
	if !slices.ContainsFunc(some, func(c loaded) bool { return c.Apart > 0 }) {
		return from
	}
	return "(from " + from + " where coalesce(line_type, 'goods') = 'goods')"
}

// noteAll notes that every customer and every product is touched: nothing that was noted before says more.
func (s *sales) noteAll(ctx context.Context) error {
	if _, err := s.tx.Exec(ctx, "delete from raw.change; delete from raw.change_month"); err != nil {
		return err
	}
	if _, err := s.tx.Exec(ctx, "insert into raw.change select null, $load_no::integer", warehouse.Named("load_no", s.manifest.LoadNo)); err != nil {
		return err
	}
	_, err := s.tx.Exec(ctx, "insert into raw.change_month select null, null, $load_no::integer", warehouse.Named("load_no", s.manifest.LoadNo))
	return err
}

// noteChange notes whose some lines are, and of what product and month, each once a load.
func (s *sales) noteChange(ctx context.Context, lines string) error {
	for _, note := range []struct{ table, key, known string }{
		{"raw.change", "customer_key", "customer_key is not null"},
		{"raw.change_month", "product_key, date_trunc('month', ordered_on)::date", "product_key is not null"},
	} {
		_, err := s.tx.Exec(ctx, "insert into "+note.table+" select distinct "+note.key+", $load_no::integer from "+lines+
			" where "+note.known+" except from "+note.table+" order by all", warehouse.Named("load_no", s.manifest.LoadNo))
		if err != nil {
			return err
		}
	}
	return nil
}

// update replaces the orders that differ. old are the replaced copies. It returns how many lines are superseded.
func (s *sales) update(ctx context.Context, old []loaded) (int64, error) {
	if err := s.keys(ctx, ""); err != nil { // new ids only: a key never changes
		return 0, err
	}
	var fresh []loaded
	var kept int64
	for _, c := range s.files {
		kept += c.Kept - c.Apart
		if _, known := s.was.files[c.version()]; !known {
			fresh = append(fresh, c)
		}
	}
	if len(fresh)+len(old) == 0 {
		return s.superseded(ctx, kept)
	}
	orders := func(list []string) string {
		if len(list) == 0 {
			return "(select null::varchar as order_id where false)"
		}
		return "(select order_id from read_parquet(" + pathList(list) + "))"
	}
	// A file that was read now is newer than one that was not, so the orders in it need no look at the others; those
	// that it no longer holds go back to the newest other file that does.
	inNew := "(select null::varchar as order_id, 0 as ordinal where false)"
	inAny := inNew
	if len(s.files) > 0 {
		inAny = copies(s.store, s.files, s.files)
	}
	if len(fresh) > 0 {
		inNew = copies(s.store, s.files, fresh)
	}
	steps := []string{
		"create or replace temp table new_order as select order_id, max(ordinal) as owner from " + inNew + " group by order_id",
		"create or replace temp table gone as select distinct order_id from " + orders(s.store.copyPaths(old)) + " anti join new_order using (order_id)",
		"insert into new_order select order_id, max(ordinal) from " + inAny + " semi join gone using (order_id) group by order_id",
		"create or replace temp table touched as select order_id from new_order union select order_id from gone",
	}
	for _, step := range steps {
		if _, err := s.tx.Exec(ctx, step); err != nil {
			return 0, err
		}
	}
	owners, err := s.owners(ctx)
	if err != nil {
		return 0, err
	}
	if err := s.replaceOrders(ctx, owners); err != nil {
		return 0, err
	}
	return s.superseded(ctx, kept)
}

// owners are the files that own an order of new_order: the others need not be read, and they are nearly all.
func (s *sales) owners(ctx context.Context) ([]loaded, error) {
	rows, err := s.tx.Query(ctx, "select distinct owner from new_order order by owner")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var owners []loaded
	for rows.Next() {
		var ordinal int
		if err := rows.Scan(&ordinal); err != nil {
			return nil, err
		}
		owners = append(owners, s.files[ordinal-1])
	}
	return owners, rows.Err()
}

func (s *sales) superseded(ctx context.Context, kept int64) (int64, error) {
	var shown int64
	err := s.tx.One(ctx, "select count(*) from core.sales", nil, &shown)
	return kept - shown, err
}

// replaceOrders compares the touched orders with what core.sales has of them, by a sum of hashes of their lines, and
// replaces those that differ. So a system that exports its whole history every night touches only what has changed.
func (s *sales) replaceOrders(ctx context.Context, files []loaded) error {
	from := "(select null::varchar as order_id, 0 as ordinal where false)"
	if len(files) > 0 {
		from = s.goods(s.files, files)
	}
	owned := "(select l.* from " + from + " as l join new_order as o on o.order_id = l.order_id and o.owner = l.ordinal)"
	lines := "select " + lineColumns + ", ordinal, line from (" + s.fresh(owned, files) + ")"
	if len(files) == 0 {
		lines = "select " + lineColumns + ", 0 as ordinal, 0 as line from core.sales where false"
	}
	digest := "select order_id, count(*) as lines, sum(hash(" + lineColumns + ")::hugeint) as digest from "
	for _, step := range []string{
		"create or replace temp table fresh as " + lines,
		"create or replace temp table differing as select coalesce(n.order_id, o.order_id) as order_id from (" +
			digest + "fresh group by order_id) as n full join (" +
			digest + "core.sales semi join touched using (order_id) group by order_id) as o using (order_id)" +
			" where n.lines is distinct from o.lines or n.digest is distinct from o.digest",
	} {
		if _, err := s.tx.Exec(ctx, step); err != nil {
			return err
		}
	}
	if err := s.noteChange(ctx, "(select customer_key, product_key, ordered_on from core.sales semi join differing using (order_id) union all select customer_key, product_key, ordered_on from fresh semi join differing using (order_id))"); err != nil {
		return err
	}
	for _, step := range []string{
		"delete from core.sales where order_id in (select order_id from differing)",
		"insert into core.sales (" + lineColumns + ") select " + lineColumns + " from fresh semi join differing using (order_id) order by ordinal, line",
	} {
		if _, err := s.tx.Exec(ctx, step); err != nil {
			return err
		}
	}
	for _, name := range strings.Fields("new_order gone touched fresh differing") {
		if _, err := s.tx.Exec(ctx, "drop table temp."+name); err != nil {
			return err
		}
	}
	return nil
}
