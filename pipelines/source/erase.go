package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tokui/tokui/internal/warehouse"
)

// Forgotten is who has been erased. Load leaves their rows out, so that the next export does not bring them back; Erase
// takes them out of the copies. They are named by the keyed hashes of edition.Keys under Seed.
type Forgotten struct {
	Seed string
	// Contacts, Customers and Addresses are keyed hashes: of contacts, of customers who are persons, of e-mail addresses.
	Contacts, Customers, Addresses []string
	// Texts are the person's names and addresses in plain, which only an erasure under way knows: they are blanked in
	// notes and in rejected rows.
	Texts []string
}

func (f Forgotten) empty() bool {
	return len(f.Contacts)+len(f.Customers)+len(f.Addresses)+len(f.Texts) == 0
}

// erasedText takes the place of a text that named the person.
const erasedText = "(erased)"

func (f Forgotten) among(key string, keys []string) string {
	if len(keys) == 0 {
		return "false"
	}
	quoted := make([]string, len(keys))
	for i, k := range keys {
		quoted[i] = warehouse.Literal(k)
	}
	return "coalesce(" + key + " in (" + strings.Join(quoted, ", ") + "), false)"
}

func (f Forgotten) key(kind, expression string) string {
	return "left(sha256(" + warehouse.Literal(f.Seed+":"+kind+":") + " || " + expression + "), 32)"
}

func (f Forgotten) contact(column string) string {
	return f.among(f.key("contact", column), f.Contacts)
}

func (f Forgotten) customer(column string) string {
	return f.among(f.key("contact", column), f.Customers)
}

func (f Forgotten) address(column string) string {
	return f.among(f.key("address", "lower(trim("+column+"))"), f.Addresses)
}

// names is SQL that tells whether a text names the person: by what it is known as, or by a cell or an address in it
// whose hash is theirs.
func (f Forgotten) names(text string) string {
	var parts []string
	for _, t := range f.Texts {
		parts = append(parts, "contains(lower("+text+"), lower("+warehouse.Literal(t)+"))")
	}
	cell := "list_transform(regexp_split_to_array(" + text + `, '[,;|\t\r\n"]+'), lambda cell: trim(cell))`
	for _, keys := range [][]string{f.Contacts, f.Customers} {
		if len(keys) > 0 {
			parts = append(parts, "list_bool_or(list_transform("+cell+", lambda id: "+f.among(f.key("contact", "id"), keys)+"))")
		}
	}
	if len(f.Addresses) > 0 {
		parts = append(parts, "list_bool_or(list_transform(regexp_extract_all("+text+`, '[^\s,;|<>()"]+@[^\s,;|<>()"]+'), lambda a: `+f.address("a")+"))")
	}
	if parts == nil {
		return "false"
	}
	return "coalesce(" + strings.Join(parts, " or ") + ", false)"
}

// scrubbed is what a table's rows become: which are dropped, and what columns of the others are replaced by.
func (f Forgotten) scrubbed(name string) (drop string, replace map[string]string) {
	note := func(column string) string {
		return "case when " + f.names(column) + " then " + warehouse.Literal(erasedText) + " else " + column + " end"
	}
	switch name {
	case "contacts":
		return f.contact("contact_id") + " or " + f.address("email"), nil
	case "consents", "interests":
		return f.contact("contact_id"), nil
	case "customers":
		// a company stays, without the person's address; a person's sales stay under the customer's number alone
		return f.customer("customer_id"), map[string]string{
			"email":     "case when " + f.address("email") + " then null else email end",
			"situation": note("situation"), "goal": note("goal"), "strategy": note("strategy"), "attributes": note("attributes"),
		}
	case "interactions", "deals":
		mine := f.contact("contact_id")
		return mine + " and customer_id is null", map[string]string{
			"contact_id": "case when " + mine + " then null else contact_id end",
			"note":       "case when " + mine + " then null else " + note("note") + " end",
		}
	case "reject":
		return "false", map[string]string{"value": note("value"), "reason": note("reason"), "row_text": note("row_text")}
	}
	return "false", nil
}

// scrub writes the rows of a Parquet file without the person to a new file beside it; "" where there is nothing of them.
func (f Forgotten) scrub(ctx context.Context, db *warehouse.DB, name, path, tmp string) (fresh string, removed, changed int64, err error) {
	drop, replace := f.scrubbed(name)
	columns := map[string]bool{}
	rows, err := db.Query(ctx, "select column_name from (describe select * from read_parquet("+warehouse.Literal(path)+"))")
	if err != nil {
		return "", 0, 0, fmt.Errorf("look into %s: %w", path, err)
	}
	for rows.Next() {
		var column string
		if err := rows.Scan(&column); err != nil {
			return "", 0, 0, errors.Join(err, rows.Close())
		}
		columns[column] = true
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return "", 0, 0, fmt.Errorf("look into %s: %w", path, err)
	}
	var replaced, differs []string
	for _, column := range sortedKeys(replace) {
		if columns[column] {
			replaced = append(replaced, replace[column]+" as "+warehouse.Ident(column))
			differs = append(differs, "("+replace[column]+") is distinct from "+warehouse.Ident(column))
		}
	}
	change := "false"
	if differs != nil {
		change = strings.Join(differs, " or ")
	}
	from := " from read_parquet(" + warehouse.Literal(path) + ")"
	err = db.One(ctx, "select count(*) filter ("+drop+"), count(*) filter (not ("+drop+") and ("+change+"))"+from, nil, &removed, &changed)
	if err != nil || removed+changed == 0 {
		if err != nil {
			err = fmt.Errorf("look for the person in %s: %w", path, err)
		}
		return "", removed, changed, err
	}
	all := "*"
	if replaced != nil {
		all = "* replace (" + strings.Join(replaced, ", ") + ")"
	}
	if fresh, err = tempName(tmp, "load-*.parquet"); err != nil {
		return "", 0, 0, err
	}
	_, err = db.Exec(ctx, "copy (select "+all+from+" where not ("+drop+")) to "+warehouse.Literal(fresh)+" (format parquet, compression zstd)")
	if err != nil {
		return "", 0, 0, errors.Join(fmt.Errorf("write %s without the person: %w", path, err), os.Remove(fresh))
	}
	return fresh, removed, changed, nil
}

// leaveOut takes the rows of those who were erased out of what was just read.
func (r *reading) leaveOut(ctx context.Context, got *converted) error {
	f := r.loader.Forgotten
	if f.empty() {
		return nil
	}
	for _, file := range []struct {
		name string
		path *string
	}{{r.source.table(), &got.rows}, {"reject", &got.rejects}} {
		if *file.path == "" {
			continue
		}
		fresh, removed, _, err := f.scrub(ctx, r.conv.db, file.name, *file.path, r.conv.tmp)
		if err != nil {
			return err
		}
		if fresh == "" {
			continue
		}
		if err := os.Remove(*file.path); err != nil {
			return err
		}
		*file.path = fresh
		got.read, got.kept = got.read-removed, got.kept-removed
		r.leftOut += removed
	}
	for i := range got.samples {
		got.samples[i].Text = "" // may be theirs; the place is told all the same
	}
	return nil
}

// Erased is what an erasure did to one file.
type Erased struct {
	File             string
	Removed, Changed int64
}

// Erase takes people out of every copy, and out of the rejected rows. db is any warehouse: it only reads and writes
// Parquet. Where dry is set, it says what it would do. It may be repeated after a kill: each copy is replaced whole.
func (l *Loader) Erase(ctx context.Context, db *warehouse.DB, f Forgotten, dry bool) (erased []Erased, err error) {
	st := store{filepath.Join(l.DataDir, "copies")}
	release, err := st.lock()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, release()) }()
	m, err := st.read()
	if err != nil {
		return nil, err
	}
	tmp := filepath.Join(l.DataDir, "tmp")
	if err := os.MkdirAll(tmp, 0o700); err != nil {
		return nil, fmt.Errorf("erase from copies: %w", err)
	}
	if !dry { // what no manifest names may be theirs too
		if err := errors.Join(st.sweep(m), l.clearTemp()); err != nil {
			return nil, fmt.Errorf("erase from copies: %w", err)
		}
	}
	for _, list := range [][]loaded{m.Files, m.Replaced} {
		for i := range list {
			if err := ctx.Err(); err != nil {
				return erased, err
			}
			one, err := l.eraseFrom(ctx, db, st, &list[i], f, tmp, dry)
			if err != nil {
				return erased, err
			}
			erased = append(erased, one...)
		}
	}
	if dry {
		return erased, nil
	}
	return erased, st.write(m)
}

func (l *Loader) eraseFrom(ctx context.Context, db *warehouse.DB, st store, c *loaded, f Forgotten, tmp string, dry bool) ([]Erased, error) {
	var erased []Erased
	for _, file := range []struct{ name, rel string }{{c.Table, c.Rows}, {"reject", c.Rejects}} {
		if file.rel == "" {
			continue
		}
		if drop, replace := f.scrubbed(file.name); drop == "false" && replace == nil {
			continue
		}
		if _, err := os.Stat(st.path(file.rel)); errors.Is(err, os.ErrNotExist) {
			continue
		}
		fresh, removed, changed, err := f.scrub(ctx, db, file.name, st.path(file.rel), tmp)
		if err != nil {
			return erased, err
		}
		if fresh != "" {
			erased = append(erased, Erased{File: "copies/" + file.rel, Removed: removed, Changed: changed})
			if dry {
				err = os.Remove(fresh)
			} else {
				err = st.place(fresh, file.rel)
			}
			if err != nil {
				return erased, fmt.Errorf("erase from copies: %w", err)
			}
		}
		if file.name == "reject" || dry {
			continue
		}
		// counted, not subtracted: a kill may have come between a copy and its count
		err = db.One(ctx, "select count(*) from read_parquet("+warehouse.Literal(st.path(file.rel))+")", nil, &c.Kept)
		if err != nil {
			return erased, fmt.Errorf("erase from copies: %w", err)
		}
		c.Read = c.Kept + c.Rejected
	}
	return erased, nil
}

// Person is what the copies know of somebody.
type Person struct {
	ContactIDs, CustomerIDs, Names, Addresses []string
	// Employers are the customers that their contacts stand at.
	Employers []string
	// Shared are addresses that other contacts have too.
	Shared []string
}

// Find looks a person up by contact id or address in every copy, superseded rows included. Other contacts with the same
// address are the same person where they have the same name, or none. A customer is the person's
// own where the master says that it is a person, or calls it by the contact's name, and it is theirs.
func (l *Loader) Find(ctx context.Context, db *warehouse.DB, who string) (Person, error) {
	var p Person
	st := store{filepath.Join(l.DataDir, "copies")}
	m, err := st.read()
	if err != nil {
		return p, err
	}
	contacts, customers := findTable(st, m, "contacts"), findTable(st, m, "customers")
	who = strings.TrimSpace(who)
	lists := []struct {
		to    *[]string
		query string
	}{
		{&p.ContactIDs, "select contact_id from mine"},
		{&p.Addresses, "select lower(trim(email)) from mine union select lower(trim(email)) from own"},
		{&p.Names, "select trim(name) from mine union select trim(name) from own union select trim(name_kana) from own"},
		{&p.CustomerIDs, "select customer_id from own"},
		{&p.Employers, "select customer_id from mine"},
		{&p.Shared, `select distinct lower(trim(email)) from contacts where lower(trim(email)) in (select lower(trim(email)) from mine)
			and contact_id not in (select contact_id from mine)`},
	}
	for _, list := range lists {
		rows, err := db.Query(ctx, `
			with contacts as (`+contacts+`), customers as (`+customers+`),
			named as (
				select * from contacts where contact_id = $who or lower(trim(email)) = lower($who)
			),
			-- the same address under the same name, or under none, is the same person: who asked for mail by a form
			mine as (
				select * from contacts
				where
					contact_id in (select contact_id from named)
					or lower(trim(email)) in (select lower(trim(email)) from named)
					and (coalesce(trim(name), '') = '' or trim(name) in (select trim(name) from named))
			),
			own as (
				select * from customers
				where (kind = 'person' or trim(name) in (select trim(name) from mine))
					and (customer_id in (select customer_id from mine) or lower(trim(email)) = lower($who))
			)
			select distinct value from (`+list.query+`) as found(value) where coalesce(value, '') <> '' order by 1`, warehouse.Named("who", who))
		if err != nil {
			return p, fmt.Errorf("look for the person: %w", err)
		}
		for rows.Next() {
			var value string
			if err := rows.Scan(&value); err != nil {
				return p, errors.Join(err, rows.Close())
			}
			*list.to = append(*list.to, value)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return p, fmt.Errorf("look for the person: %w", err)
		}
	}
	return p, nil
}

// findTable is a query of the contract columns of every copy of a table, an empty one where there is none.
func findTable(st store, m manifest, name string) string {
	var paths, columns []string
	for _, c := range slices.Concat(m.Files, m.Replaced) {
		if c.Table == name && st.has(c) {
			paths = append(paths, st.path(c.Rows))
		}
	}
	for _, t := range contract() {
		if t.name == name {
			for _, c := range t.columns {
				columns = append(columns, "null::"+c.typ+" as "+warehouse.Ident(c.name))
			}
		}
	}
	query := "select " + strings.Join(columns, ", ") + " where false"
	if paths != nil {
		query += " union all by name select * from read_parquet(" + pathList(paths) + ", union_by_name = true)"
	}
	return query
}
