package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// longestFile is the size that a file named by ${file:…} may have, in bytes.
const longestFile = 1 << 20

// expansion is the text of one value after ${…} has been replaced.
type expansion struct {
	text string
	// expanded says that something was replaced: the text may hold a secret.
	expanded bool
}

// expand replaces ${env:NAME} and ${file:PATH}; $${ is a plain ${. What was put in is not looked at again.
// The error names what was wanted and never holds a value.
func (r *reader) expand(text string) (expansion, error) {
	if !strings.Contains(text, "${") {
		return expansion{text: text}, nil
	}
	var out strings.Builder
	expanded := false
	for {
		before, rest, found := strings.Cut(text, "${")
		if !found {
			out.WriteString(text)
			return expansion{text: out.String(), expanded: expanded}, nil
		}
		if plain, escaped := strings.CutSuffix(before, "$"); escaped {
			out.WriteString(plain + "${")
			text = rest
			continue
		}
		out.WriteString(before)
		reference, after, closed := strings.Cut(rest, "}")
		if !closed {
			return expansion{}, errors.New("got ${ without }, want ${env:NAME} or ${file:PATH}")
		}
		value, err := r.lookUp(reference)
		if err != nil {
			return expansion{}, err
		}
		out.WriteString(value)
		expanded = true
		text = after
	}
}

// lookUp returns what env:NAME or file:PATH stands for.
func (r *reader) lookUp(reference string) (string, error) {
	kind, name, _ := strings.Cut(reference, ":")
	switch {
	case kind == "env" && name != "":
		value, set := r.env(name)
		if !set {
			return "", fmt.Errorf("the environment has no variable %s", name)
		}
		return value, nil
	case kind == "file" && name != "":
		return r.readSecretFile(name)
	default:
		return "", errors.New("got ${ before neither env:NAME} nor file:PATH}; a plain ${ is written $${")
	}
}

// readSecretFile returns a file's text without the line break at its end.
func (r *reader) readSecretFile(name string) (string, error) {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.dir, path)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("there is no file %s", name)
	case err != nil:
		return "", fmt.Errorf("cannot read the file %s: %w", name, errors.Unwrap(err))
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is not a file", name)
	case info.Size() > longestFile:
		return "", fmt.Errorf("the file %s has %d bytes, want at most %d", name, info.Size(), longestFile)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("cannot read the file %s: %w", name, errors.Unwrap(err))
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, longestFile))
	if err != nil {
		return "", fmt.Errorf("cannot read the file %s: %w", name, errors.Unwrap(err))
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), nil
}
