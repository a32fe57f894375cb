package onboard

import (
	"strings"
)

// link holds the ids of sales against the masters.
func (f *Finding) link() {
	for _, p := range f.Sources {
		if p.Table != "sales" {
			continue
		}
		for _, pair := range [][2]string{{"customers", "customer_id"}, {"products", "product_id"}} {
			from := p.field(pair[1])
			if from == nil || len(from.From) != 1 {
				continue
			}
			for _, m := range f.Sources {
				if m.Table != pair[0] || m.Of == p.Of {
					continue
				}
				to := m.field(pair[1])
				if to == nil || len(to.From) != 1 {
					continue
				}
				l := compareIDs(from.From[0], to.From[0])
				l.FromFile, l.ToFile = p.Of.File, m.Of.File
				f.Links = append(f.Links, l)
				if l.Distinct > 0 && l.Hits*100 >= l.Distinct*95 {
					from.Evidence = append(from.Evidence, percentOf(l.Hits, l.Distinct)+" found in "+m.Of.File)
				} else {
					from.Sure = min(from.Sure, Check)
					from.Evidence = append(from.Evidence, "only "+percentOf(l.Hits, l.Distinct)+" found in "+m.Of.File)
				}
			}
		}
	}
}

func percentOf(n, of int64) string {
	if of == 0 {
		return "0 %"
	}
	tenths := 1000 * n / of // rounded down: 100 % means all
	return itoa(int(tenths/10)) + "." + itoa(int(tenths%10)) + " %"
}

// compareIDs looks for the values of a in b, as the loader compares them: by width. Values that would be found only
// without their leading zeros are counted as misses, and said to be so.
func compareIDs(a, b *Column) Link {
	l := Link{From: a, To: b}
	have, bare := map[string]bool{}, map[string]bool{}
	for id, v := range b.values {
		if b.counts[id] > 0 {
			have[fold(v)] = true
			bare[strings.TrimLeft(fold(v), "0")] = true
		}
	}
	zeros := int64(0)
	for _, v := range a.Common(len(a.values)) {
		l.Distinct++
		switch {
		case have[fold(v)]:
			l.Hits++
		case bare[strings.TrimLeft(fold(v), "0")]:
			zeros++
			fallthrough
		default:
			if len(l.Misses) < 10 {
				l.Misses = append(l.Misses, v)
			}
		}
	}
	l.Normalised = zeros*2 > l.Distinct-l.Hits && zeros > 0
	return l
}
