package source

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
)

// postgres is a connection within one read-only transaction, which sees one moment of the data.
type postgres struct{ conn *pgx.Conn }

func unescape(text string) (string, error) { return url.PathUnescape(text) }

func openPostgres(ctx context.Context, address, timezone string) (server, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("read the connection: %w", err)
	}
	config.RuntimeParams["timezone"] = timezone
	config.RuntimeParams["datestyle"] = "ISO, YMD"
	config.RuntimeParams["application_name"] = "tokui"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	if _, err := conn.Exec(ctx, "begin isolation level repeatable read read only"); err != nil {
		_ = conn.Close(ctx) // the first error says more
		return nil, fmt.Errorf("begin at PostgreSQL: %w", err)
	}
	return &postgres{conn}, nil
}

// rows streams the text form of every value as the server sends it: numbers keep their digits, times their zone.
func (p *postgres) rows(ctx context.Context, query string, yield func(line int64, cells []string) error) error {
	reader := p.conn.PgConn().ExecParams(ctx, query, nil, nil, nil, nil)
	var cells []string
	var line int64
	begin := func() error {
		for _, field := range reader.FieldDescriptions() {
			cells = append(cells, field.Name)
		}
		return yield(1, cells)
	}
	for reader.NextRow() {
		if line++; line == 1 {
			if err := begin(); err != nil {
				_, _ = reader.Close() // the first error says more
				return err
			}
		}
		for i, value := range reader.Values() {
			cells[i] = string(value)
		}
		if err := yield(line, cells); err != nil {
			_, _ = reader.Close()
			return err
		}
	}
	if _, err := reader.Close(); err != nil {
		return fmt.Errorf("read from PostgreSQL: %w", err)
	}
	if line == 0 {
		return begin()
	}
	return nil
}

func (p *postgres) newest(ctx context.Context, query, column string) (string, error) {
	var value *string
	err := p.conn.QueryRow(ctx, "select max("+p.quoted(column)+")::text from ("+query+"\n) as tokui").Scan(&value)
	if err != nil {
		return "", fmt.Errorf("read the cursor from PostgreSQL: %w", err)
	}
	if value == nil {
		return "", nil
	}
	return *value, nil
}

func (p *postgres) quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Close ends the transaction with the connection.
func (p *postgres) Close() error { return p.conn.Close(context.Background()) }
