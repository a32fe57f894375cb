package docs_test

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the generated parts of the pages anew; look at them before you commit")

// TestGenerated holds the tables of models.md and your-own-data.md equal to what they are made from.
func TestGenerated(t *testing.T) {
	for _, part := range []struct{ page, name, text string }{
		{"models.md", "tables", modelTables(t)},
		{"your-own-data.md", "contract", contractTables(t)},
	} {
		page := read(t, part.page)
		begin, end := "<!-- generated: "+part.name+" -->\n", "<!-- end -->"
		before, rest, ok := strings.Cut(page, begin)
		old, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Errorf("%s: got no place between %q and %q", part.page, begin, end)
			continue
		}
		if *update {
			if err := os.WriteFile(part.page, []byte(before+begin+part.text+end+after), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(strings.Split(old, "\n"), strings.Split(part.text, "\n")); diff != "" {
			t.Errorf("%s is not up to date; run go test ./docs -update (-page +source):\n%s", part.page, diff)
		}
	}
}

var (
	titleLine = regexp.MustCompile(`^-- ([a-z_]+\.[a-z0-9_]+):\s+(\S.*)$`)
	keyLine   = regexp.MustCompile(`^-- ([a-z_]+):\s*(.*)$`)
)

// modelTables is one table for each schema, from the headers of the models.
func modelTables(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, schema := range []string{"core", "rollups", "metrics", "predictions", "segments", "ops", "effects", "reports"} {
		files, err := filepath.Glob("../sql/" + schema + "/*.sql")
		if err != nil {
			t.Fatal(err)
		}
		if len(files) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n**%s**\n\n| table | holds | one row for each |\n| --- | --- | --- |\n", schema)
		for _, file := range files {
			name, sentence, grain := header(t, file)
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, sentence, grain)
		}
	}
	return b.String() + "\n"
}

// header reads the first sentence and the grain of a model.
func header(t *testing.T, file string) (name, sentence, grain string) {
	t.Helper()
	for i, line := range strings.Split(read(t, file), "\n") {
		title, key := titleLine.FindStringSubmatch(line), keyLine.FindStringSubmatch(line)
		switch {
		case i == 0 && title != nil:
			name, sentence = title[1], strings.TrimSuffix(title[2], ".")
		case key != nil && key[1] == "grain":
			return name, strings.ReplaceAll(sentence, "|", `\|`), key[2]
		case key == nil && grain == "" && i == 1: // the sentence goes on
			sentence += " " + strings.TrimSuffix(strings.TrimSpace(strings.TrimPrefix(line, "--")), ".")
		}
	}
	t.Errorf("%s: got no header with a grain", file)
	return name, sentence, grain
}

var (
	createTable = regexp.MustCompile(`(?ms)^create table raw\.([a-z]+) \((.*?)^\);`)
	columnLine  = regexp.MustCompile(`^\s+([a-z_]+)\s+([a-z]+(?:\([0-9, ]+\))?),?\s*(?:-- (.*))?$`)
	goTable     = regexp.MustCompile(`(?s)\{name: "([a-z]+)", key: \[\]string\{([^}]*)\}(.*?)\n\t\t\}\}`)
	needed      = regexp.MustCompile(`\("([a-z_]+)"\)\.needed\(\)([^\n]*?\.or\("([a-z]+)"\))?`)
)

// contractTables is what a source can feed, from the contract and from what the stage source demands.
func contractTables(t *testing.T) string {
	t.Helper()
	required, keys := map[string]string{}, map[string]string{}
	for _, table := range goTable.FindAllStringSubmatch(read(t, "../pipelines/source/contract.go"), -1) {
		keys[table[1]] = strings.ReplaceAll(table[2], `"`, "")
		for _, column := range needed.FindAllStringSubmatch(table[3], -1) {
			required[table[1]+"."+column[1]] = "needed; "
			if column[3] != "" {
				required[table[1]+"."+column[1]] = column[3] + " where it is not mapped; "
			}
		}
	}
	if len(required) < 10 {
		t.Errorf("contract.go: found %d needed columns, want the contract's", len(required))
	}
	var b strings.Builder
	for _, table := range createTable.FindAllStringSubmatch(read(t, "../sql/contract/raw.sql"), -1) {
		name := table[1]
		if slices.Contains([]string{"reject", "file", "change", "load"}, name) {
			continue
		}
		fmt.Fprintf(&b, "\n**%s** (key: %s)\n\n| column | type | |\n| --- | --- | --- |\n", name, keys[name])
		for _, line := range strings.Split(table[2], "\n") {
			column := columnLine.FindStringSubmatch(line)
			if column == nil || slices.Contains([]string{"source", "file", "line", "attributes"}, column[1]) {
				continue
			}
			about := strings.TrimSuffix(required[name+"."+column[1]]+column[3], "; ")
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", column[1], column[2], about)
		}
	}
	return b.String() + "\n"
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestPages holds every link between the pages and into the repository, and the width of the text.
func TestPages(t *testing.T) {
	pages := []string{"../README.md"}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".md") {
			pages = append(pages, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		text := read(t, page)
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			file := page
			if target != "" {
				file = filepath.Join(filepath.Dir(page), target)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: link to %s leads nowhere", page, found[1])
			} else if anchor != "" && !slices.Contains(anchors(read(t, file)), anchor) {
				t.Errorf("%s: %s has no heading %s", page, file, anchor)
			}
		}
		code := false
		for i, line := range strings.Split(text, "\n") {
			if strings.HasPrefix(line, "```") {
				code = !code
			}
			if !code && utf8.RuneCountInString(line) > 120 && !strings.HasPrefix(line, "|") {
				t.Errorf("%s:%d: got %d columns, want at most 120", page, i+1, utf8.RuneCountInString(line))
			}
		}
	}
}

// anchors are the names that the headings of a page have in links.
func anchors(text string) []string {
	var names []string
	for _, line := range strings.Split(text, "\n") {
		level, heading, ok := strings.Cut(line, " ")
		if !ok || strings.Trim(level, "#") != "" {
			continue
		}
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case strings.ContainsRune("`.,:;()/$'?!*", r):
				return -1
			}
			return r
		}, strings.ToLower(heading))
		names = append(names, name)
	}
	return names
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
