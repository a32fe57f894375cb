package model

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/tokui/tokui/internal/warehouse"
)

// personal are the columns whose values stay out of errors, which end in logs and in the journal.
var personal = map[string]bool{
	"name": true, "name_kana": true, "customer_name": true, "contact_name": true, "email": true, "phone": true,
	"postal_code": true, "address": true, "birth_date": true, "gender": true, "note": true, "proof": true,
	"situation": true, "attributes": true, "fields": true,
}

var word = regexp.MustCompile(`[a-z_][a-z0-9_]*`)

// mentioned are the columns of the model that an expression names.
func (c *checker) mentioned(expression string) []string {
	var list []string
	for _, w := range word.FindAllString(strings.ToLower(expression), -1) {
		if col, ok := c.model.column(w); ok && !slices.Contains(list, col.Name) && !slices.Contains(c.model.Grain, col.Name) {
			list = append(list, col.Name)
		}
	}
	return list
}

// sample returns a few rows of a FROM clause: the grain, then further columns.
func (c *checker) sample(ctx context.Context, from string, further []string, args []any) ([]string, error) {
	return c.sampleOf(ctx, from, append(slices.Clone(c.model.Grain), further...), args)
}

func (c *checker) sampleOf(ctx context.Context, from string, columns []string, args []any) ([]string, error) {
	var list, shown []string
	for _, col := range columns {
		if personal[col] {
			continue
		}
		shown = append(shown, col)
		list = append(list, warehouse.Ident(col)+"::varchar")
	}
	if len(list) == 0 {
		return nil, nil
	}
	rows, err := textRows(ctx, c.on, "select "+strings.Join(list, ", ")+from+" order by all limit 3", args...)
	if err != nil {
		return nil, err
	}
	result := make([]string, len(rows))
	for i, r := range rows {
		parts := make([]string, len(r))
		for j, v := range r {
			parts[j] = shown[j] + "=null"
			if v.Valid {
				parts[j] = shown[j] + "=" + v.String
			}
		}
		result[i] = strings.Join(parts, ", ")
	}
	return result, nil
}
