package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestServe runs the real server: it answers /healthz, honours a one-click unsubscribe of a mail that it sent, and drains
// on SIGTERM; the next plan leaves the contact out.
func TestServe(t *testing.T) {
	dir := killFolder(t, "mail: {transport: outbox, from: news@example.com}\n")
	editFile(t, filepath.Join(dir, "config.yaml"), "tracking: {", `tracking: {listen: "127.0.0.1:0", `)
	program(t, dir, "run", "day")

	cmd := tokui(t.Context(), dir, "serve", "--health", "127.0.0.1:0")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	address := func(what string) string {
		pattern := regexp.MustCompile(what + ` on (http://\S+)`)
		for lines.Scan() {
			if found := pattern.FindStringSubmatch(lines.Text()); found != nil {
				return found[1]
			}
		}
		t.Fatalf("no line says where the %s are", what)
		return ""
	}
	health, public := address("health"), address("public endpoints")

	var state struct {
		Jobs []struct {
			Job string `json:"job"`
		} `json:"jobs"`
	}
	body, status := get(t, health+"/healthz")
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 500 { // 503 until the scheduler has read its jobs
		if status == http.StatusOK {
			break
		}
		<-tick.C
		body, status = get(t, health+"/healthz")
	}
	if err := json.Unmarshal(body, &state); err != nil || status != http.StatusOK || len(state.Jobs) != 2 {
		t.Errorf("/healthz: got %d %s (%v), want 200 and two jobs", status, body, err)
	}

	link := unsubscribeLink(t, dir)
	for range 2 { // looking at the page, as a link scanner does, changes nothing
		if body, status := get(t, public+link.Path); status != http.StatusOK || !bytes.Contains(body, []byte("<form")) {
			t.Errorf("GET %s: got %d, want the page that asks", link.Path, status)
		}
	}
	for range 2 { // pressed twice is harmless
		response, err := http.PostForm(public+link.Path, url.Values{"List-Unsubscribe": {"One-Click"}})
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("POST: got %d, want 200", response.StatusCode)
		}
	}
	if _, status := get(t, public+link.Path[:len(link.Path)-1]+"x"); status != http.StatusNotFound {
		t.Errorf("a forged token: got %d, want 404", status)
	}

	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(stderr)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, rest)
	}

	var plan struct {
		ByReason []struct {
			Name  string
			Count int
		} `json:"by_reason"`
	}
	readJSON(t, program(t, dir, "--json", "--quiet", "plan", "hello"), &plan)
	if len(plan.ByReason) != 1 || plan.ByReason[0].Name != "suppressed" || plan.ByReason[0].Count != 1 {
		t.Errorf("exclusions after the unsubscribe: got %+v, want one suppressed", plan.ByReason)
	}
}

func get(t *testing.T, address string) ([]byte, int) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body, response.StatusCode
}

// unsubscribeLink is the one in the header of some mail in the outbox.
func unsubscribeLink(t *testing.T, dir string) *url.URL {
	t.Helper()
	files := outboxFiles(t, dir)
	if len(files) == 0 {
		t.Fatal("the outbox is empty")
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	letter, err := mail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	link, err := url.Parse(strings.Trim(letter.Header.Get("List-Unsubscribe"), "<>"))
	if err != nil {
		t.Fatal(err)
	}
	return link
}

func editFile(t *testing.T, path, old, new string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s: no %q in it", path, old)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}
