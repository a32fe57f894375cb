package predict

import "fmt"

// Outlook is what a purchase model with given parameters says about customers. Times are in the unit of the parameters;
// x, last and age are a history as in Histories.
type Outlook struct {
	Law    Law
	Params Params
	purchaseLaw
}

// purchaseLaw is a model with parameters.
type purchaseLaw interface {
	// Alive is the probability that the customer has not left at its age: P(alive).
	Alive(x, last, age float64) float64
	// New is the expected number of repeat purchases of a new customer within t: E[X(t)].
	New(t float64) float64
	// Probability is that of a new customer making exactly n repeat purchases within t: P(X(t) = n).
	Probability(n, t float64) float64
	// aliveAll is Alive of every row.
	aliveAll(*rows) []float64
	// after is what a customer with x repeat purchases does if it is still there.
	after(x float64) stayer
}

// stayer is a customer of a certain number of repeat purchases that is still there at its age.
type stayer interface {
	purchases(age, t float64) float64     // expected, within t
	buys(age, t float64) float64          // probability of one at least, within t
	discounted(age, rate float64) float64 // expected, for ever, each worth e^(-rate*time)
}

// NewOutlook checks the parameters: each a positive number.
func NewOutlook(law Law, p Params) (Outlook, error) {
	for i, v := range p {
		if !(v > 0 && v < 1e300) {
			return Outlook{}, fmt.Errorf("outlook by %s: got %s = %v, want a positive number", law, law.Names()[i], v)
		}
	}
	f := Outlook{Law: law, Params: p}
	switch law {
	case BGNBD, MBGNBD:
		f.purchaseLaw = geometricLaw{r: p[0], alpha: p[1], a: p[2], b: p[3], leavesAtFirst: law == MBGNBD}
	case ParetoNBD:
		f.purchaseLaw = lapsingLaw{r: p[0], alpha: p[1], s: p[2], beta: p[3]}
	default:
		return Outlook{}, fmt.Errorf("outlook: got model %q, want one of %v", law, Laws())
	}
	return f, nil
}

// Outlook is that of the fitted parameters.
func (f Fit) Outlook() (Outlook, error) { return NewOutlook(f.Law, f.Params) }

// Purchases is the expected number of purchases within t after the customer's age: E[Y(t) | x, t_x, T].
func (f Outlook) Purchases(x, last, age, t float64) float64 {
	return f.Alive(x, last, age) * f.after(x).purchases(age, t)
}

// Buys is the probability of at least one purchase within t after the customer's age. It is exact.
func (f Outlook) Buys(x, last, age, t float64) float64 {
	return f.Alive(x, last, age) * f.after(x).buys(age, t)
}

// Discounted is the expected number of all purchases after the customer's age, each discounted continuously at a rate > 0
// per unit of time: DERT. Its product with the value of a purchase is the customer's.
func (f Outlook) Discounted(x, last, age, rate float64) float64 {
	return f.Alive(x, last, age) * f.after(x).discounted(age, rate)
}
