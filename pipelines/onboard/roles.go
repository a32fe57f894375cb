package onboard

import (
	"fmt"
	"math"
	"strings"
)

// sheet is a table with what its columns seem to mean.
type sheet struct {
	*Table
	words *Words
	// roles by exact synonym whose values agree, best first.
	roles map[string][]*Column
	// refused are synonyms whose values do not agree, with the reason.
	refused map[string]string
}

func newSheet(t *Table, words *Words) *sheet {
	s := &sheet{Table: t, words: words, roles: map[string][]*Column{}, refused: map[string]string{}}
	for _, role := range words.Roles {
		best := map[*Column]int{}
		for _, c := range t.Columns {
			plain := plainName(c.Name)
			rank, ok := words.rank[role+" "+plain]
			if !ok || isDelivery(c.Name) {
				continue
			}
			if why := s.contradicts(role, c); why != "" {
				s.refused[role+" "+c.Name] = why
				continue
			}
			best[c] = rank
		}
		for len(best) > 0 {
			var first *Column
			for _, c := range t.Columns {
				if rank, ok := best[c]; ok && (first == nil || rank < best[first]) {
					first = c
				}
			}
			s.roles[role] = append(s.roles[role], first)
			delete(best, first)
		}
	}
	s.adopt()
	return s
}

// pick is the best column of a role, nil where there is none.
func (s *sheet) pick(role string) *Column {
	if list := s.roles[role]; len(list) > 0 {
		return list[0]
	}
	return nil
}

// contradicts says why the values of a column cannot mean what its name says, "" where they can.
func (s *sheet) contradicts(role string, c *Column) string {
	f := c.facts
	if c.Filled() == 0 {
		return "it is empty in every row"
	}
	switch role {
	case "order_id", "customer_id", "product_id":
		if f.Exponent > 0 {
			return fmt.Sprintf("%d values such as %s have gone through a spreadsheet that cut them", f.Exponent, c.like(exponentForm.MatchString))
		}
		if c.IsDate() && f.Form != formSolid && f.Form != formSerial && f.Form != formHeisei {
			return "its values are dates"
		}
	case "ordered_on", "invoiced_on", "due_on", "paid_on", "cancelled_on", "shipped_on":
		if !c.IsDate() {
			return fmt.Sprintf("its values are no dates of one form, such as %q", c.sample())
		}
	case "quantity", "unit_price", "amount", "order_total", "goods_total", "cost", "unit_cost", "profit", "tax", "shipping", "fee", "discount", "points", "list_price":
		if !c.mostlyNumeric() {
			return fmt.Sprintf("its values are no numbers, such as %q", c.like(func(v string) bool { return math.IsNaN(number(v)) }))
		}
		if c.IsDate() && f.Form == formYMD {
			return "its values are dates"
		}
	case "email":
		if c.share(f.Emails) < 0.8 {
			return fmt.Sprintf("its values are no mail addresses, such as %q", c.sample())
		}
	case "postal_code":
		if c.IsDate() && f.Form == formYMD {
			return "its values are dates"
		}
	case "status", "line_type":
		if f.Distinct > 60 {
			return fmt.Sprintf("it has %d different values", f.Distinct)
		}
		if c.IsDate() && f.Form == formYMD {
			return "its values are dates"
		}
	case "customer_name", "product_name":
		if c.Numeric() && f.Distinct > 20 {
			return "its values are numbers"
		}
		if c.IsDate() && f.Form == formYMD {
			return "its values are dates"
		}
	}
	return ""
}

// like is an example of a value.
func (c *Column) like(what func(string) bool) string {
	for id, v := range c.values {
		if v != "" && c.counts[id] > 0 && what(v) {
			return v
		}
	}
	return ""
}

func (c *Column) sample() string { return c.like(func(string) bool { return true }) }

// proposals are columns whose names resemble a role and whose values do not contradict.
func (s *sheet) proposals(role string) []string {
	var list []string
	for _, c := range s.Columns {
		got, why := s.words.proposed(c.Name)
		if got == role && s.contradicts(role, c) == "" {
			list = append(list, fmt.Sprintf("%s (%s)", c.Name, why))
		}
	}
	for _, c := range s.Columns {
		if why, ok := s.refused[role+" "+c.Name]; ok {
			list = append(list, fmt.Sprintf("%s (not used: %s)", c.Name, why))
		}
	}
	if len(list) == 0 {
		list = s.byValues(role)
	}
	if len(list) > 3 {
		list = list[:3]
	}
	return list
}

// byValues are columns that could be a role by what they hold alone.
func (s *sheet) byValues(role string) []string {
	var list []string
	for _, c := range s.Columns {
		if isDelivery(c.Name) || c.Filled() == 0 {
			continue
		}
		switch {
		case role == "ordered_on" && c.IsDate() && c.facts.Form != formSerial && c.facts.Form != formHeisei:
			list = append(list, fmt.Sprintf("%s (dates from %s to %s)", c.Name, c.facts.First.Format("2006-01-02"), c.facts.Last.Format("2006-01-02")))
		case role == "customer_id" && c.share(c.facts.Emails) >= 0.9:
			list = append(list, fmt.Sprintf("%s (mail addresses)", c.Name))
		case role == "customer_id" && !c.IsDate() && c.facts.Distinct > 1 && c.facts.Distinct*2 < int64(s.Rows()) && c.share(c.facts.LeadingZero) > 0.5:
			list = append(list, fmt.Sprintf("%s (codes, %d different)", c.Name, c.facts.Distinct))
		case role == "order_id" && !c.IsDate() && c.facts.Distinct*10 > int64(s.Rows()) && c.facts.Whole == c.Filled():
			list = append(list, fmt.Sprintf("%s (%d different numbers)", c.Name, c.facts.Distinct))
		}
	}
	return list
}

// constantWithin is the share of groups of several rows in which a column has one value.
func constantWithin(key, c *Column) (share float64, groups int) {
	first := map[uint32]uint32{}
	several := map[uint32]bool{}
	varies := map[uint32]bool{}
	for r, k := range key.cells {
		was, seen := first[k]
		if !seen {
			first[k] = c.cells[r]
			continue
		}
		several[k] = true
		if was != c.cells[r] {
			varies[k] = true
		}
	}
	if len(several) == 0 {
		return 1, 0
	}
	return 1 - float64(len(varies))/float64(len(several)), len(several)
}

// determines reports whether equal values of key nearly always go with equal values of c.
func determines(key, c *Column) bool {
	share, _ := constantWithin(key, c)
	return share >= 0.95
}

// hasJapanese reports whether a text holds kana or kanji.
func hasJapanese(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return r >= 0x3040 && r <= 0x30ff || r >= 0x4e00 && r <= 0x9fff || r >= 0xff66 && r <= 0xff9d
	})
}
