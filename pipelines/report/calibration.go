package report

import "math"

// Calibration is a calibration plot: what was foretold (across) against what came (up), with the diagonal where a forecast
// is right. Both axes begin at zero and have one scale, so that the eye can trust the distance from the diagonal.
type Calibration struct {
	Title, Desc string
	Across, Up  string // the names of the axes
	RightLabel  string // of the diagonal
	Points      []CalibrationPoint
	Percent     func(float64) string
}

// CalibrationPoint is a group with about the same forecast: their share that came, with its interval.
type CalibrationPoint struct {
	Forecast, Frequency, Low, High float64
	Tip                            string
}

// SVG draws the plot as a square with room for its labels.
func (p Calibration) SVG() string {
	const width, height, left, right, top, bottom = 440.0, 400.0, 52.0, 18.0, 26.0, 46.0
	c := newCanvas(width, height, p.Title, p.Desc)
	var values []float64
	for _, point := range p.Points {
		values = append(values, point.Forecast, point.High)
	}
	x := newScale(values, 5, left, width-right)
	if x.high > 1 { // shares end at one
		x.high = 1
	}
	y := x
	y.from, y.to = height-bottom, top
	for _, v := range x.ticks() {
		c.line(left, y.at(v), width-right, y.at(v), colourGrid, 1, "")
		c.text(left-8, y.at(v)+4, p.Percent(v), text{anchor: "end", colour: colourMuted})
		c.text(x.at(v), height-bottom+18, p.Percent(v), text{anchor: "middle", colour: colourMuted})
	}
	c.text(0, 12, p.Up, text{colour: colourMuted})
	c.text(width-right, height-6, p.Across, text{anchor: "end", colour: colourMuted})
	c.line(x.at(0), y.at(0), x.at(x.high), y.at(x.high), colourAxis, 1.2, "4 4")
	c.text(x.at(.76*x.high), y.at(.64*x.high), p.RightLabel, text{colour: colourMuted})
	c.line(left, y.at(0), width-right, y.at(0), colourAxis, 1, "")
	for _, point := range p.Points {
		at := x.at(point.Forecast)
		low, high := y.at(math.Max(point.Low, 0)), y.at(math.Min(point.High, x.high))
		c.line(at, low, at, high, colourNow, 2, "")
		for _, end := range []float64{low, high} {
			c.line(at-4, end, at+4, end, colourNow, 2, "")
		}
		c.circle(at, y.at(point.Frequency), 4.5, colourNow, point.Tip)
	}
	return c.String()
}
