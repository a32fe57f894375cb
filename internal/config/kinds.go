package config

import (
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// field is one key that a struct has in the file.
type field struct {
	name  string
	index int
	typ   reflect.Type
}

// fieldsOf lists a struct's keys in order.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		name := t.Field(i).Tag.Get("yaml")
		if name == "" || name == "-" {
			continue
		}
		fields = append(fields, field{name: name, index: i, typ: t.Field(i).Type})
	}
	return fields
}

// holdsSecret reports whether a secret may stand in a value of a type.
func holdsSecret(t reflect.Type) bool {
	if t == reflect.TypeFor[Secret]() {
		return true
	}
	switch t.Kind() {
	case reflect.Map, reflect.Slice:
		return holdsSecret(t.Elem())
	case reflect.Struct:
		return slices.ContainsFunc(fieldsOf(t), func(f field) bool { return holdsSecret(f.typ) })
	default:
		return false
	}
}

// homesOf lists the places in the file, from a struct on, that have a key of a name. NAME stands for any name.
func homesOf(name string, t reflect.Type, path []string) []string {
	switch t.Kind() {
	case reflect.Map:
		return homesOf(name, t.Elem(), below(path, "NAME"))
	case reflect.Slice:
		return homesOf(name, t.Elem(), path)
	case reflect.Struct:
	default:
		return nil
	}
	var homes []string
	for _, field := range fieldsOf(t) {
		if field.name == name {
			home := strings.Join(path, ".")
			if home == "" {
				home = "the top level"
			}
			homes = append(homes, home)
		}
		homes = append(homes, homesOf(name, field.typ, below(path, field.name))...)
	}
	return homes
}

// kindName is a kind of node in the words of a person who writes YAML.
func kindName(kind yaml.Kind) string {
	switch kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	default:
		return "a single value"
	}
}

// wanted is what a type is written as, in words.
func wanted(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[Duration]():
		return "a time such as 3d"
	case reflect.TypeFor[Days]():
		return "days such as 365d"
	case reflect.TypeFor[Window]():
		return "days such as 365d or months such as 6 months"
	case reflect.TypeFor[Share]():
		return "a share such as 80%"
	case reflect.TypeFor[Decimal]():
		return "an amount such as 300"
	case reflect.TypeFor[Size]():
		return "a size such as 2GB"
	case reflect.TypeFor[Rate]():
		return "a rate such as 50/s"
	case reflect.TypeFor[Cap]():
		return "so many per time, such as 2 per 7d"
	case reflect.TypeFor[Hold]():
		return "days such as 60d, until resolved, or off"
	case reflect.TypeFor[Hours]():
		return "hours such as 20:00-08:00"
	}
	switch t.Kind() {
	case reflect.Struct:
		names := []string{}
		for _, field := range fieldsOf(t) {
			names = append(names, field.name)
		}
		return "a mapping with the keys " + strings.Join(names, ", ")
	case reflect.Map:
		return "a mapping from names to " + plural(t.Elem())
	case reflect.Slice:
		return "a list of " + plural(t.Elem())
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	default:
		return "a text"
	}
}

func plural(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "mappings"
	default:
		return "texts"
	}
}
