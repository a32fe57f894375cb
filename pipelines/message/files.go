package message

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/tokui/tokui/internal/position"
)

// shared is the folder of the parts that every template can include.
const shared = "shared"

// file is one template file. Name is what a shared one is included by.
type file struct {
	path, name, text string
	// changed says that what is parsed is not text letter by letter: only lines are where they were.
	changed bool
	// made says that the text is not in a file: it was made of another one, which faults are found in.
	made bool
}

// sources are the files of one template in one locale.
type sources struct {
	subject, text, html    file
	sharedText, sharedHTML []file
	// markdown is what text and html were made of; its path is empty where they are files.
	markdown file
}

// find reads the files of a template: of each the one in the first layer that has it, and there the locale's own before
// the one without a locale.
func find(layers []fs.FS, name, locale string) (sources, error) {
	var (
		s      sources
		faults position.Faults
	)
	if err := s.readMarkdown(layers, name, locale); err != nil {
		return s, err
	}
	for _, part := range []struct {
		base, ext string
		into      *file
	}{{"subject", ".txt", &s.subject}, {"body", ".txt", &s.text}, {"body", ".html", &s.html}} {
		if part.into.made {
			continue
		}
		found, err := readFirst(layers, path.Join(name, part.base), part.ext, locale)
		if err != nil {
			return s, err
		}
		if found.path == "" {
			faults.Add(position.Position{File: path.Join(name, part.base+part.ext)},
				"add the file to your templates_dir, or use one of "+strings.Join(names(layers), ", "),
				"template %s has no %s", name, part.base+part.ext)
		}
		*part.into = found
	}
	if err := faults.Err(); err != nil {
		return s, err
	}
	var err error
	if s.sharedText, err = readShared(layers, ".txt", locale); err != nil {
		return s, err
	}
	s.sharedHTML, err = readShared(layers, ".html", locale)
	return s, err
}

// Files are the sources that Compile reads for a template and locale, by their paths within a layer. An fs.FS of exactly
// these, as the only layer, compiles to byte-identical messages: kept with an edition, they let the rest of it be rendered
// as its beginning was, whatever has become of the templates since. Settings.Subjects are not among them. The error is
// position.Faults where the template lacks a file.
func Files(layers []fs.FS, name, locale string) (map[string][]byte, error) {
	s, err := find(layers, name, locale)
	if err != nil {
		return nil, err
	}
	all := map[string][]byte{}
	for _, f := range slices.Concat([]file{s.markdown, s.subject, s.text, s.html}, s.sharedText, s.sharedHTML) {
		if f.path != "" && !f.made {
			all[f.path] = []byte(f.text)
		}
	}
	return all, nil
}

// readMarkdown makes both bodies of body.md where a layer has one and no layer before it has body.html. A body.txt beside
// it stays.
func (s *sources) readMarkdown(layers []fs.FS, name, locale string) error {
	for i, layer := range layers {
		found, err := readFirst([]fs.FS{layer}, path.Join(name, markdownFile), ".md", locale)
		if err != nil {
			return err
		}
		if found.path == "" {
			continue
		}
		if html, err := readFirst(layers[:i+1], path.Join(name, "body"), ".html", locale); err != nil || html.path != "" {
			return err
		}
		page, text, err := fromMarkdown(found.text)
		if err != nil {
			return fmt.Errorf("%s: %w", found.path, err)
		}
		s.markdown = found
		s.html = file{path: found.path + " (HTML)", text: page, made: true}
		own, err := readFirst([]fs.FS{layer}, path.Join(name, "body"), ".txt", locale)
		if err != nil || own.path != "" {
			return err
		}
		s.text = file{path: found.path + " (text)", text: text, made: true}
		return nil
	}
	return nil
}

// readFirst returns an empty file where no layer has it.
func readFirst(layers []fs.FS, base, ext, locale string) (file, error) {
	for _, layer := range layers {
		for _, candidate := range []string{base + "." + locale + ext, base + ext} {
			text, err := fs.ReadFile(layer, candidate)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return file{}, fmt.Errorf("read template %s: %w", candidate, err)
			}
			return file{path: candidate, text: strings.ReplaceAll(string(text), "\r\n", "\n")}, nil
		}
	}
	return file{}, nil
}

// readShared reads the parts with an extension, by name.
func readShared(layers []fs.FS, ext, locale string) ([]file, error) {
	parts := map[string]bool{}
	for _, layer := range layers {
		matches, err := fs.Glob(layer, shared+"/*"+ext)
		if err != nil {
			return nil, fmt.Errorf("list templates: %w", err)
		}
		for _, match := range matches {
			name, _, _ := strings.Cut(path.Base(match), ".")
			parts[name] = true
		}
	}
	var files []file
	for _, name := range sortedKeys(parts) {
		f, err := readFirst(layers, path.Join(shared, name), ext, locale)
		if err != nil {
			return nil, err
		}
		if f.path == "" { // only for another locale
			continue
		}
		f.name = name
		files = append(files, f)
	}
	return files, nil
}

// names are the templates that there are, for suggestions.
func names(layers []fs.FS) []string {
	found := map[string]bool{}
	for _, layer := range layers {
		matches, err := fs.Glob(layer, "*/subject*.txt")
		if err != nil {
			continue // only a bad pattern fails
		}
		for _, match := range matches {
			found[path.Dir(match)] = true
		}
	}
	return sortedKeys(found)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// files are all files of a template by path, which is the name that the template packages know them by.
type files map[string]file

// at is the position of a byte offset in a file, with its line.
func (fs files) at(path string, offset int) (position.Position, string) {
	text := fs[path].text
	if offset > len(text) {
		return position.Position{File: path}, ""
	}
	start := strings.LastIndexByte(text[:offset], '\n') + 1
	line, _, _ := strings.Cut(text[start:], "\n")
	return position.Position{File: path, Line: 1 + strings.Count(text[:start], "\n"),
		Column: 1 + len([]rune(text[start:offset]))}, line
}

// place matches where the template packages say that an error is: a name, a line, and sometimes a byte column.
var place = regexp.MustCompile(`^(?:html/)?template: ?([^:]+):(\d+)(?::(\d+))?: (?s)(.*)$`)

// fault makes a fault with a place of an error of the template packages.
func (fs files) fault(err error) position.Fault {
	text := err.Error()
	m := place.FindStringSubmatch(text)
	if m == nil {
		return position.Fault{Message: strings.TrimPrefix(text, "html/template:")}
	}
	at := position.Position{File: m[1]}
	at.Line, _ = strconv.Atoi(m[2]) // the pattern has digits only
	column, _ := strconv.Atoi(m[3]) // 0 where it is missing
	fault := position.Fault{Message: strings.TrimPrefix(m[4], "executing ")}
	if lines := strings.Split(fs[m[1]].text, "\n"); at.Line >= 1 && at.Line <= len(lines) {
		fault.Excerpt = lines[at.Line-1]
		if column > 0 && !fs[m[1]].changed && column <= len(fault.Excerpt) {
			at.Column = 1 + len([]rune(fault.Excerpt[:column]))
		}
	}
	fault.Position = at
	return fault
}
