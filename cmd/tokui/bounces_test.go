package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/intake"
)

// bounceFolder is a company with one contact for each address, whose id is what stands before the @.
func bounceFolder(t *testing.T, mailSection string, addresses ...string) string {
	t.Helper()
	dir := t.TempDir()
	sales, contacts, consents := "order,customer,product,day,amount\n", "contact_id,customer_id,name,email\n", "contact_id,channel,granted_at,granted,basis\n"
	for i, address := range addresses {
		id, _, _ := strings.Cut(address, "@")
		sales += fmt.Sprintf("%d,K%d,P,2024-03-15,100\n", i, i)
		contacts += fmt.Sprintf("%s,K%d,Name,%s\n", id, i, address)
		consents += id + ",email,2024-01-01T00:00:00Z,true,consent\n"
	}
	for name, text := range map[string]string{
		"sales.csv": sales, "contacts.csv": contacts, "consents.csv": consents,
		"templates/hello/subject.txt": "Hello", "templates/hello/body.txt": "Hello\n{{template \"footer\" .}}",
		"templates/hello/body.html": "<p>Hello</p>{{template \"footer\" .}}",
		"config.yaml": `company: {name: Example Ltd, address: 1 Sample Street, contact: care@example.com}
locale: en
timezone: UTC
as_of: 2024-04-01
seed: bounces
templates_dir: templates
sources:
  sales:
    path: sales.csv
    columns: {order_id: order, customer_id: customer, product_id: product, ordered_on: day(day), amount: num(amount)}
  contacts: {path: contacts.csv, columns: {contact_id: contact_id, customer_id: customer_id, name: name, email: email}}
  consents: {path: consents.csv, columns: {contact_id: contact_id, channel: channel, granted_at: granted_at, granted: granted, basis: basis}}
ranks: {window: 30d}
campaigns:
  hello: {channel: email, audience: select contact_id from core.contacts, template: hello, holdout: 0}
jobs:
  night: {schedule: "0 2 * * *", steps: [collect, load, analyze]}
  day: {schedule: "0 10 * * *", steps: [campaign hello]}
tracking: {base_url: "https://r.example.com", listen: "127.0.0.1:0", key: example-only-not-a-secret-0123456789}
` + mailSection,
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program(t, dir, "run", "night")
	return dir
}

// TestRealBounces is P5 against a real Postfix that refuses, bounces and gives up: Tokui reads its reports by LMTP, under
// `tokui serve`, and each message and address ends in the right state.
func TestRealBounces(t *testing.T) {
	lmtp := freePort(t)
	postfix := startRelay(t, startProvider(t).port, lmtp)
	dir := bounceFolder(t, fmt.Sprintf(`mail:
  transport: smtp
  from: news@example.com
  smtp: {host: 127.0.0.1, port: %d, tls: none, connections: 2}
  bounces: {return_path: bounces+*@b.example.com, listen: "127.0.0.1:%d"}
`, postfix.port, lmtp),
		"well@example.com", "refused@example.com", "unknown@example.com", "nocode@example.com", "full@example.com", "spam@example.com",
		"what@example.com", "carrier@example.com", "greylist@example.com", "gone@nohost.example.com", "closed@away.example.com")

	cmd := tokui(t.Context(), dir, "serve", "--health", "")
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("serve says:\n%s", &log)
		}
	})
	program(t, dir, "run", "--live", "day")
	// nine come back: eight that Postfix is told of or gives up by itself; and reports of delay before
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var counts intake.Counts
	bounced := 0
	for range 20 * 90 {
		var err error
		if counts, err = intake.Count(filepath.Join(dir, "var", "journal"), filepath.Join(dir, "var", "mail", "kept")); err != nil {
			t.Fatal(err)
		}
		bounced = 0
		for _, n := range counts.Bounces {
			bounced += n
		}
		if bounced >= 9 {
			break
		}
		<-tick.C
	}
	if bounced != 9 || counts.Delays == 0 || counts.Others+counts.AutoReplies > 0 {
		t.Errorf("got %+v, want 9 bounces, some delays and nothing else", counts)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	program(t, dir, "run", "collect")

	rows := func(sql string) []string {
		var got []map[string]string
		readJSON(t, program(t, dir, "--json", "query", sql), &got)
		var lines []string
		for _, row := range got {
			lines = append(lines, row["line"])
		}
		slices.Sort(lines)
		return lines
	}
	want := []string{
		"carrier accepted transient 5.2.0", // after DATA: the person's filter
		"closed accepted transient 4.4.1",  // nobody listens: expired
		"full accepted transient 5.2.2",
		"gone accepted address 5.4.4", // no such host
		"greylist accepted transient 4.2.1",
		"nocode accepted address 5.1.1", // in words only
		"refused failed - -",            // at once
		"spam accepted reputation 5.7.1",
		"unknown accepted address 5.1.1",
		"well accepted - -",
		"what accepted unknown 5.0.0",
	}
	got := rows(`select message.contact_id || ' ' || message.state || ' ' || coalesce(message.bounce, '-') || ' ' || coalesce(bounce.enhanced, '-') as line
		from ops.message as message left join ops.bounce as bounce on bounce.message_key = message.message_key and not bounce.at_sending`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages:\n%s", diff)
	}
	// only who does not exist is given up
	got = rows(`select contact.contact_id || ' ' || suppression.reason as line from ops.suppression as suppression
		join journal.contact as contact using (address_key)`)
	if diff := cmp.Diff([]string{"gone bounce", "nocode bounce", "refused suppress", "unknown bounce"}, got); diff != "" {
		t.Errorf("suppressions:\n%s", diff)
	}
	status := program(t, dir, "status")
	for _, line := range []string{
		"hello/20240401T1000 came back after it was accepted: 3 address, 4 transient, 1 reputation, 1 unknown",
		"1 of them wait for a person in",
	} {
		if !strings.Contains(status, line) {
			t.Errorf("status lacks %q:\n%s", line, status)
		}
	}
	if !strings.Contains(log.String(), "a server refuses us or our mail (5.7.1)") {
		t.Errorf("nobody was told that we are taken for spam:\n%s", &log)
	}
	// no address in the journal
	segments, err := filepath.Glob(filepath.Join(dir, "var", "journal", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, segment := range segments {
		text, err := os.ReadFile(segment)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("@example.com")) || bytes.Contains(text, []byte("user carrier")) {
			t.Errorf("%s: a person stands in it", filepath.Base(segment))
		}
	}
}
