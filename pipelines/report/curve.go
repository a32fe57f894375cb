package report

import (
	"fmt"
	"strings"
)

// Curve is a Pareto curve: the share of the whole (up) that the largest so many (across) make together.
type Curve struct {
	Title, Desc   string
	Across, Up    string // the names of the axes
	X, Y          []float64
	Marks         []Mark
	Percent       func(float64) string
	EqualityLabel string
}

// Mark is a point on the curve worth a sentence.
type Mark struct {
	X, Y  float64
	Label string
}

// SVG draws the curve from (0, 0) to (1, 1), with the diagonal that it would be if all were equal.
func (p Curve) SVG() string {
	const width, height, left, right, top, bottom = 760.0, 330.0, 52.0, 20.0, 26.0, 46.0
	c := newCanvas(width, height, p.Title, p.Desc)
	x := scale{low: 0, high: 1, step: .2, from: left, to: width - right}
	y := scale{low: 0, high: 1, step: .2, from: height - bottom, to: top}
	for _, v := range y.ticks() {
		c.line(left, y.at(v), width-right, y.at(v), colourGrid, 1, "")
		c.text(left-8, y.at(v)+4, p.Percent(v), text{anchor: "end", colour: colourMuted})
		c.text(x.at(v), height-bottom+18, p.Percent(v), text{anchor: "middle", colour: colourMuted})
	}
	c.text(0, 12, p.Up, text{colour: colourMuted})
	c.text(width-right, height-6, p.Across, text{anchor: "end", colour: colourMuted})
	c.line(x.at(0), y.at(0), x.at(1), y.at(1), colourAxis, 1, "4 4")
	if p.EqualityLabel != "" {
		c.text(x.at(.62), y.at(.5), p.EqualityLabel, text{colour: colourMuted})
	}
	var d strings.Builder
	for i := range p.X {
		command := "L"
		if i == 0 {
			command = "M"
		}
		fmt.Fprintf(&d, "%s%s %s", command, number(x.at(p.X[i])), number(y.at(p.Y[i])))
	}
	if len(p.X) > 0 {
		area := d.String() + fmt.Sprintf("L%s %sL%s %sZ", number(x.at(1)), number(y.at(0)), number(x.at(0)), number(y.at(0)))
		c.path(area, colourNow, "none", 0, .12)
		c.path(d.String(), "none", colourNow, 2.5, 1)
	}
	c.line(left, y.at(0), width-right, y.at(0), colourAxis, 1, "")
	for _, m := range p.Marks {
		c.line(x.at(m.X), y.at(0), x.at(m.X), y.at(m.Y), colourAccent, 1, "2 3")
		c.line(x.at(0), y.at(m.Y), x.at(m.X), y.at(m.Y), colourAccent, 1, "2 3")
		c.circle(x.at(m.X), y.at(m.Y), 4.5, colourAccent, m.Label)
		// below the curve to the right of the point, where a concave curve leaves room
		c.text(x.at(m.X)+11, y.at(m.Y)+17, m.Label, text{bold: true})
	}
	return c.String()
}
