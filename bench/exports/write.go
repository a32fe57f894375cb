package exports

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/text/encoding/japanese"
)

// System is one system's export.
type System struct {
	// Name is its profile's, where there is one.
	Name, File string
	English    bool
	// CP932 says that the file is not UTF-8, Mark that it begins with a byte order mark.
	CP932, Mark bool
	Delimiter   string
	DateForm    string // as time.Format has it, or heisei
	OrderForm   string // as Sprintf has it
	Money       string // plain, commas, dollars, cents
	// Columns are the header with the meaning of each column behind a vertical line; without one a column is empty.
	Columns []string
	// LineColumns are those that continuation rows carry, in exports that fill the first row of an order only.
	LineColumns []string
	// Words are what the system calls completed, cancelled and returned.
	Words map[string]string
	// Shape is repeated, heads, first_line, charges, records, obc or report.
	Shape string
	// NoCustomer says that the export names no buyer, ByName that the names are all there is.
	NoCustomer, ByName bool
	// Right are the mappings that a reader must come to, as far as they are single columns.
	Right map[string]string
	// Partial says that the header is known in part: the profile alone cannot map it.
	Partial bool
}

// Truth is what a reader of the file must come to.
type Truth struct {
	// Records are the rows of the file below its header, Lines those that are sales of goods.
	Records, Lines    int
	Orders, Customers int
	// Sums by status, of goods, or of orders where the file has heads only.
	Completed, Cancelled, Returned int
}

// Make makes the file and what is true of it.
func (s System) Make() ([]byte, Truth) {
	var (
		rows  [][]string
		truth Truth
		seen  = map[int]bool{}
	)
	header, meanings := make([]string, len(s.Columns)), make([]string, len(s.Columns))
	for i, c := range s.Columns {
		header[i], meanings[i], _ = strings.Cut(c, "|")
	}
	row := func(o Order, l *Line, n int, keep func(i int) bool) {
		cells := make([]string, len(meanings))
		for i, m := range meanings {
			if keep == nil || keep(i) {
				cells[i] = s.cell(m, o, l, n)
			}
		}
		rows = append(rows, cells)
	}
	count := func(o Order, amount int) {
		truth.Lines++
		switch {
		case o.Status == "cancelled" && s.Words["cancelled"] != "" || s.cancelsByDate() && o.Status == "cancelled":
			truth.Cancelled += amount
		case o.Status == "returned" && s.Words["returned"] != "":
			truth.Returned += amount
		default:
			truth.Completed += amount
		}
	}
	if s.Shape == "report" {
		return s.report(header)
	}
	for _, o := range Orders() {
		truth.Orders++
		seen[o.Customer] = true
		switch s.Shape {
		case "heads":
			row(o, nil, 0, nil)
			count(o, o.Total())
			continue
		case "records":
			isLine := map[string]bool{}
			for _, c := range s.LineColumns {
				isLine[c] = true
			}
			row(o, nil, 0, func(i int) bool { return !isLine[header[i]] })
			rows[len(rows)-1][s.kindColumn(header)] = "請求書"
			for n := range o.Lines {
				row(o, &o.Lines[n], n, func(i int) bool { return isLine[header[i]] })
				rows[len(rows)-1][s.kindColumn(header)] = "品目"
				count(o, o.Lines[n].Amount())
			}
			continue
		case "obc":
			at := s.date(o.At)
			rows = append(rows, []string{"*", "1", at, at, fmt.Sprintf(s.OrderForm, o.No), code(o.Customer), "0001", "毎度"})
		}
		for n := range o.Lines {
			l := &o.Lines[n]
			var keep func(i int) bool
			if s.Shape == "first_line" && n > 0 {
				keep = func(i int) bool {
					for _, c := range s.LineColumns {
						if header[i] == c {
							return true
						}
					}
					return false
				}
			}
			row(o, l, n, keep)
			count(o, l.Amount())
		}
		if s.Shape == "charges" {
			for _, charge := range []struct {
				word   string
				amount int
			}{{"送料", o.Shipping}, {"手数料", o.Fee}, {"割引", -o.Discount}} {
				if charge.amount == 0 {
					continue
				}
				row(o, &Line{}, 9, nil)
				cells := rows[len(rows)-1]
				for i, m := range meanings {
					switch m {
					case "product", "=商品":
						cells[i] = charge.word
					case "sku", "pid":
						cells[i] = ""
					case "price":
						cells[i] = s.money(charge.amount)
					case "qty":
						cells[i] = "1"
					}
				}
			}
		}
	}
	truth.Records, truth.Customers = len(rows), len(seen)
	if s.NoCustomer {
		truth.Customers = 0
	}
	return s.encode(header, rows), truth
}

func (s System) cancelsByDate() bool {
	for _, c := range s.Columns {
		if strings.HasSuffix(c, "|cancelled") {
			return true
		}
	}
	return false
}

func (s System) kindColumn(header []string) int {
	for i, h := range header {
		if h == "行形式" {
			return i
		}
	}
	return 0
}

// encode writes the rows as the system does.
func (s System) encode(header []string, rows [][]string) []byte {
	var b bytes.Buffer
	write := func(cells []string) {
		for i, c := range cells {
			if i > 0 {
				b.WriteString(s.Delimiter)
			}
			if strings.ContainsAny(c, s.Delimiter+"\"\n") {
				c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
			}
			b.WriteString(c)
		}
		b.WriteString("\r\n")
	}
	if s.Shape != "obc" {
		write(header)
	}
	for _, r := range rows {
		write(r)
	}
	return s.bytes(b.Bytes())
}

func (s System) bytes(text []byte) []byte {
	switch {
	case s.CP932:
		// ShiftJIS of x/text is code page 932
		out, err := japanese.ShiftJIS.NewEncoder().Bytes(text)
		if err != nil {
			panic(err) // a character of ours that the table lacks: a fault of this file
		}
		return out
	case s.Mark:
		return append([]byte("\xef\xbb\xbf"), text...)
	}
	return text
}
