package pipelines

import (
	"context"
	"fmt"
	"strings"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// Answer is the rows of a query: as text for people, or each row as a JSON object with the columns in their order.
type Answer struct {
	Columns []string
	Rows    [][]string
	Objects []string
}

// Query runs one SELECT of a user on the warehouse. It goes through the same whitelist as models and audiences: no
// files, no settings, nothing that writes. $as_of and the models' parameters may be used.
func (p *Program) Query(ctx context.Context, query string, asJSON bool) (Answer, error) {
	query = strings.TrimRight(strings.TrimSpace(query), "; \n\t")
	var answer Answer
	err := p.withWarehouse(ctx, "query", func(db *warehouse.DB) error {
		statement, err := db.ParseAt(ctx, position.Position{File: "query", Line: 1, Column: 1}, query)
		if err != nil {
			return err
		}
		if err := p.needTables(ctx, db, statement); err != nil {
			return err
		}
		params := p.Params(p.asOf(""))
		var args []any
		for _, param := range statement.Params() {
			value, ok := params[param.Name]
			if !ok {
				return position.Faults{{Position: param.Position, Message: "got the unknown parameter $" + param.Name,
					Try: "$as_of"}}
			}
			args = append(args, warehouse.Named(param.Name, value))
		}
		return db.Tx(ctx, func(tx *warehouse.Tx) error {
			// a temporary table keeps the order of the query's own ORDER BY, which a subquery need not
			if _, err := tx.Exec(ctx, "create or replace temp table answer as "+query, args...); err != nil {
				return fmt.Errorf("query: %w", err)
			}
			answer, err = readAnswer(ctx, tx, asJSON)
			return err
		})
	})
	return answer, err
}

func readAnswer(ctx context.Context, tx *warehouse.Tx, asJSON bool) (Answer, error) {
	text := "select columns(*)::varchar from answer"
	if asJSON {
		text = "select to_json(answer)::varchar from answer"
	}
	rows, err := tx.Query(ctx, text)
	if err != nil {
		return Answer{}, fmt.Errorf("query: %w", err)
	}
	defer rows.Close()
	var answer Answer
	if answer.Columns, err = rows.Columns(); err != nil {
		return Answer{}, fmt.Errorf("query: %w", err)
	}
	for rows.Next() {
		cells := make([]*string, len(answer.Columns))
		into := make([]any, len(cells))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return Answer{}, fmt.Errorf("query: %w", err)
		}
		if asJSON {
			answer.Objects = append(answer.Objects, *cells[0])
			continue
		}
		row := make([]string, len(cells))
		for i, cell := range cells {
			if cell != nil {
				row[i] = *cell
			}
		}
		answer.Rows = append(answer.Rows, row)
	}
	if err := rows.Err(); err != nil {
		return Answer{}, fmt.Errorf("query: %w", err)
	}
	return answer, nil
}
