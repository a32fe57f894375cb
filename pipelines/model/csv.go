package model

import (
	"fmt"
	"strings"
)

// cell is one CSV field. An empty cell without quotes is null; "" is empty text.
type cell struct {
	text string
	null bool
}

// readCSV reads the CSV of a test: commas, double quotes, one header line. Blank lines are skipped. Lines are those of
// each record's start, from 1.
func readCSV(text string) (header []string, records [][]cell, lines []int, err error) {
	line := 1
	for len(text) > 0 {
		record, rest, used, err := cutRecord(text)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("line %d: %w", line, err)
		}
		switch {
		case len(record) == 1 && record[0].null && header != nil && len(header) > 1, len(record) == 1 && record[0].null && header == nil:
			// blank
		case header == nil:
			for _, c := range record {
				header = append(header, strings.TrimSpace(c.text))
			}
		case len(record) != len(header):
			return nil, nil, nil, fmt.Errorf("line %d: got %d cells, want %d", line, len(record), len(header))
		default:
			records, lines = append(records, record), append(lines, line)
		}
		line += used
		text = rest
	}
	return header, records, lines, nil
}

// cutRecord takes one record from the front; used is the number of lines it spans.
func cutRecord(text string) (record []cell, rest string, used int, err error) {
	used = 1
	for {
		var c cell
		if strings.HasPrefix(text, `"`) {
			var b strings.Builder
			text = text[1:]
			for {
				at := strings.IndexByte(text, '"')
				if at < 0 {
					return nil, "", 0, fmt.Errorf("quote is not closed")
				}
				b.WriteString(text[:at])
				text = text[at+1:]
				if !strings.HasPrefix(text, `"`) {
					break
				}
				b.WriteByte('"')
				text = text[1:]
			}
			c.text = b.String()
			used += strings.Count(c.text, "\n")
		} else {
			end := strings.IndexAny(text, ",\n")
			if end < 0 {
				end = len(text)
			}
			c.text = strings.TrimSuffix(text[:end], "\r")
			c.null = c.text == ""
			text = text[end:]
		}
		record = append(record, c)
		text = strings.TrimPrefix(text, "\r")
		switch {
		case text == "":
			return record, "", used, nil
		case text[0] == '\n':
			return record, text[1:], used, nil
		case text[0] == ',':
			text = text[1:]
		default:
			return nil, "", 0, fmt.Errorf("text behind a closing quote: %.10q", text)
		}
	}
}

// csvLine writes one record so that readCSV reads it back.
func csvLine(record []cell) string {
	parts := make([]string, len(record))
	for i, c := range record {
		switch {
		case c.null:
		case c.text == "" || strings.ContainsAny(c.text, "\",\n\r"):
			parts[i] = `"` + strings.ReplaceAll(c.text, `"`, `""`) + `"`
		default:
			parts[i] = c.text
		}
	}
	return strings.Join(parts, ",")
}
