// Command generate writes the invented half of the example: customers, contacts, leads, interests, consents and
// products for the real sale lines of the UCI Online Retail data set, which has neither names nor addresses.
//
//	go run ./testdata/online_retail/generate [-from FILE] [-to FOLDER]
//
// The output depends on the sales file alone: every customer draws from a generator of its own, seeded by its number,
// so that the files are the same on every machine and a customer's rows do not depend on its neighbours'. Its output is
// committed; a test at the root of the module holds the two equal.
package main

import (
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	from := flag.String("from", "testdata/online_retail/online_retail.csv.gz", "the sales file")
	to := flag.String("to", "testdata/online_retail", "the folder to write to")
	flag.Parse()
	if err := run(*from, *to); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// run reads the sales file and writes every table beside it.
func run(from, to string) error {
	sales, err := readSales(from)
	if err != nil {
		return err
	}
	w := world{}
	for _, c := range sales.customers {
		w.addCustomer(c)
	}
	for n := 1; n <= leadCount; n++ {
		w.addLead(n)
	}
	for _, p := range sales.products {
		w.products = append(w.products, []string{p.code, p.name()})
	}
	for name, rows := range map[string][][]string{
		"customers.csv": prepend(w.customers, "customer_id", "name", "region", "sales_rep", "approach", "rank_override"),
		"contacts.csv": prepend(w.contacts, "contact_id", "customer_id", "name", "title", "department",
			"decision_maker", "email", "acquired_via", "acquired_on"),
		"interests.csv": prepend(w.interests, "contact_id", "topic", "noted_on"),
		"consents.csv": prepend(w.consents, "contact_id", "channel", "granted_at", "granted", "basis", "method",
			"proof"),
		"products.csv": prepend(w.products, "StockCode", "Description"),
	} {
		if err := write(filepath.Join(to, name), rows); err != nil {
			return err
		}
	}
	return nil
}

func prepend(rows [][]string, header ...string) [][]string {
	return append([][]string{header}, rows...)
}

func write(path string, rows [][]string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := csv.NewWriter(f).WriteAll(rows); err != nil {
		f.Close()
		return fmt.Errorf("write %s: %w", path, err)
	}
	return f.Close()
}
