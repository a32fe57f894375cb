package message

import (
	"fmt"
)

// functions are what templates may call, for programs: those of formats, and of text/template the ones that mails use. An
// argument that text/template would refuse gives up.
func (f formats) functions() map[string]func([]expression) expression {
	written := func(write func(any) (string, error)) func([]expression) expression {
		return one(func(v value) (value, bool) {
			argument, ok := v.plain()
			if !ok {
				return value{}, false
			}
			s, err := write(argument)
			return textValue(s), err == nil
		})
	}
	return map[string]func([]expression) expression{
		"date": written(f.date), "day": written(f.day), "money": written(f.money), "number": written(f.number),
		"percent": written(f.percent),
		"split": one(func(v value) (value, bool) {
			if v.kind != text {
				return value{}, false
			}
			list, err := split(v.s)
			return value{kind: texts, list: list}, err == nil
		}),
		"not": one(func(v value) (value, bool) {
			yes, ok := v.truth()
			return boolValue(!yes), ok
		}),
		"len":    one(length),
		"index":  indexed,
		"and":    chain(false),
		"or":     chain(true),
		"eq":     equalsAny,
		"ne":     compare(func(order int) bool { return order != 0 }, true),
		"lt":     compare(func(order int) bool { return order < 0 }, false),
		"le":     compare(func(order int) bool { return order <= 0 }, false),
		"gt":     compare(func(order int) bool { return order > 0 }, false),
		"ge":     compare(func(order int) bool { return order >= 0 }, false),
		"printf": printf,
		"link": func(arguments []expression) expression {
			if len(arguments) != 1 {
				return nil
			}
			return func(m *machine) (value, bool) {
				n, ok := arguments[0](m)
				if !ok || m.track == nil {
					return value{}, false
				}
				url, ok := m.track(n.i)
				return textValue(url), ok
			}
		},
	}
}

// one makes a function of one argument; nil, which is not compiled, where there are more or less.
func one(apply func(value) (value, bool)) func([]expression) expression {
	return func(arguments []expression) expression {
		if len(arguments) != 1 {
			return nil
		}
		argument := arguments[0]
		return func(m *machine) (value, bool) {
			v, ok := argument(m)
			if !ok {
				return value{}, false
			}
			return apply(v)
		}
	}
}

func length(v value) (value, bool) {
	switch v.kind {
	case text:
		return value{kind: integer, i: int64(len(v.s))}, true
	case texts:
		return value{kind: integer, i: int64(len(v.list))}, true
	case perks:
		return value{kind: integer, i: int64(len(v.of))}, true
	}
	return value{}, false
}

// indexed is index of a list by a number.
func indexed(arguments []expression) expression {
	if len(arguments) != 2 {
		return nil
	}
	return func(m *machine) (value, bool) {
		list, ok := arguments[0](m)
		if !ok {
			return value{}, false
		}
		n, ok := arguments[1](m)
		if !ok || n.kind != integer || n.i < 0 {
			return value{}, false
		}
		switch all := list.any.(type) {
		case []any:
			if n.i < int64(len(all)) {
				return valueOf(all[n.i]), true
			}
		case nil:
			if list.kind == texts && n.i < int64(len(list.list)) {
				return textValue(list.list[n.i]), true
			}
		}
		return value{}, false
	}
}

// chain is and, and or: the first argument whose truth is until, else the last; those behind it are not looked at.
func chain(until bool) func([]expression) expression {
	return func(arguments []expression) expression {
		if len(arguments) == 0 {
			return nil
		}
		return func(m *machine) (v value, ok bool) {
			for _, argument := range arguments {
				if v, ok = argument(m); !ok {
					return value{}, false
				}
				yes, ok := v.truth()
				if !ok || yes == until {
					return v, ok
				}
			}
			return v, true
		}
	}
}

// order compares two values of one kind.
func order(a, b value) (int, bool) {
	if a.kind != b.kind {
		return 0, false
	}
	less := false
	switch a.kind {
	case text:
		if a.s == b.s {
			return 0, true
		}
		less = a.s < b.s
	case integer, boolean:
		if a.i == b.i {
			return 0, true
		}
		less = a.i < b.i
	case real:
		if a.f == b.f {
			return 0, true
		}
		less = a.f < b.f
	default:
		return 0, false
	}
	if less {
		return -1, true
	}
	return 1, true
}

func compare(holds func(order int) bool, booleans bool) func([]expression) expression {
	return func(arguments []expression) expression {
		if len(arguments) != 2 {
			return nil
		}
		return func(m *machine) (value, bool) {
			a, ok := arguments[0](m)
			if !ok {
				return value{}, false
			}
			b, ok := arguments[1](m)
			if !ok || a.kind == boolean && !booleans {
				return value{}, false
			}
			way, ok := order(a, b)
			return boolValue(holds(way)), ok
		}
	}
}

// equalsAny is eq: the first argument equals one of the others.
func equalsAny(arguments []expression) expression {
	if len(arguments) < 2 {
		return nil
	}
	return func(m *machine) (value, bool) {
		a, ok := arguments[0](m)
		if !ok {
			return value{}, false
		}
		found := false
		for _, argument := range arguments[1:] {
			b, ok := argument(m)
			if !ok {
				return value{}, false
			}
			way, ok := order(a, b)
			if !ok {
				return value{}, false
			}
			found = found || way == 0
		}
		return boolValue(found), true
	}
}

func printf(arguments []expression) expression {
	if len(arguments) == 0 {
		return nil
	}
	return func(m *machine) (value, bool) {
		format, ok := arguments[0](m)
		if !ok || format.kind != text {
			return value{}, false
		}
		all := make([]any, 0, len(arguments)-1)
		for _, argument := range arguments[1:] {
			v, ok := argument(m)
			if !ok {
				return value{}, false
			}
			p, ok := v.plain()
			if !ok {
				return value{}, false
			}
			all = append(all, p)
		}
		return textValue(fmt.Sprintf(format.s, all...)), true
	}
}
