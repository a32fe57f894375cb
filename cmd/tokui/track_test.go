package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/emersion/go-message/mail"
)

// tracker is a real `tokui track`.
type tracker struct {
	cmd    *exec.Cmd
	url    string
	stderr *bufio.Reader
}

func startTracker(t *testing.T, dir, key string) tracker {
	t.Helper()
	cmd := tokui(t.Context(), dir, "track", "--spool", "spool", "--listen", "127.0.0.1:0", "--locale", "en", "--company", "Example Ltd")
	cmd.Env = append(cmd.Environ(), trackKeys+"="+key)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stderr)
	line, err := lines.ReadString('\n')
	found := regexp.MustCompile(`public endpoints on (http://\S+)`).FindStringSubmatch(line)
	if err != nil || found == nil {
		t.Fatalf("the tracker says %q, %v, want where it listens", line, err)
	}
	return tracker{cmd: cmd, url: found[1], stderr: lines}
}

// stop ends it by a signal.
func (tr tracker) stop(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := tr.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(tr.stderr)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.cmd.Wait(); err != nil && signal != syscall.SIGKILL {
		t.Errorf("after %v: %v\n%s", signal, err, rest)
	}
}

// trackedLetter is a mail of the outbox: its path to unsubscribe, and the first tracked link of its HTML part.
func trackedLetter(t *testing.T, file string) (unsubscribe, click string) {
	t.Helper()
	letter, err := mail.CreateReader(bytes.NewReader(readFile(t, file)))
	if err != nil {
		t.Fatal(err)
	}
	link, err := url.Parse(strings.Trim(letter.Header.Get("List-Unsubscribe"), "<>"))
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	for {
		part, err := letter.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&text, part.Body); err != nil {
			t.Fatal(err)
		}
	}
	found := regexp.MustCompile(`href="https?://[^/"]+(/c/[^"]+)"`).FindStringSubmatch(text.String())
	if found == nil {
		t.Fatalf("the mail has no tracked link:\n%s", &text)
	}
	return link.Path, found[1]
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestTrack runs the public endpoints alone, with the key and a spool: it leads on a click, takes an unsubscribe down, is
// killed, starts again, and collect brings every event into the journal once. Without the key there is no config.yaml and
// no database that it could read.
func TestTrack(t *testing.T) {
	dir := killFolder(t, "mail: {transport: outbox, from: news@example.com}\n")
	editFile(t, filepath.Join(dir, "config.yaml"), "tracking: {", `tracking: {spool: elsewhere/spool, `)
	editFile(t, filepath.Join(dir, "templates/hello/body.html"), "<p>", `<p><a href="https://shop.example.com/a?x=1&amp;y=2">shop</a> `)
	program(t, dir, "run", "day")
	files := outboxFiles(t, dir)
	key := regexp.MustCompile(`key: "?([^",}]+)`).FindSubmatch(readFile(t, filepath.Join(dir, "config.yaml")))
	if key == nil {
		t.Fatal("no key in config.yaml")
	}
	elsewhere := filepath.Join(dir, "elsewhere")
	if err := os.Mkdir(elsewhere, 0o700); err != nil {
		t.Fatal(err)
	}

	noFollow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	follow := func(base, file string) {
		t.Helper()
		_, click := trackedLetter(t, file)
		response, err := noFollow.Get(base + click)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if got := response.Header.Get("Location"); response.StatusCode != http.StatusFound || got != "https://shop.example.com/a?x=1&y=2" {
			t.Errorf("click: got %s to %q", response.Status, got)
		}
	}
	leave := func(base, file string) {
		t.Helper()
		path, _ := trackedLetter(t, file)
		response, err := http.PostForm(base+path, url.Values{"List-Unsubscribe": {"One-Click"}})
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("unsubscribe: got %s", response.Status)
		}
	}
	// how many events the journal has, of all that was ever collected: a line that came twice would count twice
	counted := func(when string, click, unsubscribe int) {
		t.Helper()
		program(t, dir, "--quiet", "run", "collect")
		var rows []struct{ Click, Unsubscribe int }
		readJSON(t, program(t, dir, "--json", "--quiet", "query", `select
			count(*) filter (where kind = 'click') as click, count(*) filter (where kind = 'unsubscribe') as unsubscribe
			from journal.event where segment like 'journal/responses-%'`), &rows)
		if len(rows) != 1 || rows[0].Click != click || rows[0].Unsubscribe != unsubscribe {
			t.Errorf("%s: got %v clicks and unsubscribes in the journal, want %d and %d", when, rows, click, unsubscribe)
		}
	}

	first := startTracker(t, elsewhere, string(key[1]))
	follow(first.url, files[0])
	leave(first.url, files[1])
	counted("while it runs", 1, 1)
	counted("again", 1, 1)
	follow(first.url, files[2])
	second := tokui(t.Context(), elsewhere, "track", "--spool", "spool", "--listen", "127.0.0.1:0")
	second.Env = append(second.Environ(), trackKeys+"="+string(key[1]))
	if out, err := second.CombinedOutput(); err == nil || !strings.Contains(string(out), "held by process") {
		t.Errorf("a second one on the spool: got %v, %s, want to be refused", err, out)
	}
	first.stop(t, syscall.SIGKILL)
	next := startTracker(t, elsewhere, string(key[1]))
	leave(next.url, files[3])
	counted("killed and started again", 2, 2)
	next.stop(t, syscall.SIGTERM)
	counted("stopped", 2, 2)
	if left, _ := filepath.Glob(filepath.Join(elsewhere, "spool", "*.ndjson")); len(left) > 0 {
		t.Errorf("the spool still holds %v", left)
	}

	var plan struct {
		ByReason []struct {
			Name  string
			Count int
		} `json:"by_reason"`
	}
	readJSON(t, program(t, dir, "--json", "--quiet", "plan", "hello"), &plan)
	if len(plan.ByReason) != 1 || plan.ByReason[0].Name != "suppressed" || plan.ByReason[0].Count != 2 {
		t.Errorf("exclusions: got %+v, want both who left suppressed", plan.ByReason)
	}
}
