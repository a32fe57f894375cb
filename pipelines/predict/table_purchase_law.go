package predict

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// How a law was chosen, in predictions.purchase_law_fit and customer_value.
const (
	chosenByLogLoss    = "held-out log loss"
	chosenByLikelihood = "log-likelihood"
	chosenAsLimit      = "nobody is seen to leave"
)

// leastOutcomes is how many customers must have bought again in the held-out days, and how many not, for a log loss that
// tells laws apart.
const leastOutcomes = 30

// PurchaseLawFitTable is the estimator btyd_fit of predictions.purchase_law_fit. It takes grouped histories in weeks
// (is_earlier, repeat_count, last_weeks, age_weeks; customer_count of them), those with is_earlier as known $value_days
// before, of whom buyer_count have bought since. It gives every law's parameters on all that is known, and says which law
// is to be believed: the one with the least log loss on the held-out days, their common limit nbd among them, in which nobody
// leaves; where too little happened in them, the one with the best log-likelihood. A law that the data alone do not bound is
// held by a weak prior, and its note says so. What cannot be fitted has rows without values and a note.
func PurchaseLawFitTable(ctx context.Context, in arrow.Table, p map[string]any) (arrow.Table, error) {
	days, err := wholeParameter(p, "value_days")
	if err != nil {
		return nil, fmt.Errorf("fit purchase laws: %w", err)
	}
	if days < 1 {
		return nil, fmt.Errorf("fit purchase laws: parameter $value_days is %d, want at least 1", days)
	}
	now, earlier, bought, err := readHistories(in)
	if err != nil {
		return nil, fmt.Errorf("fit purchase laws: %w", err)
	}
	fits, err := fitLaws(ctx, now)
	if err != nil {
		return nil, err
	}
	losses, err := heldOutLosses(ctx, fits, earlier, float64(days)/7, bought)
	if err != nil {
		return nil, err
	}
	for i := range fits {
		if loss, ok := losses[fits[i].law]; ok {
			fits[i].loss = loss
		}
	}
	return lawFitTable(fits, now.Customers()), nil
}

// lawFit is a law's fit and how it did on the held-out days: loss is NaN where that is not known.
type lawFit struct {
	law           Law
	parameters    []Parameter
	covariance    [][]float64 // of the parameters' logarithms; nil where the fit did not converge
	logLikelihood float64
	customers     float64 // that it was fitted on; 0: all
	converged     bool
	prior         bool // held by a weak prior
	loss          float64
	note          string
}

// unseen is by how much a law's log-likelihood must be better than its limit's for leaving to be seen in the data.
const unseen = 0.01

// fitLaws fits every law, and their limit last. A law without a maximum of its own is held by a weak prior. One that is no
// better than the limit has run along a ridge; where two have, the last one would as well, at its price of a numerical
// integral a history, and is left out.
func fitLaws(ctx context.Context, h Histories) ([]lawFit, error) {
	limit, seen := unfitted(nbd, ""), false
	var fits []lawFit
	for i, law := range Laws() {
		if i == len(Laws())-1 && !seen && limit.converged {
			fits = append(fits, unfitted(law, "not fitted: the other laws show nobody leaving"))
			continue
		}
		some := affordable(law, h)
		f, err := FitPurchases(ctx, law, some)
		if errors.Is(err, ErrTooFewPurchases) {
			fits = append(fits, unfitted(law, err.Error()))
			limit.note = "too few repeat purchases"
			seen = true
			continue
		}
		if err == nil && math.IsNaN(limit.logLikelihood) {
			limit, err = fitLimit(ctx, h)
		}
		if err != nil {
			return nil, err
		}
		seen = seen || f.Converged || f.LogLikelihood > limit.logLikelihood+unseen
		if unbound := f.AtBound; !f.Converged {
			if f, err = FitPurchasesWithPrior(ctx, law, some); err != nil {
				return nil, err
			}
			f.AtBound = append(f.AtBound, unbound...)
		}
		if some.Len() < h.Len() {
			if f, err = f.onAll(h); err != nil {
				return nil, err
			}
		}
		fits = append(fits, purchaseLawFit(f))
	}
	return append(fits, limit), nil
}

func purchaseLawFit(f Fit) lawFit {
	out := lawFit{law: f.Law, parameters: f.Parameters(), logLikelihood: f.LogLikelihood, customers: f.Customers, converged: f.Converged, prior: f.Prior, loss: math.NaN()}
	switch {
	case !f.Converged:
		out.note = notConverged(f.AtBound)
		return out
	case f.Prior && len(f.AtBound) > 0:
		out.note = "held by a weak prior: the data alone do not bound " + strings.Join(f.AtBound, ", ")
	case f.Prior:
		out.note = "held by a weak prior: the data alone show nobody leaving"
	}
	for i := range f.Covariance {
		out.covariance = append(out.covariance, f.Covariance[i][:])
	}
	return out
}

func fitLimit(ctx context.Context, h Histories) (lawFit, error) {
	f, err := fitNBD(ctx, h)
	if err != nil {
		return lawFit{}, err
	}
	out := lawFit{law: nbd, logLikelihood: f.logLikelihood, converged: f.converged, loss: math.NaN()}
	for i, v := range []float64{f.r, f.alpha} {
		q := Parameter{nbdNames()[i], v, math.NaN()}
		if f.converged {
			q.StdError = v * math.Sqrt(f.covariance[i][i])
			out.covariance = append(out.covariance, f.covariance[i][:])
		}
		out.parameters = append(out.parameters, q)
	}
	if !f.converged {
		out.note = notConverged(f.atBound)
	}
	return out, nil
}

func unfitted(law Law, note string) lawFit {
	out := lawFit{law: law, logLikelihood: math.NaN(), loss: math.NaN(), note: note}
	four, two := law.Names(), nbdNames()
	names := four[:]
	if law == nbd {
		names = two[:]
	}
	for _, name := range names {
		out.parameters = append(out.parameters, Parameter{name, math.NaN(), math.NaN()})
	}
	return out
}

func notConverged(atBound []string) string {
	if len(atBound) > 0 {
		return "not converged: the data do not bound " + strings.Join(atBound, ", ")
	}
	return "not converged"
}

// readHistories takes the histories of both dates out of the input.
func readHistories(in arrow.Table) (now, earlier Histories, bought []float64, err error) {
	read := columnReader{in: in}
	isEarlier, repeats := read.truths("is_earlier"), read.numbers("repeat_count")
	last, age := read.numbers("last_weeks"), read.numbers("age_weeks")
	count, buyers := read.numbers("customer_count"), read.numbers("buyer_count")
	if read.err != nil {
		return now, earlier, nil, read.err
	}
	for i := range repeats {
		to := &now
		if isEarlier[i] {
			to = &earlier
			bought = append(bought, buyers[i])
		}
		to.Repeats, to.Last = append(to.Repeats, repeats[i]), append(to.Last, last[i])
		to.Age, to.Count = append(to.Age, age[i]), append(to.Count, count[i])
	}
	return now, earlier, bought, nil
}

// heldOutLosses is the log loss of each law, fitted on what was known before the held-out days, in these; none where too
// little is known or too little came.
func heldOutLosses(ctx context.Context, fits []lawFit, h Histories, within float64, bought []float64) (map[Law]float64, error) {
	var laws []Law
	for _, f := range fits {
		if f.converged && f.law != nbd {
			laws = append(laws, f.law)
		}
	}
	var came float64
	for _, b := range bought {
		came += b
	}
	if len(laws) == 0 || came < leastOutcomes || h.Customers()-came < leastOutcomes {
		return nil, nil
	}
	choice, err := ChooseLaw(ctx, laws, h, within, bought)
	if err != nil && !errors.Is(err, ErrNoModel) {
		return nil, err
	}
	losses := map[Law]float64{}
	for _, c := range choice.Candidates {
		if c.Err == nil {
			losses[c.Fit.Law] = c.LogLoss
		}
	}
	if limit, err := fitNBD(ctx, h); err != nil {
		return nil, err
	} else if limit.converged {
		p := make([]float64, h.Len())
		for i, e := range limit.score(h, Horizon{Within: within}).Buys {
			p[i] = e.Value
		}
		losses[nbd] = logLoss(p, h.Count, bought)
	}
	return losses, nil
}

// chooseFit is the position of the law to believe, and why: -1 where none could be fitted. Without held-out days, the limit
// is believed where the others need a prior and are no more likely.
func chooseFit(fits []lawFit) (at int, by string) {
	byLoss, byLikelihood, limit := -1, -1, -1
	for i, f := range fits {
		switch {
		case !f.converged:
			continue
		case f.law == nbd:
			limit = i
		case byLikelihood < 0 || f.prior == fits[byLikelihood].prior && f.logLikelihood > fits[byLikelihood].logLikelihood ||
			!f.prior && fits[byLikelihood].prior:
			byLikelihood = i
		}
		if !math.IsNaN(f.loss) && (byLoss < 0 || f.loss < fits[byLoss].loss) {
			byLoss = i
		}
	}
	switch {
	case byLoss >= 0:
		return byLoss, chosenByLogLoss
	case limit >= 0 && (byLikelihood < 0 || fits[byLikelihood].prior && fits[byLikelihood].logLikelihood < fits[limit].logLikelihood+unseen):
		return limit, chosenAsLimit
	case byLikelihood >= 0:
		return byLikelihood, chosenByLikelihood
	}
	return -1, ""
}

func lawFitTable(fits []lawFit, customers float64) arrow.Table {
	chosen, by := chooseFit(fits)
	var law, parameter, chosenBy, note []string
	var value, stdError, logL, loss []float64
	var covariance [4][]float64
	var n []int64
	var converged, isChosen []bool
	for i, f := range fits {
		reason := ""
		if i == chosen {
			reason = by
		}
		for k, q := range f.parameters {
			law, parameter = append(law, string(f.law)), append(parameter, q.Name)
			value, stdError = append(value, q.Value), append(stdError, q.StdError)
			logL, loss = append(logL, f.logLikelihood), append(loss, f.loss)
			on := f.customers
			if on == 0 {
				on = customers
			}
			n, converged = append(n, int64(math.Round(on))), append(converged, f.converged)
			isChosen, chosenBy = append(isChosen, i == chosen), append(chosenBy, reason)
			note = append(note, f.note)
			for c := range covariance {
				v := math.NaN()
				if f.converged && c < len(f.parameters) {
					v = f.covariance[k][c]
				}
				covariance[c] = append(covariance[c], v)
			}
		}
	}
	var w columnWriter
	w.texts("law", law)
	w.texts("parameter", parameter)
	w.numbers("value", value)
	w.numbers("std_error", stdError)
	w.numbers("log_likelihood", logL)
	w.counts("n", n)
	w.truths("converged", converged)
	w.numbers("held_out_log_loss", loss)
	w.truths("is_chosen", isChosen)
	w.textsOrNull("chosen_by", chosenBy)
	w.textsOrNull("note", note)
	for c := range covariance {
		w.numbers(fmt.Sprintf("covariance_%d", c+1), covariance[c])
	}
	return w.table(int64(len(law)))
}
