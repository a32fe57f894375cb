// Command generate writes the Japanese example: the exports of an invented wholesaler of office supplies, as a Japanese
// sales management system writes them (CP932, CRLF, Japanese headers, quoted amounts with commas, codes with leading
// zeros, rows that a person spoiled).
//
//	go run ./testdata/ja/generate [-to FOLDER]
//
// Nothing in it is real. It reads nothing, draws from generators with fixed seeds, and so writes the same bytes on every
// machine; its output is committed, and a test at the root of the module holds the two equal.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/text/encoding/japanese"
)

func main() {
	to := flag.String("to", "testdata/ja", "the folder to write to")
	flag.Parse()
	if err := run(*to); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// run writes every file of the example.
func run(to string) error {
	customers := makeCustomers()
	orders := makeOrders(customers)
	people := makePeople(customers)
	persons := makePersons(people.contacts, customers, orders)
	for _, f := range []struct {
		name  string
		cp932 bool // else UTF-8 with a byte order mark, as a contact manager on the web writes it
		rows  [][]string
	}{
		{"juchu_2023.csv", true, orders.rows("2023/04/01", "2024/04/01")},
		{"juchu_2024.csv", true, orders.rows("2024/04/01", "2025/04/01")},
		{"shohin.csv", true, productRows()},
		{"tokuisaki.csv", true, customerRows(customers)},
		{"renrakusaki.csv", false, people.contacts},
		{"kyomi.csv", false, people.interests},
		{"douki.csv", false, people.consents},
		{"seikyu.csv", true, invoiceRows(orders)},
		{"taiou.csv", true, interactionRows(persons)},
		{"shodan.csv", true, dealRows(persons)},
		{"hoyu.csv", true, assetRows(customers)},
		{"anketo.csv", true, surveyRows(persons)},
		{"hannou.csv", false, responseRows(persons)},
	} {
		if err := write(filepath.Join(to, f.name), f.cp932, f.rows); err != nil {
			return err
		}
	}
	return nil
}

// write joins the rows as CSV with CRLF. A cell is quoted where it must be.
func write(path string, cp932 bool, rows [][]string) error {
	var b strings.Builder
	if !cp932 {
		b.WriteString("\ufeff")
	}
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				b.WriteByte(',')
			}
			if strings.ContainsAny(cell, ",\"\r\n") {
				cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
			}
			b.WriteString(cell)
		}
		b.WriteString("\r\n")
	}
	text := b.String()
	if cp932 {
		var err error
		if text, err = japanese.ShiftJIS.NewEncoder().String(text); err != nil { // x/text's Shift_JIS is CP932
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	return os.WriteFile(path, []byte(text), 0o644)
}
