package explain

import (
	"cmp"
	"slices"
)

// urgency orders advice: the smaller, the sooner.
type urgency int

const (
	// makeGood: a complaint or repair is open; anything else we say would be wrong.
	makeGood urgency = iota
	// getPaid: the customer owes, or is likely to.
	getPaid
	// closeDeal: an offer is on the table.
	closeDeal
	// offerDue: something is due for replacement.
	offerDue
	// winBack: the customer is leaving.
	winBack
	// develop: the customer is worth growing.
	develop
	// howToReach: nothing to sell yet, but the way to the customer.
	howToReach
)

// advice is one thing to do.
type advice struct {
	urgency urgency
	text    string
}

// advise adds something to do.
func (t *teller) advise(u urgency, en, ja string, args ...any) {
	t.todo = append(t.todo, advice{u, t.say(en, ja, args...)})
}

// advice is what is to be done, in order; within one urgency, in the order in which it was found.
func (t *teller) advice() []string {
	slices.SortStableFunc(t.todo, func(a, b advice) int { return cmp.Compare(a.urgency, b.urgency) })
	list := make([]string, 0, len(t.todo)+1)
	for _, a := range t.todo {
		list = append(list, a.text)
	}
	if len(list) == 0 {
		list = append(list, t.say("Nothing presses: keep in touch as agreed.", "急ぎの対応はありません。通常どおりのフォローを続けてください。"))
	}
	return list
}
