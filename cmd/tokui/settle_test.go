package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tokui/tokui/internal/edition"
)

// TestSettle kills an edition and runs the campaign's next one: the killed one is finished first, and nobody of it lost.
func TestSettle(t *testing.T) {
	dir := killFolder(t, "mail: {transport: outbox, from: news@example.com}\n")
	pattern := filepath.Join(dir, "var", "outbox", "hello", "20240331T1000", "*.eml")
	cut := func() bool {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		return len(files) > 10
	}
	if !killedWhen(t, dir, cut, "run", "--slot", "20240331T1000", "campaign hello") {
		t.Fatal("the campaign ended before it was killed")
	}
	if out := program(t, dir, "status"); !strings.Contains(out, "warning: hello/20240331T1000 is open since 2024-03-31 10:00: ") ||
		!strings.Contains(out, `try: tokui run "campaign hello" --slot 20240331T1000`) {
		t.Errorf("status does not tell of the open edition:\n%s", out)
	}
	// what is sent later of the same edition reads like what was sent before
	subject := filepath.Join(dir, "templates", "hello", "subject.txt")
	if err := os.WriteFile(subject, []byte("Something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := program(t, dir, "run", "day")
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "Subject: Hello Contact ") {
			t.Fatalf("%s was sent with the new template", file)
		}
	}
	if !strings.Contains(out, "hello/20240331T1000 had been left open") {
		t.Errorf("the run does not tell that it settled the edition before:\n%s", out)
	}
	if out := program(t, dir, "status"); strings.Contains(out, "open since") {
		t.Errorf("status tells of an open edition that was settled:\n%s", out)
	}
	for _, slot := range []string{"20240331T1000", "20240401T1000"} {
		var s struct{ edition.Account }
		readJSON(t, program(t, dir, "--json", "status", "hello/"+slot), &s)
		if s.State != edition.StateFinished || s.Accepted != killContacts {
			t.Errorf("edition %s: got %+v, want %d accepted and finished", slot, s.Account, killContacts)
		}
	}
}

// TestWithdrawalCountsFromTheLoad withdraws a consent in the export: after a load, without an analyze, the contact is
// left out.
func TestWithdrawalCountsFromTheLoad(t *testing.T) {
	dir := killFolder(t, "mail: {transport: outbox, from: news@example.com}\n")
	path := filepath.Join(dir, "consents.csv")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, "C0007,email,2024-03-30 00:00:00,false,consent\n"...)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	program(t, dir, "run", "load")
	var plan struct {
		Planned  int `json:"planned"`
		ByReason []struct {
			Name  string `json:"name"`
			Count int    `json:"count"`
		} `json:"by_reason"`
	}
	readJSON(t, program(t, dir, "--json", "--quiet", "plan", "hello"), &plan)
	if plan.Planned != killContacts-1 || len(plan.ByReason) != 1 || plan.ByReason[0].Name != "no consent" {
		t.Errorf("plan after the withdrawal: got %+v, want one left out for want of consent", plan)
	}
}
