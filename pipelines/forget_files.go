package pipelines

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"html"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // mails in other charsets than UTF-8

	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/pipelines/source"
)

// eraseFiles goes through every other file below the data folder, whatever it is for: mails and workbooks that name the
// person are removed, texts (pages, reports, their mails) are written again without. What the other steps have taken care
// of, and what names nobody by construction, is passed over.
func (p *Program) eraseFiles(ctx context.Context, person source.Person, dry bool, add func(string, int, int)) error {
	texts := traces(person)
	if len(texts) == 0 {
		return nil
	}
	words := tracePattern(texts)
	roots := []string{p.dataPath()}
	if outbox := p.Config.OutboxPath(); !strings.HasPrefix(outbox, p.dataPath()+string(filepath.Separator)) {
		roots = append(roots, outbox)
	}
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err := errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			if d.IsDir() {
				if root == p.dataPath() && slices.Contains([]string{"journal", "copies", forgetFolder, "locks"}, p.shortName(path)) {
					return filepath.SkipDir
				}
				return nil
			}
			if !d.Type().IsRegular() || slices.Contains([]string{".lock", ".duckdb", ".wal", ".draft"}, filepath.Ext(path)) {
				return nil
			}
			return p.eraseFile(path, words, texts, dry, add)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *Program) eraseFile(path string, words *regexp.Regexp, texts []string, dry bool, add func(string, int, int)) error {
	name := p.shortName(path)
	switch filepath.Ext(path) {
	case ".parquet": // recipients are done; a table on its way between two steps is nobody's any more
		if strings.HasPrefix(name, "tmp/") && !dry {
			return os.Remove(path)
		}
		return nil
	case ".xlsx", ".zip":
		if !zipHolds(path, words) {
			return nil
		}
		return removeFile(path, dry, name, add)
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if looksLikeMail(path, text) {
		if words.Match(text) || mailHolds(text, texts) {
			return removeFile(path, dry, name, add)
		}
		return nil
	}
	found := len(words.FindAllIndex(text, -1))
	if found == 0 {
		return nil
	}
	add(name, 0, found)
	if dry {
		return nil
	}
	disk := journal.Disk{}
	return errors.Join(disk.Place(path, words.ReplaceAll(text, []byte("(erased)"))), disk.SyncDir(filepath.Dir(path)))
}

// tracePattern finds the texts in any case, as they stand in plain text, HTML, JSON, and HTML in JSON.
func tracePattern(texts []string) *regexp.Regexp {
	var ways []string
	addWay := func(text string) {
		if quoted := regexp.QuoteMeta(text); !slices.Contains(ways, quoted) {
			ways = append(ways, quoted)
		}
	}
	for _, text := range texts {
		for _, way := range []string{text, html.EscapeString(text)} {
			addWay(way)
			if escaped, err := json.Marshal(way); err == nil {
				addWay(strings.Trim(string(escaped), `"`))
			}
		}
	}
	slices.SortFunc(ways, func(a, b string) int { return len(b) - len(a) }) // the longest first
	return regexp.MustCompile("(?i)" + strings.Join(ways, "|"))
}

// holdsAny says whether a text holds one of the others, in any case.
func holdsAny(text string, texts []string) bool {
	lower := strings.ToLower(text)
	return slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(lower, strings.ToLower(t)) })
}

// zipHolds says whether some part of a workbook or archive names the person. One that cannot be read is taken to.
func zipHolds(path string, words *regexp.Regexp) bool {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return true
	}
	defer archive.Close()
	for _, part := range archive.File {
		r, err := part.Open()
		if err != nil {
			return true
		}
		text, err := io.ReadAll(io.LimitReader(r, 1<<28))
		if err = errors.Join(err, r.Close()); err != nil || words.Match(text) {
			return true
		}
	}
	return false
}

// looksLikeMail tells mails, which are coded, by their name or their first header: Maildir names have no ending.
func looksLikeMail(path string, text []byte) bool {
	if ext := filepath.Ext(path); ext == ".eml" || ext == ".mbox" {
		return true
	}
	first, _, _ := bytes.Cut(text[:min(len(text), 200)], []byte("\n"))
	return regexp.MustCompile(`^(From |(?i:return-path|received|delivered-to|from|to|date|subject|message-id|mime-version|x-[a-z-]+): )`).Match(first)
}

// mailHolds decodes a mail and looks for the texts in its headers and parts. One that cannot be read holds what its bytes
// hold, which was looked at before.
func mailHolds(text []byte, texts []string) bool {
	entity, err := message.Read(bytes.NewReader(text))
	if err != nil && entity == nil {
		return false
	}
	found := false
	_ = entity.Walk(func(_ []int, part *message.Entity, err error) error {
		if err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
			return err
		}
		for fields := part.Header.Fields(); fields.Next(); {
			value, err := fields.Text()
			if err != nil {
				value = fields.Value()
			}
			found = found || holdsAny(value, texts)
		}
		body, err := io.ReadAll(io.LimitReader(part.Body, 1<<26))
		if err == nil {
			found = found || holdsAny(html.UnescapeString(string(body)), texts)
		}
		return nil
	})
	return found
}
