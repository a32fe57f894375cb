package delivery

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tokui/tokui/internal/edition"
)

// Rewrite makes the files of an edition anew, of the rows that were written before and still have a recipient: after
// somebody was erased. Files that have no row any more are removed. It may be repeated.
func (l *Lists) Rewrite(e *edition.Edition, states *edition.MessageStates) (files int, err error) {
	dir := filepath.Join(l.Dir, e.Manifest.Campaign, string(e.Manifest.Slot))
	old, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("rewrite lists: %w", err)
	}
	byName := map[string]*group{}
	for entry, err := range e.Planned() {
		if err != nil {
			return 0, fmt.Errorf("rewrite lists: %w", err)
		}
		if entry.Forgotten || states.Of(entry.MessageKey) != edition.MessageAccepted {
			continue
		}
		var fields map[string]any
		decoder := json.NewDecoder(strings.NewReader(entry.Recipient.Fields))
		decoder.UseNumber()
		if err := decoder.Decode(&fields); err != nil {
			continue // it was failed, never written
		}
		place(byName, e.Manifest.FileBy, entry, fields)
	}
	look := book{title: l.Title, company: l.Company, locale: l.Locale, at: e.Manifest.SlotAt}
	taken, written := map[string]string{}, map[string]bool{}
	for _, g := range sorted(byName) {
		name := fileName(g.name, taken) + ".xlsx"
		rows := g.fields()
		data, err := look.workbook(rows, l.order(rows))
		if err != nil {
			return files, fmt.Errorf("rewrite list %s: %w", name, err)
		}
		if err := l.Disk.Place(filepath.Join(dir, name), data); err != nil {
			return files, err
		}
		written[name] = true
		files++
	}
	for _, entry := range old {
		if !written[entry.Name()] && filepath.Ext(entry.Name()) == ".xlsx" {
			if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil {
				return files, fmt.Errorf("rewrite lists: %w", err)
			}
		}
	}
	return files, l.Disk.SyncDir(dir)
}

// place puts a row into the group of its file.
func place(byName map[string]*group, fileBy string, entry edition.Entry, fields map[string]any) *group {
	name := ""
	if value, ok := fields[fileBy]; ok && fileBy != "" && value != nil {
		name = fmt.Sprint(value)
	}
	g := byName[name]
	if g == nil {
		g = &group{name: name}
		byName[name] = g
	}
	g.rows = append(g.rows, listed{position: entry.Recipient.Position, key: entry.MessageKey, fields: fields})
	return g
}
