package main

import (
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// sales is what the invented files need to know of the real one.
type sales struct {
	customers []customer // by number
	products  []product  // by code
}

// customer is one buyer of the sales file.
type customer struct {
	id, country, firstOrder, firstOn string
}

// product is one stock code with how often each description stands on its lines.
type product struct {
	code         string
	descriptions map[string]int
}

// readSales reads the gzipped CSV once.
func readSales(path string) (sales, error) {
	f, err := os.Open(path)
	if err != nil {
		return sales{}, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return sales{}, fmt.Errorf("read %s: %w", path, err)
	}
	r := csv.NewReader(z)
	r.ReuseRecord = true
	if _, err := r.Read(); err != nil {
		return sales{}, fmt.Errorf("read %s: %w", path, err)
	}
	customers, products := map[string]customer{}, map[string]product{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return sales{}, fmt.Errorf("read %s: %w", path, err)
		}
		// InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
		code := strings.TrimSpace(row[1])
		p, ok := products[code]
		if !ok {
			p = product{strings.Clone(code), map[string]int{}}
			products[p.code] = p
		}
		p.descriptions[strings.Join(strings.Fields(row[2]), " ")]++
		id := strings.TrimSuffix(row[6], ".0")
		if _, known := customers[id]; id == "" || known {
			continue
		}
		c := customer{strings.Clone(id), strings.Clone(row[7]), strings.Clone(row[0]), strings.Clone(row[4][:10])}
		customers[c.id] = c
	}
	return sales{
		slices.SortedFunc(maps.Values(customers), func(a, b customer) int { return cmp.Compare(a.id, b.id) }),
		slices.SortedFunc(maps.Values(products), func(a, b product) int { return cmp.Compare(a.code, b.code) }),
	}, nil
}

// name is the description that stands on most of the product's lines, in the case of a catalogue. Real descriptions are
// in capitals; what is not ("damaged", "wrongly coded 20713", "?") is a stock note, taken only where there is no other.
func (p product) name() string {
	best, bestScore := "", -1
	for _, text := range slices.Sorted(maps.Keys(p.descriptions)) {
		score := p.descriptions[text]
		if text == strings.ToUpper(text) && len(text) > 3 && !strings.Contains(text, "?") {
			score += 1 << 20
		}
		if text != "" && score > bestScore {
			best, bestScore = text, score
		}
	}
	if bestScore < 1<<20 {
		return best
	}
	words := strings.Fields(strings.ToLower(best))
	for i, word := range words {
		words[i] = capitalise(word)
	}
	return strings.Join(words, " ")
}

// capitalise makes the first letter of each hyphenated part a capital: t-light becomes T-Light.
func capitalise(word string) string {
	parts := strings.Split(word, "-")
	for i, part := range parts {
		if part != "" {
			parts[i] = strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return strings.Join(parts, "-")
}
