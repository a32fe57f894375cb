package config

import (
	"strings"
	"time"

	"github.com/tokui/tokui/internal/position"
)

// Sound reports whether what stands at a path is as its writer meant it: it could be read, and no fault was found there
// or in anything below it. Of a configuration without faults everything is sound.
func (c *Config) Sound(path ...string) bool {
	if c.places == nil { // made by hand, not from a file
		return true
	}
	if c.places.isBroken(path) || c.places.faulty[joinPath(path)] {
		return false
	}
	return !anyBelow(c.places.faulty, path)
}

// isBroken reports whether a path, or anything above or below it, could not be read.
func (p *places) isBroken(path []string) bool {
	for n := len(path); n > 0; n-- {
		if p.broken[joinPath(path[:n])] {
			return true
		}
	}
	return anyBelow(p.broken, path)
}

func anyBelow(paths map[string]bool, path []string) bool {
	under := joinPath(path) + "\x00"
	for one := range paths {
		if strings.HasPrefix(one, under) {
			return true
		}
	}
	return false
}

// mend gives a configuration with faults what nobody who looks for further ones can do without.
func (c *Config) mend() {
	if c.Location == nil {
		c.Location = time.UTC
	}
	if !c.Sound("locale") {
		locales := choices("locale")
		near := position.Nearest(c.Locale, locales)
		if near == "" {
			near = locales[0]
		}
		c.Locale = near
	}
	if len(c.Ranks.Rules) == 0 {
		c.Ranks.Rules = defaultRules()
	}
	if len(c.Approaches.Rules) == 0 {
		c.Approaches.Rules = defaultApproaches(c.rankNames())
	}
}
