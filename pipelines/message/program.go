package message

import (
	"github.com/tokui/tokui/internal/edition"
)

// A program is a template compiled for a whole edition: what never changes lies ready and encoded, what the recipient
// brings is escaped as html/template found out that its place needs. It knows the part of the template language that mails
// use. Compile leaves a template that uses more without a program, and a program that meets what it does not know, or a
// fault, gives up: then the template packages make the message, or say what is wrong. They are the oracle in the tests too.
type program []step

// step does one thing to the machine, and returns false to give up.
type step func(*machine) bool

// expression is a value that a step asks for; false gives up.
type expression func(*machine) (value, bool)

// machine runs the programs of one message.
type machine struct {
	fields []value // of the recipient, by slot
	locals []value // dots and variables, by slot
	out    writer
	track  func(link int64) (string, bool)
	buffer []byte // for a value that is no text
	line   []byte // for the subject
}

func (p program) run(m *machine) bool {
	for _, s := range p {
		if !s(m) {
			return false
		}
	}
	return true
}

func static(p *piece) step {
	return func(m *machine) bool {
		m.out.piece(p)
		return true
	}
}

// show writes a value after its escapers.
func show(e expression, escapers []escaper, shows marks) step {
	return func(m *machine) bool {
		v, ok := e(m)
		if !ok {
			return false
		}
		s := v.s
		if v.kind != text {
			if m.buffer, ok = v.appendTo(m.buffer[:0]); !ok {
				return false
			}
			s = string(m.buffer)
		}
		for _, escape := range escapers {
			if s, ok = escape(s); !ok {
				return false
			}
		}
		m.out.text(s)
		m.out.shows |= shows
		return true
	}
}

// branch is if, and with where a local takes the value.
func branch(condition expression, local int, then, otherwise program) step {
	return func(m *machine) bool {
		v, ok := condition(m)
		if !ok {
			return false
		}
		yes, ok := v.truth()
		if !ok {
			return false
		}
		if !yes {
			return otherwise.run(m)
		}
		if local >= 0 {
			m.locals[local] = v
		}
		return then.run(m)
	}
}

// loop is range: the locals take each element, and its number where there is a variable for it.
func loop(list expression, element, number int, body, otherwise program) step {
	return func(m *machine) bool {
		v, ok := list(m)
		if !ok {
			return false
		}
		n := 0
		var at func(int) value
		switch v.kind {
		case texts:
			n, at = len(v.list), func(i int) value { return textValue(v.list[i]) }
		case perks:
			n, at = len(v.of), func(i int) value { return value{kind: perk, of: v.of[i : i+1]} }
		case other:
			list, ok := v.any.([]any)
			if !ok {
				return false
			}
			n, at = len(list), func(i int) value { return valueOf(list[i]) }
		default:
			return false
		}
		for i := range n {
			m.locals[element] = at(i)
			if number >= 0 {
				m.locals[number] = value{kind: integer, i: int64(i)}
			}
			if !body.run(m) {
				return false
			}
		}
		return n > 0 || otherwise.run(m)
	}
}

func assign(local int, e expression) step {
	return func(m *machine) bool {
		v, ok := e(m)
		m.locals[local] = v
		return ok
	}
}

func constant(v value) expression {
	return func(*machine) (value, bool) { return v, true }
}

// fieldAt is a field of the recipient. One that the row does not have is the template packages' to complain about.
func fieldAt(slot int) expression {
	return func(m *machine) (value, bool) {
		v := m.fields[slot]
		return v, v.kind != missing
	}
}

func localAt(slot int) expression {
	return func(m *machine) (value, bool) { return m.locals[slot], true }
}

func memberOf(e expression, name string) expression {
	return func(m *machine) (value, bool) {
		v, ok := e(m)
		if !ok {
			return value{}, false
		}
		return v.field(name)
	}
}

// perksOf are the perks of a recipient as a value.
func perksOf(of []edition.Perk) value { return value{kind: perks, of: of} }
