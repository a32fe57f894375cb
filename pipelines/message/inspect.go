package message

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// inspected is what a page looks like to a reader.
type inspected struct {
	language string
	dark     bool     // it names its colour schemes
	silent   []string // pictures without alt
	pale     []string // what cannot be read well
	links    []string
	text     string // what is shown
}

// look is how an element is shown: by day, or by night.
type look struct {
	color, background string
	size              float64
	bold, hidden      bool
}

type inspector struct {
	found inspected
	night []rule // the rules for dark mode
	shown strings.Builder
	told  map[string]bool // what was said of one text need not be said of the others that look like it
}

// inspect goes through a finished page.
func inspect(doc *html.Node) inspected {
	i := &inspector{told: map[string]bool{}}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "style" && n.FirstChild != nil {
			i.night = append(i.night, nightRules(n.FirstChild.Data)...)
		}
	}
	white := look{color: "#000000", background: "#ffffff", size: 16}
	dark := white
	if len(i.night) > 0 {
		dark = look{color: "#ffffff", background: "#121212", size: 16}
	}
	i.node(doc, nil, white, dark)
	i.found.text = i.shown.String()
	return i.found
}

var nightMedia = regexp.MustCompile(`@media[^{]*prefers-color-scheme\s*:\s*dark[^{]*\{`)

func nightRules(css string) []rule {
	var all []rule
	for _, m := range nightMedia.FindAllStringIndex(css, -1) {
		end := blockEnd(css, m[1]-1)
		rules, _ := parseCSS(css[m[1]:end-1], len(all))
		all = append(all, rules...)
	}
	return all
}

func (i *inspector) node(n *html.Node, open []element, day, night look) {
	switch n.Type {
	case html.TextNode:
		i.words(n, day, night)
		return
	case html.ElementNode:
		if n.Data == "title" || n.Data == "style" || n.Data == "script" {
			return
		}
		i.tag(n)
		e := element{name: n.Data, id: attr(n, "id"), classes: strings.Fields(attr(n, "class"))}
		open = append(slices.Clone(open), e)
		own := parseDeclarations(attr(n, "style"))
		attributes := map[string]string{"background-color": attr(n, "bgcolor"), "color": attr(n, "color")}
		if n.Data == "a" {
			day.color, night.color = "#0000ee", "#0000ee"
		}
		if n.Data == "b" || n.Data == "strong" || n.Data == "th" || len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] <= '6' {
			day.bold, night.bold = true, true
		}
		for name, v := range maps.All(attributes) {
			if v != "" {
				own = append([]declaration{{name: name, value: v}}, own...)
			}
		}
		for _, d := range own {
			day, night = day.with(d), night.with(d)
		}
		for _, d := range declarationsFor(i.night, open) {
			if d.important || !slices.ContainsFunc(own, func(o declaration) bool { return o.name == d.name }) {
				night = night.with(d)
			}
		}
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		i.node(child, open, day, night)
	}
	if n.Type == html.ElementNode && !inlineElements[n.Data] {
		i.shown.WriteByte('\n')
	}
}

var inlineElements = map[string]bool{"a": true, "b": true, "strong": true, "em": true, "i": true, "span": true}

// tag notes what an element says by its attributes.
func (i *inspector) tag(n *html.Node) {
	switch n.Data {
	case "html":
		i.found.language = attr(n, "lang")
	case "meta":
		if strings.EqualFold(attr(n, "name"), "color-scheme") {
			i.found.dark = true
		}
	case "img":
		if !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "alt" }) {
			i.found.silent = append(i.found.silent, attr(n, "src"))
		}
	case "a", "area":
		if target := attr(n, "href"); target != "" && !slices.Contains(i.found.links, target) {
			i.found.links = append(i.found.links, target)
		}
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// with is a look after a declaration.
func (l look) with(d declaration) look {
	switch d.name {
	case "color":
		l.color = d.value
	case "background-color", "background":
		if _, ok := luminance(d.value); ok {
			l.background = d.value
		}
	case "font-size":
		if px, err := strconv.ParseFloat(strings.TrimSuffix(d.value, "px"), 64); err == nil {
			l.size = px
		}
	case "font-weight":
		weight, err := strconv.Atoi(d.value)
		l.bold = d.value == "bold" || err == nil && weight >= 700
	case "display", "visibility":
		l.hidden = l.hidden || d.value == "none" || d.value == "hidden"
	}
	return l
}

// The least contrast, and the smallest text, that can be read (WCAG 2.1, 1.4.3; JP4 wants the sender's words legible).
const (
	leastContrast, leastLarge = 4.5, 3.0
	largeText, largeBold      = 24, 18.5
	smallestText              = 12
)

// words looks at a text, by day and by night.
func (i *inspector) words(n *html.Node, day, night look) {
	text := strings.Join(strings.Fields(n.Data), " ")
	if day.hidden {
		return
	}
	i.shown.WriteString(n.Data)
	if strings.Trim(text, "\u00a0\u200c\u034f ") == "" {
		return
	}
	if r := []rune(text); len(r) > 20 {
		text = string(r[:20]) + "…"
	}
	if day.size < smallestText {
		i.tell(text, fmt.Sprintf("is %gpx high, want at least %d", day.size, smallestText))
	}
	for _, mode := range []struct {
		name string
		look
	}{{"light", day}, {"dark", night}} {
		least := leastContrast
		if mode.size >= largeText || mode.bold && mode.size >= largeBold {
			least = leastLarge
		}
		if ratio, ok := contrast(mode.color, mode.background); ok && ratio < least {
			i.tell(text, fmt.Sprintf("has a contrast of %.1f in %s mode (%s on %s), want at least %g", ratio, mode.name, mode.color,
				mode.background, least))
		}
	}
}

func (i *inspector) tell(text, what string) {
	if !i.told[what] {
		i.told[what] = true
		i.found.pale = append(i.found.pale, fmt.Sprintf("%q %s", text, what))
	}
}

// contrast is WCAG's ratio of two colours; false where one of them is not known.
func contrast(a, b string) (float64, bool) {
	la, ok := luminance(a)
	lb, known := luminance(b)
	if !ok || !known {
		return 0, false
	}
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05), true
}

var colorNames = map[string]string{"white": "#ffffff", "black": "#000000", "red": "#ff0000", "gray": "#808080", "grey": "#808080",
	"silver": "#c0c0c0", "navy": "#000080", "blue": "#0000ff", "green": "#008000"}

// luminance is the relative luminance of #rgb, #rrggbb or a usual name.
func luminance(color string) (float64, bool) {
	color = strings.ToLower(strings.TrimSpace(color))
	if named, ok := colorNames[color]; ok {
		color = named
	}
	digits, ok := strings.CutPrefix(color, "#")
	if ok && len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	if !ok || len(digits) != 6 {
		return 0, false
	}
	rgb, err := strconv.ParseUint(digits, 16, 32)
	if err != nil {
		return 0, false
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		c := float64(rgb>>(16-8*i)&0xff) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum, true
}
