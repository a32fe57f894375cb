package config

import (
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tokui/tokui/internal/calendar"
)

// scalar is what every scalar type's pointer has.
type scalar interface {
	encoding.TextUnmarshaler
	fmt.Stringer
}

// scalars makes a zero value of each scalar type, with the pattern that the JSON Schema has for it.
func scalars() map[string]func() scalar {
	return map[string]func() scalar{
		durationPattern: func() scalar { return new(Duration) },
		daysPattern:     func() scalar { return new(Days) },
		windowPattern:   func() scalar { return new(Window) },
		sharePattern:    func() scalar { return new(Share) },
		decimalPattern:  func() scalar { return new(Decimal) },
		sizePattern:     func() scalar { return new(Size) },
		ratePattern:     func() scalar { return new(Rate) },
		capPattern:      func() scalar { return new(Cap) },
		holdPattern:     func() scalar { return new(Hold) },
		hoursPattern:    func() scalar { return new(Hours) },
	}
}

func TestScalarsReadBack(t *testing.T) {
	for pattern, zero := range scalars() {
		t.Run(fmt.Sprintf("%T", zero()), func(t *testing.T) {
			accepted := 0
			rapid.Check(t, func(t *rapid.T) {
				text := rapid.StringMatching(pattern).Draw(t, "text")
				first := zero()
				if first.UnmarshalText([]byte(text)) != nil {
					return // in the pattern, and too large
				}
				accepted++
				second := zero()
				if err := second.UnmarshalText([]byte(first.String())); err != nil {
					t.Fatalf("%q reads as %q, which does not read: %s", text, first, err)
				}
				if fmt.Sprintf("%#v", first) != fmt.Sprintf("%#v", second) {
					if a, b := first.String(), second.String(); a != b {
						t.Fatalf("%q reads as %q, which reads as %q", text, a, b)
					}
				}
			})
			if accepted == 0 {
				t.Error("nothing that matches the pattern was accepted")
			}
		})
	}
}

func FuzzScalars(f *testing.F) {
	for _, seed := range []string{
		"", "0", "90s", "30m", "12h", "3d", "365d", "0.8", "80%", "33.3 %", "1.0000000000001", "300", "-0.35", "1e5", "0x10", "NaN", "+1",
		"50/s", "600/m", "0/s", "2 per 7d", "2 per 0d", "20:00-08:00", "20:00-20:00", "24:00-01:00", "九", "3 d", " 3d", "3d ", "999999999d",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for pattern, zero := range scalars() {
			value := zero()
			err := value.UnmarshalText([]byte(text))
			if err != nil {
				if !strings.HasPrefix(err.Error(), "got ") || !strings.Contains(err.Error(), ", want ") {
					t.Errorf("%T of %q: the error %q does not say got and want", value, text, err)
				}
				continue
			}
			if !regexp.MustCompile(`^(` + pattern + `)$`).MatchString(text) {
				t.Errorf("%T takes %q, which its pattern %s does not", value, text, pattern)
			}
			if again := zero(); again.UnmarshalText([]byte(value.String())) != nil || again.String() != value.String() {
				t.Errorf("%T of %q: %q does not read back", value, text, value)
			}
		}
	})
}

func TestShare(t *testing.T) {
	for text, want := range map[string]float64{"80%": 0.8, "0.8": 0.8, "33.3%": 0.333, "5 %": 0.05, "0": 0, "1": 1, "100%": 1, "0.1%": 0.001} {
		var got Share
		if err := got.UnmarshalText([]byte(text)); err != nil || got.Value != want || !got.Set {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "%", "1.01", "101%", "-1%", "1e-1", ".5", "5.", "0.8 %%", "½"} {
		if got := new(Share); got.UnmarshalText([]byte(text)) == nil {
			t.Errorf("%q: got %s, want an error", text, got)
		}
	}
}

func TestSpans(t *testing.T) {
	var d Duration
	for text, want := range map[string]time.Duration{"0": 0, "90s": 90 * time.Second, "120s": 2 * time.Minute, "36h": 36 * time.Hour, "3d": 72 * time.Hour} {
		if err := d.UnmarshalText([]byte(text)); err != nil || d.Std() != want {
			t.Errorf("%s: got %s, %v", text, d, err)
		}
	}
	if err := d.UnmarshalText([]byte("120s")); err != nil || d.String() != "2m" {
		t.Errorf("got %s, %v, want 2m", d, err)
	}
	if err := d.UnmarshalText([]byte("36501d")); err == nil {
		t.Error("a time of more than a hundred years was accepted")
	}
	for text, want := range map[string]int{"1 per 90d": 90, "1 per 36h": 2, "2 per 1m": 1} {
		var c Cap
		if err := c.UnmarshalText([]byte(text)); err != nil || c.Days() != want {
			t.Errorf("%s: got %d days, %v, want %d", text, c.Days(), err, want)
		}
	}
}

func TestHoursContain(t *testing.T) {
	for _, c := range []struct {
		hours, at string
		want      bool
	}{
		{"20:00-08:00", "19:59", false},
		{"20:00-08:00", "20:00", true},
		{"20:00-08:00", "00:00", true},
		{"20:00-08:00", "07:59", true},
		{"20:00-08:00", "08:00", false},
		{"12:00-13:00", "12:30", true},
		{"12:00-13:00", "13:00", false},
		{"12:00-13:00", "11:59", false},
	} {
		var hours Hours
		if err := hours.UnmarshalText([]byte(c.hours)); err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse("15:04", c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := hours.Contains(at); got != c.want {
			t.Errorf("%s contains %s: got %t", c.hours, c.at, got)
		}
	}
	if (Hours{}).Contains(time.Unix(0, 0)) {
		t.Error("no hours contain a time")
	}
}

func TestSecretIsNeverShown(t *testing.T) {
	c := &Config{Seed: "hunter2", Tracking: Tracking{Key: "hunter2"}, Mail: Mail{SMTP: SMTP{Password: "hunter2"}}}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "seed", c.Seed, "config", c)
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		fmt.Sprint(c), fmt.Sprintf("%+v", *c), fmt.Sprintf("%#v", *c), fmt.Sprintf("%s %v %q", c.Seed, c.Seed, c.Seed), log.String(), string(asJSON),
	} {
		if strings.Contains(text, "hunter") {
			t.Errorf("a secret is shown: %s", text)
		}
	}
	if c.Seed.Reveal() != "hunter2" {
		t.Error("Reveal does not return the secret")
	}
}

// TestWindowDaysBefore holds the days of a window of months against those of metrics.rank_window.
func TestWindowDaysBefore(t *testing.T) {
	for _, tt := range []struct {
		window, date string
		want         int
	}{
		{"365d", "2012-08-31", 365},
		{"6 months", "2012-08-31", 184}, // from 29 February
		{"6 months", "2011-12-01", 183},
		{"12 months", "2012-02-29", 366},
		{"1 month", "2011-03-31", 31},
		{"3 months", "2012-02-29", 92},
		{"24 months", "2011-01-15", 730},
	} {
		var w Window
		if err := w.UnmarshalText([]byte(tt.window)); err != nil {
			t.Fatal(err)
		}
		date, err := calendar.ParseDate(tt.date)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.DaysBefore(date); got != tt.want {
			t.Errorf("%s before %s: got %d days, want %d", tt.window, tt.date, got, tt.want)
		}
	}
}
