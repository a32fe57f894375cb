package predict

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Candidate is a purchase model in a choice.
type Candidate struct {
	Fit Fit
	// LogLoss is the mean of -ln of the probability that the model gave to what came; +Inf where Err is set.
	LogLoss float64
	// Err says why the model is out: it could not be fitted, or did not converge.
	Err error
}

// Choice is what ChooseLaw found.
type Choice struct {
	Law        Law
	Candidates []Candidate // in the order asked
}

// ErrNoModel means that no model could be fitted.
var ErrNoModel = errors.New("no purchase model fits")

// mostIntegrals is how many customers a law is fitted on whose likelihood takes a numerical integral for each: on a ridge,
// the search of a hundred thousand different histories takes half a minute, and teaches no more.
const mostIntegrals = 10_000

// affordable is the histories that a law is fitted on where that is done every night: those of mostIntegrals customers at even
// distances where a law needs integrals and there are more than twice as many different ones, else all.
func affordable(law Law, h Histories) Histories {
	if law != ParetoNBD {
		return h
	}
	return thin(h, mostIntegrals)
}

// onAll gives a fit to some histories the log-likelihood of all, so that laws can be compared.
func (f Fit) onAll(h Histories) (Fit, error) {
	full, data, err := likelihood(f.Law, h)
	if err != nil {
		return f, err
	}
	theta := make([]float64, len(f.Params))
	for i, p := range f.Params {
		theta[i] = math.Log(p)
	}
	f.LogLikelihood = full(theta, make([]float64, len(theta))) * data.customers
	return f, nil
}

// ChooseLaw fits each model on histories (affordable ones), with a prior where the data alone do not bound it, and scores it
// by what came after them: bought[i] of the Count[i] customers of history i bought at least once within the given time after their age.
// The least log loss wins, the first of equals. The purchases that bought counts must not be in the histories; the winner is
// then fitted again on everything by the caller.
func ChooseLaw(ctx context.Context, laws []Law, h Histories, within float64, bought []float64) (Choice, error) {
	if len(bought) != h.Len() {
		return Choice{}, fmt.Errorf("choose a purchase model: got %d outcomes, want %d", len(bought), h.Len())
	}
	for i, b := range bought {
		if !(b >= 0) || b > h.Count[i] {
			return Choice{}, fmt.Errorf("choose a purchase model: history %d: got %v buyers, want 0 to %v", i, b, h.Count[i])
		}
	}
	choice := Choice{}
	best := math.Inf(1)
	for _, law := range laws {
		c := Candidate{LogLoss: math.Inf(1)}
		some := affordable(law, h)
		if c.Fit, c.Err = FitPurchases(ctx, law, some); c.Err == nil && !c.Fit.Converged {
			c.Fit, c.Err = FitPurchasesWithPrior(ctx, law, some)
		}
		if c.Err == nil && !c.Fit.Converged {
			c.Err = fmt.Errorf("fit %s: not converged", law)
		}
		if err := ctx.Err(); err != nil {
			return Choice{}, fmt.Errorf("choose a purchase model: %w", err)
		}
		if c.Err == nil {
			s := newScorer(newRows(h), Horizon{Within: within})
			scores, err := s.at(law, c.Fit.Params)
			if err != nil {
				return Choice{}, err
			}
			c.LogLoss = logLoss(scores[1], h.Count, bought)
			if c.LogLoss < best {
				choice.Law, best = law, c.LogLoss
			}
		}
		choice.Candidates = append(choice.Candidates, c)
	}
	if choice.Law == "" {
		var faults []error
		for _, c := range choice.Candidates {
			faults = append(faults, c.Err)
		}
		return choice, fmt.Errorf("%w: %w", ErrNoModel, errors.Join(faults...))
	}
	return choice, nil
}

// logLoss is the mean over customers. A probability is kept from 0 and 1 by 1e-15: no model knows more.
func logLoss(p, count, came []float64) float64 {
	var sum, n float64
	for i, v := range p {
		v = math.Max(1e-15, math.Min(1-1e-15, v))
		sum -= came[i]*math.Log(v) + (count[i]-came[i])*math.Log1p(-v)
		n += count[i]
	}
	return sum / n
}
