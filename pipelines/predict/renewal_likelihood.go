package predict

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// renewalRow stands for all pairs of the same (m, S, w): whole days make most pairs alike.
type renewalRow struct {
	m      int32
	level  int32 // index into the tables by m
	s, w   float64
	weight float64
}

// renewalSample is the data of a fit, grouped. Rows are in a total order, so that sums do not depend on the order in
// which the pairs came.
type renewalSample struct {
	rows   []renewalRow
	levels []float64 // the distinct m, ascending
	spans  []renewalSpan
	pairs  float64 // weight of all rows
	gaps   float64 // Σ m
	logs   float64 // Σ L; L enters the likelihood only through its sum
	days   float64 // Σ S
	waits  float64 // Σ w
}

// renewalSpan is what the rows of one m have between them.
type renewalSpan struct {
	rows   int
	leastS float64
	mostS  float64
	leastW float64 // above 0
	mostW  float64
}

type renewalKey struct {
	m    int32
	s, w float64
}

// newRenewalSample groups pairs. Several slices count as one.
func newRenewalSample(sets ...[]RenewalPair) *renewalSample {
	groups := make([]RenewalGroup, len(sets))
	for i, pairs := range sets {
		groups[i].Pairs = pairs
	}
	return newRenewalGroupSample(groups)
}

func newRenewalGroupSample(groups []RenewalGroup) *renewalSample {
	weights := make(map[renewalKey]float64)
	var logs []float64
	for _, g := range groups {
		for i := range g.Pairs {
			p, count := &g.Pairs[i], 1.0
			if g.Counts != nil {
				count = g.Counts[i]
			}
			weights[renewalKey{int32(p.Gaps), p.Total, p.Since}] += count
			if p.Gaps > 0 {
				logs = append(logs, p.LogTotal*count)
			}
		}
	}
	rows := make([]renewalRow, 0, len(weights))
	for k, n := range weights {
		rows = append(rows, renewalRow{m: k.m, s: k.s, w: k.w, weight: n})
	}
	s := arrangeRenewalRows(rows)
	slices.Sort(logs) // a sum of doubles depends on its order; the pairs' order must not matter
	for _, v := range logs {
		s.logs += v
	}
	return s
}

// arrangeRenewalRows sorts rows and computes what depends on them; logs are left to the caller.
func arrangeRenewalRows(rows []renewalRow) *renewalSample {
	slices.SortFunc(rows, func(x, y renewalRow) int {
		return cmp.Or(cmp.Compare(x.m, y.m), cmp.Compare(x.s, y.s), cmp.Compare(x.w, y.w))
	})
	s := &renewalSample{rows: rows}
	for i := range rows {
		r := &rows[i]
		if len(s.levels) == 0 || s.levels[len(s.levels)-1] != float64(r.m) {
			s.levels = append(s.levels, float64(r.m))
			s.spans = append(s.spans, renewalSpan{leastS: r.s, leastW: math.Inf(1)})
		}
		r.level = int32(len(s.levels) - 1)
		span := &s.spans[r.level]
		span.rows++
		span.leastS, span.mostS = math.Min(span.leastS, r.s), math.Max(span.mostS, r.s)
		if span.mostW = math.Max(span.mostW, r.w); r.w > 0 {
			span.leastW = math.Min(span.leastW, r.w)
		}
		s.pairs += r.weight
		s.gaps += r.weight * float64(r.m)
		s.days += r.weight * r.s
		s.waits += r.weight * r.w
	}
	return s
}

// thin is about n of the rows, evenly spread over their order: enough to find where the optimum lies. Rows
// don't keep their logarithms, so their mean is that of the whole, moved by the ratio of the mean gaps.
func (s *renewalSample) thin(n int) *renewalSample {
	if len(s.rows) <= n {
		return s
	}
	rows := make([]renewalRow, 0, n)
	for i := range n {
		rows = append(rows, s.rows[i*len(s.rows)/n])
	}
	t := arrangeRenewalRows(rows)
	if t.gaps > 0 {
		// The thinned gaps have their own mean, and the logarithms move with it.
		t.logs = t.gaps * (s.logs/s.gaps + math.Log(t.days/t.gaps) - math.Log(s.days/s.gaps))
	}
	return t
}

// renewalLevel holds what depends on the parameters and m only.
type renewalLevel struct {
	m, shape    float64 // m, R
	beta        betaShape
	table       *betaTable // nil where there are too few rows for one
	constant    float64    // the logarithm's part without data
	digamma     float64    // ψ(R)
	leave       float64    // q
	leaveA      float64    // ∂q/∂a
	leaveB      float64
	constantAB  [2]float64 // derivatives of the Beta part by a and b
	digammaDiff float64    // ψ(R) - ψ(r)
}

// renewalChunk rows are summed in order by one worker, and the chunks in order after: the sum is the same on any
// number of processors.
const renewalChunk = 1024

// evaluate is the log-likelihood at θ = ln(k, r, α, a, b) and its gradient by θ.
func (s *renewalSample) evaluate(theta renewalVector) (float64, renewalVector) {
	p := theta.exp()
	levels := s.tables(p)
	chunks := (len(s.rows) + renewalChunk - 1) / renewalChunk
	values := make([]float64, chunks)
	slopes := make([]renewalVector, chunks)
	chunksInParallel(chunks, func(c int) {
		rows := s.rows[c*renewalChunk : min((c+1)*renewalChunk, len(s.rows))]
		values[c], slopes[c] = sumRenewalRows(p, levels, rows)
	})
	value := (p.K - 1) * s.logs
	slope := renewalVector{s.logs}
	for c := range chunks {
		value += values[c]
		for i := range slope {
			slope[i] += slopes[c][i]
		}
	}
	for i, v := range [...]float64{p.K, p.R, p.Alpha, p.A, p.B} {
		slope[i] *= v // by the logarithm
	}
	return value, slope
}

func (s *renewalSample) tables(p Renewal) []renewalLevel {
	lgK, _ := math.Lgamma(p.K)
	lgR, _ := math.Lgamma(p.R)
	lgB, _ := math.Lgamma(p.B)
	lgAB, _ := math.Lgamma(p.A + p.B)
	psiK, psiR, psiB, psiAB := mathext.Digamma(p.K), mathext.Digamma(p.R), mathext.Digamma(p.B), mathext.Digamma(p.A+p.B)
	levels := make([]renewalLevel, len(s.levels))
	for i, m := range s.levels {
		shape := p.R + p.K*m
		lgShape, _ := math.Lgamma(shape)
		lgBm, _ := math.Lgamma(p.B + m)
		sum := p.A + p.B + m
		lgSum, _ := math.Lgamma(sum)
		psiShape, psiBoth, psiSum := mathext.Digamma(shape), mathext.Digamma(p.K+shape), mathext.Digamma(sum)
		l := renewalLevel{
			m: m, shape: shape, beta: newBetaShape(p.K, shape),
			constant: p.K*m*math.Log(p.K) - m*lgK + p.R*math.Log(p.Alpha) - lgR + lgShape + lgBm - lgSum - lgB + lgAB,
			digamma:  psiShape, digammaDiff: psiShape - psiR,
			leave: p.A / sum, leaveA: (p.B + m) / (sum * sum), leaveB: -p.A / (sum * sum),
			constantAB: [2]float64{psiAB - psiSum, psiAB - psiSum + mathext.Digamma(p.B+m) - psiB},
		}
		l.beta.dP, l.beta.dQ = psiK-psiBoth, psiShape-psiBoth
		levels[i] = l
	}
	chunksInParallel(len(levels), func(i int) {
		span := &s.spans[i]
		if !(span.mostW > 0) {
			return
		}
		low := math.Log(p.K*span.leastW) - math.Log(p.Alpha+p.K*span.mostS)
		high := math.Log(p.K*span.mostW) - math.Log(p.Alpha+p.K*span.leastS)
		if float64(span.rows) > renewalTableRows*(high-low)/betaTableStep {
			levels[i].table = newBetaTable(&levels[i].beta, low, high)
		}
	})
	return levels
}

// renewalTableRows is how many rows of one m a node of a table must serve to be worth its time.
const renewalTableRows = 3

// sumRenewalRows is the rows' part of the log-likelihood without (k-1)ΣL, and its derivatives by k, r, α, a, b.
func sumRenewalRows(p Renewal, levels []renewalLevel, rows []renewalRow) (sum float64, slope renewalVector) {
	logK, psiK, logAlpha := math.Log(p.K), mathext.Digamma(p.K), math.Log(p.Alpha)
	for i := range rows {
		row := &rows[i]
		l := &levels[row.level]
		own := p.Alpha + p.K*row.s // α + kS
		all := own + p.K*row.w
		logOwn := math.Log(own)
		t := betaTail{upper: 1}
		switch {
		case !(row.w > 0):
		case l.table == nil:
			t = l.beta.slope(p.K*row.w/all, own/all)
		default:
			x := math.Log(p.K*row.w) - logOwn
			t = l.table.at(x)
			rest := math.Log(own / all)
			t.density = math.Exp(l.beta.p*(x+rest)+l.beta.q*rest-l.beta.logBeta) / (p.K * row.w / all * (own / all))
		}

		stay := 1 - l.leave
		here := l.leave + stay*t.upper // left, or silent so far by chance
		sum += row.weight * (l.constant - l.shape*logOwn + math.Log(here))

		// z depends on k and α: ∂z/∂k = αw/(α+kS+kw)², ∂z/∂α = -kw/(α+kS+kw)².
		fall := -stay / here
		dz := fall * t.density * row.w / (all * all)
		slope[0] += row.weight * (l.m*(logK+1-psiK+l.digamma-logOwn) - l.shape*row.s/own +
			fall*(t.dP+l.m*t.dQ) + dz*p.Alpha)
		slope[1] += row.weight * (logAlpha + l.digammaDiff - logOwn + fall*t.dQ)
		slope[2] += row.weight * (p.R/p.Alpha - l.shape/own - dz*p.K)
		slope[3] += row.weight * (l.constantAB[0] + l.leaveA*t.lower/here)
		slope[4] += row.weight * (l.constantAB[1] + l.leaveB*t.lower/here)
	}
	return sum, slope
}
