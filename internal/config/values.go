package config

import (
	"log/slog"
	"time"
)

// The scalar types below read themselves from YAML text (UnmarshalText) and write themselves back (String).

// Duration is a time span written 90s, 30m, 12h or 3d.
type Duration time.Duration

// Days is a whole number of days written 365d.
type Days int

// Share is a proportion from 0 to 1 written 0.8 or 80%. Set tells an explicit 0 from nothing.
type Share struct {
	Value float64
	Set   bool
}

// Decimal is an exact amount of money, written 300 or 0.35. It is kept as text, "" where none was given.
type Decimal string

// Rate is so many messages per time, written 50/s, 600/m or 1000/h. The zero Rate is no limit.
type Rate struct {
	Count int
	Per   time.Duration
}

// Cap is so many per time, written "2 per 7d". The zero Cap is no cap.
type Cap struct {
	Count int
	Per   time.Duration
}

// Hours is a daily span of local wall time written "20:00-08:00"; it may pass midnight. The zero Hours is none.
type Hours struct {
	// From and To are minutes after midnight.
	From, To int
	Set      bool
}

// Secret is a string that no print, log or error shows.
type Secret string

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "(secret)"
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue hides the secret from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the secret from JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Reveal returns the secret itself; call it only where it is used.
func (s Secret) Reveal() string { return string(s) }
