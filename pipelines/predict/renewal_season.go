package predict

import (
	"math"
	"slices"

	"github.com/tokui/tokui/internal/calendar"
)

// DayCount is the number of purchases of a category on a day. Days without any may be left out.
type DayCount struct {
	On    calendar.Date
	Count float64
}

// seasonWeeks parts of a year: 52 of seven days; the last has eight, or nine in a leap year.
const seasonWeeks = 52

// Season is how busy each week of the year is, 1 on average. The zero Season is a year without seasons.
//
// It is a clock: Λ(t) = Σ of the daily index up to t. Gaps, silence and horizon that are measured by it (Between) are in
// operational days, in which the category sells evenly, and every formula of Renewal stays as it is. Fit and score must
// use the same Season.
type Season struct {
	index [seasonWeeks]float64
	known bool
}

func seasonWeek(d calendar.Date) int { return min((d.UTC().YearDay()-1)/7, seasonWeeks-1) }

// Index is the day's factor.
func (s Season) Index(d calendar.Date) float64 {
	if !s.known {
		return 1
	}
	return s.index[seasonWeek(d)]
}

// Between is the operational time from one day to another: the sum of the index over the days after from up to to, as
// to.Sub(from) counts them. It is negative when to is earlier.
func (s Season) Between(from, to calendar.Date) float64 {
	if !s.known {
		return float64(to.Sub(from))
	}
	return s.cumulated(to) - s.cumulated(from)
}

// cumulated is Λ(d), but for a constant: the whole years before, and this year's part.
func (s Season) cumulated(d calendar.Date) float64 {
	last := d.UTC().YearDay()
	year := d.UTC().Year()
	// A year of 365 days is 52 weeks and a day more in the last of them; a leap year has one more there.
	leaps := float64((year-1)/4 - (year-1)/100 + (year-1)/400)
	sum := 0.0
	for _, v := range s.index {
		sum += 7 * v
	}
	tail := s.index[seasonWeeks-1]
	total := float64(year)*(sum+tail) + leaps*tail
	for w := 0; w < seasonWeeks && last > 0; w++ {
		days := min(last, 7)
		if w == seasonWeeks-1 {
			days = last
		}
		total += float64(days) * s.index[w]
		last -= days
	}
	return total
}

// EstimateSeason computes a category's season from its purchases by day, over the whole years that end at until
// (exclusive), and shrinks it to its parent's:
//
//	index = (count + worth · parent) / (expected + worth)
//
// by week of the year, then brought to a mean of 1. count adds up, over the years, the purchases of the week and half of
// those of its two neighbours (so that Easter may move); expected is what they would be at that year's average, so growth from year to year is no
// season. worth is how many such purchases the parent's word is worth; 20 is what we use. Less than two
// years of history cannot tell a season from growth or from a fad: then the parent's season is returned (the zero Season
// at the top).
func EstimateSeason(days []DayCount, from, until calendar.Date, parent Season, worth float64) Season {
	years := until.Sub(from) * 100 / 36525 // whole years; a year is counted back from until as 365.25 days
	if years < 2 {
		return parent
	}
	var count, expected [seasonWeeks]float64
	for y := range years {
		end := until.UTC().AddDate(-y, 0, 0)
		first, last := calendar.DateOf(end.AddDate(-1, 0, 0)), calendar.DateOf(end)
		var seen, length [seasonWeeks]float64
		total := 0.0
		for _, d := range days {
			if !d.On.Before(first) && d.On.Before(last) {
				seen[seasonWeek(d.On)] += d.Count
				total += d.Count
			}
		}
		span := last.Sub(first)
		for i := range span {
			length[seasonWeek(first.AddDays(i))]++
		}
		for w := range seen {
			count[w] += seen[w]
			expected[w] += total * length[w] / float64(span)
		}
	}
	s := Season{known: true}
	sum := 0.0
	for w := range s.index {
		before := 1.0
		if parent.known {
			before = parent.index[w]
		}
		v := (seasonAround(count, w) + worth*before) / (seasonAround(expected, w) + worth)
		s.index[w] = math.Max(v, 0.05) // a shop closed for a week still lets its clock run, so gaps stay positive
		sum += s.index[w]
	}
	for w := range s.index {
		s.index[w] *= seasonWeeks / sum
	}
	return s
}

// seasonAround is a week with half of each neighbour; the year is a ring.
func seasonAround(v [seasonWeeks]float64, w int) float64 {
	return v[w] + v[(w+seasonWeeks-1)%seasonWeeks]/2 + v[(w+1)%seasonWeeks]/2
}

// Weeks is the index by week of the year, for a chart or a table; nil for a year without seasons.
func (s Season) Weeks() []float64 {
	if !s.known {
		return nil
	}
	return slices.Clone(s.index[:])
}
