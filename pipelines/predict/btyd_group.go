package predict

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync"
)

// Group joins equal histories. The histories come sorted by (Repeats, Age, Last), so the order of the input does not
// matter; index says for each input in which history it went. The error names the first input that no customer can have.
func Group(repeats, last, age []float64) (h Histories, index []int32, err error) {
	n := len(repeats)
	if len(last) != n || len(age) != n {
		return h, nil, fmt.Errorf("group histories: got slices of %d, %d, %d, want one length", n, len(last), len(age))
	}
	if n > math.MaxInt32 {
		return h, nil, fmt.Errorf("group histories: got %d, want at most %d", n, math.MaxInt32)
	}
	index = make([]int32, n)
	parts := make([]*groups, 2)
	faults := make([]error, len(parts))
	var wait sync.WaitGroup
	for p := range parts {
		wait.Add(1)
		go func() {
			defer wait.Done()
			lo, hi := n*p/len(parts), n*(p+1)/len(parts)
			parts[p] = newGroups()
			for i := lo; i < hi; i++ {
				if err := checkHistory(repeats[i], last[i], age[i]); err != nil {
					faults[p] = fmt.Errorf("group histories: history %d: %w", i, err)
					return
				}
				index[i] = parts[p].add(history{repeats[i], last[i], age[i]}, 1)
			}
		}()
	}
	wait.Wait()
	for _, err := range faults {
		if err != nil {
			return Histories{}, nil, err
		}
	}
	all := parts[0]
	moved := make([]int32, len(parts[1].rows))
	for g, row := range parts[1].rows {
		moved[g] = all.add(row, parts[1].count[g])
	}
	h, rank := all.sorted()
	for i := range index[:n/2] {
		index[i] = rank[index[i]]
	}
	for i := n / 2; i < n; i++ {
		index[i] = rank[moved[index[i]]]
	}
	return h, index, nil
}

type history struct{ x, last, age float64 }

// hash mixes the bits of three floats; equal histories have equal bits, since no value is negative zero (add sees to it).
func (r history) hash() uint64 {
	h := math.Float64bits(r.x) * 0x9e3779b97f4a7c15
	h = (bits.RotateLeft64(h, 23) ^ math.Float64bits(r.last)) * 0xbf58476d1ce4e5b9
	h = (bits.RotateLeft64(h, 29) ^ math.Float64bits(r.age)) * 0x94d049bb133111eb
	return h ^ h>>32
}

// groups is an open hash table of histories: a map of structs takes three times as long.
type groups struct {
	slots []int32 // row + 1, 0 where free; a power of two, at most half full
	rows  []history
	count []float64
}

func newGroups() *groups { return &groups{slots: make([]int32, 1<<12)} }

// add counts n customers with a history and returns its row.
func (g *groups) add(r history, n float64) int32 {
	r.x, r.last, r.age = r.x+0, r.last+0, r.age+0
	if 2*len(g.rows) >= len(g.slots) {
		g.grow()
	}
	mask := uint64(len(g.slots) - 1)
	for at := r.hash() & mask; ; at = (at + 1) & mask {
		row := g.slots[at] - 1
		if row < 0 {
			g.slots[at] = int32(len(g.rows) + 1)
			g.rows = append(g.rows, r)
			g.count = append(g.count, n)
			return int32(len(g.rows) - 1)
		}
		if g.rows[row] == r {
			g.count[row] += n
			return row
		}
	}
}

func (g *groups) grow() {
	g.slots = make([]int32, 4*len(g.slots))
	mask := uint64(len(g.slots) - 1)
	for row, r := range g.rows {
		at := r.hash() & mask
		for g.slots[at] != 0 {
			at = (at + 1) & mask
		}
		g.slots[at] = int32(row + 1)
	}
}

// sorted returns the histories in their total order, and where each row went.
func (g *groups) sorted() (h Histories, rank []int32) {
	order := make([]int32, len(g.rows))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int {
		a, b := g.rows[i], g.rows[j]
		switch {
		case a.x != b.x:
			return sign(a.x - b.x)
		case a.age != b.age:
			return sign(a.age - b.age)
		default:
			return sign(a.last - b.last)
		}
	})
	n := len(order)
	h = Histories{make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)}
	rank = make([]int32, n)
	for to, from := range order {
		r := g.rows[from]
		h.Repeats[to], h.Last[to], h.Age[to], h.Count[to] = r.x, r.last, r.age, g.count[from]
		rank[from] = int32(to)
	}
	return h, rank
}

func sign(d float64) int {
	if d < 0 {
		return -1
	}
	return 1
}
