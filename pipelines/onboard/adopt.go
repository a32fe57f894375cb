package onboard

import "fmt"

// adopt takes columns whose names only resemble a meaning, where the values bear it out and no other column competes. They
// are marked: whatever is made of them is CHECK at best.
func (s *sheet) adopt() {
	s.adoptOne("ordered_on", func(c *Column) string {
		return fmt.Sprintf("dates from %s to %s", c.facts.First.Format("2006-01-02"), c.facts.Last.Format("2006-01-02"))
	})
	s.adoptDate()
	s.adoptEmail()
	date := s.pick("ordered_on")
	s.adoptOne("order_id", func(c *Column) string {
		if date == nil || c.facts.Distinct == c.facts.Rows {
			return ""
		}
		share, several := constantWithin(c, date)
		if several < 2 || share < 0.98 {
			return ""
		}
		return fmt.Sprintf("%s is the same on all lines of %.1f %% of its values", date.Name, 100*share)
	})
	order := s.pick("order_id")
	s.adoptOne("customer_id", func(c *Column) string {
		if order == nil || c.facts.Distinct < 2 {
			return ""
		}
		share, several := constantWithin(order, c)
		if several < 2 || share < 0.98 || c.facts.Distinct >= order.facts.Distinct {
			return ""
		}
		return fmt.Sprintf("the same on all lines of %.1f %% of the orders", 100*share)
	})
	s.adoptProduct()
}

// resembling are the columns whose names propose a role, their values not against it.
func (s *sheet) resembling(role string) []*Column {
	var list []*Column
	for _, c := range s.Columns {
		if got, _ := s.words.proposed(c.Name); got == role && len(s.words.roles(c.Name)) == 0 && s.contradicts(role, c) == "" {
			list = append(list, c)
		}
	}
	return list
}

// adoptOne takes the only column that resembles a role, where its values give a reason.
func (s *sheet) adoptOne(role string, reason func(c *Column) string) {
	if s.pick(role) != nil {
		return
	}
	if list := s.resembling(role); len(list) == 1 {
		if why := reason(list[0]); why != "" {
			_, name := s.words.proposed(list[0].Name)
			list[0].guessed = name + "; " + why
			s.roles[role] = list
		}
	}
}

// adoptDate takes the only column of days, whatever it is called, where every row has one.
func (s *sheet) adoptDate() {
	if s.pick("ordered_on") != nil {
		return
	}
	var list []*Column
	for _, c := range s.Columns {
		if c.IsDate() && c.facts.Form != formSerial && c.facts.Form != formHeisei && c.facts.Empty == 0 && !isDelivery(c.Name) {
			list = append(list, c)
		}
	}
	if len(list) == 1 && len(s.words.roles(list[0].Name)) == 0 {
		list[0].guessed = "by its values: the only column of days, in every row"
		s.roles["ordered_on"] = list
	}
}

// adoptEmail takes the only column of mail addresses that are not of a delivery.
func (s *sheet) adoptEmail() {
	if s.pick("email") != nil {
		return
	}
	var list []*Column
	for _, c := range s.Columns {
		if !isDelivery(c.Name) && c.facts.Distinct > 1 && c.share(c.facts.Emails) >= 0.95 {
			list = append(list, c)
		}
	}
	if len(list) == 1 {
		list[0].guessed = "by its values: the only column of mail addresses"
		s.roles["email"] = list
	}
}

// adoptProduct takes a quantity and a price that resemble one, where they multiply to an amount, or their lines add up to
// the orders' totals.
func (s *sheet) adoptProduct() {
	quantities, prices := s.roles["quantity"], s.roles["unit_price"]
	if len(quantities) > 0 && len(prices) > 0 {
		return
	}
	if len(quantities) == 0 {
		quantities = s.resembling("quantity")
	}
	if len(prices) == 0 {
		prices = s.resembling("unit_price")
	}
	amounts := append(append([]*Column{}, s.roles["amount"]...), s.resembling("amount")...)
	order := s.pick("order_id")
	for _, q := range quantities {
		for _, p := range prices {
			why := ""
			for _, m := range amounts {
				if a := product(p, q, m); why == "" && a.proves() {
					why = fmt.Sprintf("%s × %s = %s on %s", p.Name, q.Name, m.Name, a)
					if len(s.roles["amount"]) == 0 {
						m.guessed = why
						s.roles["amount"] = []*Column{m}
					}
				}
			}
			if why == "" && order != nil {
				if a, made, total := s.againstTotal(order, func(r int) float64 { return p.number(r) * q.number(r) }); a.proves() {
					why = fmt.Sprintf("%s = %s on %s orders", made, total.Name, shareOf(a))
				}
			}
			if why == "" {
				continue
			}
			if len(s.roles["quantity"]) == 0 {
				q.guessed = why
				s.roles["quantity"] = []*Column{q}
			}
			if len(s.roles["unit_price"]) == 0 {
				p.guessed = why
				s.roles["unit_price"] = []*Column{p}
			}
			return
		}
	}
}
