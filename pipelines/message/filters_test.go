package message_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tokui/tokui/pipelines/message"
	"github.com/tokui/tokui/templates"
)

// tool is the path of a program, or a skip that says what to install; with TOKUI_TEST_REAL=1 the skip is a failure.
func tool(t *testing.T, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("TOKUI_TEST_REAL") == "1" {
		t.Fatalf("%s is missing: apt-get install %s", name, pkg)
	}
	t.Skipf("%s is missing: apt-get install %s", name, pkg)
	return ""
}

// baseMails are a message of every built-in template in both languages, sent now, each in a file.
func baseMails(t *testing.T) map[string][]byte {
	t.Helper()
	mails := map[string][]byte{}
	now := time.Now()
	for campaign, rows := range audience {
		for locale := range rows {
			r := recipient(campaign, locale)
			r.Date = now
			m, err := compile(t, []fs.FS{templates.FS()}, campaign, settings(locale)).Render(r)
			if err != nil {
				t.Fatal(err)
			}
			mails[campaign+"."+locale] = m.Raw
		}
	}
	reports := map[string]string{"en": "Management report, November 2011: sales, ranks, campaigns", "ja": "経営レポート 2025年3月：売上・ランク・施策の効果"}
	for locale, subject := range reports { // as the stage report makes them
		read := func(name string) string {
			text, err := os.ReadFile(filepath.Join("..", "report", "testdata", locale, "want", name))
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		s := settings(locale)
		s.Purpose = message.Internal
		r := recipient("newsletter-a", locale)
		r.Date = now
		m, err := message.Compose(s, r, subject, read("mail.html"), read("mail.txt"))
		if err != nil {
			t.Fatal(err)
		}
		mails["management."+locale] = m.Raw
	}
	return mails
}

// TestSpamAssassin holds that the local tests of SpamAssassin give every base template less than 1 of the 5 points at which
// mail counts as spam.
func TestSpamAssassin(t *testing.T) {
	perl := tool(t, "perl", "spamassassin")
	tool(t, "spamassassin", "spamassassin")
	script, err := filepath.Abs(filepath.Join("testdata", "filters", "spamassassin.pl"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	mails := baseMails(t)
	arguments := []string{script, filepath.Join(dir, "state")}
	for name, raw := range mails {
		file := filepath.Join(dir, name+".eml")
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		arguments = append(arguments, file)
	}
	out, err := exec.CommandContext(t.Context(), perl, arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	scored := 0
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		words := strings.Split(line, "\t")
		if len(words) != 3 {
			t.Fatalf("got %q, want a file, a score and tests", line)
		}
		score, err := strconv.ParseFloat(words[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		scored++
		t.Logf("%-22s %4.1f %s", strings.TrimSuffix(filepath.Base(words[0]), ".eml"), score, words[2])
		if score >= 1 {
			t.Errorf("%s: got %.1f points, want less than 1", filepath.Base(words[0]), score)
		}
	}
	if scored != len(mails) {
		t.Errorf("got %d scores, want %d", scored, len(mails))
	}
}

// ofTheTest are what rspamd says of the test and not of the mail: there is no connection that it came by.
var ofTheTest = map[string]bool{"HFILTER_HOSTNAME_UNKNOWN": true}

// TestRspamd holds that rspamd gives every base template less than 2 of the 6 points at which it adds a header.
func TestRspamd(t *testing.T) {
	mails := baseMails(t)
	url := startRspamd(t)
	for name, raw := range mails {
		score, symbols := askRspamd(t, url, raw)
		t.Logf("%-22s %4.1f %s", name, score, strings.Join(symbols, " "))
		if score >= 2 {
			t.Errorf("%s: got %.1f points, want less than 2: %s", name, score, strings.Join(symbols, " "))
		}
	}
}

func startRspamd(t *testing.T) string {
	path := tool(t, "rspamd", "rspamd")
	config, err := filepath.Abs(filepath.Join("testdata", "filters", "rspamd.conf"))
	if err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "suffixes"), []byte("com\norg\njp\nco.jp\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	arguments := []string{"-f", "-c", config, "--var=DBDIR=" + dir, "--var=LOGDIR=" + dir, "--var=RUNDIR=" + address}
	if os.Getuid() == 0 {
		arguments = append(arguments, "-i", "-u", "root")
	}
	server := exec.CommandContext(t.Context(), path, arguments...)
	server.Stdout, server.Stderr = &said, &said
	server.WaitDelay = 10 * time.Second
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	t.Cleanup(func() { _ = server.Process.Signal(os.Interrupt); <-ended })
	url := "http://" + address
	ticks := time.NewTicker(100 * time.Millisecond) // it compiles its rules first, and says nowhere when it is done
	defer ticks.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	for {
		if response, err := http.Get(url + "/ping"); err == nil {
			_ = response.Body.Close()
			return url
		}
		select {
		case <-ticks.C:
		case err := <-ended:
			ended <- err
			t.Fatalf("rspamd ended: %v\n%s", err, said.String())
		case <-ctx.Done():
			t.Fatal("rspamd does not answer")
		}
	}
}

func askRspamd(t *testing.T, url string, raw []byte) (float64, []string) {
	t.Helper()
	response, err := http.Post(url+"/checkv2", "message/rfc822", bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Symbols map[string]struct{ Score float64 }
	}
	if err := json.Unmarshal(text, &answer); err != nil || len(answer.Symbols) == 0 {
		t.Fatalf("rspamd answered %s (%v)", text, err)
	}
	sum := 0.0
	var symbols []string
	for name, symbol := range answer.Symbols {
		if symbol.Score != 0 && !ofTheTest[name] {
			sum += symbol.Score
			symbols = append(symbols, fmt.Sprintf("%s(%.2f)", name, symbol.Score))
		}
	}
	return sum, symbols
}
