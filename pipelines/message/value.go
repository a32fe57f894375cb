package message

import (
	"fmt"
	"strconv"

	"github.com/tokui/tokui/internal/edition"
)

// kind is what a value of a running program is.
type kind uint8

const (
	missing kind = iota
	text
	integer
	real
	boolean
	texts // []string
	perks // []edition.Perk
	perk  // one of them
	other // whatever else JSON holds: lists and groups
)

// value is what a field or a pipeline gives, without the allocation that an interface costs.
type value struct {
	kind kind
	s    string
	i    int64
	f    float64
	list []string
	of   []edition.Perk // the perks, or the one
	any  any
}

func textValue(s string) value { return value{kind: text, s: s} }

func boolValue(b bool) value {
	if b {
		return value{kind: boolean, i: 1}
	}
	return value{kind: boolean}
}

// valueOf takes what plain returns.
func valueOf(v any) value {
	switch v := v.(type) {
	case string:
		return textValue(v)
	case int64:
		return value{kind: integer, i: v}
	case float64:
		return value{kind: real, f: v}
	case bool:
		return boolValue(v)
	case []string:
		return value{kind: texts, list: v}
	default:
		return value{kind: other, any: v}
	}
}

// plain is the value as text/template would have it; false where it has no such form here.
func (v value) plain() (any, bool) {
	switch v.kind {
	case text:
		return v.s, true
	case integer:
		return v.i, true
	case real:
		return v.f, true
	case boolean:
		return v.i == 1, true
	case other:
		return v.any, true
	default:
		return nil, false
	}
}

// truth is text/template's: what is empty is false.
func (v value) truth() (truth, ok bool) {
	switch v.kind {
	case text:
		return v.s != "", true
	case integer, boolean:
		return v.i != 0, true
	case real:
		return v.f != 0, true
	case texts:
		return len(v.list) > 0, true
	case perks:
		return len(v.of) > 0, true
	case other:
		switch v := v.any.(type) {
		case []any:
			return len(v) > 0, true
		case map[string]any:
			return len(v) > 0, true
		}
	case perk:
		return true, true
	}
	return false, false
}

// field is a member of a group.
func (v value) field(name string) (value, bool) {
	switch v.kind {
	case perk:
		switch name {
		case "name":
			return textValue(v.of[0].Name), true
		case "text":
			return textValue(v.of[0].Text), true
		}
	case other:
		if group, ok := v.any.(map[string]any); ok {
			if member, ok := group[name]; ok {
				return valueOf(member), true
			}
		}
	}
	return value{}, false
}

// appendTo writes the value as fmt.Fprint does.
func (v value) appendTo(b []byte) ([]byte, bool) {
	switch v.kind {
	case text:
		return append(b, v.s...), true
	case integer:
		return strconv.AppendInt(b, v.i, 10), true
	case boolean:
		return strconv.AppendBool(b, v.i == 1), true
	case real:
		return fmt.Append(b, v.f), true
	case texts:
		return fmt.Append(b, v.list), true
	case other:
		return fmt.Append(b, v.any), true
	default:
		return b, false
	}
}
