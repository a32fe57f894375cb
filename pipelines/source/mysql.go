package source

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// mysqlServer is a connection to MySQL or MariaDB within one read-only transaction, which sees one moment of the data.
type mysqlServer struct {
	db *sql.DB
	tx *sql.Tx
}

func openMySQL(ctx context.Context, address, timezone string) (server, error) {
	config, err := mysqlConfig(address)
	if err != nil {
		return nil, fmt.Errorf("read the connection: %w", err)
	}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, fmt.Errorf("read the connection: %w", err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connect to MySQL: %w", err), db.Close())
	}
	s := &mysqlServer{db, tx}
	// Many servers know no names of time zones; then the zone's offset of today has to do.
	if _, err := tx.ExecContext(ctx, "set time_zone = ?", timezone); err != nil {
		zone, zoneErr := time.LoadLocation(timezone)
		if zoneErr != nil {
			return nil, errors.Join(zoneErr, s.Close())
		}
		if _, err := tx.ExecContext(ctx, "set time_zone = ?", offsetOf(zone)); err != nil {
			return nil, errors.Join(fmt.Errorf("set the time zone at MySQL: %w", err), s.Close())
		}
	}
	return s, nil
}

// offsetOf is the winter offset of a zone, as MySQL writes it.
func offsetOf(zone *time.Location) string {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, zone).Format("-07:00")
}

// mysqlConfig reads mysql://user:password@host:port/database?tls=true.
func mysqlConfig(address string) (*mysql.Config, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "mysql" && u.Scheme != "mariadb" || u.Host == "" && u.Query().Get("socket") == "" {
		return nil, errors.New("want mysql://USER:PASSWORD@HOST:PORT/DATABASE") // url's own error would show the password
	}
	config := mysql.NewConfig()
	config.User = u.User.Username()
	config.Passwd, _ = u.User.Password()
	config.DBName = strings.TrimPrefix(u.Path, "/")
	config.Net, config.Addr = "tcp", u.Host
	if u.Port() == "" {
		config.Addr = net.JoinHostPort(u.Hostname(), "3306")
	}
	for key, values := range u.Query() {
		switch value := values[len(values)-1]; key {
		case "tls":
			config.TLSConfig = value
		case "socket":
			config.Net, config.Addr = "unix", value
		default:
			return nil, fmt.Errorf("got the parameter %q, want tls or socket", key)
		}
	}
	config.Timeout = 30 * time.Second
	config.Logger = &mysql.NopLogger{}
	return config, nil
}

func (s *mysqlServer) rows(ctx context.Context, query string, yield func(line int64, cells []string) error) (err error) {
	rows, err := s.tx.QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("ask MySQL: %w", err)
	}
	defer func() {
		if closed := rows.Close(); err == nil && closed != nil {
			err = fmt.Errorf("read from MySQL: %w", closed)
		}
	}()
	names, err := rows.Columns()
	if err != nil {
		return fmt.Errorf("read from MySQL: %w", err)
	}
	if err := yield(1, names); err != nil {
		return err
	}
	values := make([]sql.RawBytes, len(names))
	into := make([]any, len(names))
	cells := make([]string, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	for line := int64(1); rows.Next(); line++ {
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("read from MySQL: %w", err)
		}
		for i, value := range values {
			cells[i] = string(value)
		}
		if err := yield(line, cells); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read from MySQL: %w", err)
	}
	return nil
}

func (s *mysqlServer) newest(ctx context.Context, query, column string) (string, error) {
	var value sql.NullString
	if err := s.tx.QueryRowContext(ctx, "select max("+s.quoted(column)+") from ("+query+"\n) as tokui").Scan(&value); err != nil {
		return "", fmt.Errorf("read the cursor from MySQL: %w", err)
	}
	return value.String, nil
}

func (s *mysqlServer) quoted(name string) string {
	return "`" + strings.ReplaceAll(name, "`", "``") + "`"
}

// Close ends the transaction and the connection.
func (s *mysqlServer) Close() error { return errors.Join(s.tx.Rollback(), s.db.Close()) }
