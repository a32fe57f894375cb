package config

import (
	"strings"
	"testing"

	"github.com/tokui/tokui/internal/position"
)

const placesFile = `sources: {sales: {path: s.csv, columns: {order_id: no, ordered_on: 日付, amount: num(a) * b, customer_id: "who"}}}
company: {name: n, address: a, contact: c}
mail: {from: news@example.com}
campaigns:
  c:
    channel: email
    audience: |
      select
        顧客 as x,

      from there
    title: >
      folded
      text
  d: {channel: email, audience: "select 'x'", title: 'it''s'}
ranks:
  rules:
    - {rank: A, when: large and growing}
    - rank: other
seed: hunter2
`

func TestPlaces(t *testing.T) {
	c, err := parse("config.yaml", []byte(placesFile), environment)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []struct {
		path string
		want string // of At, and of KeyAt where it differs
		key  string
	}{
		{"campaigns", "4:1", ""},
		{"campaigns c", "5:3", ""},
		{"campaigns c channel", "6:14", "6:5"},
		{"campaigns c audience", "7:15", "7:5"},
		{"campaigns c holdout", "5:3", ""},       // left out: what it would be in
		{"campaigns nobody audience", "4:1", ""}, // and so on up
		{"tracking key", ":", ""},
		{"ranks rules 0 when", "18:23", "18:17"},
		{"ranks rules 1", "19:7", ""},
		{"sources sales columns ordered_on", "1:68", "1:56"},
	} {
		path := strings.Fields(p.path)
		if got := c.At(path...).String(); strings.TrimPrefix(got, "config.yaml") != ":"+p.want && got+":" != "config.yaml"+p.want {
			t.Errorf("At(%s): got %s, want %s", p.path, got, p.want)
		}
		if p.key == "" {
			p.key = p.want
		}
		if got := c.KeyAt(path...).String(); strings.TrimPrefix(got, "config.yaml") != ":"+p.key && got+":" != "config.yaml"+p.key {
			t.Errorf("KeyAt(%s): got %s, want %s", p.path, got, p.key)
		}
	}
	if !c.Given("campaigns", "c", "title") || c.Given("campaigns", "c", "holdout") {
		t.Error("Given does not tell what the file says from defaults")
	}
}

func TestWithin(t *testing.T) {
	c, err := parse("config.yaml", []byte(placesFile), environment)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []struct {
		line, column int
		path         string
		want         position.Position
	}{
		{1, 1, "campaigns c audience", position.Position{Line: 8, Column: 7}},
		{2, 3, "campaigns c audience", position.Position{Line: 9, Column: 9}},
		{2, 6, "campaigns c audience", position.Position{Line: 9, Column: 12}},
		{4, 6, "campaigns c audience", position.Position{Line: 11, Column: 12}},
		{9, 1, "campaigns c audience", position.Position{Line: 7, Column: 15}}, // beyond: the whole
		{1, 8, "campaigns d audience", position.Position{Line: 15, Column: 41}},
		{1, 7, "ranks rules 0 when", position.Position{Line: 18, Column: 29}},
		{1, 10, "sources sales columns amount", position.Position{Line: 1, Column: 89}},
		{1, 2, "campaigns c title", position.Position{Line: 12, Column: 12}}, // folded: the whole
		{1, 4, "campaigns d title", position.Position{Line: 15, Column: 54}}, // escaped: the whole
	} {
		p.want.File = "config.yaml"
		if got := c.Within(p.line, p.column, strings.Fields(p.path)...); got != p.want {
			t.Errorf("Within(%d, %d, %s): got %s, want %s", p.line, p.column, p.path, got, p.want)
		}
	}
}

func TestFaultShowsItsLine(t *testing.T) {
	c, err := parse("config.yaml", []byte(placesFile), environment)
	if err != nil {
		t.Fatal(err)
	}
	fault := c.Fault(c.At("campaigns", "c", "channel"), "email", "got %q", "x")
	want := "config.yaml:6:14: got \"x\"\n    6 |     channel: email\n      |              ^\n      try: email"
	if got := fault.Detail(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := c.Fault(c.At("seed"), "", "x").Detail(); strings.Contains(got, "hunter") {
		t.Errorf("a secret is shown: %s", got)
	}
	if got := c.Fault(position.Position{File: "other.sql", Line: 1, Column: 1}, "", "x").Excerpt; got != "" {
		t.Errorf("got %q of another file", got)
	}
}

func TestNearest(t *testing.T) {
	words := []string{"channel", "template", "title", "email", "c"}
	for got, want := range map[string]string{
		"chanel": "channel", "hcannel": "channel", "Title": "title", "tilte": "title", "e-mail": "email", "x": "", "d": "", "": "", "holdout": "",
	} {
		if near := position.Nearest(got, words); near != want {
			t.Errorf("%s: got %q, want %q", got, near, want)
		}
	}
}
