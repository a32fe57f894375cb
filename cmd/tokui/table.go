package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// table prints aligned columns; numbers to the right. Wide characters count double, as terminals draw them.
type table struct {
	head  []string
	right []bool
	rows  [][]string
}

// newTable makes a table; a heading that ends in > is of a column of numbers.
func newTable(head ...string) *table {
	t := &table{}
	for _, h := range head {
		t.head = append(t.head, strings.TrimSuffix(h, ">"))
		t.right = append(t.right, strings.HasSuffix(h, ">"))
	}
	return t
}

func (t *table) add(cells ...any) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		switch v := cell.(type) {
		case int:
			row[i] = thousands(int64(v))
		case int64:
			row[i] = thousands(v)
		default:
			row[i] = fmt.Sprint(cell)
		}
	}
	t.rows = append(t.rows, row)
}

func (t *table) print(w io.Writer) {
	widths := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], displayWidth(cell))
		}
	}
	line := func(row []string) {
		var b strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-displayWidth(cell))
			switch {
			case t.right[i]:
				b.WriteString(pad + cell)
			case i == len(row)-1:
				b.WriteString(cell)
			default:
				b.WriteString(cell + pad)
			}
			if i < len(row)-1 {
				b.WriteString("  ")
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
	line(t.head)
	for _, row := range t.rows {
		line(row)
	}
}

func displayWidth(s string) int {
	width := utf8.RuneCountInString(s)
	for _, r := range s {
		if r >= 0x1100 && (r < 0xFF61 || r > 0xFF9F) && r != 0x2026 && (r < 0x2010 || r > 0x25FF) {
			width++
		}
	}
	return width
}

func thousands(n int64) string {
	s := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// printJSON writes one stable object or array, as the --json of every verb does.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write json: %w", err)
	}
	return nil
}
