package onboard

import (
	"fmt"
	"slices"
	"strings"
)

// masterRoles are the columns of masters and the roles that feed them, the key first.
func masterRoles(table string) [][2]string {
	switch table {
	case "customers":
		return [][2]string{{"customer_id", "customer_id"}, {"name", "customer_name"}, {"name_kana", "kana"}, {"email", "email"},
			{"phone", "phone"}, {"postal_code", "postal_code"}, {"address", "address"}, {"region", "region"}, {"industry", "industry"},
			{"sales_rep", "sales_rep"}}
	case "products":
		return [][2]string{{"product_id", "product_id"}, {"name", "product_name"}, {"category", "category"}, {"list_price", "list_price"}, {"unit_cost", "unit_cost"}}
	}
	return [][2]string{{"contact_id", "customer_id"}, {"customer_id", "customer_id"}, {"name", "customer_name"}, {"email", "email"},
		{"postal_code", "postal_code"}, {"address", "address"}}
}

// mapMaster maps a master, or the part of a sales file that says the same. key is what stands for its id already.
func (d *described) mapMaster(p *SourcePlan, table string, key *Field) {
	for i, role := range masterRoles(table) {
		if i == 0 && key != nil || role[0] == "customer_id" && key != nil {
			f := *key
			f.Column = role[0]
			p.set(f)
			continue
		}
		c := d.sheet.pick(role[1])
		if i == 0 && c == nil && table == "customers" {
			c = masterCode(d.sheet, true)
		}
		if role[0] == "name" && c == nil && table == "customers" {
			c = masterName(d.sheet)
		}
		if c == nil || table == "products" && role[0] == "name" && key != nil && key.Right == c.Name {
			continue
		}
		f := Field{Column: role[0], Right: c.Name, Sure: Likely, From: []*Column{c}}
		switch {
		case i == 0:
			f.Evidence = append(f.Evidence, describeCode(c))
			if mostlyUnique(c) {
				f.Sure = Certain
			}
		case role[0] == "email":
			f.Sure = Certain
			f.Evidence = append(f.Evidence, fmt.Sprintf("%d addresses, %d different", c.facts.Emails, c.facts.Distinct))
		default:
			f.Evidence = append(f.Evidence, "by its name")
			if c.facts.Empty > 0 {
				f.Evidence = append(f.Evidence, fmt.Sprintf("empty in %d rows", c.facts.Empty))
			}
		}
		p.set(f)
	}
}

// derived is a plan of another table over the same file.
func (d *described) derived(name, table string) *SourcePlan {
	p := *d.plan
	p.Name, p.Table = name, table
	p.Fields, p.Values, p.Notes, p.Unused, p.Dates = nil, nil, nil, nil, nil
	return &p
}

// addFromSales feeds a master from the sales file, where that says more than the number.
func (f *Finding) addFromSales(d *described, table, name string) {
	p := d.derived(name, table)
	if pr := d.plan.Profile; pr != nil {
		if len(pr.Tables[table]) == 0 {
			return
		}
		dd := &described{sheet: d.sheet, raw: d.raw, plan: p}
		dd.mapByProfile(table)
	} else {
		key := d.plan.field(map[string]string{"customers": "customer_id", "products": "product_id"}[table])
		if key == nil || key.Right == "" {
			return
		}
		d.mapMaster(p, table, key)
	}
	if len(p.Fields) > 1 && p.Fields[0].Right != "" {
		f.Sources = append(f.Sources, p)
	}
}

// addContacts feeds the people who can be written to, where there are mail addresses.
func (f *Finding) addContacts(d *described, name string) {
	p := d.derived(name, "contacts")
	if pr := d.plan.Profile; pr != nil {
		if len(pr.Tables["contacts"]) == 0 {
			return
		}
		dd := &described{sheet: d.sheet, raw: d.raw, plan: p}
		dd.mapByProfile("contacts")
	} else {
		key := d.plan.field("customer_id")
		if key == nil || key.Right == "" || d.sheet.pick("email") == nil {
			return
		}
		d.mapMaster(p, "contacts", key)
	}
	if p.mapped("contact_id") && p.mapped("email") {
		f.Sources = append(f.Sources, p)
	}
}

// mapByProfile takes the profile's columns that the file has.
func (d *described) mapByProfile(table string) {
	p, pr := d.plan, d.plan.Profile
	for _, column := range contractOrder(table) {
		alternatives, given := pr.Tables[table][column]
		if !given {
			continue
		}
		right, columns, ok := alternatives.resolve(d.sheet.Table)
		if !ok {
			if needed(table, column) {
				p.set(Field{Column: column, Sure: Open, Candidates: []string{fmt.Sprintf("%s usually has %s, and this file does not", pr.System, strings.Join(alternatives, " or "))}})
			}
			continue
		}
		field := Field{Column: column, Right: right, Sure: Certain, Evidence: []string{"by the profile"}, From: columns}
		if len(columns) == 1 && right == columns[0].Name {
			role := map[string]string{"name": "customer_name", "unit_cost": "unit_cost"}[column]
			if role == "" {
				role = column
			}
			if table == "sales" && column != "status" || column == "email" {
				if why := d.sheet.contradicts(role, columns[0]); why != "" && columns[0].Filled() > 0 {
					field.Sure = Check
					field.Evidence = append(field.Evidence, "but "+why)
				}
			}
			if columns[0].IsDate() {
				field.Evidence = append(field.Evidence, fmt.Sprintf("%s to %s", columns[0].facts.First.Format("2006-01-02"), columns[0].facts.Last.Format("2006-01-02")))
				p.dateStyle(columns[0], column, &field)
			}
		}
		p.set(field)
	}
	for column, style := range pr.Dates {
		if f := p.field(column); f != nil && f.Right != "" {
			if p.Dates == nil {
				p.Dates = map[string]string{}
			}
			p.Dates[column] = style
			if f.Sure == Check {
				f.Sure = Certain
			}
		}
	}
	p.Values = nil
	for _, column := range contractOrder(table) {
		words, given := pr.Values[column]
		f := p.field(column)
		if !given || f == nil || f.Right == "" || len(f.From) != 1 || f.Right != f.From[0].Name {
			continue
		}
		if p.Values == nil {
			p.Values = map[string][]Translation{}
		}
		p.Values[column] = profileValues(f, words)
	}
	if table == "sales" {
		p.Notes = append(p.Notes, pr.Notes...)
		d.proveProfile()
		d.completeProfile()
	}
}

// completeProfile maps by names and values what the profile leaves to each shop.
func (d *described) completeProfile() {
	own := SourcePlan{Of: d.plan.Of, Shape: d.plan.Shape, Group: d.plan.Group, lineType: d.plan.lineType}
	planSales(d.sheet, &own)
	for _, column := range contractOrder("sales") {
		have, found := d.plan.field(column), own.field(column)
		if _, given := d.plan.Profile.Tables["sales"][column]; given && column != "amount" || have != nil && have.Right != "" || found == nil {
			continue
		}
		if have != nil && have.Sure == Open && found.Right == "" {
			found.Candidates = append(have.Candidates, found.Candidates...)
		}
		d.plan.set(*found)
		if words := own.Values[column]; len(words) > 0 && found.Right != "" {
			if d.plan.Values == nil {
				d.plan.Values = map[string][]Translation{}
			}
			d.plan.Values[column] = words
		}
		if style := own.Dates[column]; style != "" {
			if d.plan.Dates == nil {
				d.plan.Dates = map[string]string{}
			}
			d.plan.Dates[column] = style
		}
	}
	slices.SortStableFunc(d.plan.Fields, func(a, b Field) int {
		order := contractOrder("sales")
		return slices.Index(order, a.Column) - slices.Index(order, b.Column)
	})
}

// profileValues are the profile's words and those that the file has beside them: a new word is a sale, with a mark.
func profileValues(f *Field, words map[string]string) []Translation {
	c := f.From[0]
	var list []Translation
	have := map[string]bool{}
	for _, v := range c.Common(60) {
		t := Translation{Word: v, Rows: c.counts[c.known[v]]}
		means, known := words[v]
		if !known {
			all, _ := translate(c)
			i := slices.IndexFunc(all, func(t Translation) bool { return t.Word == v })
			means = all[i].Means
			f.Sure = min(f.Sure, Check)
			f.Evidence = append(f.Evidence, fmt.Sprintf("the profile does not know %q (%d rows)", v, t.Rows))
		}
		t.Means = means
		have[v] = true
		list = append(list, t)
	}
	var more []string
	for w := range words {
		if !have[w] {
			more = append(more, w)
		}
	}
	slices.Sort(more)
	for _, w := range more {
		list = append(list, Translation{Word: w, Means: words[w]})
	}
	return list
}

// proveProfile holds the amount that a profile gives against the totals of the file.
func (d *described) proveProfile() {
	f := d.plan.field("amount")
	order := d.plan.field("order_id")
	if f == nil || f.Right == "" || order == nil || len(order.From) != 1 {
		return
	}
	line := func(r int) float64 {
		v := 1.0
		for _, c := range f.From {
			v *= c.number(r)
		}
		return v
	}
	if len(f.From) > 2 || strings.ContainsAny(f.Right, "+/-") && len(f.From) > 1 {
		return
	}
	if a, made, total := d.sheet.againstTotal(order.From[0], line); total != nil && a.proves() {
		f.Evidence = append(f.Evidence, fmt.Sprintf("%s = %s on %s orders", made, total.Name, shareOf(a)))
	}
}

// contractOrder is the order in which columns are written.
func contractOrder(table string) []string {
	switch table {
	case "sales":
		return []string{"order_id", "line_no", "customer_id", "product_id", "ordered_on", "quantity", "amount", "cost", "status", "line_type"}
	case "customers":
		return []string{"customer_id", "name", "name_kana", "kind", "email", "phone", "postal_code", "address", "region", "industry", "birth_date", "sales_rep"}
	case "products":
		return []string{"product_id", "name", "category", "list_price", "unit_cost"}
	}
	return []string{"contact_id", "customer_id", "name", "email", "postal_code", "address"}
}

// listUnused names the columns of the file that no source reads.
func (p *SourcePlan) listUnused(all []*SourcePlan) {
	if p.Table != "sales" && slices.ContainsFunc(all, func(o *SourcePlan) bool { return o.Table == "sales" && o.Of == p.Of }) {
		return
	}
	used := map[string]bool{p.Records.Column: true}
	for _, o := range all {
		if o.Of != p.Of {
			continue
		}
		for _, f := range o.Fields {
			for _, c := range f.From {
				used[c.Name] = true
			}
		}
	}
	for _, h := range p.Of.Header {
		if h != "" && !used[h] {
			if isDelivery(h) {
				h += " (delivery: never the customer)"
			}
			p.Unused = append(p.Unused, h)
		}
	}
}
