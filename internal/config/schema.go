package config

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"regexp"
	"strings"

	"github.com/invopop/jsonschema"
)

// The comments of these files describe the keys of config.yaml, once, for readers of the code and of the schema alike.
//
//go:embed config.go source.go values.go limits.go secret.go
var documented embed.FS

// expansionPattern is a text with a ${…} in it, which may stand wherever a scalar may.
const expansionPattern = `\$\{(env|file):[^}]+\}`

// Schema returns the JSON Schema (draft 2020-12) of config.yaml for editors. What Load accepts it accepts too, but for
// values that are left empty (`perks:`) and ${…} in place of a fixed word; it knows nothing of what only the whole file
// shows, such as ranks that no rule has.
func Schema() ([]byte, error) {
	comments, err := readComments()
	if err != nil {
		return nil, err
	}
	reflector := jsonschema.Reflector{
		Anonymous:                  true,
		ExpandedStruct:             true,
		FieldNameTag:               "yaml",
		RequiredFromJSONSchemaTags: true,
		Mapper:                     scalarSchema,
		LookupComment: func(t reflect.Type, field string) string {
			return comments[strings.TrimSuffix(t.Name()+"."+field, ".")]
		},
	}
	schema := reflector.Reflect(&Config{})
	schema.Title = "Tokui configuration"
	if err := addChoices(schema, schema, reflect.TypeFor[Config](), nil); err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	return append(text, '\n'), nil
}

// scalarSchema is the schema of a type that is written as one value, nil of any other.
func scalarSchema(t reflect.Type) *jsonschema.Schema {
	patterns := map[reflect.Type]string{
		reflect.TypeFor[Duration](): durationPattern,
		reflect.TypeFor[Days]():     daysPattern,
		reflect.TypeFor[Window]():   windowPattern,
		reflect.TypeFor[Share]():    sharePattern,
		reflect.TypeFor[Decimal]():  decimalPattern,
		reflect.TypeFor[Size]():     sizePattern,
		reflect.TypeFor[Rate]():     ratePattern,
		reflect.TypeFor[Cap]():      capPattern,
		reflect.TypeFor[Hold]():     holdPattern,
		reflect.TypeFor[Hours]():    hoursPattern,
	}
	switch t {
	case reflect.TypeFor[Share]():
		return orExpansion(patterns[t], &jsonschema.Schema{Type: "number", Minimum: "0", Maximum: "1"})
	case reflect.TypeFor[Decimal]():
		return orExpansion(patterns[t], &jsonschema.Schema{Type: "number"})
	case reflect.TypeFor[Duration]():
		return orExpansion(patterns[t], &jsonschema.Schema{Const: 0})
	case reflect.TypeFor[Secret]():
		return &jsonschema.Schema{Type: "string"}
	}
	if pattern, ok := patterns[t]; ok {
		return orExpansion(pattern, nil)
	}
	switch t.Kind() {
	case reflect.Int:
		return orExpansion("", &jsonschema.Schema{Type: "integer"})
	case reflect.Float64:
		return orExpansion("", &jsonschema.Schema{Type: "number"})
	case reflect.Bool:
		return orExpansion("", &jsonschema.Schema{Type: "boolean"})
	case reflect.String: // text stays as written, so 007 and true are text too
		return &jsonschema.Schema{Extras: map[string]any{"type": []string{"string", "number", "boolean"}}}
	default:
		return nil
	}
}

// orExpansion is a text that matches the pattern or holds a ${…}, or else what other says.
func orExpansion(pattern string, other *jsonschema.Schema) *jsonschema.Schema {
	text := &jsonschema.Schema{Type: "string", Pattern: expansionPattern}
	if pattern != "" {
		text.Pattern = "^(" + pattern + ")$|" + expansionPattern
	}
	if other == nil {
		return text
	}
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{other, text}}
}

// addChoices adds to each key the words that it takes, walking the types as the file nests them.
func addChoices(root, schema *jsonschema.Schema, t reflect.Type, path []string) error {
	for t.Kind() == reflect.Map || t.Kind() == reflect.Slice {
		if t.Kind() == reflect.Map {
			path = below(path, "NAME")
		}
		t = t.Elem()
	}
	if isScalar(t) {
		return nil
	}
	if path != nil {
		schema = root.Definitions[t.Name()]
	}
	if schema == nil || schema.Properties == nil {
		return fmt.Errorf("make schema: %s has no definition", t.Name())
	}
	for _, field := range fieldsOf(t) {
		at := below(path, field.name)
		property, ok := schema.Properties.Get(field.name)
		if !ok {
			return fmt.Errorf("make schema: %s has no key %s", t.Name(), field.name)
		}
		if words := choices(strings.Join(at, ".")); words != nil {
			property.Type, property.Extras = "string", nil
			for _, word := range words {
				property.Enum = append(property.Enum, word)
			}
		}
		if err := addChoices(root, schema, field.typ, at); err != nil {
			return err
		}
	}
	return nil
}

// readComments returns the comments of this package's types and fields, by Type and Type.Field. A field's comment names
// it as the file does.
func readComments() (map[string]string, error) {
	comments := map[string]string{}
	files, err := documented.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("list comments: %w", err)
	}
	for _, file := range files {
		text, err := documented.ReadFile(file.Name())
		if err != nil {
			return nil, fmt.Errorf("read comments: %w", err)
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file.Name(), text, parser.ParseComments)
		if err != nil {
			return nil, fmt.Errorf("read comments: %w", err)
		}
		for _, declaration := range tree.Decls {
			types, ok := declaration.(*ast.GenDecl)
			if !ok || types.Tok != token.TYPE {
				continue
			}
			addComments(comments, types)
		}
	}
	if len(comments) == 0 {
		return nil, errors.New("read comments: there are none")
	}
	return comments, nil
}

func addComments(comments map[string]string, types *ast.GenDecl) {
	yamlName := regexp.MustCompile(`yaml:"([^"]+)"`)
	for _, spec := range types.Specs {
		named, ok := spec.(*ast.TypeSpec)
		if !ok {
			continue
		}
		comments[named.Name.Name] = oneParagraph(types.Doc.Text())
		structure, ok := named.Type.(*ast.StructType)
		if !ok {
			continue
		}
		for _, field := range structure.Fields.List {
			if field.Tag == nil || len(field.Names) != 1 {
				continue
			}
			name, comment := field.Names[0].Name, oneParagraph(field.Doc.Text())
			if tag := yamlName.FindStringSubmatch(field.Tag.Value); tag != nil && strings.HasPrefix(comment, name+" ") {
				comment = tag[1] + strings.TrimPrefix(comment, name)
			}
			comments[named.Name.Name+"."+name] = comment
		}
	}
}

func oneParagraph(text string) string { return strings.Join(strings.Fields(text), " ") }
