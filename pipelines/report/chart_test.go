package report

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// drawn reads an SVG as XML: its rectangles, and its texts in order.
func drawn(t *testing.T, svg string) (rects []map[string]float64, texts []string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(svg))
	inText := false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return rects, texts
		}
		if err != nil {
			t.Fatalf("the chart is no XML: %v\n%s", err, svg)
		}
		switch e := token.(type) {
		case xml.StartElement:
			inText = e.Name.Local == "text"
			if e.Name.Local != "rect" {
				continue
			}
			rect := map[string]float64{}
			for _, a := range e.Attr {
				if v, err := strconv.ParseFloat(a.Value, 64); err == nil {
					rect[a.Name.Local] = v
				}
			}
			rects = append(rects, rect)
		case xml.EndElement:
			inText = false
		case xml.CharData:
			if inText {
				texts = append(texts, string(e))
			}
		}
	}
}

func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// Bars stand on zero and are as long as their values, below zero too; what is not known is not drawn.
func TestColumnsBeginAtZero(t *testing.T) {
	svg := Bars{
		Title: "T <&>", Desc: "d", Labels: []string{"a", "b", "c"}, Axis: plain, Value: plain,
		Series: []Series{{Name: "now", Values: []float64{200, math.NaN(), -100}, Colour: colourNow}},
	}.Columns()
	rects, texts := drawn(t, svg)
	if len(rects) != 3 { // the legend's, and two bars
		t.Fatalf("got %d rectangles, want 3:\n%s", len(rects), svg)
	}
	up, down := rects[1], rects[2]
	if math.Abs(up["height"]-2*down["height"]) > .02 {
		t.Errorf("heights of 200 and -100: got %g and %g", up["height"], down["height"])
	}
	if math.Abs(up["y"]+up["height"]-down["y"]) > .02 {
		t.Errorf("the bars do not meet at zero: %v, %v", up, down)
	}
	if !strings.Contains(strings.Join(texts, "|"), "-100|0|100|200") {
		t.Errorf("ticks: got %q, want round ones that hold zero", texts)
	}
	if !strings.Contains(svg, "<title>T &lt;&amp;&gt;</title>") || !strings.Contains(svg, "<desc>d</desc>") {
		t.Errorf("no title and description for readers:\n%s", svg)
	}
}

func TestRowsSayTheirValues(t *testing.T) {
	svg := Bars{
		Labels: []string{"A", "B"}, Axis: plain, Value: plain,
		Series: []Series{
			{Name: "now", Values: []float64{300, -10}, Colour: colourNow},
			{Name: "before", Values: []float64{150, 75}, Colour: colourBefore},
		},
	}.Rows()
	rects, texts := drawn(t, svg)
	if math.Abs(rects[2]["width"]-2*rects[3]["width"]) > .02 {
		t.Errorf("widths of 300 and 150: got %g and %g", rects[2]["width"], rects[3]["width"])
	}
	all := strings.Join(texts, "|")
	for _, want := range []string{"A|300|150", "B|-10|75"} {
		if !strings.Contains(all, want) {
			t.Errorf("texts: got %s, want %s in them", all, want)
		}
	}
	_, texts = drawn(t, Bars{Axis: plain, Value: plain, Labels: []string{"A"}, Series: []Series{{Name: "now", Values: []float64{0}}}}.Rows())
	if len(texts) != 3 {
		t.Errorf("a bar of nothing: got texts %q, want its name, label and value", texts)
	}
}

func TestCurveMatrixIntervals(t *testing.T) {
	_, texts := drawn(t, Curve{Title: "p", X: []float64{0, .5, 1}, Y: []float64{0, .9, 1}, Percent: plain,
		Marks: []Mark{{X: .5, Y: .9, Label: "half make most"}}}.SVG())
	if !strings.Contains(strings.Join(texts, "|"), "half make most") {
		t.Errorf("the mark is missing: %q", texts)
	}
	never := func(int, int) bool { return false }
	_, texts = drawn(t, Matrix{Rows: []string{"A", "B"}, Cols: []string{"A"}, Values: [][]float64{{3}, {0}}, Value: plain,
		Tip: func(int, int) string { return "tip" }, Diagonal: never, Better: never, Worse: never}.SVG())
	if got := strings.Join(texts, "|"); !strings.Contains(got, "A|3|B|·") {
		t.Errorf("matrix: got %s, want the number and a dot for none", got)
	}
	svg := Intervals{Axis: plain, Rows: []IntervalRow{
		{Label: "x", Known: true, Value: 2, Low: 1, High: 3, Say: "gain"},
		{Label: "y", Say: "too early"},
	}}.SVG()
	_, texts = drawn(t, svg)
	if got := strings.Join(texts, "|"); !strings.Contains(got, "0|") || !strings.Contains(got, "x|gain|y|too early") {
		t.Errorf("intervals: got %s, want zero on the axis and both rows", got)
	}
	_, texts = drawn(t, Intervals{Axis: plain, Rows: []IntervalRow{{Label: "y", Say: "too early"}}}.SVG())
	if got := strings.Join(texts, "|"); got != "y|too early" {
		t.Errorf("no interval at all: got %s, want no axis", got)
	}
}

// Scales hold zero and end on round values, whatever the numbers.
func FuzzScale(f *testing.F) {
	f.Add(1.0, 2.0)
	f.Add(-1e-9, 0.0)
	f.Add(1e15, -1e15)
	f.Add(0.0, 0.0)
	f.Fuzz(func(t *testing.T, a, b float64) {
		if math.IsNaN(a) || math.IsNaN(b) || math.Abs(a) > 1e18 || math.Abs(b) > 1e18 || a != 0 && math.Abs(a) < 1e-12 || b != 0 && math.Abs(b) < 1e-12 {
			t.Skip()
		}
		s := newScale([]float64{a, b, math.NaN()}, 4, 0, 100)
		if s.low > 0 || s.high < 0 || s.low > min(a, b)+s.step*1e-6 || s.high < max(a, b)-s.step*1e-6 {
			t.Errorf("%g, %g: got a scale from %g to %g", a, b, s.low, s.high)
		}
		if n := len(s.ticks()); n < 2 || n > 12 {
			t.Errorf("%g, %g: got %d ticks", a, b, n)
		}
	})
}

// A calibration plot has one scale on both axes, that holds every point and its interval, and never more than 100 %.
func TestCalibrationHasOneScale(t *testing.T) {
	plot := Calibration{Title: "T", Desc: "d", Across: "foretold", Up: "came", RightLabel: "right", Percent: Format{Locale: "en"}.Percent,
		Points: []CalibrationPoint{{Forecast: .02, Frequency: .03, Low: .01, High: .05}, {Forecast: .26, Frequency: .33, Low: .31, High: .34, Tip: "tip <&>"}}}
	_, texts := drawn(t, plot.SVG())
	ticks := map[string]int{}
	for _, text := range texts {
		ticks[text]++
	}
	if ticks["0%"] != 2 || ticks["40%"] != 2 || ticks["50%"] != 0 {
		t.Errorf("got the texts %q, want both axes from 0%% to 40%%", texts)
	}
	plot.Points = append(plot.Points, CalibrationPoint{Forecast: .99, Frequency: 1, Low: .9, High: 1})
	svg := plot.SVG()
	_, texts = drawn(t, svg)
	if !slices.Contains(texts, "100%") || slices.Contains(texts, "120%") {
		t.Errorf("got the texts %q, want axes that end at 100%%", texts)
	}
	if !strings.Contains(svg, "<title>tip &lt;&amp;&gt;</title>") {
		t.Errorf("the point's tip is missing or not escaped:\n%s", svg)
	}
}
