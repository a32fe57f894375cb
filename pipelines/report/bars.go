package report

import (
	"math"
)

// Series is one row of values of a chart, aligned with its labels. NaN is not known: nothing is drawn.
type Series struct {
	Name   string
	Values []float64
	Colour string
}

// Bars is a grouped bar chart, upright or lying. Bars begin at zero.
type Bars struct {
	Title, Desc string
	Labels      []string
	Series      []Series
	// Pale marks labels whose values are not complete; they are drawn paler.
	Pale []bool
	// Axis writes the value of a grid line; Value that of a bar, in tips and, where there is room, beside it.
	Axis, Value func(float64) string
	// Note stands at the end of the legend.
	Note string
}

func (b Bars) values() []float64 {
	var all []float64
	for _, s := range b.Series {
		all = append(all, s.Values...)
	}
	return all
}

func (b Bars) names() (names, colours []string) {
	for _, s := range b.Series {
		names, colours = append(names, s.Name), append(colours, s.Colour)
	}
	return names, colours
}

// known is how many series have a value at a label: so many bars stand around its middle.
func (b Bars) known(i int) int {
	n := 0
	for _, s := range b.Series {
		if !math.IsNaN(s.Values[i]) {
			n++
		}
	}
	return n
}

func (b Bars) opacity(i int) float64 {
	if i < len(b.Pale) && b.Pale[i] {
		return .45
	}
	return 1
}

// Columns draws the bars upright, for series in time.
func (b Bars) Columns() string {
	const width, height, top, bottom = 760.0, 280.0, 34.0, 40.0
	c := newCanvas(width, height, b.Title, b.Desc)
	names, colours := b.names()
	end := c.legend(0, 14, names, colours)
	if b.Note != "" {
		c.text(end, 14, b.Note, text{colour: colourMuted})
	}
	y := newScale(b.values(), 4, height-bottom, top)
	left := 0.0
	for _, v := range y.ticks() {
		left = max(left, textWidth(b.Axis(v), 12)+10)
	}
	for _, v := range y.ticks() {
		at := math.Round(y.at(v)) + .5
		if v != 0 {
			c.line(left, at, width, at, colourGrid, 1, "")
		}
		c.text(left-8, at+4, b.Axis(v), text{anchor: "end", colour: colourMuted})
	}
	slot := (width - left) / float64(max(len(b.Labels), 1))
	bar := min(slot*.74/float64(max(len(b.Series), 1)), 34)
	for i, label := range b.Labels {
		middle := left + slot*(float64(i)+.5)
		x := middle - bar*float64(b.known(i))/2
		for _, s := range b.Series {
			if v := s.Values[i]; !math.IsNaN(v) {
				c.rect(x, y.at(0), bar-1, y.at(v)-y.at(0), s.Colour, b.opacity(i), oneLine(label)+" · "+s.Name+": "+b.Value(v))
				x += bar
			}
		}
		c.text(middle, height-bottom+17, label, text{anchor: "middle", colour: colourMuted})
	}
	zero := math.Round(y.at(0)) + .5
	c.line(left, zero, width, zero, colourAxis, 1, "")
	return c.String()
}

// Rows draws the bars lying, each with its value beside it, for things with names.
func (b Bars) Rows() string {
	const width, top, bar, gap, labelMost = 760.0, 34.0, 15.0, 13.0, 190.0
	group := bar*float64(len(b.Series)) + gap
	height := top + group*float64(len(b.Labels)) + 4
	c := newCanvas(width, height, b.Title, b.Desc)
	names, colours := b.names()
	c.legend(0, 14, names, colours)
	left, room := 0.0, 0.0
	for _, label := range b.Labels {
		left = max(left, min(textWidth(label, 13)+12, labelMost))
	}
	negative := false
	for _, v := range b.values() {
		if !math.IsNaN(v) {
			room = max(room, textWidth(b.Value(v), 12)+10)
			negative = negative || v < 0
		}
	}
	from := left
	if negative {
		from += room
	}
	// every bar says its value, so the scale needs no round ends and no grid
	x := scale{from: from, to: width - room}
	for _, v := range b.values() {
		if !math.IsNaN(v) {
			x.low, x.high = min(x.low, v), max(x.high, v)
		}
	}
	if x.low == x.high {
		x.high = 1
	}
	for i, label := range b.Labels {
		y := top + group*float64(i)
		c.text(left-10, y+bar*float64(len(b.Series))/2+4.5, shorten(label, 13, labelMost-12), text{anchor: "end", size: 13})
		for _, s := range b.Series {
			v := s.Values[i]
			if !math.IsNaN(v) {
				c.rect(x.at(0), y, x.at(v)-x.at(0), bar-1.5, s.Colour, b.opacity(i), label+" · "+s.Name+": "+b.Value(v))
				at, anchor := max(x.at(v), x.at(0))+6, "start"
				if v < 0 {
					at, anchor = x.at(v)-6, "end"
				}
				colour := colourText
				if s.Colour == colourBefore {
					colour = colourMuted
				}
				c.text(at, y+bar-4, b.Value(v), text{anchor: anchor, colour: colour})
			}
			y += bar
		}
	}
	c.line(x.at(0), top-5, x.at(0), height-gap+3, colourAxis, 1, "")
	return c.String()
}

// oneLine is a label with its lines joined.
func oneLine(label string) string {
	out := []rune(label)
	for i, r := range out {
		if r == '\n' {
			out[i] = ' '
		}
	}
	return string(out)
}
