package main

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"time"
)

// leadCount is how many contacts without a customer there are.
const leadCount = 500

// lastDay is the day after the last sale: nobody is met, and nothing is agreed to, on or after it.
var lastDay = time.Date(2011, 12, 10, 0, 0, 0, 0, time.UTC)

// world collects the rows of every table.
type world struct {
	customers, contacts, interests, consents, products [][]string
	sharedEmail                                        string // of the last contact whose address another customer gets too
}

// drawsOf is a generator that depends on the name only.
func drawsOf(name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(h.Sum64(), 0x746f6b7569))
}

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

func chance(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }

func yesNo(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// addCustomer makes the customer's master data and its contacts.
func (w *world) addCustomer(c customer) {
	r := drawsOf(c.id)
	approach, override := "", ""
	switch r.IntN(40) {
	case 0:
		approach = "focus"
	case 1:
		approach = "develop"
	case 2:
		approach = "inform"
	}
	if r.IntN(400) == 0 {
		override = "A" // the founder's friend: ranked by hand
	}
	w.customers = append(w.customers, []string{c.id, shopName(r, c.country), c.country, pick(r, salesReps),
		approach, override})
	first, _ := time.Parse(time.DateOnly, c.firstOn)
	count := 1
	switch n := r.IntN(100); {
	case n < 1:
		return // a customer whom nobody can be written to
	case n < 36:
		count = 2
	}
	for n := 1; n <= count; n++ {
		contact := person{id: fmt.Sprintf("%s-%d", c.id, n), customer: c.id, country: c.country, number: c.id,
			title: pick(r, titles[:3]), department: "Management", decides: true, metOn: first, order: c.firstOrder}
		if n == 2 {
			contact.title, contact.department, contact.decides = pick(r, titles[3:]), "Buying", chance(r, 30)
			contact.metOn = first.AddDate(0, 0, r.IntN(60))
		}
		contact.via = pick(r, []string{"order", "order", "web shop", "trade fair", "referral", "telephone"})
		w.addPerson(r, contact)
	}
}

// addLead makes a contact without a customer, with what it asked about.
func (w *world) addLead(n int) {
	id := fmt.Sprintf("L%04d", n)
	r := drawsOf(id)
	met := lastDay.AddDate(0, 0, -1-r.IntN(330))
	lead := person{id: id, country: pick(r, []string{"United Kingdom", "United Kingdom", "United Kingdom", "EIRE",
		"Germany", "France"}), number: id[1:], title: pick(r, titles), department: "", decides: chance(r, 50),
		metOn: met, via: pick(r, []string{"trade fair", "trade fair", "catalogue request", "web form", "referral"})}
	w.addPerson(r, lead)
	for _, i := range r.Perm(len(topics))[:1+r.IntN(3)] {
		w.interests = append(w.interests, []string{id, topics[i], lead.metOn.Format(time.DateOnly)})
	}
}

// person is a contact before its name is drawn.
type person struct {
	id, customer, country, number string
	title, department, via, order string
	decides                       bool
	metOn                         time.Time
}

// addPerson draws the name, the address and what was agreed to.
func (w *world) addPerson(r *rand.Rand, p person) {
	if !p.metOn.Before(lastDay) {
		p.metOn = lastDay.AddDate(0, 0, -1)
	}
	first, last := personName(r, p.country)
	email := strings.ToLower(ascii.Replace(first + "." + last + "." + p.number + "@example.com"))
	switch n := r.IntN(200); {
	case n < 3:
		email = "" // only a telephone number is known
	case n < 4 && p.customer != "" && w.sharedEmail != "":
		email = w.sharedEmail // one buyer, two customers: a chain, or a move
	case p.customer != "":
		w.sharedEmail = email
	}
	w.contacts = append(w.contacts, []string{p.id, p.customer, first + " " + last, p.title, p.department,
		yesNo(p.decides), email, p.via, p.metOn.Format(time.DateOnly)})
	if email != "" {
		w.addConsents(r, p)
	}
}

// addConsents writes what the contact said about e-mail: four in five agreed, some of them withdrew later.
func (w *world) addConsents(r *rand.Rand, p person) {
	at := p.metOn.Add(time.Duration(9*60+r.IntN(8*60)) * time.Minute)
	row := func(at time.Time, granted bool, basis, method, proof string) {
		w.consents = append(w.consents, []string{p.id, "email", at.Format("2006-01-02 15:04:05+00"), yesNo(granted),
			basis, method, proof})
	}
	n := r.IntN(100)
	if n >= 85 {
		return // never asked
	}
	if n >= 81 {
		row(at, false, "consent", "order form", "box left open")
		return
	}
	switch {
	case p.customer != "" && chance(r, 40):
		row(at, true, "business", "order "+p.order, "own similar goods, opt-out offered on the invoice")
	case p.via == "trade fair":
		row(at, true, "consent", "signed card", fmt.Sprintf("card scan %s-%04d", at.Format("0601"), r.IntN(9000)+1000))
	default:
		row(at, true, "consent", "web form", "newsletter form v"+fmt.Sprint(1+r.IntN(3))+", box ticked")
	}
	left := int(lastDay.Sub(p.metOn).Hours()/24) - 1
	if left > 30 && chance(r, 6) {
		row(at.AddDate(0, 0, 14+r.IntN(left-14)), false, "consent", "reply to a newsletter", "mail on file")
	}
}
