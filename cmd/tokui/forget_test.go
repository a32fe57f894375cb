package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tokui/tokui/internal/warehouse"
)

// whoForgotten are the texts that must be nowhere after the erasure: names, addresses (an older one too), ids.
func whoForgotten() []string {
	return []string{"Hanako Forgotten", "花子忘却", "hanako@example.jp", "hanako.old@example.jp", "CT-77"}
}

// TestAP2ForgetErasesEverywhere (AP2, EU5, JP11): after `tokui forget` nothing below the data folder names the person, whichever way
// it is packed, also when the program was killed in the middle, and the next export does not bring them back; who shares
// their company or their name's first letters stays.
func TestAP2ForgetErasesEverywhere(t *testing.T) {
	whole := forgetShop(t)
	for _, text := range whoForgotten() {
		if places := holders(t, whole, text); len(places) == 0 {
			t.Fatalf("before: %q is nowhere, the test shows nothing", text)
		}
	}
	before := program(t, whole, "--json", "query", "select count(*) as n, sum(amount) as s from core.sales")

	lines := len(strings.Split(strings.TrimSpace(program(t, whole, "forget", "CT-77", "--dry-run")), "\n")) - 2
	if lines < 8 {
		t.Fatalf("dry run: got %d places, want many:\n%s", lines, program(t, whole, "forget", "CT-77", "--dry-run"))
	}
	for _, text := range whoForgotten() {
		if places := holders(t, whole, text); len(places) == 0 {
			t.Fatalf("a dry run has erased %q", text)
		}
	}
	// killed after each of its notes, and gone on with by each of the ways there are
	for round, after := 0, 0; after <= lines; round, after = round+1, after+5 {
		dir := filepath.Join(t.TempDir(), "copy")
		copyTree(t, whole, dir)
		killed := killAfterNotes(t, dir, after, "forget", "CT-77")
		switch round % 3 {
		case 0:
			program(t, dir, "forget", "CT-77")
		case 1:
			program(t, dir, "forget")
		default:
			program(t, dir, "run", "load")
		}
		if after == 0 && !killed {
			t.Error("the program was not killed before its first note")
		}
		for _, text := range whoForgotten() {
			if places := holders(t, dir, text); len(places) > 0 {
				t.Errorf("killed after %d notes: %q is in %v", after, text, places)
			}
		}
	}
	out := program(t, whole, "forget", "hanako@example.jp")
	if !strings.Contains(out, "erased 2 contacts, 1 customers who are persons, 2 addresses") {
		t.Errorf("got:\n%s\nwant 2 contacts (one by the form), 1 customer, 2 addresses erased", out)
	}
	if again := program(t, whole, "forget", "CT-77"); !strings.Contains(again, "erased before") {
		t.Errorf("again: got %q, want that they were erased before", again)
	}

	// the next export still has them
	for _, name := range []string{"contacts.csv", "customers.csv", "consents.csv", "notes.csv", "sales.csv"} {
		path := filepath.Join(whole, name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program(t, whole, "run", "load", "collect", "analyze")
	program(t, whole, "run", "campaign news", "--slot", "20240401T1200")
	for _, text := range []string{"hanako@example.jp", "hanako.old@example.jp", "CT-77", "花子忘却"} {
		if places := holders(t, whole, text); len(places) > 0 {
			t.Errorf("the next export has brought %q back: %v", text, places)
		}
	}
	if after := program(t, whole, "--json", "query", "select count(*) as n, sum(amount) as s from core.sales"); after != before {
		t.Errorf("sales: got %s, want them as before: %s", after, before)
	}
	if out := program(t, whole, "--json", "query", "select name, email from core.customers where customer_id = 'K7'"); !strings.Contains(out, `"name":null,"email":null`) {
		t.Errorf("the person as a customer: got %s, want a number without name and address", out)
	}
	if out := program(t, whole, "--json", "query", "select count(*) as n from core.contacts"); !strings.Contains(out, `"n":3`) {
		t.Errorf("contacts: got %s, want the 3 others", out)
	}
	if out := program(t, whole, "export", "suppressions"); strings.Count(out, "forgotten") != 4 {
		t.Errorf("suppressions: got\n%s\nwant tombstones of two contacts and two addresses", out)
	}
	if out := program(t, whole, "check"); !strings.Contains(out, "the consent ledger is whole") {
		t.Errorf("check: got %s", out)
	}
}

// forgetShop is a folder in which the person has left a trace in every kind of file.
func forgetShop(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"config.yaml": `company: {name: Larch Ltd, address: "Street 1, London", contact: care@example.com}
mail: {from: Larch <news@example.com>}
tracking: {base_url: "https://r.example.com", key: a-key-that-nobody-knows-of-32-bytes-and-more}
locale: en
timezone: UTC
as_of: 2024-04-01
seed: a-seed-for-this-test-of-forgetting
sources:
  sales: {path: sales.csv, columns: {order_id: no, customer_id: who, ordered_on: day(day), amount: num(amount)}, max_reject: 90%}
  customers: {path: customers.csv, columns: {customer_id: id, name: name, name_kana: kana, kind: kind, email: email, situation: situation}}
  contacts: {path: contacts.csv, max_reject: 90%, columns: {contact_id: id, customer_id: customer, name: name, email: email, acquired_on: day(since)}}
  old-contacts: {table: contacts, path: old.csv, columns: {contact_id: id, name: name, email: email}}
  consents: {path: consents.csv, columns: {contact_id: id, channel: "'email'", granted_at: at, granted: "'true'", basis: "'consent'", proof: proof}}
  interactions: {path: notes.csv, columns: {interaction_id: no, customer_id: customer, contact_id: contact, occurred_at: at, kind: "'visit'", note: note}}
campaigns:
  news:
    channel: email
    template: plain
    holdout: 0
    audience: select contact_id, name as contact_name from core.contacts
  visits:
    channel: list
    audience: select customer_id, customers.name as customer_name, contacts.name as contact_name, contacts.email from core.customers as customers left join core.contacts as contacts using (customer_id) qualify row_number() over (partition by customer_id order by contact_id) = 1
reports:
  management: {}
templates_dir: templates
`,
		"templates/plain/subject.txt": "Hello {{.contact_name}}\n",
		"templates/plain/body.txt":    "Dear {{.contact_name}}\n\n{{template \"footer\" .}}",
		"templates/plain/body.html":   "{{template \"header\" .}}<p>Dear {{.contact_name}}</p>\n{{template \"footer\" .}}",
		"sales.csv":                   "no,who,day,amount\n1,K1,2024-03-01,100\n2,K7,2024-03-02,200\n3,K7,someday of hanako@example.jp,5\n",
		"customers.csv": "id,name,kana,kind,email,situation\nK1,Larch Shop,,company,,met Hanako Forgotten at the fair\n" +
			"K7,Hanako Forgotten,花子忘却,person,hanako@example.jp,\n",
		"contacts.csv": "id,customer,name,email,since\nCT-1,K1,Ben Stays,ben@example.com,2024-01-01\nCT-77,K7,Hanako Forgotten,Hanako@example.jp,2024-01-01\n" +
			"CT-3,,Hana Other,hana@example.jp,2024-01-01\nCT-4,K1,Cid Stays,cid@example.com,2024-01-01\nCT-77,K7,Hanako Forgotten,hanako@example.jp,nonsense\n",
		"old.csv": "id,name,email\nCT-77,Hanako Forgotten,hanako.old@example.jp\n",
		"consents.csv": "id,at,proof\nCT-1,2024-01-01 00:00:00,form\nCT-77,2024-01-01 00:00:00,letter of Hanako Forgotten\nCT-3,2024-01-01 00:00:00,form\n" +
			"CT-4,2024-01-01 00:00:00,form\n",
		"notes.csv":  "no,customer,contact,at,note\n1,K1,CT-1,2024-03-01 10:00:00,Ben asks for hanako@example.jp\n2,K7,CT-77,2024-03-01 10:00:00,likes tea\n",
		"forms.csv":  "email,name,at,method\nhanako@example.jp,Hanako Forgotten,2024-03-30,paper\n",
		"bounce.eml": "From: MAILER-DAEMON@example.com\nSubject: failed\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\naGFuYWtvQGV4YW1wbGUuanA6IFVzZXIgdW5rbm93bg==\n",
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program(t, dir, "run", "load", "analyze", "collect")
	program(t, dir, "run", "campaign news", "--slot", "20240401T1000")
	program(t, dir, "run", "campaign visits", "--slot", "20240401T1000")
	program(t, dir, "run", "report management", "--slot", "20240401T1100")
	program(t, dir, "import", "optins", "forms.csv")
	program(t, dir, "--as-of", "2024-03-15", "run", "load")
	program(t, dir, "publish")
	// what other parts keep: a page, a mail of a report, a bounce that nobody could read
	for name, text := range map[string]string{
		"var/reports/management/latest/report.html":       "<p>花子忘却 &amp; Hanako Forgotten</p>",
		"var/editions/management/20240401T1100/mail.json": `{"subject":"s","html":"\u003cp\u003eHanako Forgotten\u003c/p\u003e","text":"HANAKO@example.jp"}`,
		"var/unread/1.M1.host":                            files["bounce.eml"],
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// killAfterNotes kills the command when it has told of so many places; with 0 when it has written down what it is about to
// do. It reports whether the kill came before the end.
func killAfterNotes(t *testing.T, dir string, notes int, words ...string) bool {
	t.Helper()
	cmd := tokui(t.Context(), dir, words...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if notes == 0 {
		for {
			if left, _ := filepath.Glob(filepath.Join(dir, "var/forget/*.json")); len(left) > 0 || cmd.Process.Signal(nil) != nil {
				break
			}
		}
	}
	lines := bufio.NewScanner(stderr)
	for n := 0; n < notes && lines.Scan(); {
		if strings.Contains(lines.Text(), " removed, ") {
			n++
		}
	}
	_ = cmd.Process.Kill()
	_, _ = io.Copy(io.Discard, stderr)
	return cmd.Wait() != nil
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// holders are the files below the data folder that hold a text in any case, unpacked: Parquet and DuckDB files are read
// row by row, workbooks unzipped, mails decoded.
func holders(t *testing.T, dir, text string) []string {
	t.Helper()
	db, err := warehouse.OpenMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var found []string
	lower := strings.ToLower(text)
	err = filepath.WalkDir(filepath.Join(dir, "var"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		all := string(raw)
		switch filepath.Ext(path) {
		case ".parquet":
			all += queryText(t, db, "from read_parquet("+warehouse.Literal(path)+")", lower)
		case ".duckdb":
			all += duckText(t, path, lower)
		case ".xlsx":
			all += zipText(t, path)
		default:
			all += mailText(raw)
		}
		if strings.Contains(strings.ToLower(all), lower) {
			rel, _ := filepath.Rel(dir, path)
			found = append(found, rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// queryText is the text where a row holds it, "" where none does.
func queryText(t *testing.T, db *warehouse.DB, from, lower string) string {
	t.Helper()
	var n int64
	err := db.One(t.Context(), "select count(*) from (select * "+from+") as row where contains(lower(row::varchar), "+warehouse.Literal(lower)+")", nil, &n)
	if err != nil {
		t.Fatal(err)
	}
	if n > 0 {
		return lower
	}
	return ""
}

// duckText looks through every table and view of a DuckDB file.
func duckText(t *testing.T, path, lower string) string {
	t.Helper()
	db, err := warehouse.Open(t.Context(), warehouse.Options{Path: path, TempDir: t.TempDir(), Step: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(t.Context(), "select table_schema || '.' || table_name from information_schema.tables")
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	if len(tables) < 30 {
		t.Fatalf("%s: got %d tables, want all there are", path, len(tables))
	}
	for _, name := range tables {
		if found := queryText(t, db, "from "+warehouse.Table(name), lower); found != "" {
			return found
		}
	}
	return ""
}

func zipText(t *testing.T, path string) string {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	var all strings.Builder
	for _, part := range archive.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	return all.String()
}

// mailText decodes headers and parts of a mail; of anything else it is "".
func mailText(raw []byte) string {
	letter, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil || letter.Header.Get("From") == "" {
		return ""
	}
	var all strings.Builder
	decoder := new(mime.WordDecoder)
	for _, values := range letter.Header {
		for _, value := range values {
			text, _ := decoder.DecodeHeader(value)
			fmt.Fprintln(&all, text)
		}
	}
	var walk func(contentType, encoding string, body io.Reader)
	walk = func(contentType, encoding string, body io.Reader) {
		media, params, _ := mime.ParseMediaType(contentType)
		if strings.HasPrefix(media, "multipart/") {
			parts := multipart.NewReader(body, params["boundary"])
			for {
				part, err := parts.NextRawPart()
				if err != nil {
					return
				}
				walk(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part)
			}
		}
		switch strings.ToLower(encoding) {
		case "quoted-printable":
			body = quotedprintable.NewReader(body)
		case "base64":
			body = newBase64(body)
		}
		_, _ = io.Copy(&all, body)
	}
	walk(letter.Header.Get("Content-Type"), letter.Header.Get("Content-Transfer-Encoding"), letter.Body)
	return all.String()
}

func newBase64(r io.Reader) io.Reader { return base64.NewDecoder(base64.StdEncoding, r) }
