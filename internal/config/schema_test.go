package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	if err := compiler.AddResource("config.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("config.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// asEditor reads YAML as an editor's language server does: YAML 1.2's core schema, so dates are text.
func asEditor(node *yaml.Node) (any, error) {
	switch node.Kind {
	case yaml.DocumentNode:
		return asEditor(node.Content[0])
	case yaml.AliasNode:
		return asEditor(node.Alias)
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range node.Content {
			value, err := asEditor(item)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	case yaml.MappingNode:
		mapping := map[string]any{}
		for i := 0; i < len(node.Content); i += 2 {
			value, err := asEditor(node.Content[i+1])
			if err != nil {
				return nil, err
			}
			if node.Content[i].Tag == "!!merge" {
				for name, merged := range value.(map[string]any) {
					if _, ok := mapping[name]; !ok {
						mapping[name] = merged
					}
				}
				continue
			}
			mapping[node.Content[i].Value] = value
		}
		return mapping, nil
	}
	switch node.Tag {
	case "!!int", "!!float":
		var number float64
		if err := node.Decode(&number); err != nil {
			return nil, err
		}
		return number, nil
	case "!!bool":
		return node.Value == "true", nil
	case "!!null":
		return nil, nil
	default:
		return node.Value, nil
	}
}

func validate(t *testing.T, schema *jsonschema.Schema, text string) error {
	t.Helper()
	var node yaml.Node
	if err := yaml.Unmarshal([]byte(text), &node); err != nil {
		t.Fatal(err)
	}
	value, err := asEditor(&node)
	if err != nil {
		t.Fatal(err)
	}
	text2, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	value, err = jsonschema.UnmarshalJSON(strings.NewReader(string(text2)))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
}

func TestSchemaAcceptsGoodFiles(t *testing.T) {
	schema := compiledSchema(t)
	files, err := filepath.Glob("testdata/good/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, schema, string(text)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestSchemaRejectsBadFiles: what is wrong by its shape alone shows in the editor already.
func TestSchemaRejectsBadFiles(t *testing.T) {
	schema := compiledSchema(t)
	rejected := 0
	for _, kind := range []string{"key", "kind", "value"} {
		files, err := filepath.Glob("testdata/bad/" + kind + "-*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := validate(t, schema, string(text)); err == nil {
				t.Errorf("%s: the schema accepts it", file)
			}
			rejected++
		}
	}
	if rejected < 20 {
		t.Errorf("only %d files", rejected)
	}
}
