package config

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // time zones on machines that have none installed
	"unicode"

	"github.com/tokui/tokui/internal/calendar"
)

// validator checks what can be known without a database or a template. It says nothing more about what could not be read.
type validator struct {
	*Config
	*reader
}

func (v *validator) all() {
	v.general()
	v.sources()
	v.ranks()
	v.approaches()
	v.rfm()
	v.perks()
	v.campaigns()
	v.reports()
	v.jobs()
	v.company()
	v.mail()
	v.bounces()
	v.tracking()
}

// check notes a fault at a path unless the condition holds.
func (v *validator) check(holds bool, path []string, try, format string, args ...any) bool {
	if !holds && !v.isBroken(path) {
		v.note(v.find(path), path, try, format, args...)
	}
	return holds
}

// needed is check for what must stand in the file because of something else. Where not even its section is there, the
// fault stands at what needs it: a place that can be found, not just the file.
func (v *validator) needed(holds bool, path, because []string, try, format string, args ...any) {
	if holds || v.isBroken(path) {
		return
	}
	at := v.find(path)
	if at.Line == 0 {
		at = v.find(because)
	}
	v.note(at, path, try, format, args...)
}

// shown is a value as messages may show it: as it is written, never as it expands.
func (v *validator) shown(value string, path []string) string {
	if literal := v.at[joinPath(path)].literal; literal != "" {
		return literal
	}
	return value
}

// choice checks that a value is one of the words its key takes; kind is its path with NAME for free names.
func (v *validator) choice(value, kind string, path ...string) {
	words := choices(kind)
	for _, word := range words {
		if value == word {
			return
		}
	}
	shown := v.shown(value, path)
	v.check(false, path, didYouMean(shown, words), "got %q, want %s", shown, oneOf(words))
}

// oneLine checks that a text that stands in a header or a title has no line breaks or other control characters.
func (v *validator) oneLine(value string, path ...string) {
	v.check(strings.IndexFunc(value, unicode.IsControl) < 0, path, "", "got more than one line or control characters, want one line of text")
}

// name checks a name that becomes a folder or a file, or part of a command.
func (v *validator) name(name string, path ...string) {
	ok := len(name) > 0 && len(name) <= 100 && !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.In(r, unicode.Letter, unicode.Digit, unicode.Mark) && r != '-' && r != '_'
	}) && !strings.HasPrefix(name, "-")
	if !ok {
		v.note(v.KeyAt(path...), path, "", "got the name %q, want letters, digits, - and _, at most 100 bytes", name)
	}
}

func (v *validator) general() {
	v.choice(v.Locale, "locale", "locale")
	v.oneLine(v.Currency, "currency")
	v.timezone()
	if v.AsOf != "today" {
		_, err := calendar.ParseDate(v.AsOf)
		v.check(err == nil, []string{"as_of"}, "", "got %q, want today or a date such as 2011-12-10", v.shown(v.AsOf, []string{"as_of"}))
	}
	v.check(v.DataDir != "", []string{"data_dir"}, "", "got nothing, want a folder")
	v.folder(v.SQLDir, "sql_dir")
	v.folder(v.TemplatesDir, "templates_dir")
	v.check(v.Engine.Threads > 0 || !v.Given("engine", "threads"), []string{"engine", "threads"}, "", "got %d, want at least 1", v.Engine.Threads)
	parameter := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	for name := range v.Params {
		path := []string{"params", name}
		switch {
		case name == "as_of":
			v.check(false, path, "set as_of at the top level", "as_of is no parameter to set here")
		case !parameter.MatchString(name):
			v.check(false, path, "write it without the $", "got the name %q, want lower case letters, digits and _", name)
		}
	}
}

// timezone checks the zone and loads it. Local is refused: it is another zone on another machine.
func (v *validator) timezone() {
	path := []string{"timezone"}
	location, err := time.LoadLocation(v.Timezone)
	ok := v.check(err == nil && v.Timezone != "" && v.Timezone != "Local", path, "",
		"got %q, want a time zone such as Asia/Tokyo or Europe/London", v.shown(v.Timezone, path))
	if ok {
		v.Location = location
	}
}

// folder checks that a folder that is named is there.
func (v *validator) folder(dir string, path ...string) {
	if dir == "" {
		return
	}
	info, err := os.Stat(v.Resolve(dir))
	v.check(err == nil && info.IsDir(), path, "", "there is no folder %s beside the configuration", v.shown(dir, path))
}

// company checks that who sends is named wherever something is sent.
func (v *validator) company() {
	v.oneLine(v.Company.Name, "company", "name")
	sender, because := v.sender(ChannelEmail, ChannelPostal)
	if sender == "" {
		return
	}
	for _, part := range []struct{ key, value string }{
		{"name", v.Company.Name}, {"address", v.Company.Address}, {"contact", v.Company.Contact},
	} {
		v.needed(strings.TrimSpace(part.value) != "", []string{"company", part.key}, because, "",
			"got nothing, want it for every message of %s", sender)
	}
}

// sender names the first campaign by one of the channels, or else the first report that is mailed, and where it says so;
// "" if there is none.
func (v *validator) sender(channels ...string) (name string, because []string) {
	for _, name := range v.CampaignNames {
		if slices.Contains(channels, v.Campaigns[name].Channel) {
			return "campaign " + name, []string{"campaigns", name, "channel"}
		}
	}
	for _, name := range v.ReportNames {
		if len(v.Reports[name].To) > 0 {
			return "report " + name, []string{"reports", name, "to"}
		}
	}
	return "", nil
}
