package onboard

import (
	"fmt"
	"math"
)

// setAmount maps what a line brought: the one decision that arithmetic has to make, for names mix up the line, the order
// and the piece.
func (p *SourcePlan) setAmount(s *sheet) {
	order, quantity, price := s.pick("order_id"), s.pick("quantity"), s.pick("unit_price")
	// a column called by the name of an amount, or of a subtotal that could be the line's
	for _, role := range []string{"amount", "goods_total", "order_total"} {
		for _, c := range s.roles[role] {
			if price != nil && quantity != nil {
				if a := product(price, quantity, c); a.proves() {
					p.setLineAmount(s, c, Certain, fmt.Sprintf("%s × %s = %s on %s", price.Name, quantity.Name, c.Name, a))
					return
				}
			}
		}
	}
	if c := s.pick("amount"); c != nil {
		p.amountByName(s, c, order)
		return
	}
	if price != nil && quantity != nil {
		f := Field{Column: "amount", Right: num(price) + " * " + num(quantity), Sure: Check, From: []*Column{price, quantity},
			Evidence: []string{"price times quantity; there is no amount of a line to hold it against"}}
		line := func(r int) float64 { return price.number(r) * quantity.number(r) }
		if a, made, total := s.againstTotal(order, line); a.proves() {
			f.Sure, f.Evidence = Certain, []string{fmt.Sprintf("%s = %s on %s orders", made, total.Name, shareOf(a))}
		} else if total != nil {
			f.Evidence = []string{fmt.Sprintf("price times quantity; with %s it comes to %s in %s orders only", made, total.Name, shareOf(a))}
		}
		f.Evidence = append(f.Evidence, taxEvidence(s)...)
		p.set(f)
		p.noteTotals(s, order)
		return
	}
	if total := firstOf(s.pick("order_total"), s.pick("goods_total")); total != nil && order != nil {
		if share, several := constantWithin(order, total); several == 0 || share < 0.5 {
			p.set(Field{Column: "amount", Right: total.Name, Sure: Check, From: []*Column{total},
				Evidence: []string{"a row an order: its total, with shipping and tax as the system has them"}})
			return
		}
		p.set(Field{Column: "amount", Sure: Open, Candidates: []string{total.Name + " (not used: it is the order's total, repeated on each line; adding it up would count it several times)"}})
		return
	}
	p.amountByValues(s)
}

// amountByName takes a column that is called an amount where nothing proves it, unless its values deny it.
func (p *SourcePlan) amountByName(s *sheet, c, order *Column) {
	if order != nil {
		if share, several := constantWithin(order, c); several >= 3 && share >= 0.9 {
			p.set(Field{Column: "amount", Sure: Open, Candidates: []string{fmt.Sprintf("%s (not used: it is the same on all lines of %.0f %% of the orders, so it may be the order's total)", c.Name, 100*share)}})
			return
		}
	}
	p.setLineAmount(s, c, Likely, "by its name")
}

func (p *SourcePlan) setLineAmount(s *sheet, c *Column, sure Sure, why string) {
	f := Field{Column: "amount", Right: c.Name, Sure: sure, From: []*Column{c}, Evidence: []string{why}}
	order := s.pick("order_id")
	if a, made, total := s.againstTotal(order, c.number); total != nil && total != c {
		if a.proves() {
			f.Sure = Certain
			f.Evidence = append(f.Evidence, fmt.Sprintf("%s = %s on %s orders", made, total.Name, shareOf(a)))
		} else {
			f.Evidence = append(f.Evidence, fmt.Sprintf("adds up to %s in %s orders", total.Name, shareOf(a)))
		}
	}
	if c.facts.Negative > 0 {
		f.Evidence = append(f.Evidence, fmt.Sprintf("%d negative", c.facts.Negative))
	}
	f.Evidence = append(f.Evidence, taxEvidence(s)...)
	p.set(f)
	p.noteTotals(s, order)
}

// shareOf writes an agreement for orders.
func shareOf(a agreement) string {
	return fmt.Sprintf("%.1f %% of %d", math.Floor(1000*a.share())/10, a.rows)
}

// againstTotal holds lines against the total of their orders.
func (s *sheet) againstTotal(order *Column, line func(r int) float64) (best agreement, made string, against *Column) {
	if order == nil {
		return
	}
	var plus, minus []*Column
	for _, role := range []string{"shipping", "fee", "tax"} {
		plus = append(plus, s.roles[role]...)
	}
	for _, role := range []string{"discount", "points"} {
		minus = append(minus, s.roles[role]...)
	}
	for _, role := range []string{"goods_total", "order_total"} {
		for _, total := range s.roles[role] {
			a, m := orderSums(order, line, total, plus, minus)
			if against == nil || a.share() > best.share() {
				best, made, against = a, m, total
			}
		}
	}
	return best, made, against
}

// taxEvidence says whether the lines hold the tax, where a column tells.
func taxEvidence(s *sheet) []string {
	if c := s.pick("tax_mode"); c != nil && c.facts.Distinct <= 5 {
		return []string{fmt.Sprintf("tax by %s: %v", c.Name, c.Common(3))}
	}
	return nil
}

// noteTotals names the totals that are not added up.
func (p *SourcePlan) noteTotals(s *sheet, order *Column) {
	if order == nil {
		return
	}
	for _, role := range []string{"order_total", "goods_total"} {
		for _, c := range s.roles[role] {
			if f := p.field("amount"); f != nil && len(f.From) == 1 && f.From[0] == c {
				continue
			}
			if share, several := constantWithin(order, c); several > 0 && share >= 0.95 {
				p.Notes = append(p.Notes, fmt.Sprintf("%s is the order's total, repeated on each line: not added up", c.Name))
			}
		}
	}
}

func firstOf(list ...*Column) *Column {
	for _, c := range list {
		if c != nil {
			return c
		}
	}
	return nil
}

// amountByValues looks for price × quantity = amount where no name helps. One such triple is taken, with a mark; of
// several, one may be the cost, so they are only shown.
func (p *SourcePlan) amountByValues(s *sheet) {
	found := triples(s.Columns)
	f := Field{Column: "amount", Sure: Open, Candidates: s.proposals("amount")}
	for _, t := range found {
		role, _ := s.words.proposed(t[2].Name)
		text := fmt.Sprintf("%s (%s × %s, on %s)", t[2].Name, t[0].Name, t[1].Name, product(t[0], t[1], t[2]))
		if len(found) == 1 && role == "amount" {
			f = Field{Column: "amount", Right: t[2].Name, Sure: Check, From: []*Column{t[2]}, Evidence: []string{
				fmt.Sprintf("its name ends like an amount, and %s × %s = %s on %s", t[0].Name, t[1].Name, t[2].Name, product(t[0], t[1], t[2]))}}
			break
		}
		f.Candidates = append([]string{text}, f.Candidates...)
	}
	p.set(f)
}
