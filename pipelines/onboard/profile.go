package onboard

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed profiles/*.yaml
var profileFiles embed.FS

// Profile is what is known of one system's export: a file in profiles/. Its keys are those of a source in config.yaml,
// and where those name a column of the file, so does it; within an expression a column stands in brackets: [単価].
type Profile struct {
	// System is its name, for people.
	System string `yaml:"system"`
	// Seen says where the header comes from.
	Seen string `yaml:"seen"`
	// Signature are the column names by which the export is known: four of five must be there.
	Signature []string `yaml:"signature"`
	// Names are the columns by place, of an export without a header; Delimiter and Mark tell such a file.
	Names     []string `yaml:"names"`
	Delimiter string   `yaml:"delimiter"`
	// Mark is a value that the first column of such a file holds in some rows.
	Mark string `yaml:"mark"`
	// Shape and what belongs to it, as in config.yaml.
	Shape string   `yaml:"shape"`
	Fill  []string `yaml:"fill"`
	Skip  []string `yaml:"skip"`
	// Charges are patterns for rows of shipping, fees and the like: sales tell them apart by line_type, masters skip them.
	Charges []string       `yaml:"charges"`
	Group   string         `yaml:"group"`
	Records ProfileRecords `yaml:"records"`
	// Tables are the contract tables that the file feeds, with their columns: a column, an expression, or a list of them
	// of which the first counts whose columns the file has.
	Tables map[string]map[string]choices `yaml:"tables"`
	// Dates are per contract column the ways of dates that need one.
	Dates map[string]string `yaml:"dates"`
	// Values translate, per contract column, what the file says.
	Values map[string]map[string]string `yaml:"values"`
	// Notes are sentences for the reader of config.yaml.
	Notes []string `yaml:"notes"`

	file string
}

// ProfileRecords are the rows of an export with several kinds of them.
type ProfileRecords struct {
	Column    string   `yaml:"column"`
	Head      []string `yaml:"head"`
	Line      []string `yaml:"line"`
	HeadNames []string `yaml:"head_names"`
}

// choices are alternatives, of which a file may write one without a list.
type choices []string

// ReadProfiles reads the profiles that are shipped.
func ReadProfiles() ([]Profile, error) {
	paths, err := fs.Glob(profileFiles, "profiles/*.yaml")
	if err != nil {
		return nil, err
	}
	var list []Profile
	for _, path := range paths {
		text, err := profileFiles.ReadFile(path)
		if err != nil {
			return nil, err
		}
		p, err := parseProfile(text)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		p.file = strings.TrimSuffix(strings.TrimPrefix(path, "profiles/"), ".yaml")
		list = append(list, p)
	}
	return list, nil
}

func parseProfile(text []byte) (Profile, error) {
	var p Profile
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		return p, err
	}
	listed(&node, false)
	again, err := yaml.Marshal(&node)
	if err != nil {
		return p, err
	}
	strict := yaml.NewDecoder(strings.NewReader(string(again)))
	strict.KnownFields(true)
	return p, strict.Decode(&p)
}

// listed makes a list of every single right side below tables.
func listed(n *yaml.Node, within bool) {
	switch n.Kind {
	case yaml.DocumentNode:
		for _, c := range n.Content {
			listed(c, false)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			if within && value.Kind == yaml.ScalarNode {
				n.Content[i+1] = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{value}}
				continue
			}
			listed(value, within || key.Value == "tables")
		}
	}
}

// matches counts the names of the signature that a row holds.
func (p Profile) matches(fields []string) int {
	have := map[string]bool{}
	for _, f := range fields {
		have[plainName(f)] = true
	}
	n := 0
	for _, s := range p.Signature {
		if have[plainName(s)] {
			n++
		}
	}
	return n
}

// recognise finds the profile whose signature a header holds: four of five names at least; the most names count.
func recognise(t *Table, profiles []Profile) *Profile {
	best, most := -1, 0
	for i, p := range profiles {
		if t.HeaderLine == 0 {
			if p.Mark != "" && slices.Equal(t.Header, slices.Concat(p.Names, p.Records.HeadNames)) {
				return &profiles[i]
			}
			continue
		}
		n := p.matches(t.Header)
		if len(p.Signature) > 0 && n*5 >= len(p.Signature)*4 && n > most {
			best, most = i, n
		}
	}
	if best < 0 {
		return nil
	}
	return &profiles[best]
}

func delimiterRune(s string) rune {
	if s == "tab" {
		return '\t'
	}
	if s == "" {
		return ','
	}
	return []rune(s)[0]
}

var bracketed = regexp.MustCompile(`\[([^\[\]]+)\]`)

// resolve finds the first alternative whose columns the table has, and writes it as config.yaml does.
func (c choices) resolve(t *Table) (right string, columns []*Column, ok bool) {
	for _, text := range c {
		if right, columns, ok = resolveOne(text, t); ok {
			return right, columns, true
		}
	}
	return "", nil, false
}

func resolveOne(text string, t *Table) (string, []*Column, bool) {
	if !strings.Contains(text, "[") && !strings.HasPrefix(text, "'") {
		col := t.column(text)
		if col == nil {
			return "", nil, false
		}
		return col.Name, []*Column{col}, true
	}
	var columns []*Column
	ok := true
	right := bracketed.ReplaceAllStringFunc(text, func(ref string) string {
		col := t.column(ref[1 : len(ref)-1])
		if col == nil {
			ok = false
			return ref
		}
		columns = append(columns, col)
		return quoteName(col.Name)
	})
	return right, columns, ok
}

// quoteName writes a column within an expression.
func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
