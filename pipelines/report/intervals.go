package report

// Intervals is a forest plot: for each row a point with its interval on one axis through zero, and beside it a few words, which
// stand alone where there is none.
type Intervals struct {
	Title, Desc string
	Rows        []IntervalRow
	Axis        func(float64) string
	AxisName    string
}

// IntervalRow is a row of Intervals. With Known false it has no interval, and Say says why.
type IntervalRow struct {
	Label       string
	Sub         bool // a part of the row above: indented and smaller
	Known       bool
	Value       float64
	Low, High   float64
	Say         string
	Colour, Tip string
}

// SVG draws the rows with the same axis. Zero is always on it, and drawn stronger than the grid.
func (p Intervals) SVG() string {
	const width, top, rowHeight, subHeight, labelWidth, sayWidth, bottom = 760.0, 12.0, 34.0, 26.0, 216.0, 190.0, 40.0
	height := top + bottom
	var values []float64
	for _, r := range p.Rows {
		height += rowHeight
		if r.Sub {
			height += subHeight - rowHeight
		}
		if r.Known {
			values = append(values, r.Low, r.High)
		}
	}
	c := newCanvas(width, height, p.Title, p.Desc)
	from, to := labelWidth+10, width-sayWidth-14
	x := newScale(values, 4, from, to)
	if len(values) > 0 {
		for _, v := range x.ticks() {
			c.line(x.at(v), top, x.at(v), height-bottom+2, colourGrid, 1, "")
			c.text(x.at(v), height-bottom+18, p.Axis(v), text{anchor: "middle", colour: colourMuted, size: 11})
		}
		c.line(x.at(0), top-6, x.at(0), height-bottom+4, colourText, 1.2, "")
		c.text((from+to)/2, height-6, p.AxisName, text{anchor: "middle", colour: colourMuted, size: 11})
	}
	y := top
	for _, r := range p.Rows {
		h, size, indent, stroke, dot := rowHeight, 13.0, 0.0, 2.5, 5.0
		if r.Sub {
			h, size, indent, stroke, dot = subHeight, 12.0, 16.0, 1.8, 3.8
		}
		middle := y + h/2
		label := text{size: size, bold: !r.Sub}
		if r.Sub {
			label.colour = colourMuted
		}
		c.text(indent, middle+4.5, shorten(r.Label, size*1.07, labelWidth-indent), label)
		if r.Known {
			low, high := x.at(r.Low), x.at(r.High)
			c.line(low, middle, high, middle, r.Colour, stroke, "")
			for _, end := range []float64{low, high} {
				c.line(end, middle-5, end, middle+5, r.Colour, stroke, "")
			}
			c.circle(x.at(r.Value), middle, dot, r.Colour, r.Tip)
		}
		say := text{}
		if !r.Known {
			say.colour = colourMuted
		}
		c.text(width-sayWidth, middle+4.5, shorten(r.Say, 12, sayWidth), say)
		y += h
	}
	return c.String()
}
