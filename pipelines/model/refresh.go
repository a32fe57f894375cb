package model

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// refresh builds rollups again for the keys whose lines have changed, in the transaction of a build. Whole keys are
// taken out and put in again, never differences of sums: cancellations and late lines come out right by themselves.
//
// A rollup is built whole where its table is not there or was built from another text, where load does not know what has
// changed, where a rollup that it reads is built whole, and where so many keys were touched that it costs less.
type refresh struct {
	on  session
	set *Set
	// known is what earlier builds made, nil where the warehouse does not remember.
	known map[string]built
	// existing are the tables that there were before the build, rows how many rows the known ones have.
	existing map[string]bool
	rows     map[string]int64
	// before are the followed tables whose columns were put aside as they stood.
	before map[string]bool
	keys   map[string]touched // by what models write as rebuild
	// renewed are the rollups that were built by key.
	renewed map[string]bool
	// temporary are the tables to drop at the end.
	temporary []string
}

// touched is what has changed by one kind of key.
type touched struct {
	known bool // what has changed; else everything may have
	count int64
}

// muchTouched is the share of keys from which on the whole is built: looking for the lines of single keys is a pass over
// all lines, and replacing rows costs more than writing them.
const muchTouched = 0.25

// newRefresh looks at what the warehouse remembers.
func newRefresh(ctx context.Context, on session, set *Set) (*refresh, error) {
	r := &refresh{on: on, set: set, rows: map[string]int64{}, before: map[string]bool{}, keys: map[string]touched{}, renewed: map[string]bool{}}
	var err error
	if r.existing, err = tablesOf(ctx, on); err != nil || !r.existing[builtTable] {
		return r, err
	}
	if r.known, err = readBuilt(ctx, on); err != nil {
		return nil, err
	}
	for table := range r.known {
		if !r.existing[table] {
			continue
		}
		if r.rows[table], err = countRows(ctx, on, table); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// same reports whether a table stands as an earlier build of the same text has left it.
func (r *refresh) same(m Model) bool {
	was, ok := r.known[m.Table()]
	rows, exists := r.rows[m.Table()]
	return m.Rebuild != nil && ok && exists && rows == was.rows && was.fingerprint == r.set.fingerprint(m)
}

// keep puts the columns of a table that rollups follow aside, before the table itself is built again.
func (r *refresh) keep(ctx context.Context, table string) error {
	var columns []string
	for _, m := range r.set.models {
		if f, ok := m.follow(table); ok && r.same(m) {
			columns = append(columns, f.Columns...)
		}
	}
	if columns == nil || !r.existing[table] {
		return nil
	}
	slices.Sort(columns)
	r.before[table] = true
	return r.temp(ctx, beforeName(table), "select "+identList(slices.Compact(columns), "")+" from "+warehouse.Table(table))
}

// may reports whether a rollup can be built by key, and finds what has changed where nobody has asked yet.
func (r *refresh) may(ctx context.Context, m Model) (bool, error) {
	if !r.same(m) {
		return false, nil
	}
	for _, table := range m.Reads {
		if read, ok := r.set.Model(table); ok && read.Rebuild != nil && !r.renewed[table] {
			return false, nil
		}
	}
	for _, f := range m.Follows {
		if !r.before[f.Table] {
			return false, nil
		}
	}
	by := m.rebuildBy()
	t, asked := r.keys[by]
	if !asked {
		var err error
		if t, err = r.find(ctx, m); err != nil {
			return false, fmt.Errorf("find what has changed by %s: %w", by, err)
		}
		r.keys[by] = t
	}
	return t.known, nil
}

// find writes the touched keys and their lines into temporary tables.
func (r *refresh) find(ctx context.Context, m Model) (touched, error) {
	by, key := m.rebuildBy(), rebuildKeys[m.rebuildBy()]
	list := identList(m.Rebuild, "")
	without := strings.ReplaceAll(list, ",", " is null or ") + " is null"
	var everything bool
	if err := r.on.One(ctx, "select count(*) > 0 from "+key.changes+" where "+without, nil, &everything); err != nil || everything {
		return touched{}, err
	}
	parts := "select " + list + " from " + key.changes
	for _, other := range r.set.models {
		for _, f := range other.Follows {
			if other.rebuildBy() == by && r.before[f.Table] {
				found := warehouse.Ident(f.Columns[0])
				parts += " union select " + key.ofLine() + " from " + salesTable + " as lines semi join (" + changedRows(f) + ") as changed on lines." + found + " = changed." + found
			}
		}
	}
	if err := r.temp(ctx, touchedName(by), "select "+list+" from ("+parts+") as keys ("+list+") where not ("+without+")"); err != nil {
		return touched{}, err
	}
	t := touched{known: true}
	var all int64
	if err := r.on.One(ctx, "select (select count(*) from "+tempTable(touchedName(by))+"), ("+key.countOf(m)+")", nil, &t.count, &all); err != nil {
		return touched{}, err
	}
	if float64(t.count) > muchTouched*float64(all) {
		return touched{}, nil
	}
	return t, r.temp(ctx, linesName(by), "select "+identList(r.lineColumns(by), "lines.")+" from "+salesTable+" as lines semi join "+
		tempTable(touchedName(by))+" as touched on "+key.matches(m.Rebuild))
}

// lineColumns are the columns of core.sales that the rollups of a key name: reading is most of the cost.
func (r *refresh) lineColumns(by string) []string {
	columns, _ := r.set.Columns(salesTable)
	var list []string
	for _, c := range columns {
		if slices.ContainsFunc(r.set.models, func(m Model) bool {
			return m.rebuildBy() == by && slices.Contains(m.Reads, salesTable) && m.names(c.Name)
		}) {
			list = append(list, c.Name)
		}
	}
	return list
}

// names reports whether a SELECT may read a column of that name.
func (m Model) names(column string) bool {
	return m.star || slices.ContainsFunc(m.named, func(ref warehouse.ColumnRef) bool {
		return strings.EqualFold(ref.Names[len(ref.Names)-1], column)
	})
}

// build replaces the rows of the touched keys, and leaves them in a temporary table too, for the checks.
func (r *refresh) build(ctx context.Context, m Model) error {
	by := m.rebuildBy()
	instead := map[string]string{salesTable: tempTable(linesName(by))}
	for _, table := range m.Reads {
		if r.renewed[table] {
			instead[table] = tempTable(renewedName(table))
		}
	}
	if err := r.temp(ctx, renewedName(m.Table()), m.reading(instead)); err != nil {
		return m.locate(err, 1)
	}
	match := make([]string, len(m.Rebuild))
	for i, column := range m.Rebuild {
		match[i] = "kept." + warehouse.Ident(column) + " = touched." + warehouse.Ident(column)
	}
	on, keys := strings.Join(match, " and "), tempTable(touchedName(by))
	var strange int64
	if err := r.on.One(ctx, "select count(*) from "+tempTable(renewedName(m.Table()))+" as kept anti join "+keys+" as touched on "+on, nil, &strange); err != nil {
		return fmt.Errorf("build %s: %w", m.Table(), err)
	}
	if strange > 0 {
		return position.Faults{m.fault(m.rebuildAt, "take out the line `rebuild:`", "got %d rows of a %s that no line has", strange, by)}
	}
	columns := make([]string, len(m.Columns))
	for i, c := range m.Columns {
		columns[i] = c.Name
	}
	list := identList(columns, "")
	for _, step := range []string{
		"delete from " + warehouse.Table(m.Table()) + " as kept using " + keys + " as touched where " + on,
		"insert into " + warehouse.Table(m.Table()) + " (" + list + ") select " + list + " from " + tempTable(renewedName(m.Table())),
	} {
		if _, err := r.on.Exec(ctx, step); err != nil {
			return fmt.Errorf("build %s: %w", m.Table(), err)
		}
	}
	r.renewed[m.Table()] = true
	return nil
}

// finish remembers what was built, and where every rollup was, forgets what had changed.
func (r *refresh) finish(ctx context.Context, models []Model) error {
	for _, name := range r.temporary {
		if _, err := r.on.Exec(ctx, "drop table if exists "+tempTable(name)); err != nil {
			return fmt.Errorf("drop %s: %w", name, err)
		}
	}
	if r.known == nil {
		return nil
	}
	all, err := r.disown(ctx, models)
	if err != nil {
		return err
	}
	for _, m := range models {
		if m.Rebuild == nil {
			continue
		}
		rows, err := countRows(ctx, r.on, m.Table())
		if err != nil {
			return err
		}
		if err := writeBuilt(ctx, r.on, m.Table(), built{r.set.fingerprint(m), rows}); err != nil {
			return err
		}
	}
	if !all {
		return nil
	}
	for _, by := range sortedKeys(rebuildKeys) {
		if _, err := r.on.Exec(ctx, "delete from "+rebuildKeys[by].changes); err != nil {
			return fmt.Errorf("forget what has changed: %w", err)
		}
	}
	return nil
}

// disown forgets the rollups that were not built with what they read or follow: the next build makes them whole. It
// reports whether every rollup was built.
func (r *refresh) disown(ctx context.Context, models []Model) (all bool, err error) {
	wasBuilt := map[string]bool{}
	for _, m := range models {
		wasBuilt[m.Table()] = true
	}
	all = true
	for _, m := range r.set.models {
		if m.Rebuild == nil || wasBuilt[m.Table()] {
			continue
		}
		all = false
		if !slices.ContainsFunc(m.Reads, func(table string) bool { return wasBuilt[table] }) {
			continue
		}
		if _, err := r.on.Exec(ctx, "delete from "+builtTable+" where table_name = $table", warehouse.Named("table", m.Table())); err != nil {
			return false, fmt.Errorf("write %s: %w", builtTable, err)
		}
	}
	return all, nil
}

// keepsReferences reports whether the rows that were not built again still find what they refer to: keys of the
// contract are never taken back, and of a followed table nothing is missing that was there.
func (r *refresh) keepsReferences(ctx context.Context, m Model, c Column) (bool, error) {
	if _, isContract := r.set.contract[c.Ref.Table]; isContract {
		return true, nil
	}
	f, ok := m.follow(c.Ref.Table)
	if !ok || !slices.Contains(f.Columns, c.Ref.Column) {
		return false, nil
	}
	var missing int64
	column := warehouse.Ident(c.Ref.Column)
	err := r.on.One(ctx, "select count(*) from (select "+column+" from "+tempTable(beforeName(f.Table))+" except select "+column+" from "+warehouse.Table(f.Table)+")", nil, &missing)
	return missing == 0, err
}

// temp makes a temporary table; the query begins in its second line.
func (r *refresh) temp(ctx context.Context, name, query string) error {
	r.temporary = append(r.temporary, name)
	_, err := r.on.Exec(ctx, "create or replace temp table "+warehouse.Ident(name)+" as\n"+query)
	return err
}

// The temporary tables of a build.

func touchedName(by string) string    { return "touched " + by }
func linesName(by string) string      { return "lines by " + by }
func beforeName(table string) string  { return table + " (before)" }
func renewedName(table string) string { return table + " (renewed)" }

func tempTable(name string) string { return "temp." + warehouse.Ident(name) }

// changedRows is a SELECT of the keys of a followed table whose columns are not what they were.
func changedRows(f Follow) string {
	list := identList(f.Columns, "")
	was, is := "(select "+list+" from "+tempTable(beforeName(f.Table))+")", "(select "+list+" from "+warehouse.Table(f.Table)+")"
	return "select " + warehouse.Ident(f.Columns[0]) + " from ((" + was + " except " + is + ") union all (" + is + " except " + was + "))"
}

// identList is a list of quoted names, each behind a prefix.
func identList(names []string, prefix string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = prefix + warehouse.Ident(n)
	}
	return strings.Join(quoted, ", ")
}
