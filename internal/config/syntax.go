package config

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/tokui/tokui/internal/position"
)

// longestSearch is how many lines the search for the place of a syntax error goes back.
const longestSearch = 500

// parseTree reads the file's one YAML document, nil if it is empty. Otherwise the fault says where it stops being YAML.
func parseTree(path string, text []byte) (*yaml.Node, *position.Fault) {
	if at := invalidUTF8(text); at >= 0 {
		return nil, &position.Fault{
			Position: position.Position{File: path, Line: bytes.Count(text[:at], []byte("\n")) + 1},
			Message:  "this line is not UTF-8 text",
			Try:      "save the file as UTF-8",
		}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, syntaxFault(path, text, err)
	}
	var second yaml.Node
	switch err := decoder.Decode(&second); {
	case errors.Is(err, io.EOF):
		return document.Content[0], nil
	case err != nil:
		return nil, syntaxFault(path, text, err)
	}
	return nil, &position.Fault{
		Position: position.Position{File: path, Line: second.Line, Column: second.Column},
		Message:  "got a second document, want one",
		Try:      "remove the line --- above it",
	}
}

func invalidUTF8(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// syntaxFault finds the place of a syntax error itself, since the parser names the start of the block around it: the
// line after the longest run of lines, from the top, that is still YAML.
func syntaxFault(path string, text []byte, err error) *position.Fault {
	parts := regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?((?s:.*))$`).FindStringSubmatch(err.Error())
	message := parts[2]
	fault := &position.Fault{Position: position.Position{File: path}, Message: "not YAML: " + message}
	lines := strings.SplitAfter(string(text), "\n")
	// The parser reads in order, so it says the same of every run of lines that holds what it stopped at.
	stopped := sort.Search(len(lines), func(n int) bool {
		found := yamlError(strings.Join(lines[:n], ""))
		return found != nil && found.Error() == err.Error()
	})
	good := min(stopped, len(lines)-1)
	for yamlError(strings.Join(lines[:good], "")) != nil {
		if good--; stopped-good > longestSearch {
			if about, err := strconv.Atoi(parts[1]); err == nil {
				fault.Line = about
			}
			return fault
		}
	}
	line := strings.TrimRight(lines[good], "\r\n")
	fault.Line = good + 1
	fault.Column = len(line) - len(strings.TrimLeft(line, " ")) + 1
	fault.Try = syntaxHint(line, message)
	if hidesSecret(lines, good) {
		if strings.Contains(message, "unknown anchor") { // the parser's words quote the line
			fault.Message = "not YAML: unknown anchor"
		}
	} else {
		fault.Excerpt = line
	}
	return fault
}

// yamlError is why a text is not YAML, nil if it is.
func yamlError(text string) error {
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for {
		var node yaml.Node
		if err := decoder.Decode(&node); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// syntaxHint says what usually is the matter on such a line.
func syntaxHint(line, message string) string {
	trimmed := strings.TrimLeft(line, " ")
	switch {
	case strings.HasPrefix(trimmed, "\t"):
		return "indent with spaces, not tabs"
	case strings.Contains(line, "${"):
		return `inside { } and [ ], put "${env:NAME}" in quotes`
	case strings.Contains(message, "mapping values are not allowed"):
		return `put a text that contains ": " in quotes, and check the indentation and the space after each colon`
	case strings.Contains(message, "cannot start any token"):
		return "put a text that begins with @, ` or % in quotes"
	case strings.Contains(message, "expected ','"):
		return "close the bracket, put commas between its parts, and texts with ?, [ or { in quotes"
	case strings.Contains(message, "expected ':'"):
		return "write a key as NAME: with a space after the colon"
	case strings.Contains(message, "unknown anchor"):
		return "put a text that begins with * in quotes"
	case strings.Contains(message, "unexpected end of stream"):
		return "close the quotes"
	case strings.Contains(message, "expected key"), strings.Contains(message, "expected '-'"):
		return "check the indentation against the lines above"
	default:
		return ""
	}
}

// hidesSecret reports whether a line of a file that is not YAML may show a secret: it, or a key that it is or could be
// below, is called as one.
func hidesSecret(lines []string, i int) bool {
	secret := regexp.MustCompile(`(?i)\b(password|key|seed|secret|token)["']?\s*:|PRIVATE`)
	isKey := regexp.MustCompile(`^[ \t]*(- )?[^\s:]+:(\s|$)`)
	indent := func(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }
	depth := indent(lines[i]) + 1
	if !isKey.MatchString(lines[i]) { // perhaps the rest of the text above, wrongly indented
		depth = len(lines[i]) + longestSearch
	}
	for ; i >= 0; i-- {
		if strings.TrimSpace(lines[i]) == "" || indent(lines[i]) >= depth {
			continue
		}
		if secret.MatchString(lines[i]) {
			return true
		}
		if isKey.MatchString(lines[i]) {
			depth = indent(lines[i])
		}
	}
	return false
}
