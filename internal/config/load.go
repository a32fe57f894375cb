package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/position"
)

// Load reads, completes and checks a configuration file; env looks up the variables of ${env:NAME} (os.LookupEnv).
// Where the file has faults, the error is position.Faults with all of them, each with its place, its line and, where
// there is one, a suggestion.
func Load(path string, env func(string) (string, bool)) (*Config, error) {
	c, faults, err := LoadAll(path, env)
	if err != nil {
		return nil, err
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

// LoadAll is Load for those who look for further faults: beside the faults it returns what could be read of the file,
// nil only where nothing could. What stands at a fault has its default or is empty, and Sound tells where that is so;
// nothing may be run from such a configuration. err is a failure to read the file at all.
func LoadAll(path string, env func(string) (string, bool)) (*Config, position.Faults, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, position.Faults{{
			Position: position.Position{File: path},
			Message:  "there is no such file, want the configuration",
			Try:      "name it with --config",
		}}, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read configuration: %w", err)
	}
	c, faults := parse(path, text, env)
	return c, faults, nil
}

// parse is LoadAll of a text that was read from a path.
func parse(path string, text []byte, env func(string) (string, bool)) (*Config, position.Faults) {
	tree, fault := parseTree(path, text)
	if fault != nil {
		return nil, position.Faults{*fault}
	}
	if tree == nil {
		return nil, position.Faults{{Position: position.Position{File: path}, Message: "the file is empty"}}
	}
	// The line breaks of YAML 1.1, by which the parser counts.
	breaks := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")
	plain := breaks.Replace(strings.TrimPrefix(string(text), "\ufeff"))
	dir := filepath.Dir(path)
	r := &reader{
		places: &places{
			file:   path,
			lines:  strings.Split(plain, "\n"),
			at:     map[string]place{},
			broken: map[string]bool{},
			faulty: map[string]bool{},
		},
		dir:   dir,
		env:   env,
		order: map[string][]string{},
		nodes: inOrder(tree, nil),
		open:  map[*yaml.Node]bool{},
	}
	c := &Config{Path: path, Dir: dir, places: r.places}
	r.value(tree, tree, reflect.ValueOf(c).Elem(), nil)
	c.SourceNames, c.CampaignNames = r.order["sources"], r.order["campaigns"]
	c.ReportNames, c.JobNames = r.order["reports"], r.order["jobs"]
	readable := !r.broken[joinPath(nil)] // else there is nothing to check
	if readable {
		c.setDefaults()
		v := &validator{Config: c, reader: r}
		v.all()
	}
	for i := range r.faults {
		r.faults[i].Excerpt = r.excerpt(r.faults[i].Position)
	}
	r.faults.Sort()
	switch {
	case len(r.faults) == 0:
		return c, nil
	case !readable:
		return nil, r.faults
	}
	c.mend()
	return c, r.faults
}

// AsOfDate is the date that as_of names, or the zero Date for today.
func (c *Config) AsOfDate() calendar.Date {
	date, err := calendar.ParseDate(c.AsOf)
	if err != nil {
		return calendar.Date{} // today; anything else is a fault of the file
	}
	return date
}
