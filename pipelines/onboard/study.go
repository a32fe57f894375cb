package onboard

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// Options are what a study may know beside the files.
type Options struct {
	Words    *Words
	Profiles []Profile
	// Ask puts a question to the user and returns the answer's place among the choices; nil where nobody can be asked.
	Ask func(Question) int
}

// NewOptions reads what is shipped.
func NewOptions() (Options, error) {
	words, err := ReadWords()
	if err != nil {
		return Options{}, err
	}
	profiles, err := ReadProfiles()
	return Options{Words: words, Profiles: profiles}, err
}

// Study reads files whole and says what they are. A file that cannot be used is a problem of the finding and no error.
func Study(paths []string, o Options) (*Finding, error) {
	f := &Finding{}
	for _, path := range paths {
		tables, err := o.read(path)
		var problem *problemError
		switch {
		case errors.As(err, &problem):
			f.Problems = append(f.Problems, fmt.Sprintf("%s: %s", path, problem.text))
		case err != nil:
			return nil, fmt.Errorf("read %s: %w", path, err)
		default:
			f.Tables = append(f.Tables, tables)
		}
	}
	f.plan(o)
	f.link()
	f.ask(o)
	return f, nil
}

// problemError is why a file cannot be used.
type problemError struct{ text string }

func (e *problemError) Error() string { return e.text }

func problemf(format string, args ...any) error { return &problemError{fmt.Sprintf(format, args...)} }

// headBytes is how much of a text the frame is looked for in.
const headBytes = 1 << 20

// read reads one file into a table.
func (o Options) read(path string) (*Table, error) {
	k, member, err := kindOf(path)
	if err != nil {
		return nil, problemf("%v", err)
	}
	t := &Table{File: filepath.ToSlash(path), Path: path, Kind: k}
	switch k {
	case kindParquet:
		return nil, problemf("Parquet names its columns and their types itself: write the source by hand, docs/your-own-data.md shows how")
	case kindOldXLS:
		return nil, problemf("the file is an old Excel workbook (.xls); save it as .xlsx or as CSV UTF-8")
	case kindXLSX:
		return t, o.readSheet(path, t)
	}
	in, err := openText(path, k, member)
	if err != nil {
		return nil, problemf("%v", err)
	}
	t.Bytes, err = readBytes(in)
	if err = errors.Join(err, in.Close()); err != nil {
		return nil, problemf("%v", err)
	}
	if in, err = openText(path, k, member); err != nil {
		return nil, err
	}
	head := make([]byte, headBytes)
	n, err := io.ReadFull(decoded(in, t.Bytes), head)
	if err = errors.Join(ignoreEnd(err), in.Close()); err != nil {
		return nil, err
	}
	t.Frame = findFrame(string(head[:n]), o.Words, o.Profiles)
	if in, err = openText(path, k, member); err != nil {
		return nil, err
	}
	var rows records = newSplitter(decoded(in, t.Bytes), t.Delimiter)
	if p := markedProfile(string(head[:n]), o.Profiles); p != nil {
		t.Delimiter = delimiterRune(p.Delimiter)
		t.Header, t.HeaderLine, t.Preamble, t.Why = slices.Concat(p.Names, p.Records.HeadNames), 0, nil, "as "+p.System+" writes it"
		rows = &headed{in: newSplitter(decoded(in, t.Bytes), t.Delimiter), profile: p}
	}
	err = readTable(rows, t)
	if err = errors.Join(err, in.Close()); err != nil {
		return nil, err
	}
	if t.Rows() == 0 && t.Records == 0 {
		return nil, problemf("the file holds no rows below its header")
	}
	return t, nil
}

// markedProfile finds the system that writes no header and marks the heads of its orders, as the text begins.
func markedProfile(head string, profiles []Profile) *Profile {
	for i, p := range profiles {
		if p.Mark != "" && strings.HasPrefix(head, p.Mark+string(delimiterRune(p.Delimiter))) {
			return &profiles[i]
		}
	}
	return nil
}

// headed puts the head of an order beside each of its lines, for files whose heads have other columns.
type headed struct {
	in      records
	profile *Profile
	head    []string
}

func (h *headed) next() ([]string, int64, bool, error) {
	for {
		fields, line, whole, err := h.in.next()
		if err != nil {
			return nil, line, false, err
		}
		if strings.TrimSpace(fields[0]) == h.profile.Mark {
			h.head = fit(fields, len(h.profile.Records.HeadNames))
			continue
		}
		if blank(fields) {
			return fields, line, whole, nil
		}
		return append(fit(fields, len(h.profile.Names)), fit(h.head, len(h.profile.Records.HeadNames))...), line, whole, nil
	}
}

// fit gives a row so many cells.
func fit(fields []string, n int) []string {
	out := make([]string, n)
	copy(out, fields)
	return out
}

func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// plan makes the sources that the tables feed.
func (f *Finding) plan(o Options) {
	text := ""
	var sales, masters, products []*described
	for _, t := range f.Tables {
		text += strings.Join(t.Header, "") + strings.Join(t.Columns[0].Common(3), "")
		for _, c := range t.Columns {
			text += strings.Join(c.Common(1), "")
		}
		d := describe(t, o)
		switch d.entity {
		case "customers":
			masters = append(masters, d)
		case "products":
			products = append(products, d)
		default:
			sales = append(sales, d)
		}
	}
	f.Japanese = hasJapanese(text)
	for i, d := range joinHeads(sales) {
		p := d.plan
		p.Name, p.Table = numbered("sales", i), "sales"
		d.mapSales()
		f.Sources = append(f.Sources, p)
	}
	for i, d := range masters {
		p := d.plan
		p.Name, p.Table = numbered("customers", i), "customers"
		d.mapTable("customers")
		f.Sources = append(f.Sources, p)
		f.addContacts(d, numbered("contacts", i))
	}
	for i, d := range products {
		p := d.plan
		p.Name, p.Table = numbered("products", i), "products"
		d.mapTable("products")
		f.Sources = append(f.Sources, p)
	}
	for i, d := range sales {
		if d.joined {
			continue
		}
		if len(masters) == 0 {
			f.addFromSales(d, "customers", numbered("customers", i))
			f.addContacts(d, numbered("contacts", i))
		}
		if len(products) == 0 {
			f.addFromSales(d, "products", numbered("products", i))
		}
	}
	for _, p := range f.Sources {
		p.listUnused(f.Sources)
	}
}

func numbered(name string, i int) string {
	if i == 0 {
		return name
	}
	return name + "-" + itoa(i+1)
}

// described is a table, what it is a table of, and the plan of a source over it.
type described struct {
	sheet  *sheet // of the rows as the loader sees them
	raw    *Table
	plan   *SourcePlan
	entity string
	joined bool // it is the heads of another
}

// describe finds profile, shape and entity of a table.
func describe(t *Table, o Options) *described {
	p := &SourcePlan{Of: t, Profile: recognise(t, o.Profiles)}
	raw := newSheet(t, o.Words)
	if c := raw.pick("order_id"); c != nil {
		p.orderColumn = c.Name
	}
	findShape(raw, p)
	d := &described{raw: t, plan: p}
	d.sheet = newSheet(reshape(t, p), o.Words)
	d.entity = d.kind()
	return d
}

// kind says what a table is a table of.
func (d *described) kind() string {
	if p := d.plan.Profile; p != nil {
		for _, entity := range []string{"sales", "customers", "products"} {
			if len(p.Tables[entity]) > 0 {
				return entity
			}
		}
	}
	s := d.sheet
	money := firstOf(s.pick("amount"), s.pick("unit_price"), s.pick("order_total"), s.pick("quantity"), s.pick("goods_total"))
	if s.pick("order_id") != nil && (money != nil || s.pick("ordered_on") != nil) || s.pick("ordered_on") != nil && money != nil {
		return "sales"
	}
	if c := firstOf(s.pick("customer_id"), masterCode(s, true)); c != nil && mostlyUnique(c) && (s.pick("customer_name") != nil || s.pick("kana") != nil || s.pick("email") != nil || masterName(s) != nil) {
		return "customers"
	}
	if c := s.pick("product_id"); c != nil && mostlyUnique(c) {
		return "products"
	}
	return "sales"
}

func mostlyUnique(c *Column) bool { return c.facts.Distinct*100 >= c.Filled()*98 && c.Filled() > 0 }

// masterCode is the column that a master of customers calls plainly code, where the file's name says whose.
func masterCode(s *sheet, customers bool) *Column {
	name := strings.ToLower(filepath.Base(s.File))
	about := strings.Contains(name, "得意先") || strings.Contains(name, "顧客") || strings.Contains(name, "会員") || strings.Contains(name, "customer") || strings.Contains(name, "取引先")
	if !customers || !about {
		return nil
	}
	for _, want := range []string{"コード", "code", "id", "番号", "no"} {
		if c := s.column(want); c != nil && mostlyUnique(c) {
			return c
		}
	}
	return nil
}

// masterName is the column that a master calls plainly name.
func masterName(s *sheet) *Column {
	for _, want := range []string{"名称", "名前", "name", "略称"} {
		if c := s.column(want); c != nil {
			return c
		}
	}
	return nil
}

// joinHeads finds a file of lines whose orders' heads are another file, and joins them for the study.
func joinHeads(sales []*described) []*described {
	for _, lines := range sales {
		key := lines.sheet.pick("order_id")
		if key == nil || lines.sheet.pick("ordered_on") != nil || lines.joined {
			continue
		}
		for _, heads := range sales {
			if heads == lines || heads.joined || heads.sheet.pick("ordered_on") == nil {
				continue
			}
			other := heads.sheet.column(key.Name)
			if other == nil || !mostlyUnique(other) || contained(key, other) < 0.95 {
				continue
			}
			p := lines.plan
			p.Heads, p.HeadsKey = heads.raw, key.Name
			p.ShapeWhy = fmt.Sprintf("lines; their orders are in %s: %.1f %% of %s are found there", heads.raw.File, 100*contained(key, other), key.Name)
			lines.sheet = newSheet(joinTables(lines.sheet.Table, heads.sheet.Table, key, other), lines.sheet.words)
			heads.joined = true
			break
		}
	}
	var rest []*described
	for _, d := range sales {
		if !d.joined {
			rest = append(rest, d)
		}
	}
	return rest
}

// contained is the share of distinct values of a that b has.
func contained(a, b *Column) float64 {
	hits, all := 0, 0
	for id, v := range a.values {
		if v == "" || a.counts[id] == 0 {
			continue
		}
		all++
		if n, ok := b.known[v]; ok && b.counts[n] > 0 {
			hits++
		}
	}
	if all == 0 {
		return 0
	}
	return float64(hits) / float64(all)
}

// joinTables puts the columns of an order beside those of its lines.
func joinTables(lines, heads *Table, key, other *Column) *Table {
	row := map[string]int{}
	for r := range heads.Lines {
		row[other.at(r)] = r
	}
	out := *lines
	out.Columns, out.Header = slices.Clone(lines.Columns), slices.Clone(lines.Header)
	for _, c := range heads.Columns {
		if lines.column(c.Name) != nil {
			continue
		}
		joined := newColumn(c.Name, len(out.Columns))
		for r := range lines.Lines {
			v := ""
			if h, ok := row[key.at(r)]; ok {
				v = c.at(h)
			}
			joined.add(v)
		}
		joined.study()
		out.Columns, out.Header = append(out.Columns, joined), append(out.Header, c.Name)
	}
	return &out
}

// mapSales maps by the profile, else by names and values.
func (d *described) mapSales() {
	if d.plan.Profile != nil && len(d.plan.Profile.Tables["sales"]) > 0 {
		d.mapByProfile("sales")
		return
	}
	planSales(d.sheet, d.plan)
}

// mapTable does the same for a master.
func (d *described) mapTable(table string) {
	if d.plan.Profile != nil && len(d.plan.Profile.Tables[table]) > 0 {
		d.mapByProfile(table)
		return
	}
	d.mapMaster(d.plan, table, nil)
}
