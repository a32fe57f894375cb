package report

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// The colours of charts: a CSS variable of the page, and the light theme's value as its fallback. Series differ in
// lightness as well as hue, so that they stay apart without colour vision and on a grey printer.
const (
	colourNow    = "var(--now,#0a6aa8)"    // this period, what is good
	colourBefore = "var(--before,#b9c6d3)" // the period it is compared with
	colourAccent = "var(--accent,#c8501e)" // what asks for attention
	colourMuted  = "var(--muted,#5c6670)"  // axis texts, what is not known
	colourText   = "var(--ink,#1b2229)"
	colourGrid   = "var(--grid,#e4e8ec)"
	colourAxis   = "var(--axis,#98a3ad)"
	colourPaper  = "var(--paper,#ffffff)"
)

// fontStack is the reader's own system font: nothing is loaded, and Japanese is drawn by a Japanese face.
const fontStack = `system-ui,-apple-system,'Segoe UI','Hiragino Sans','Yu Gothic UI','Noto Sans JP','Noto Sans CJK JP',sans-serif`

// canvas is an SVG under construction. Coordinates are in units of its view box, about a pixel of a desktop page each.
type canvas struct {
	b strings.Builder
}

// newCanvas begins a drawing that is read out as title and desc.
func newCanvas(width, height float64, title, desc string) *canvas {
	c := &canvas{}
	fmt.Fprintf(&c.b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" role="img" aria-label="%s" font-family="%s" font-size="12">`,
		number(width), number(height), number(width), number(height), html.EscapeString(title), html.EscapeString(fontStack))
	fmt.Fprintf(&c.b, "\n<title>%s</title>\n<desc>%s</desc>\n", html.EscapeString(title), html.EscapeString(desc))
	return c
}

// String closes the drawing.
func (c *canvas) String() string { return c.b.String() + "</svg>" }

// rect draws a filled box; a negative width or height is turned around. tip, where given, shows on hover.
func (c *canvas) rect(x, y, w, h float64, colour string, opacity float64, tip string) {
	if w < 0 {
		x, w = x+w, -w
	}
	if h < 0 {
		y, h = y+h, -h
	}
	fmt.Fprintf(&c.b, `<rect x="%s" y="%s" width="%s" height="%s" style="fill:%s"`, number(x), number(y), number(w), number(h), colour)
	if opacity < 1 {
		fmt.Fprintf(&c.b, ` fill-opacity="%s"`, number(opacity))
	}
	c.b.WriteString(closing("rect", tip))
}

// line draws a straight line; dash is a stroke pattern or "".
func (c *canvas) line(x1, y1, x2, y2 float64, colour string, width float64, dash string) {
	fmt.Fprintf(&c.b, `<line x1="%s" y1="%s" x2="%s" y2="%s" style="stroke:%s" stroke-width="%s"`,
		number(x1), number(y1), number(x2), number(y2), colour, number(width))
	if dash != "" {
		fmt.Fprintf(&c.b, ` stroke-dasharray="%s"`, dash)
	}
	c.b.WriteString("/>\n")
}

// path draws an outline, or fills it where fill is not "none".
func (c *canvas) path(d, fill, stroke string, width, opacity float64) {
	fmt.Fprintf(&c.b, `<path d="%s" style="fill:%s;stroke:%s" stroke-width="%s" stroke-linejoin="round"`, d, fill, stroke, number(width))
	if opacity < 1 {
		fmt.Fprintf(&c.b, ` fill-opacity="%s"`, number(opacity))
	}
	c.b.WriteString("/>\n")
}

// circle draws a filled dot with a rim of the paper's colour.
func (c *canvas) circle(x, y, r float64, colour, tip string) {
	fmt.Fprintf(&c.b, `<circle cx="%s" cy="%s" r="%s" style="fill:%s;stroke:%s" stroke-width="1.5"`,
		number(x), number(y), number(r), colour, colourPaper)
	c.b.WriteString(closing("circle", tip))
}

// text is how a text is drawn.
type text struct {
	anchor string // start, middle, end
	colour string
	size   float64
	bold   bool
}

// text draws one line, or several at newlines, the first with its baseline at y.
func (c *canvas) text(x, y float64, s string, t text) {
	if t.size == 0 {
		t.size = 12
	}
	if t.colour == "" {
		t.colour = colourText
	}
	for i, lineOf := range strings.Split(s, "\n") {
		if lineOf == "" {
			continue
		}
		fmt.Fprintf(&c.b, `<text x="%s" y="%s" style="fill:%s"`, number(x), number(y+float64(i)*(t.size+2)), t.colour)
		if t.anchor != "" && t.anchor != "start" {
			fmt.Fprintf(&c.b, ` text-anchor="%s"`, t.anchor)
		}
		if t.size != 12 {
			fmt.Fprintf(&c.b, ` font-size="%s"`, number(t.size))
		}
		if t.bold {
			c.b.WriteString(` font-weight="600"`)
		}
		fmt.Fprintf(&c.b, ">%s</text>\n", html.EscapeString(lineOf))
	}
}

func closing(element, tip string) string {
	if tip == "" {
		return "/>\n"
	}
	return "><title>" + html.EscapeString(tip) + "</title></" + element + ">\n"
}

// number writes a coordinate to two digits behind the point, without trailing noughts.
func number(v float64) string {
	text := strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
	if text == "-0" {
		return "0"
	}
	return text
}

// legend draws the names of series in a row from x; it returns where the row ends.
func (c *canvas) legend(x, y float64, names []string, colours []string) float64 {
	for i, name := range names {
		c.rect(x, y-9, 11, 11, colours[i], 1, "")
		c.text(x+16, y, name, text{colour: colourMuted})
		x += 16 + textWidth(name, 12) + 18
	}
	return x
}

// textWidth is about how wide a text is drawn: a CJK character is as wide as high, others a little over half.
func textWidth(s string, size float64) float64 {
	var units float64
	for _, r := range s {
		switch {
		case r >= 0x1100 && !(r >= 0xFF61 && r <= 0xFF9F) && !(r >= 0x2000 && r < 0x2E80):
			units++
		case r == 'i' || r == 'l' || r == ' ' || r == '.' || r == ',' || r == '\'':
			units += .3
		case r >= 'A' && r <= 'Z' || r == 'm' || r == 'w' || r == '%' || r == '—':
			units += .68
		default:
			units += .56
		}
	}
	return units * size
}

// shorten cuts a text to a width, with an ellipsis where something is missing.
func shorten(s string, size, width float64) string {
	if textWidth(s, size) <= width {
		return s
	}
	runes := []rune(s)
	for len(runes) > 1 && textWidth(string(runes)+"…", size) > width {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimRight(string(runes), " ") + "…"
}

// scale maps values to coordinates. It always holds zero, and its ends are round.
type scale struct {
	low, high, step float64
	from, to        float64
}

// newScale covers the values and zero by round steps, about so many. Values that are NaN do not count.
func newScale(values []float64, steps int, from, to float64) scale {
	low, high := 0.0, 0.0
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		low, high = min(low, v), max(high, v)
	}
	if low == high {
		high = 1
	}
	raw := (high - low) / float64(steps)
	magnitude := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * magnitude
	for _, m := range []float64{1, 2, 2.5, 5} {
		if raw <= m*magnitude*(1+1e-9) {
			step = m * magnitude
			break
		}
	}
	return scale{
		low:  math.Floor(low/step+1e-9) * step,
		high: math.Ceil(high/step-1e-9) * step,
		step: step, from: from, to: to,
	}
}

func (s scale) at(v float64) float64 {
	return s.from + (v-s.low)/(s.high-s.low)*(s.to-s.from)
}

func (s scale) ticks() []float64 {
	var ticks []float64
	for i := 0; ; i++ {
		v := s.low + float64(i)*s.step
		if v > s.high+s.step/2 {
			return ticks
		}
		if math.Abs(v) < s.step/1e6 {
			v = 0
		}
		ticks = append(ticks, v)
	}
}
