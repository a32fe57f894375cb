package onboard

import (
	"fmt"
	"math"
	"regexp"
	"strings"
)

// planSales maps a table of sales by names and values.
func planSales(s *sheet, p *SourcePlan) {
	p.setOrder(s)
	p.setDate(s, "ordered_on", true)
	p.setCustomer(s)
	p.setSimple(s, "product_id", "product_name")
	p.setNumber(s, "quantity")
	p.setAmount(s)
	p.setCost(s)
	p.setStatus(s)
	if p.lineType != nil {
		p.set(*p.lineType)
	}
	if c := s.pick("line_no"); c != nil && c.facts.Whole == c.facts.Rows {
		if order := s.pick("order_id"); order != nil && unique(order, c) {
			p.set(Field{Column: "line_no", Right: c.Name, Sure: Certain, Evidence: []string{"no order has a number twice"}, From: []*Column{c}})
		}
	}
}

// unique reports whether no two rows have the same values in two columns.
func unique(a, b *Column) bool {
	seen := map[[2]uint32]bool{}
	for r := range a.cells {
		k := [2]uint32{a.cells[r], b.cells[r]}
		if seen[k] {
			return false
		}
		seen[k] = true
	}
	return true
}

func (p *SourcePlan) setOrder(s *sheet) {
	c := s.pick("order_id")
	if c == nil {
		f := Field{Column: "order_id", Sure: Open, Candidates: s.proposals("order_id")}
		customer, date := s.pick("customer_id"), s.pick("ordered_on")
		if customer == nil {
			customer = s.pick("customer_name")
		}
		if customer != nil && date != nil && len(f.Candidates) == 0 {
			f = Field{Column: "order_id", Right: quoteName(customer.Name) + " || '/' || " + quoteName(date.Name), Sure: Check, From: []*Column{customer, date},
				Evidence: []string{"the file has no order number: the lines of one customer on one day count as one order"}}
		}
		p.set(f)
		return
	}
	f := Field{Column: "order_id", Right: c.Name, Sure: Likely, From: []*Column{c}}
	f.Evidence = append(f.Evidence, describeCode(c))
	if date := s.pick("ordered_on"); date != nil {
		if share, several := constantWithin(c, date); several > 0 {
			f.Evidence = append(f.Evidence, fmt.Sprintf("%s is the same on all lines of %.1f %% of the orders", date.Name, 100*share))
			if share >= 0.98 {
				f.Sure = Certain
			} else {
				f.Sure = Check
			}
		} else {
			f.Sure = Certain
			f.Evidence = append(f.Evidence, "a row an order")
			if s.pick("quantity") != nil && s.pick("product_id") != nil && c.facts.Distinct == c.facts.Rows {
				f.Sure = Check
				f.Evidence = append(f.Evidence, "though the file has articles: it may number the lines")
			}
		}
	}
	if rivals := s.roles["order_id"]; len(rivals) > 1 {
		f.Evidence = append(f.Evidence, "there is also "+names(rivals[1:]))
	}
	p.set(f)
}

// describeCode says in short what a column of codes holds.
func describeCode(c *Column) string {
	text := fmt.Sprintf("%d different values", c.facts.Distinct)
	if c.facts.LeadingZero > 0 {
		text += ", leading zeros kept"
	}
	if c.facts.Empty > 0 {
		text += fmt.Sprintf(", empty in %d rows", c.facts.Empty)
	}
	return text
}

func names(columns []*Column) string {
	var list []string
	for _, c := range columns {
		list = append(list, c.Name)
	}
	return strings.Join(list, ", ")
}

// setDate maps a date, with the way it is written where that has to be said.
func (p *SourcePlan) setDate(s *sheet, role string, required bool) {
	c := s.pick(role)
	if c == nil {
		if required {
			p.set(Field{Column: role, Sure: Open, Candidates: s.proposals(role)})
		}
		return
	}
	f := Field{Column: role, Right: c.Name, Sure: Certain, From: []*Column{c}}
	f.Evidence = append(f.Evidence, fmt.Sprintf("%s to %s", c.facts.First.Format("2006-01-02"), c.facts.Last.Format("2006-01-02")))
	if c.facts.Fillers > 0 {
		f.Evidence = append(f.Evidence, fmt.Sprintf("%d cells hold a date that stands for none", c.facts.Fillers))
	}
	if rivals := s.roles[role]; len(rivals) > 1 {
		f.Evidence = append(f.Evidence, "there is also "+names(rivals[1:]))
		f.Sure = Likely
	}
	p.dateStyle(c, role, &f)
	p.set(f)
}

// dateStyle says how a column writes its dates where day() would not know.
func (p *SourcePlan) dateStyle(c *Column, role string, f *Field) {
	style := map[string]string{formMDY: "mdy", formDMY: "dmy", formYY: "ymd", formEraYY: "reiwa", formHeisei: "heisei", formSerial: "serial"}[c.facts.Form]
	if style == "" {
		return
	}
	if p.Dates == nil {
		p.Dates = map[string]string{}
	}
	p.Dates[role] = style
	f.Evidence = append(f.Evidence, "written as "+c.facts.Form)
	if c.facts.Ambiguous != "" {
		f.Sure = Check
		f.Evidence = append(f.Evidence, "could also be read as "+c.facts.Ambiguous)
	}
}

// setCustomer maps who bought: by id, else by mail address, else by name.
func (p *SourcePlan) setCustomer(s *sheet) {
	var choices []*Column
	for _, role := range []string{"customer_id", "email", "customer_name"} {
		if c := s.pick(role); c != nil && c.facts.Distinct > 1 {
			choices = append(choices, c)
		}
	}
	if p.Group != "" && p.Shape == shapeReport {
		if c := s.column(p.Group); c != nil {
			p.set(Field{Column: "customer_id", Right: c.Name, Sure: Check, From: []*Column{c},
				Evidence: []string{fmt.Sprintf("the rows that say one thing only: %d names", c.facts.Distinct)}})
			return
		}
	}
	if len(choices) == 0 {
		p.set(Field{Column: "customer_id", Sure: Open, Candidates: s.proposals("customer_id")})
		return
	}
	c := choices[0]
	// most rows without an id are guests: the address tells them apart better
	if len(choices) > 1 && c.facts.Empty*2 > c.facts.Rows && choices[1].facts.Empty < c.facts.Empty {
		c = choices[1]
	}
	f := Field{Column: "customer_id", Right: c.Name, Sure: Likely, From: []*Column{c}, Evidence: []string{describeCode(c)}}
	if order := s.pick("order_id"); order != nil {
		if share, several := constantWithin(order, c); several > 0 && share < 0.98 {
			f.Sure = Check
			f.Evidence = append(f.Evidence, fmt.Sprintf("differs within %.1f %% of the orders", 100*(1-share)))
		} else {
			f.Sure = Certain
		}
	}
	if c == s.pick("customer_name") {
		f.Sure = Check
		f.Evidence = append(f.Evidence, "there is no number and no address: two customers of one name count as one")
	} else if len(choices) > 1 {
		f.Evidence = append(f.Evidence, "could also be "+names(without(choices, c)))
	}
	p.set(f)
}

func without(list []*Column, c *Column) []*Column {
	var rest []*Column
	for _, other := range list {
		if other != c {
			rest = append(rest, other)
		}
	}
	return rest
}

// setSimple maps a code, or where there is none the name that stands for it.
func (p *SourcePlan) setSimple(s *sheet, role, instead string) {
	c, why := s.pick(role), ""
	if c == nil {
		c, why = s.pick(instead), "there is no code: the name stands for it"
	}
	if c == nil {
		if list := s.proposals(role); len(list) > 0 {
			p.set(Field{Column: role, Sure: Proposed, Candidates: list})
		}
		return
	}
	f := Field{Column: role, Right: c.Name, Sure: Likely, From: []*Column{c}, Evidence: []string{describeCode(c)}}
	if why != "" {
		f.Sure = Check
		f.Evidence = append(f.Evidence, why)
	} else if name := s.pick(instead); name != nil && determines(c, name) {
		f.Sure = Certain
		f.Evidence = append(f.Evidence, "each goes with one "+name.Name)
	}
	p.set(f)
}

func (p *SourcePlan) setNumber(s *sheet, role string) {
	c := s.pick(role)
	if c == nil {
		if list := s.proposals(role); len(list) > 0 {
			p.set(Field{Column: role, Sure: Proposed, Candidates: list})
		}
		return
	}
	f := Field{Column: role, Right: c.Name, Sure: Likely, From: []*Column{c}, Evidence: []string{"numbers"}}
	if c.facts.Negative > 0 {
		f.Evidence = append(f.Evidence, fmt.Sprintf("%d negative", c.facts.Negative))
	}
	p.set(f)
}

// setCost maps what the line cost us: the amount, or the price times the quantity.
func (p *SourcePlan) setCost(s *sheet) {
	cost, unit, quantity := s.pick("cost"), s.pick("unit_cost"), s.pick("quantity")
	amount, profit := s.pick("amount"), s.pick("profit")
	switch {
	case cost != nil:
		f := Field{Column: "cost", Right: cost.Name, Sure: Check, From: []*Column{cost}, Evidence: []string{"by its name; nothing to hold it against"}}
		if unit != nil && quantity != nil {
			if a := product(unit, quantity, cost); a.proves() {
				f.Sure, f.Evidence = Certain, []string{fmt.Sprintf("%s × %s = %s on %s", unit.Name, quantity.Name, cost.Name, a)}
			}
		}
		if amount != nil && profit != nil {
			if a := difference(amount, cost, profit); a.proves() {
				f.Sure, f.Evidence = Certain, []string{fmt.Sprintf("%s - %s = %s on %s", amount.Name, cost.Name, profit.Name, a)}
			}
		}
		if amount != nil && f.Sure == Check && mean(amount) > 0 {
			f.Evidence = append(f.Evidence, fmt.Sprintf("it is %.0f %% of %s on the average", 100*mean(cost)/mean(amount), amount.Name))
		}
		p.set(f)
	case unit != nil && quantity != nil:
		p.set(Field{Column: "cost", Right: num(unit) + " * " + num(quantity), Sure: Check, From: []*Column{unit, quantity}, Evidence: []string{"the cost of one piece times the quantity"}})
	case profit != nil && amount != nil:
		p.set(Field{Column: "cost", Right: num(amount) + " - " + num(profit), Sure: Check, From: []*Column{amount, profit}, Evidence: []string{"what is left of the amount without the profit"}})
	default:
		if list := s.proposals("cost"); len(list) > 0 {
			p.set(Field{Column: "cost", Sure: Proposed, Candidates: list})
		}
	}
}

func difference(a, b, want *Column) agreement {
	var g agreement
	for r := range want.cells {
		x, y, z := a.number(r), b.number(r), want.number(r)
		if math.IsNaN(x) || math.IsNaN(y) || math.IsNaN(z) {
			continue
		}
		g.rows++
		if math.Abs(x-y-z) <= 1 {
			g.holds++
		}
	}
	return g
}

// num reads a column's numbers within an expression.
func num(c *Column) string { return "num(" + quoteName(c.Name) + ")" }

var (
	cancelWord = regexp.MustCompile(`(?i)キャンセル|取消|取り消|無効|cancel|void|failed|expired|赤伝`)
	returnWord = regexp.MustCompile(`(?i)返品|返送|返金|戻り|refund|return|credit memo|chargeback`)
	partWord   = regexp.MustCompile(`(?i)partial|一部|待ち|なし|しない|未`)
)

// setStatus maps what tells sales from what is none: a column in which some value says so.
func (p *SourcePlan) setStatus(s *sheet) {
	for _, role := range []string{"status", "line_type"} {
		for _, c := range s.roles[role] {
			list, telling := translate(c)
			if !telling {
				continue
			}
			f := Field{Column: "status", Right: c.Name, Sure: Check, From: []*Column{c}}
			for _, t := range list {
				if t.Means != "completed" {
					f.Evidence = append(f.Evidence, fmt.Sprintf("%d rows are %s: %s", t.Rows, t.Word, t.Means))
				}
			}
			f.Evidence = append(f.Evidence, "the other words count as sales")
			if p.Values == nil {
				p.Values = map[string][]Translation{}
			}
			p.Values["status"] = list
			p.set(f)
			return
		}
	}
	if p.statusByValues(s) {
		return
	}
	if c := s.pick("cancelled_on"); c != nil {
		p.set(Field{Column: "status", Right: "case when " + quoteName(c.Name) + " <> '' then 'cancelled' else 'completed' end", Sure: Certain, From: []*Column{c},
			Evidence: []string{fmt.Sprintf("%d rows have a %s", c.Filled(), c.Name)}})
	}
}

// statusByValues takes a column of few words among which are some for cancelled or returned, whatever it is called: left
// out, it would silently count as sales what was none.
func (p *SourcePlan) statusByValues(s *sheet) bool {
	for _, c := range s.Columns {
		if c.facts.Distinct < 2 || c.facts.Distinct > 12 || c.Filled()*2 < c.facts.Rows || isDelivery(c.Name) {
			continue
		}
		list, telling := translate(c)
		if !telling {
			continue
		}
		f := Field{Column: "status", Right: c.Name, Sure: Check, From: []*Column{c}, Evidence: []string{"by its values"}}
		for _, t := range list {
			if t.Means != "completed" {
				f.Evidence = append(f.Evidence, fmt.Sprintf("%d rows are %s: %s", t.Rows, t.Word, t.Means))
			}
		}
		if p.Values == nil {
			p.Values = map[string][]Translation{}
		}
		p.Values["status"] = list
		p.set(f)
		return true
	}
	return false
}

// translate says what each word of a column means for a sale. telling: some word takes sales away.
func translate(c *Column) (list []Translation, telling bool) {
	for _, v := range c.Common(60) {
		t := Translation{Word: v, Means: "completed", Rows: c.counts[c.known[v]]}
		folded := fold(v)
		switch {
		case partWord.MatchString(folded):
		case returnWord.MatchString(folded):
			t.Means, telling = "returned", true
		case cancelWord.MatchString(folded):
			t.Means, telling = "cancelled", true
		}
		list = append(list, t)
	}
	return list, telling
}
