package delivery

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// Lists writes an edition as workbooks for the own staff: DIR/CAMPAIGN/SLOT/GROUP.xlsx, one for each value of the
// manifest's FileBy column, a row for each planned customer in the audience's order. The same edition gives the same bytes.
// See workbook for what a cell becomes.
type Lists struct {
	// Dir is DATA_DIR/lists.
	Dir string
	// Columns are the fields in the order of their columns; fields that it does not name follow by name.
	Columns []string
	// Locale is ja or en: what the headings say, and how days and numbers are shown.
	Locale string
	// Title names the sheet, Company is the author of the file.
	Title, Company string
	Disk           journal.Disk
}

// listed is a row of a file.
type listed struct {
	position int32
	key      string
	fields   map[string]any
}

// group is one file: its rows by position, then message key, and those of them that are not yet accepted.
type group struct {
	name string
	rows []listed
	keys []string
}

// fields are the rows' fields in their order.
func (g *group) fields() []map[string]any {
	all := make([]map[string]any, len(g.rows))
	for i, row := range g.rows {
		all[i] = row.fields
	}
	return all
}

// writeLists writes the file of every group that has a pending row, and accepts its rows once the files are durable.
func (s *Sender) writeLists(ctx context.Context, l *ledger) error {
	if s.expired(l) {
		return s.withholdRest(ctx, l, "expired")
	}
	groups, err := s.groups(ctx, l)
	if err != nil {
		return err
	}
	id := l.edition.ID()
	dir := filepath.Join(s.Lists.Dir, id.Campaign, string(id.Slot))
	taken := map[string]string{}
	look := book{title: s.Lists.Title, company: s.Lists.Company, locale: s.Lists.Locale, at: l.edition.Manifest.SlotAt}
	for _, g := range groups {
		name := fileName(g.name, taken)
		if len(g.keys) == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.Lists.Disk.MakeDir(dir); err != nil {
			return err
		}
		rows := g.fields()
		data, err := look.workbook(rows, s.Lists.order(rows))
		if err != nil {
			return fmt.Errorf("write list %s: %w", name, err)
		}
		if err := s.Lists.Disk.Place(filepath.Join(dir, name+".xlsx"), data); err != nil {
			return err
		}
		if err := s.Lists.Disk.SyncDir(dir); err != nil {
			return err
		}
		events := make([]journal.Event, len(g.keys))
		for i, key := range g.keys {
			events[i] = l.event(journal.Accepted, key)
			events[i].Detail = name + ".xlsx"
		}
		if err := l.write(ctx, events...); err != nil {
			return err
		}
	}
	return nil
}

// groups reads the edition's rows into their files, sorted by name. Rows without a recipient are withheld; rows whose
// fields cannot be read are failed.
func (s *Sender) groups(ctx context.Context, l *ledger) ([]*group, error) {
	byName := map[string]*group{}
	fileBy := l.edition.Manifest.FileBy
	for entry, err := range l.edition.Planned() {
		if err != nil {
			return nil, err
		}
		state := l.stateOf(entry.MessageKey)
		if state != edition.MessagePending && state != edition.MessageAccepted {
			continue
		}
		var fields map[string]any
		if entry.Forgotten {
			if state == edition.MessagePending {
				if err := l.write(ctx, l.detailed(journal.Withheld, entry.MessageKey, "forgotten")); err != nil {
					return nil, err
				}
			}
			continue
		}
		decoder := json.NewDecoder(strings.NewReader(entry.Recipient.Fields))
		decoder.UseNumber()
		if err := decoder.Decode(&fields); err != nil {
			detail := "fields are no JSON object: " + err.Error()
			if err := l.write(ctx, l.detailed(journal.Failed, entry.MessageKey, detail)); err != nil {
				return nil, err
			}
			continue
		}
		g := place(byName, fileBy, entry, fields)
		if state == edition.MessagePending {
			g.keys = append(g.keys, entry.MessageKey)
		}
	}
	return sorted(byName), nil
}

// sorted are the groups by name, each with its rows in order.
func sorted(byName map[string]*group) []*group {
	groups := make([]*group, 0, len(byName))
	for _, g := range byName {
		slices.SortFunc(g.rows, func(a, b listed) int {
			return cmp.Or(cmp.Compare(a.position, b.position), strings.Compare(a.key, b.key))
		})
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b *group) int { return strings.Compare(a.name, b.name) })
	return groups
}

// order is the columns of a file: those that Columns names, then the others by name.
func (l *Lists) order(rows []map[string]any) []string {
	found := map[string]bool{}
	for _, row := range rows {
		for name := range row {
			found[name] = true
		}
	}
	var columns []string
	for _, name := range l.Columns {
		if found[name] {
			columns = append(columns, name)
			delete(found, name)
		}
	}
	rest := make([]string, 0, len(found))
	for name := range found {
		rest = append(rest, name)
	}
	slices.Sort(rest)
	return append(columns, rest...)
}

// fileName is a group's name as a file's: what a file system may refuse becomes _, and names that would meet (also on
// file systems that do not tell upper from lower case) get a part of their hash. taken holds the names given so far.
func fileName(group string, taken map[string]string) string {
	name := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, strings.TrimSpace(group))
	name = strings.Trim(name, ". ")
	if name == "" {
		name = "list"
	}
	for len(name) > 120 {
		name = strings.ToValidUTF8(name[:120], "")
	}
	if owner, ok := taken[strings.ToLower(name)]; ok && owner != group {
		sum := sha256.Sum256([]byte(group))
		name += "-" + hex.EncodeToString(sum[:4])
	}
	taken[strings.ToLower(name)] = group
	return name
}
