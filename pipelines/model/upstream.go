package model

import "slices"

// Upstream names the models that some tables cannot be built without: they themselves, those that they read, directly or
// not, and those that their references and checks look at; in the order of building.
func (s *Set) Upstream(tables ...string) []string {
	needed := map[string]bool{}
	var need func(table string)
	need = func(table string) {
		m, isModel := s.Model(table)
		if !isModel || needed[table] {
			return
		}
		needed[table] = true
		for _, read := range m.Reads {
			need(read)
		}
		for _, c := range m.Checks {
			for _, t := range c.tables {
				need(t.String())
			}
		}
		for _, c := range m.Columns {
			need(c.Ref.Table)
		}
	}
	for _, table := range tables {
		need(table)
	}
	var list []string
	for _, m := range s.models {
		if needed[m.Table()] {
			list = append(list, m.Table())
		}
	}
	return slices.Clip(list)
}
