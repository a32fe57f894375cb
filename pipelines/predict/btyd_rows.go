package predict

import (
	"runtime"
	"slices"
	"sync"
)

// rows are histories with their values numbered: a logarithm or a gamma function is then taken once for a value, not
// once for a history.
type rows struct {
	counts         []float64 // the different numbers of repeat purchases, ascending
	times          []float64 // the different times, of last purchases and of ages, ascending
	x, last, age   []int32   // positions in counts and times
	n              []float64
	customers      float64
	meanAge, meanX float64
}

func newRows(h Histories) *rows {
	r := &rows{
		counts: distinct(h.Repeats), times: distinct(h.Last, h.Age),
		n: h.Count, customers: h.Customers(),
	}
	r.x, r.last, r.age = numbered(h.Repeats, r.counts), numbered(h.Last, r.times), numbered(h.Age, r.times)
	for i, n := range h.Count {
		r.meanAge += n * h.Age[i] / r.customers
		r.meanX += n * h.Repeats[i] / r.customers
	}
	return r
}

func distinct(lists ...[]float64) []float64 {
	seen := map[float64]struct{}{}
	for _, list := range lists {
		previous, first := 0.0, true
		for _, v := range list {
			if first || v != previous {
				seen[v] = struct{}{}
			}
			previous, first = v, false
		}
	}
	out := make([]float64, 0, len(seen))
	for v := range seen {
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}

func numbered(list, values []float64) []int32 {
	at := make(map[float64]int32, len(values))
	for i, v := range values {
		at[v] = int32(i)
	}
	out := make([]int32, len(list))
	for i, v := range list {
		if i > 0 && v == list[i-1] {
			out[i] = out[i-1]
			continue
		}
		out[i] = at[v]
	}
	return out
}

// chunk is the number of rows summed in one go. It is fixed, and chunks are added in their order, so that a sum has the
// same bits on any number of cores.
const chunk = 4096

// sums is a value and its gradient over the four parameters.
type sums [5]float64

// sumRows adds up f over the rows 0 to n, in parallel.
func sumRows(n int, f func(lo, hi int) sums) sums {
	parts := make([]sums, (n+chunk-1)/chunk)
	each(len(parts), func(i int) { parts[i] = f(i*chunk, min(n, (i+1)*chunk)) })
	var total sums
	for _, p := range parts {
		for k, v := range p {
			total[k] += v
		}
	}
	return total
}

// each calls f for 0 to n, in parallel where there is enough to share.
func each(n int, f func(i int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	if workers < 2 {
		for i := range n {
			f(i)
		}
		return
	}
	var wait sync.WaitGroup
	for w := range workers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for i := w; i < n; i += workers {
				f(i)
			}
		}()
	}
	wait.Wait()
}
