package model

import (
	"context"
	"slices"
	"sort"
	"strings"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// With returns the set with generated models added, replacing those of the same name. db serves only to parse. Errors:
// position.Faults, those of a rule at its place in config.yaml; the set comes with them, for Scaffold only, a rule that
// cannot be read being one that never holds.
func (s *Set) With(ctx context.Context, db *warehouse.DB, generated ...Model) (*Set, error) {
	n := &Set{contract: s.contract, layers: s.layers}
	n.models = slices.DeleteFunc(slices.Clone(s.models), func(m Model) bool {
		return slices.ContainsFunc(generated, func(g Model) bool { return g.Table() == m.Table() })
	})
	var faults position.Faults
	for _, g := range generated {
		sound, more, err := g.checkConditions(ctx, db, s)
		if err != nil {
			return nil, err
		}
		faults = append(faults, more...)
		if more, err = sound.parse(ctx, db); err != nil {
			return nil, err
		}
		faults = append(faults, more...)
		n.models = append(n.models, sound)
	}
	faults = append(faults, n.link()...)
	faults.Sort()
	return n, faults.Err()
}

// link checks how the models fit together and sorts them.
func (s *Set) link() position.Faults {
	schemas := Schemas()
	sort.Slice(s.models, func(i, j int) bool {
		a, b := s.models[i], s.models[j]
		if a.Schema != b.Schema {
			return slices.Index(schemas, a.Schema) < slices.Index(schemas, b.Schema)
		}
		return a.Name < b.Name
	})
	s.reindex()
	var faults position.Faults
	for _, m := range s.models {
		faults = append(faults, s.checkReads(m)...)
		faults = append(faults, s.checkUse(m)...)
		faults = append(faults, s.checkRebuild(m)...)
	}
	faults = append(faults, s.checkDeclared()...)
	return append(faults, s.order()...)
}

func (s *Set) reindex() {
	s.index = make(map[string]int, len(s.models))
	for i, m := range s.models {
		s.index[m.Table()] = i
	}
}

// checkReads holds a model to the layer law and to tables that exist.
func (s *Set) checkReads(m Model) position.Faults {
	var faults position.Faults
	unknown := func(at position.Position, table string) {
		try := "write SCHEMA/NAME.sql for it, or correct the name"
		if near := position.Nearest(table, s.Tables()); near != "" {
			try = "did you mean " + near + "?"
		}
		faults = append(faults, m.fault(at, try, "unknown table %s", table))
	}
	for _, t := range m.tables {
		if _, ok := s.Columns(t.String()); !ok {
			unknown(t.Position, t.String())
		} else if try, broken := breaks(m.Schema, t.Schema, t.String()); broken {
			faults = append(faults, m.fault(t.Position, try, "layer law: %s may not read %s", m.Schema, t.String()))
		}
	}
	for _, c := range m.Checks {
		for _, t := range c.tables {
			if _, ok := s.Columns(t.String()); !ok {
				unknown(t.Position, t.String())
			}
		}
	}
	for _, c := range m.Columns {
		if c.Ref.Table == "" {
			continue
		}
		columns, ok := s.Columns(c.Ref.Table)
		if !ok {
			unknown(c.Position, c.Ref.Table)
		} else if _, ok := s.shape(c.Ref.Table); ok && !hasColumn(columns, c.Ref) {
			faults = append(faults, m.fault(c.Position, "write -> "+c.Ref.Table+".COLUMN", "%s has no column %s", c.Ref.Table, c.Ref.Column))
		}
	}
	if m.Estimator != "" && m.Schema != Predictions && m.Schema != Effects {
		faults = append(faults, m.fault(m.estimatorAt, "move the model to predictions or effects", "%s may not use an estimator", m.Schema))
	}
	return faults
}

// checkUse compares the parameters that are declared with those that are used.
func (s *Set) checkUse(m Model) position.Faults {
	var faults position.Faults
	used := slices.Clone(m.used)
	for _, c := range m.Checks {
		used = append(used, c.used...)
	}
	for _, u := range used {
		if !slices.ContainsFunc(m.Params, func(p Param) bool { return p.Name == u.Name }) {
			faults = append(faults, m.fault(u.Position, "declare it: `-- params: $"+u.Name+" TYPE`", "parameter $%s is not declared", u.Name))
		}
	}
	for _, p := range m.Params {
		if !slices.ContainsFunc(used, func(u warehouse.Param) bool { return u.Name == p.Name }) && m.Estimator == "" {
			faults = append(faults, m.fault(p.Position, "remove it", "parameter $%s is declared and not used", p.Name))
		}
	}
	return faults
}

// checkDeclared finds parameters that two models declare differently: one value is bound to both.
func (s *Set) checkDeclared() position.Faults {
	var faults position.Faults
	first := map[string]Param{}
	for _, m := range s.models {
		for _, p := range m.Params {
			old, ok := first[p.Name]
			switch {
			case !ok || !old.HasDefault && p.HasDefault && old.Type == p.Type:
				first[p.Name] = p
			case old.Type != p.Type:
				faults = append(faults, m.fault(p.Position, "use one type", "parameter $%s is %s here and %s in %s", p.Name, p.Type, old.Type, old.Position))
			case p.HasDefault && old.Default != p.Default:
				faults = append(faults, m.fault(p.Position, "use one default", "parameter $%s has the default %s here and %s in %s", p.Name, p.Default, old.Default, old.Position))
			}
		}
	}
	return faults
}

// order sorts the models so that each stands behind those it reads, by schema and name where that leaves a choice.
func (s *Set) order() position.Faults {
	var faults position.Faults
	var sorted []Model
	state := map[string]int{} // 1: on the path, 2: done
	var path []string
	var visit func(m Model)
	visit = func(m Model) {
		state[m.Table()] = 1
		path = append(path, m.Table())
		for _, t := range m.tables {
			i, ok := s.index[t.String()]
			if !ok || state[t.String()] == 2 {
				continue
			}
			if state[t.String()] == 1 {
				from := slices.Index(path, t.String())
				circle := append(slices.Clone(path[from:]), t.String())
				faults = append(faults, m.fault(t.Position, "take one of them out", "models read each other in a circle: %s", strings.Join(circle, " -> ")))
				continue
			}
			visit(s.models[i])
		}
		path = path[:len(path)-1]
		state[m.Table()] = 2
		sorted = append(sorted, m)
	}
	for _, m := range s.models {
		if state[m.Table()] == 0 {
			visit(m)
		}
	}
	s.models = sorted
	s.reindex()
	return faults
}
