package docs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	ruleRow  = regexp.MustCompile(`(?m)^\| ([A-Z]{1,2}\d+) \|[^|]*\| ([^|]*) \| ([^|]*) \|$`)
	testName = regexp.MustCompile("(?:`([a-z/]+)` )?(Test[A-Za-z0-9]+|[a-z_]+\\.txtar)")
)

// TestRules holds the table of rules: every id once and in order, each with tests that exist, or with the word that it
// does not apply and why.
func TestRules(t *testing.T) {
	page := read(t, "rules.md")
	var got []string
	for _, row := range ruleRow.FindAllStringSubmatch(page, -1) {
		id, where, tests := row[1], row[2], row[3]
		got = append(got, id)
		if strings.TrimSpace(where) == "" {
			t.Errorf("%s: says neither where it is enforced nor why not", id)
		}
		if tests == "not applicable" {
			continue
		}
		named := testName.FindAllStringSubmatch(tests, -1)
		if len(named) == 0 {
			t.Errorf("%s: got %q, want tests, or the words: not applicable", id, tests)
		}
		dir := ""
		for _, m := range named {
			if m[1] != "" {
				dir = m[1]
			}
			if !testExists(t, dir, m[2]) {
				t.Errorf("%s: there is no %s in %s", id, m[2], dir)
			}
		}
	}
	var want []string
	for _, group := range []struct {
		prefix string
		last   int
	}{{"JP", 14}, {"AP", 4}, {"US", 1}, {"EU", 5}, {"MB", 6}, {"P", 10}, {"D", 5}, {"IN", 9}} {
		for n := 1; n <= group.last; n++ {
			want = append(want, fmt.Sprintf("%s%d", group.prefix, n))
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got the rules %v, want %v", got, want)
	}
	for _, m := range testName.FindAllStringSubmatch(page[strings.LastIndex(page, "\n\n"):], -1) {
		if !testExists(t, "pipelines/message", m[2]) {
			t.Errorf("there is no %s", m[2])
		}
	}
}

// testExists looks for a test function or a script of a package.
func testExists(t *testing.T, dir, name string) bool {
	t.Helper()
	if strings.HasSuffix(name, ".txtar") {
		for _, path := range []string{filepath.Join("..", dir, "testdata", "script", name), filepath.Join("..", dir, name)} {
			if _, err := os.Stat(path); err == nil {
				return true
			}
		}
		return false
	}
	files, err := filepath.Glob(filepath.Join("..", dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.Contains(read(t, file), "\nfunc "+name+"(t *testing.T)") {
			return true
		}
	}
	return false
}
