package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// slot is the one of every edition: that of the jobs on the replayed day.
const slot = "20240401T1000"

// domains are so many, so that one which is slowed holds up few.
const domains = 1000

// address is that of a contact, which is in each scene's audience by its number.
func address(i int) string {
	return fmt.Sprintf("c%06d@d%03d.example.com", i, i%domains)
}

// addressOf is that of a contact_id.
func addressOf(contactID string) string {
	var i int
	if _, err := fmt.Sscanf(contactID, "C%d", &i); err != nil {
		return ""
	}
	return address(i)
}

// makeCompany writes the exports, templates and configuration of a company with so many contacts.
func (h *harness) makeCompany() error {
	var sales, contacts, consents strings.Builder
	sales.WriteString("order,customer,product,day,amount\n")
	contacts.WriteString("contact_id,customer_id,name,email\n")
	consents.WriteString("contact_id,channel,granted_at,granted,basis\n")
	for i := range h.recipients {
		fmt.Fprintf(&sales, "O%06d,K%06d,P1,2024-03-%02d,%d\n", i, i, 1+i%28, 1000+i)
		fmt.Fprintf(&contacts, "C%06d,K%06d,Contact %d,%s\n", i, i, i, address(i))
		fmt.Fprintf(&consents, "C%06d,email,2024-01-01 00:00:00,true,consent\n", i)
	}
	var campaigns, jobs strings.Builder
	for _, s := range scenes() {
		fmt.Fprintf(&campaigns, `  %s:
    channel: email
    audience: select contact_id from core.contacts where contact_id < 'C%06d'
    template: hello
    holdout: 0
    guard: {max_messages: %d}
`, s.name, s.people(h.recipients), h.recipients)
		fmt.Fprintf(&jobs, "  %s-job: {schedule: \"0 10 * * *\", steps: [campaign %s]}\n", s.name, s.name)
	}
	for name, text := range map[string]string{
		"sales.csv":                   sales.String(),
		"contacts.csv":                contacts.String(),
		"consents.csv":                consents.String(),
		"templates/hello/subject.txt": "Hello {{.contact_name}}",
		"templates/hello/body.txt":    "Hello {{.contact_name}}\n{{template \"footer\" .}}",
		"templates/hello/body.html":   "<p>Hello {{.contact_name}}</p>{{template \"footer\" .}}",
		"config.yaml": fmt.Sprintf(`company: {name: Example Ltd, address: 1 Sample Street, contact: care@example.com}
locale: en
timezone: UTC
as_of: 2024-04-01
seed: kill
templates_dir: templates
sources:
  sales:
    path: sales.csv
    columns: {order_id: order, customer_id: customer, product_id: product, ordered_on: day(day), amount: num(amount)}
  contacts: {path: contacts.csv, columns: {contact_id: contact_id, customer_id: customer_id, name: name, email: email}}
  consents: {path: consents.csv, columns: {contact_id: contact_id, channel: channel, granted_at: granted_at, granted: granted, basis: basis}}
ranks: {window: 30d}
campaigns:
%sjobs:
  night: {schedule: "0 2 * * *", steps: [collect, load, analyze]}
%stracking: {base_url: "https://r.example.com", key: example-only-not-a-secret-0123456789}
mail:
  transport: smtp
  from: news@example.com
  smtp: {host: 127.0.0.1, port: %d, tls: none, connections: %d, rate: 100000/s}
`, &campaigns, &jobs, h.server.port, h.lines),
	} {
		path := filepath.Join(h.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	_, err := h.program("run", "night")
	return err
}
