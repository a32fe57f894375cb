package model

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// contractDir is the folder of a layer that holds contract tables and no models.
const contractDir = "contract"

// Set is every model, in the order in which they are built. It is immutable.
type Set struct {
	models   []Model
	index    map[string]int
	contract map[string][]Column
	layers   []fs.FS
}

// Layer is a folder of models: SCHEMA/NAME.sql with SCHEMA/NAME.txtar.
type Layer = fs.FS

// folder is a layer on disk, which knows its path.
type folder struct {
	fs.FS
	path string
}

// Folder is a layer on disk. Its faults name files below path, and Test can rewrite the tests in it.
func Folder(path string) Layer { return folder{os.DirFS(path), path} }

// fileName is how people know a file of a layer.
func fileName(layer fs.FS, name string) string {
	if f, ok := layer.(folder); ok {
		return filepath.Join(f.path, filepath.FromSlash(name))
	}
	return path.Join("sql", name)
}

// Read reads the models of the layers, a later one replacing files of the same path. db serves only to parse. The
// contract tables are those of contract/*.sql in the layers. Errors: position.Faults with everything wrong in headers,
// statements, layer law, unknown tables and parameters, and cycles; the set comes with them, for Test and Scaffold only.
func Read(ctx context.Context, db *warehouse.DB, layers ...fs.FS) (*Set, error) {
	s := &Set{layers: layers, contract: map[string][]Column{}}
	var faults position.Faults
	found := map[string]Model{}
	for i, layer := range layers {
		columns, err := contractColumns(ctx, layer)
		if err != nil {
			return nil, err
		}
		for table, list := range columns {
			s.contract[table] = list
		}
		models, more, err := readLayer(layer, i)
		if err != nil {
			return nil, err
		}
		faults = append(faults, more...)
		for _, m := range models {
			found[m.Table()] = m
		}
	}
	for _, m := range found {
		more, err := m.parse(ctx, db)
		if err != nil {
			return nil, err
		}
		faults = append(faults, more...)
		s.models = append(s.models, m)
	}
	faults = append(faults, s.link()...)
	faults.Sort()
	return s, faults.Err()
}

// readLayer reads the files of one layer.
func readLayer(layer fs.FS, number int) ([]Model, position.Faults, error) {
	var models []Model
	var faults position.Faults
	err := fs.WalkDir(layer, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file == contractDir:
			return fs.SkipDir
		case d.IsDir() || path.Ext(file) != ".sql":
			return nil
		}
		text, err := fs.ReadFile(layer, file)
		if err != nil {
			return err
		}
		m := Model{File: fileName(layer, file), Text: string(text), path: file, layer: number}
		dir, base := path.Split(file)
		m.Schema, m.Name = strings.TrimSuffix(dir, "/"), strings.TrimSuffix(base, ".sql")
		if !slices.Contains(Schemas(), m.Schema) || !name.MatchString(m.Name) {
			faults.Add(m.at(0, 0), "move it to SCHEMA/NAME.sql, SCHEMA being one of "+strings.Join(Schemas(), ", "), "%s is not the path of a model", file)
			return nil
		}
		more := readHeader(&m)
		m.unready = len(more) > 0
		faults = append(faults, more...)
		models = append(models, m)
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read models: %w", err)
	}
	return models, faults, nil
}

// parse fills in what the SELECT and the checks read. What DuckDB or the whitelist refuses is returned as faults.
func (m *Model) parse(ctx context.Context, db *warehouse.DB) (position.Faults, error) {
	var faults, more position.Faults
	st, err := db.ParseAt(ctx, m.at(1, 1), m.Text)
	switch {
	case errors.As(err, &more):
		faults = append(faults, more...)
	case err != nil:
		return nil, fmt.Errorf("parse %s: %w", m.File, err)
	}
	m.unready = m.unready || len(faults) > 0
	m.tables, m.used = st.Tables(), st.Params()
	m.named, m.star, m.uniqueBy = st.Columns(), st.HasStar(), st.UniqueBy()
	m.Reads = nil
	for _, t := range m.tables {
		if !slices.Contains(m.Reads, t.String()) {
			m.Reads = append(m.Reads, t.String())
		}
	}
	sort.Strings(m.Reads)
	for i := range m.Checks {
		more, err := m.Checks[i].parse(ctx, db)
		if err != nil {
			return nil, fmt.Errorf("parse %s: %w", m.File, err)
		}
		m.Checks[i].unready = len(more) > 0
		faults = append(faults, more...)
	}
	for i := range faults {
		faults[i] = m.excerpt(faults[i])
	}
	return faults, nil
}

// parse finds what a check reads.
func (c *Check) parse(ctx context.Context, db *warehouse.DB) (position.Faults, error) {
	const before = "select "
	at := c.Position
	at.Column -= len(before)
	var faults position.Faults
	st, err := db.ParseAt(ctx, at, before+c.source)
	if errors.As(err, &faults) || err != nil {
		if faults == nil {
			return nil, err
		}
		return faults, nil
	}
	c.tables, c.used = st.Tables(), st.Params()
	_, err = db.ParseExpression(ctx, c.Position, c.source)
	c.simple = err == nil
	return nil, nil
}

// Models returns every model in the order of building.
func (s *Set) Models() []Model { return slices.Clone(s.models) }

// Model finds a model by its table's name.
func (s *Set) Model(table string) (Model, bool) {
	i, ok := s.index[table]
	if !ok {
		return Model{}, false
	}
	return s.models[i], true
}

// Columns returns the columns of any known table: a model's, a contract table's, or a generated model's.
func (s *Set) Columns(table string) ([]Column, bool) {
	if m, ok := s.Model(table); ok {
		return m.Columns, true
	}
	if columns, ok := s.contract[table]; ok {
		return columns, true
	}
	columns, ok := generatedColumns[table]
	return columns, ok
}

// Tables returns the names of all known tables, sorted.
func (s *Set) Tables() []string {
	var list []string
	for table := range s.contract {
		list = append(list, table)
	}
	for _, m := range s.models {
		list = append(list, m.Table())
	}
	sort.Strings(list)
	return slices.Compact(list)
}
