package model

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// Params are values by parameter name, without the $. A value is text as a person writes it (365, 2011-12-10, true),
// or of the Go type that fits the declared one; a date may be a calendar.Date or a time.Time. What is not given has
// the default of the model's header.
type Params map[string]any

// paramTypes are the types that a parameter may have.
var paramTypes = map[string]bool{"date": true, "integer": true, "bigint": true, "double": true, "decimal": true, "boolean": true, "varchar": true}

// kindOf is a type without its brackets.
func kindOf(typ string) string {
	kind, _, _ := strings.Cut(typ, "(")
	return kind
}

// paramValue converts a value to what is bound.
func paramValue(p Param, v any) (any, error) {
	switch kind := kindOf(p.Type); kind {
	case "date":
		return dateValue(v)
	case "integer", "bigint":
		bits := 64
		if kind == "integer" {
			bits = 32
		}
		n, err := strconv.ParseInt(fmt.Sprint(v), 10, bits)
		if err != nil {
			return nil, fmt.Errorf("got %v, want a whole number", v)
		}
		return n, nil
	case "double":
		f, err := strconv.ParseFloat(fmt.Sprint(v), 64)
		if err != nil {
			return nil, fmt.Errorf("got %v, want a number", v)
		}
		return f, nil
	case "decimal":
		text := fmt.Sprint(v)
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			return nil, fmt.Errorf("got %v, want a decimal number", v)
		}
		return text, nil
	case "boolean":
		b, err := strconv.ParseBool(fmt.Sprint(v))
		if err != nil {
			return nil, fmt.Errorf("got %v, want true or false", v)
		}
		return b, nil
	default:
		return fmt.Sprint(v), nil
	}
}

func dateValue(v any) (any, error) {
	switch d := v.(type) {
	case calendar.Date:
		if d.IsZero() {
			return nil, fmt.Errorf("got no date, want YYYY-MM-DD")
		}
		return d.UTC(), nil
	case time.Time:
		return calendar.DateOf(d).UTC(), nil
	default:
		date, err := calendar.ParseDate(fmt.Sprint(v))
		if err != nil {
			return nil, err
		}
		return date.UTC(), nil
	}
}

// Declared lists every parameter that a model declares, by name, each once.
func (s *Set) Declared() []Param {
	byName := map[string]Param{}
	for _, m := range s.models {
		for _, p := range m.Params {
			if old, ok := byName[p.Name]; !ok || p.HasDefault && !old.HasDefault {
				byName[p.Name] = p
			}
		}
	}
	list := make([]Param, 0, len(byName))
	for _, p := range byName {
		list = append(list, p)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// CheckParams reports names that no model declares and values of the wrong type. The faults have no place: the caller
// knows where the values came from.
func (s *Set) CheckParams(given Params) error { return s.checkParams(given, true).Err() }

// checkParams is CheckParams; names that no model declares are faults only of a set that is complete.
func (s *Set) checkParams(given Params, complete bool) position.Faults {
	declared := map[string]Param{}
	names := []string{}
	for _, p := range s.Declared() {
		declared[p.Name] = p
		names = append(names, p.Name)
	}
	var faults position.Faults
	for name, v := range given {
		p, ok := declared[name]
		if !ok && !complete {
			continue
		}
		if !ok {
			try := "the models declare " + strings.Join(names, ", ")
			if near := position.Nearest(name, names); near != "" {
				try = "did you mean " + near + "?"
			}
			faults.Add(position.Position{File: "params." + name}, try, "no model declares the parameter %s", name)
			continue
		}
		if _, err := paramValue(p, v); err != nil {
			faults.Add(position.Position{File: "params." + name}, "", "%v (%s)", err, p.Type)
		}
	}
	faults.Sort()
	return faults
}

// Arguments are what is bound to the model's SELECT. Errors: position.Faults.
func (m Model) Arguments(given Params) ([]any, error) { return m.bind(given, m.used) }

// bind returns the named arguments of one model's declared parameters that are in used; the driver refuses others.
func (m Model) bind(given Params, used []warehouse.Param) ([]any, error) {
	need := map[string]bool{}
	for _, u := range used {
		need[u.Name] = true
	}
	var args []any
	var faults position.Faults
	for _, p := range m.Params {
		if !need[p.Name] {
			continue
		}
		v, ok := given[p.Name]
		if !ok && !p.HasDefault {
			faults = append(faults, m.fault(p.Position, "give it, or write a default", "parameter $%s has neither value nor default", p.Name))
			continue
		}
		if !ok {
			v = p.Default
		}
		bound, err := paramValue(p, v)
		if err != nil {
			faults = append(faults, m.fault(p.Position, "", "parameter $%s: %v", p.Name, err))
			continue
		}
		args = append(args, warehouse.Named(p.Name, bound))
	}
	return args, faults.Err()
}

// WholeParam is the value that models are built with of a parameter that counts something: as given, or the default that a
// header declares. An error where no model declares it, or it is no whole number.
func (s *Set) WholeParam(given Params, name string) (int, error) {
	for _, p := range s.Declared() {
		if p.Name != name {
			continue
		}
		v, ok := given[name]
		if !ok {
			v = p.Default
		}
		n, err := strconv.Atoi(fmt.Sprint(v))
		if err != nil {
			return 0, fmt.Errorf("parameter $%s: got %v, want a whole number", name, v)
		}
		return n, nil
	}
	return 0, fmt.Errorf("no model declares the parameter $%s", name)
}
