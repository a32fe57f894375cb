package config

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tokui/tokui/internal/position"
)

// most is the number of nodes that a file may have, aliases followed: more is an alias bomb, not a configuration.
const most = 50_000

// reader walks the tree of nodes and fills the structs. It goes on after a fault, so that it finds them all.
type reader struct {
	*places
	dir    string
	env    func(string) (string, bool)
	faults position.Faults
	// order are the names of each mapping from free names, by joined path, as the file has them.
	order map[string][]string
	// nodes are those of the whole file in order; open the mappings being merged.
	nodes   []*yaml.Node
	open    map[*yaml.Node]bool
	visited int
}

// fault notes that what stands at a path could not be read.
func (r *reader) fault(at position.Position, path []string, try, format string, args ...any) {
	r.broken[joinPath(path)] = true
	r.note(at, path, try, format, args...)
}

// note notes that something is wrong at a path.
func (r *reader) note(at position.Position, path []string, try, format string, args ...any) {
	r.faulty[joinPath(path)] = true
	message := fmt.Sprintf(format, args...)
	if name := r.pathText(path); name != "" {
		message = name + ": " + message
	}
	r.faults = append(r.faults, position.Fault{Position: at, Message: message, Try: try})
}

func (r *reader) position(node *yaml.Node) position.Position {
	return position.Position{File: r.file, Line: node.Line, Column: node.Column}
}

// value reads a node into v, which is settable. An empty value (null) counts as left out.
func (r *reader) value(key, node *yaml.Node, v reflect.Value, path []string) {
	here := r.position(node)
	if r.isTooMuch(node, path) {
		return
	}
	if v.Type() == reflect.TypeFor[Secret]() {
		r.hide(node, r.nodes)
	}
	if node.Kind == yaml.AliasNode { // one inside of what it names ends where the types do
		node = node.Alias
	}
	if strings.HasPrefix(node.Tag, "!") && !strings.HasPrefix(node.Tag, "!!") {
		r.fault(here, path, "put a text that begins with ! in quotes", "got the tag %s, want no tags", node.Tag)
		return
	}
	isEmpty := node.Tag == "!!null" && node.Kind == yaml.ScalarNode
	r.at[joinPath(path)] = place{key: r.position(key), value: r.position(node), node: node, isEmpty: isEmpty}
	if isEmpty {
		if len(path) > 0 && key == node {
			r.fault(here, path, "", "got an empty list item, want %s", wanted(v.Type()))
		}
		return
	}
	switch {
	case isScalar(v.Type()):
		r.scalar(node, v, path)
	case v.Kind() == reflect.Struct:
		r.structure(node, v, path)
	case v.Kind() == reflect.Map:
		r.mapping(node, v, path)
	default:
		r.list(node, v, path)
	}
}

// isTooMuch counts a node, and notes once that there are too many.
func (r *reader) isTooMuch(node *yaml.Node, path []string) bool {
	r.visited++
	if r.visited == most+1 {
		r.fault(r.position(node), path, "", "the file has more than %d values, aliases followed", most)
	}
	return r.visited > most
}

// isScalar reports whether a type is written as one value.
func isScalar(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Map, reflect.Slice:
		return false
	case reflect.Struct:
		return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
	default:
		return true
	}
}

// want reports whether a node is of a kind, and notes the fault if not.
func (r *reader) want(kind yaml.Kind, node *yaml.Node, v reflect.Value, path []string) bool {
	if node.Kind == kind {
		return true
	}
	try := ""
	if kind == yaml.SequenceNode && node.Kind == yaml.ScalarNode && !strings.ContainsAny(node.Value, ",[]{}\n#\"'") {
		try = "write [" + node.Value + "]"
	}
	if kind == yaml.ScalarNode && strings.HasPrefix(r.lineFrom(node), "{") && v.Kind() == reflect.String {
		try = "put a text that begins with { in quotes"
	}
	at := r.find(path)
	if len(path) == 0 {
		at = r.position(node)
	}
	r.fault(at, path, try, "got %s, want %s", kindName(node.Kind), wanted(v.Type()))
	return false
}

// lineFrom is the text from a node to the end of its line.
func (r *reader) lineFrom(node *yaml.Node) string {
	runes := []rune(r.lines[node.Line-1])
	return string(runes[min(node.Column-1, len(runes)):])
}

func (r *reader) list(node *yaml.Node, v reflect.Value, path []string) {
	if !r.want(yaml.SequenceNode, node, v, path) {
		return
	}
	items := reflect.MakeSlice(v.Type(), len(node.Content), len(node.Content))
	v.Set(items)
	for i, item := range node.Content {
		r.value(item, item, items.Index(i), below(path, strconv.Itoa(i)))
	}
}

// mapping reads a map from names that the file chooses; each entry is read into a value of its own.
func (r *reader) mapping(node *yaml.Node, v reflect.Value, path []string) {
	if !r.want(yaml.MappingNode, node, v, path) {
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	r.pairs(node, path, func(name string, key, value *yaml.Node) {
		entry := reflect.New(v.Type().Elem()).Elem()
		r.value(key, value, entry, below(path, name))
		if value.Tag == "!!null" && isScalar(entry.Type()) {
			r.fault(r.position(key), below(path, name), "", "got nothing, want %s", wanted(entry.Type()))
		}
		v.SetMapIndex(reflect.ValueOf(name), entry)
		r.order[joinPath(path)] = append(r.order[joinPath(path)], name)
	})
}

// structure reads a struct, whose fields are named by their yaml tags; other keys are faults.
func (r *reader) structure(node *yaml.Node, v reflect.Value, path []string) {
	if !r.want(yaml.MappingNode, node, v, path) {
		return
	}
	fields := fieldsOf(v.Type())
	r.pairs(node, path, func(name string, key, value *yaml.Node) {
		for _, field := range fields {
			if field.name == name {
				r.value(key, value, v.Field(field.index), below(path, name))
				return
			}
		}
		r.unknown(name, key, value, v.Type(), path)
	})
}

// unknown notes a key that a struct does not have, with what was probably meant.
func (r *reader) unknown(name string, key, value *yaml.Node, t reflect.Type, path []string) {
	fields := fieldsOf(t)
	names := make([]string, len(fields))
	for i, field := range fields {
		names[i] = field.name
	}
	near := position.Nearest(name, names)
	hides := near == "" // it may be a secret, called otherwise or in the wrong place
	for _, field := range fields {
		hides = hides || field.name == near && holdsSecret(field.typ)
	}
	if hides {
		r.hide(value, r.nodes)
	}
	try := ""
	if near != "" {
		try = "did you mean " + near + "?"
		r.broken[joinPath(below(path, near))] = true
	} else if homes := homesOf(name, reflect.TypeFor[Config](), nil); len(homes) > 0 {
		try = name + " belongs to " + oneOf(homes)
	}
	if try == "" {
		r.fault(r.position(key), below(path, name), "", "unknown key, want %s", oneOf(sortedCopy(names)))
		return
	}
	r.fault(r.position(key), below(path, name), try, "unknown key")
}

// pairs calls do for each key and value of a mapping, merged ones (<<) last, and notes keys that come twice or are no
// plain names.
func (r *reader) pairs(node *yaml.Node, path []string, do func(name string, key, value *yaml.Node)) {
	first := map[string]*yaml.Node{}
	var merged []*yaml.Node
	for i := 0; i+1 < len(node.Content); i += 2 {
		r.visited++
		key, value := node.Content[i], node.Content[i+1]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		switch earlier, twice := first[key.Value]; {
		case key.Tag == "!!merge":
			merged = append(merged, value)
		case key.Kind != yaml.ScalarNode || strings.ContainsRune(key.Value, 0):
			r.fault(r.position(key), path, "", "got %s as a key, want a name", kindName(key.Kind))
		case twice:
			r.hideIfSecret(value, path, key.Value)
			r.fault(r.position(key), below(path, key.Value), "remove one of them", "the key is already on line %d", earlier.Line)
		default:
			first[key.Value] = key
			do(key.Value, key, value)
		}
	}
	for _, source := range merged {
		r.merge(source, path, first, do)
	}
}

// hideIfSecret hides a second value of a key whose first one is a secret.
func (r *reader) hideIfSecret(value *yaml.Node, path []string, name string) {
	earlier, ok := r.at[joinPath(below(path, name))]
	if !ok {
		return
	}
	for _, s := range r.secrets {
		if s.startLine == earlier.value.Line && s.startColumn == earlier.value.Column {
			r.hide(value, r.nodes)
			return
		}
	}
}

// merge adds the pairs of the mapping that << names, of which those of the mapping itself come first.
func (r *reader) merge(source *yaml.Node, path []string, first map[string]*yaml.Node, do func(string, *yaml.Node, *yaml.Node)) {
	here := r.position(source)
	sources := []*yaml.Node{source}
	if source.Kind == yaml.SequenceNode {
		sources = source.Content
	}
	for _, from := range sources {
		if r.isTooMuch(from, path) {
			return
		}
		if from.Kind != yaml.AliasNode || from.Alias.Kind != yaml.MappingNode {
			r.fault(here, path, "", "got %s after <<, want the alias of a mapping", kindName(from.Kind))
			continue
		}
		if r.open[from.Alias] {
			r.fault(here, path, "", "the alias *%s stands inside of what it names", from.Value)
			continue
		}
		r.open[from.Alias] = true
		r.pairs(from.Alias, path, func(name string, key, value *yaml.Node) {
			if _, ok := first[name]; !ok {
				first[name] = key
				do(name, key, value)
			}
		})
		delete(r.open, from.Alias)
	}
}

// scalar reads one value.
func (r *reader) scalar(node *yaml.Node, v reflect.Value, path []string) {
	if !r.want(yaml.ScalarNode, node, v, path) {
		return
	}
	here := r.position(node)
	text := node.Value
	if node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		text = strings.TrimRight(text, "\n") // a line break at the end is the notation's, nobody means it
	}
	value, err := r.expand(text)
	if err != nil {
		r.fault(here, path, "", "%s", err)
		return
	}
	if value.expanded {
		found := r.at[joinPath(path)]
		found.literal = node.Value
		r.at[joinPath(path)] = found
	}
	if err := setScalar(v, value.text); err != nil {
		if value.expanded { // its own message shows the value
			r.fault(here, path, "", "what %s stands for does not read, want %s", node.Value, wanted(v.Type()))
			return
		}
		r.fault(here, path, "", "%s", err)
	}
}

// setScalar reads text into a value of one of the scalar types.
func setScalar(v reflect.Value, text string) error {
	if reader, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return reader.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil || strings.HasPrefix(text, "+") {
			return fmt.Errorf("got %q, want a whole number", text)
		}
		v.SetInt(int64(n))
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || strings.ContainsAny(text, "xX_+") {
			return fmt.Errorf("got %q, want a number", text)
		}
		v.SetFloat(f)
	case reflect.Bool:
		if text != "true" && text != "false" {
			return fmt.Errorf("got %q, want true or false", text)
		}
		v.SetBool(text == "true")
	default:
		v.SetString(text)
	}
	return nil
}

// below is a path with one more element; the path itself stays as it is.
func below(path []string, element string) []string {
	return append(path[:len(path):len(path)], element)
}
