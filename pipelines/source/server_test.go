package source

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tokui/tokui/internal/config"
)

// testServer is a real database server of this test's own, with a user reader and the password "p@ss word".
type testServer struct {
	url  string // of the reader
	exec func(t *testing.T, statements ...string)
}

const readerPassword = "p@ss word"

// need is the program at the first of some paths, or a skip that names the package; with TOKUI_TEST_REAL=1 a failure.
func need(t *testing.T, pkg string, patterns ...string) string {
	t.Helper()
	for _, pattern := range patterns {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[len(found)-1]
		}
	}
	if os.Getenv("TOKUI_TEST_REAL") == "1" {
		t.Fatalf("no %s here; install the package %s", patterns[0], pkg)
	}
	t.Skipf("no %s here; install the package %s", patterns[0], pkg)
	return ""
}

// as makes a command run as a user of the system, for servers refuse to run as root.
func as(t *testing.T, name string, command *exec.Cmd, own ...string) *exec.Cmd {
	t.Helper()
	if os.Getuid() != 0 {
		return command
	}
	u, err := user.Lookup(name)
	must(t, err)
	uid, err := strconv.Atoi(u.Uid)
	must(t, err)
	gid, err := strconv.Atoi(u.Gid)
	must(t, err)
	for _, dir := range own {
		must(t, os.Chown(dir, uid, gid))
	}
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return command
}

// shortDir is a folder that other users may enter and whose path is short enough for a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "tokui-db-")
	must(t, err)
	must(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// start runs a server until the test ends, and waits until ready succeeds.
func start(t *testing.T, command *exec.Cmd, ready func() error) {
	t.Helper()
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	must(t, command.Start())
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
	})
	ticks := time.NewTicker(50 * time.Millisecond)
	defer ticks.Stop()
	var err error
	for range 1200 {
		if err = ready(); err == nil {
			return
		}
		<-ticks.C
	}
	t.Fatalf("the server does not come up: %v\n%s", err, said.String())
}

func startPostgres(t *testing.T) testServer {
	bin := filepath.Dir(need(t, "postgresql", "/usr/lib/postgresql/*/bin/initdb", "/usr/bin/initdb"))
	dir, port := shortDir(t), freePort(t)
	data := filepath.Join(dir, "data")
	must(t, os.Mkdir(data, 0o700))
	password := filepath.Join(dir, "password")
	must(t, os.WriteFile(password, []byte("admin\n"), 0o644))
	initdb := as(t, "postgres", exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-A", "scram-sha-256", "-U", "postgres", "-E", "UTF8", "--locale=C", "--pwfile="+password, "-N"), dir, data)
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	admin := fmt.Sprintf("postgres://postgres:admin@127.0.0.1:%d/postgres", port)
	ctx := context.Background()
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", fmt.Sprint(port), "-k", dir, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off")
	start(t, as(t, "postgres", server), func() error {
		conn, err := pgx.Connect(ctx, admin)
		if err == nil {
			err = conn.Close(ctx)
		}
		return err
	})
	s := testServer{url: fmt.Sprintf("postgres://reader:p%%40ss%%20word@127.0.0.1:%d/postgres", port)}
	s.exec = func(t *testing.T, statements ...string) {
		t.Helper()
		conn, err := pgx.Connect(ctx, admin)
		must(t, err)
		defer conn.Close(ctx)
		for _, statement := range statements {
			if _, err := conn.Exec(ctx, statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
		}
	}
	s.exec(t, "create user reader password '"+readerPassword+"'", "alter default privileges grant all on tables to reader")
	return s
}

func startMariaDB(t *testing.T) testServer {
	daemon := need(t, "mariadb-server", "/usr/sbin/mariadbd")
	install := need(t, "mariadb-server", "/usr/bin/mariadb-install-db")
	dir, port := shortDir(t), freePort(t)
	data, socket := filepath.Join(dir, "data"), filepath.Join(dir, "s")
	must(t, os.Mkdir(data, 0o700))
	if out, err := as(t, "mysql", exec.Command(install, "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db"), dir, data).CombinedOutput(); err != nil {
		t.Fatalf("mariadb-install-db: %v\n%s", err, out)
	}
	admin := "mysql://root@localhost/mysql?socket=" + socket
	config, err := mysqlConfig(admin)
	must(t, err)
	db, err := sql.Open("mysql", config.FormatDSN())
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	server := exec.Command(daemon, "--no-defaults", "--datadir="+data, "--socket="+socket, "--pid-file="+filepath.Join(dir, "pid"), fmt.Sprintf("--port=%d", port), "--bind-address=127.0.0.1", "--character-set-server=utf8mb4")
	start(t, as(t, "mysql", server), db.Ping)
	s := testServer{url: fmt.Sprintf("mysql://reader:p%%40ss%%20word@127.0.0.1:%d/shop", port)}
	s.exec = func(t *testing.T, statements ...string) {
		t.Helper()
		for _, statement := range statements {
			if _, err := db.Exec(statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
		}
	}
	s.exec(t, "create database shop character set utf8mb4", "create user reader@'127.0.0.1' identified by '"+readerPassword+"'", "grant all on shop.* to reader@'127.0.0.1'")
	return s
}

// TestDatabases loads from a real PostgreSQL and a real MariaDB.
func TestDatabases(t *testing.T) {
	for _, kind := range []struct {
		name  string
		start func(*testing.T) testServer
		table string
		with  func(url string) config.Source
	}{
		{"postgres", startPostgres, "sales", func(url string) config.Source { return config.Source{Postgres: config.Secret(url)} }},
		{"mysql", startMariaDB, "shop.sales", func(url string) config.Source { return config.Source{MySQL: config.Secret(url)} }},
	} {
		t.Run(kind.name, func(t *testing.T) {
			s := kind.start(t)
			stamp := "timestamptz"
			if kind.name == "mysql" {
				stamp = "timestamp"
				s.exec(t, "set time_zone = '+00:00'")
			}
			s.exec(t, "create table "+kind.table+" (no varchar(20), line int, who varchar(20), item varchar(20), sold_at "+stamp+", qty decimal(10,3), total decimal(14,2), flag boolean, changed int)")
			insert := func(changed int, rows ...string) {
				for _, row := range rows {
					prefix := ""
					if kind.name == "postgres" {
						prefix = "set timezone = 'UTC'; "
					}
					s.exec(t, prefix+"insert into "+kind.table+" values ("+row+", "+fmt.Sprint(changed)+")")
				}
			}
			// 16:00 UTC is the next day in Tokyo; a null customer; a text with what breaks CSV
			insert(1000, "'007', 1, '髙橋', 'A,\"1\"', '2026-04-01 16:00:00', 1.5, 12345678901.23, true",
				"'007', 2, '髙橋', null, '2026-04-01 16:00:00', null, -0.50, false")
			insert(5000, "'008', 1, null, 'x\ny', '2026-04-02 00:00:00', 2, 100, null")
			in := kind.with(s.url)
			in.Query = "select no, line, who, item, sold_at, qty, total, changed from " + kind.table + " order by no, line;"
			in.Columns = map[string]string{"order_id": "no", "line_no": "line", "customer_id": "who", "product_id": "item", "ordered_on": "sold_at", "quantity": "qty", "amount": "total"}
			b := newBench(t, Source{Name: "sales", Source: in})
			b.load()
			all := "select order_id, line_no, customer_id, product_id, ordered_on, quantity, amount from core.sales order by all"
			first := []string{`007|1|髙橋|A,"1"|2026-04-02|1.5000|12345678901.23`, "007|2|髙橋|∅|2026-04-02|∅|-0.50", "008|1|∅|x\ny|2026-04-02|2.0000|100.00"}
			b.want(all, first...)
			if res := b.load(); res.Sources[0].Unchanged != 1 || res.LoadNo != 1 {
				t.Errorf("a query with the same rows: %+v", res)
			}

			t.Run("cursor", func(t *testing.T) {
				c := in
				c.Cursor, c.LookBack = "changed", "100"
				b := newBench(t, Source{Name: "sales", Source: c})
				b.load()
				insert(6000, "'008', 2, 'C8', 'B', '2026-04-03 00:00:00', 1, 7, true", "'009', 1, 'C9', 'B', '2026-04-03 00:00:00', 1, 9, true")
				if res := b.load(); res.Sources[0].Read != 3 { // both lines of the order that has changed, and the new one
					t.Errorf("read %d rows, want 3", res.Sources[0].Read)
				}
				b.want("select order_id, line_no, amount from core.sales order by all", "007|1|12345678901.23", "007|2|-0.50", "008|1|100.00", "008|2|7.00", "009|1|9.00")
				b.sameAnew()
			})
			t.Run("wrong password", func(t *testing.T) {
				wrong := kind.with(strings.Replace(s.url, "p%40ss%20word", "not%40this1", 1))
				wrong.Query, wrong.Columns = in.Query, in.Columns
				err := newBench(t, Source{Name: "sales", Source: wrong}).loadError()
				for _, secret := range []string{"not%40this1", "not@this1", "(secret)@"} {
					if strings.Contains(err.Error(), secret) {
						t.Errorf("the error shows %q: %v", secret, err)
					}
				}
				if !strings.Contains(err.Error(), "reader") || !strings.Contains(err.Error(), "password") {
					t.Errorf("got %v, want one that names the user and the password", err)
				}
			})
			t.Run("read only", func(t *testing.T) {
				bad := in
				bad.Query = "delete from " + kind.table
				if kind.name == "postgres" {
					bad.Query = "with gone as (delete from sales returning *) select * from gone"
				}
				err := newBench(t, Source{Name: "sales", Source: bad}).loadError()
				if !strings.Contains(err.Error(), "read-only") && !strings.Contains(err.Error(), "READ ONLY") && !strings.Contains(err.Error(), "READ-ONLY") {
					t.Errorf("got %v, want a refusal to write", err)
				}
			})
			t.Run("connection lost", func(t *testing.T) {
				before := b.rows(all)
				proxy := cutAfter(t, s.url, 200_000)
				many := "select 'N' || n as no, 1 as line, 'C' as who, 'x' as item, date '2026-05-01' as sold_at, 1 as qty, n as total, 1 as changed from generate_series(1, 200000) as g(n)"
				if kind.name == "mysql" {
					many = "select concat('N', seq) as no, 1 as line, 'C' as who, 'x' as item, date '2026-05-01' as sold_at, 1 as qty, seq as total, 1 as changed from shop.seq_1_to_200000"
				}
				lost := kind.with(proxy)
				lost.Query, lost.Columns = many, in.Columns
				b.loader.Sources = []Source{{Name: "sales", Source: lost}}
				if err := b.loadError(); err == nil {
					t.Fatal("the connection was cut and nothing was said")
				}
				b.want(all, before...)
				whole := kind.with(s.url)
				whole.Query, whole.Columns = many, in.Columns
				whole.MaxDrop = config.Share{Value: 1, Set: true}
				b.loader.Sources = []Source{{Name: "sales", Source: whole}}
				b.load()
				b.want("select count(*), sum(amount) from core.sales", "200000|20000100000.00")
			})
		})
	}
}

// cutAfter is a server's address behind a proxy that cuts the connection after so many bytes from the server.
func cutAfter(t *testing.T, url string, bytes int64) string {
	t.Helper()
	_, rest, _ := strings.Cut(url, "127.0.0.1:")
	port, _, _ := strings.Cut(rest, "/")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer client.Close()
				server, err := net.Dial("tcp", "127.0.0.1:"+port)
				if err != nil {
					return
				}
				defer server.Close()
				go func() { _, _ = io.CopyN(server, client, 1<<40) }()
				_, _ = io.CopyN(client, server, bytes)
			}()
		}
	}()
	return strings.Replace(url, "127.0.0.1:"+port, l.Addr().String(), 1)
}
