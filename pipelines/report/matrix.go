package report

import (
	"fmt"
	"math"
)

// Matrix is a heat map with its numbers: how many went from each row to each column.
type Matrix struct {
	Title, Desc           string
	RowName, ColName      string
	Rows, Cols            []string
	Values                [][]float64 // by row, by column
	Value                 func(float64) string
	Tip                   func(row, col int) string
	Diagonal              func(row, col int) bool // who stayed: outlined
	Better, Worse         func(row, col int) bool
	BetterText, WorseText string
}

// SVG draws the matrix. A cell is the darker the greater its share of its row; moves up are in the colour of gain, moves
// down in that of attention, and every cell says its number.
func (m Matrix) SVG() string {
	const width, left, top, cellHeight = 760.0, 120.0, 62.0, 36.0
	height := top + cellHeight*float64(len(m.Rows)) + 34
	c := newCanvas(width, height, m.Title, m.Desc)
	cell := min((width-left)/float64(max(len(m.Cols), 1)), 116)
	c.text(left, 14, m.ColName+" →", text{colour: colourMuted})
	c.text(left-12, top-12, m.RowName+" ↓", text{colour: colourMuted, anchor: "end"})
	for j, name := range m.Cols {
		c.text(left+cell*(float64(j)+.5), top-12, shorten(name, 13, cell-6), text{anchor: "middle", size: 13, bold: true})
	}
	for i, name := range m.Rows {
		y := top + cellHeight*float64(i)
		c.text(left-12, y+cellHeight/2+4.5, shorten(name, 13, left-16), text{anchor: "end", size: 13, bold: true})
		var sum float64
		for _, v := range m.Values[i] {
			sum += v
		}
		for j, v := range m.Values[i] {
			x := left + cell*float64(j)
			colour := colourMuted
			switch {
			case m.Better(i, j):
				colour = colourNow
			case m.Worse(i, j):
				colour = colourAccent
			}
			opacity := 0.0
			if v > 0 && sum > 0 {
				// the root keeps a small share visible beside the large ones on the diagonal
				opacity = .08 + .42*math.Sqrt(v/sum)
			}
			c.rect(x+1, y+1, cell-2, cellHeight-2, colourGrid, .35, "")
			if opacity > 0 {
				c.rect(x+1, y+1, cell-2, cellHeight-2, colour, opacity, m.Tip(i, j))
			}
			t := text{anchor: "middle", size: 13, bold: v > 0}
			label := m.Value(v)
			if v == 0 {
				t.colour, label = colourAxis, "·"
			}
			c.text(x+cell/2, y+cellHeight/2+4.5, label, t)
			if m.Diagonal(i, j) {
				fmt.Fprintf(&c.b, `<rect x="%s" y="%s" width="%s" height="%s" style="fill:none;stroke:%s" stroke-width="1.5"/>`+"\n",
					number(x+1), number(y+1), number(cell-2), number(cellHeight-2), colourAxis)
			}
		}
	}
	c.legend(left, height-10, []string{m.BetterText, m.WorseText}, []string{colourNow, colourAccent})
	return c.String()
}
