package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestReadme holds that every command of README.md is run, and every file that it names looked for, by the script that
// starts as the README does: with the example as it is.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("testdata/script/example.txtar")
	if err != nil {
		t.Fatal(err)
	}
	done := map[string]bool{}
	for line := range strings.Lines(string(script)) {
		done[strings.TrimSpace(line)] = true
	}
	tried := 0
	for _, command := range readmeCommands(string(text)) {
		words, ok := strings.CutPrefix(command, "go run ./cmd/tokui ")
		switch {
		case strings.Contains(words, "--config testdata/ja/config.yaml"): // the other scripts run on that example
		case ok:
			tried++
			if line := "exec tokui " + strings.ReplaceAll(words, `"`, `'`); !done[line] {
				t.Errorf("README has %q, and no line of example.txtar is %q", command, line)
			}
		case !strings.HasPrefix(command, "go test "):
			t.Errorf("README has a command that no script can run: %s", command)
		}
	}
	if tried < 6 {
		t.Errorf("found %d commands in the README: is their form another?", tried)
	}
	for _, page := range regexp.MustCompile("`(var/[^`]*\\.html)`").FindAllStringSubmatch(string(text), -1) {
		if !done["exists "+page[1]] {
			t.Errorf("README names %s, and example.txtar does not look for it", page[1])
		}
	}
}

// readmeCommands are the lines of the shell blocks without what follows a #, and the commands within the text.
func readmeCommands(text string) []string {
	var commands []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(block[1]) {
			line, _, _ = strings.Cut(line, "  #")
			if line = strings.TrimSpace(line); line != "" {
				commands = append(commands, line)
			}
		}
	}
	for _, inline := range regexp.MustCompile("`(go run [^`]*)`").FindAllStringSubmatch(text, -1) {
		commands = append(commands, inline[1])
	}
	return commands
}
