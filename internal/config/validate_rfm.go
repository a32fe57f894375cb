package config

import (
	"math/big"
	"strconv"
)

// rfm checks that each measure has as many cuts as there are lines between five scores, in order.
func (v *validator) rfm() {
	v.cuts(texts(v.RFM.RecencyDays), "recency_days", "30, 90, 180, 365")
	v.cuts(texts(v.RFM.Orders), "orders", "2, 4, 8, 16")
	amounts := make([]string, len(v.RFM.Amounts))
	for i, amount := range v.RFM.Amounts {
		amounts[i] = string(amount)
	}
	if len(amounts) > 0 {
		v.cuts(amounts, "amounts", "10000, 50000, 200000, 1000000")
	}
}

func texts(numbers []int) []string {
	list := make([]string, len(numbers))
	for i, n := range numbers {
		list[i] = strconv.Itoa(n)
	}
	return list
}

func (v *validator) cuts(list []string, key, example string) {
	path := []string{"rfm", key}
	if !v.check(len(list) == 4, path, "write ["+example+"]", "got %d cuts, want 4: they part the scores 1 to 5", len(list)) {
		return
	}
	last := new(big.Rat)
	for i, text := range list {
		cut, ok := new(big.Rat).SetString(text)
		if !ok { // told by the reader
			return
		}
		v.check(cut.Cmp(last) > 0, below(path, strconv.Itoa(i)), "write ["+example+"]", "got %s, want more than %s", text, last.FloatString(0))
		last = cut
	}
}
