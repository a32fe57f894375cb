package jobs

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func schedule(t testing.TB, spec string, loc *time.Location) Schedule {
	t.Helper()
	s, err := Parse(spec, loc)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestParseFaults(t *testing.T) {
	for spec, want := range map[string]string{
		"":                             `schedule "" has 0 fields, want 5 (minute hour day month weekday)`,
		"0":                            `schedule "0" has 1 field, want 5 (minute hour day month weekday)`,
		"0 6 * *":                      `schedule "0 6 * *" has 4 fields, want 5 (minute hour day month weekday)`,
		"0 0 6 * * *":                  `has 6 fields, want 5`,
		"60 6 * * *":                   `got minute "60", want 0 to 59`,
		"0 24 * * *":                   `got hour "24", want 0 to 23`,
		"0 6 0 * *":                    `got day "0", want 1 to 31`,
		"0 6 L * *":                    `got day "L", want 1 to 31`,
		"0 6 * 13 *":                   `got month "13", want 1 to 12, or JAN to DEC`,
		"0 6 * * 8":                    `got weekday "8", want 0 to 7 (0 and 7 are Sunday), or SUN to SAT`,
		"0 6 * * FRI-MON":              `got weekday "FRI-MON"`,
		"0 6 * * 5-7/0":                `got weekday step "5-7/0", want a number from 1`,
		"0 6 * * 火":                    `got weekday "火"`,
		"0 6-4 * * *":                  `got hour "6-4"`,
		"0 6,,7 * * *":                 `got hour "6,,7"`,
		", * * * *":                    `got minute ","`,
		"*-5 * * * *":                  `got minute "*-5"`,
		"*/0 * * * *":                  `got minute "*/0"`,
		"-1 * * * *":                   `got minute "-1"`,
		"0 0 31 2 *":                   `never comes due`,
		"0 0 30 FEB *":                 `never comes due`,
		"0 0 31 4,6,9,11 *":            `never comes due`,
		"TZ=":                          `a time zone is not set here`,
		"CRON_TZ=Asia/Tokyo":           `a time zone is not set here`,
		"TZ=Asia/Tokyo 0 6 * * *":      `a time zone is not set here`,
		"@reboot":                      `schedule "@reboot" is not known, want @hourly, @daily`,
		"@every 5m":                    `is not known`,
		"99999999999999999999 * * *":   `has 4 fields`,
		"99999999999999999999 * * * *": `got minute "99999999999999999999"`,
	} {
		s, err := Parse(spec, time.UTC)
		if err == nil {
			t.Errorf("%q: parsed as %v, want an error", spec, s)
			continue
		}
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: got %v\nwant %s", spec, err, want)
		}
	}
	if _, err := Parse("0 6 * * *", nil); err == nil {
		t.Error("a schedule without a time zone was taken")
	}
}

func TestParseWarns(t *testing.T) {
	for spec, want := range map[string]bool{
		"0 8 1 * MON":   true,
		"0 8 */2 * MON": true,
		"0 8 1 * *":     false,
		"0 8 * * MON":   false,
		"0 8 ? * MON":   false,
	} {
		if got := schedule(t, spec, time.UTC).Warning(); (got != "") != want {
			t.Errorf("%q: got warning %q, want one: %t", spec, got, want)
		}
	}
}

// next lists the first n slots after an instant.
func next(s Schedule, after time.Time, n int) []string {
	var slots []string
	for range n {
		slot, ok := s.Next(after)
		if !ok {
			return append(slots, "none")
		}
		slots = append(slots, string(slot))
		after = s.Instant(slot)
	}
	return slots
}

func TestNext(t *testing.T) {
	// 1 November 2026 is a Sunday.
	for _, c := range []struct {
		spec, after string
		want        []string
	}{
		{"30 2 * * *", "2026-11-01T02:29:59Z", []string{"20261101T0230", "20261102T0230"}},
		{"30 2 * * *", "2026-11-01T02:30:00Z", []string{"20261102T0230"}},
		{"0 10 * * TUE", "2026-11-01T00:00:00Z", []string{"20261103T1000", "20261110T1000"}},
		{"0 8 1 * *", "2026-11-01T08:00:00Z", []string{"20261201T0800", "20270101T0800"}},
		{"0 9 * * 7", "2026-11-01T00:00:00Z", []string{"20261101T0900", "20261108T0900"}},
		{"0 9 * * 5-7", "2026-11-01T12:00:00Z", []string{"20261106T0900", "20261107T0900", "20261108T0900", "20261113T0900"}},
		{"0 9 * * fri-sun", "2026-11-01T12:00:00Z", []string{"20261106T0900", "20261107T0900", "20261108T0900"}},
		{"0 9 * * 1-7/2", "2026-11-01T12:00:00Z", []string{"20261102T0900", "20261104T0900", "20261106T0900", "20261108T0900"}},
		{"0 9 * * 1,7", "2026-11-01T12:00:00Z", []string{"20261102T0900", "20261108T0900"}},
		{"0 9 * * sun-tue", "2026-11-01T12:00:00Z", []string{"20261102T0900", "20261103T0900", "20261108T0900"}},
		{"0 9 * * 0-7/7", "2026-11-01T12:00:00Z", []string{"20261108T0900", "20261115T0900"}},
		{"0 9 * * */7", "2026-11-01T12:00:00Z", []string{"20261108T0900", "20261115T0900"}},
		{"0 9 * * 7-7", "2026-11-01T12:00:00Z", []string{"20261108T0900", "20261115T0900"}},
		{"0 9 * * sun-sun", "2026-11-01T12:00:00Z", []string{"20261108T0900", "20261115T0900"}},
		{"0 0 29 2 *", "2096-03-01T00:00:00Z", []string{"21040229T0000", "21080229T0000"}},
		{"@daily", "2026-11-01T00:00:00Z", []string{"20261102T0000"}},
		{"@weekly", "2026-11-01T00:00:00Z", []string{"20261108T0000"}},
		{"@monthly", "2026-11-01T00:00:00Z", []string{"20261201T0000"}},
		{"@yearly", "2026-11-01T00:00:00Z", []string{"20270101T0000"}},
		{" @Hourly ", "2026-11-01T00:00:00Z", []string{"20261101T0100"}},
		{"0　10　*　*　TUE", "2026-11-01T00:00:00Z", []string{"20261103T1000"}}, // ideographic spaces
	} {
		got := next(schedule(t, c.spec, time.UTC), instant(t, c.after), len(c.want))
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%q after %s (-want +got):\n%s", c.spec, c.after, d)
		}
	}
}

func TestClockChanges(t *testing.T) {
	for _, c := range []struct {
		name, zone, spec, from, to string
		want                       []string // slot at its instant
	}{
		{"spring, inside the gap", "America/New_York", "30 2 * * *", "2026-03-07T00:00:00-05:00", "2026-03-10T00:00:00-04:00",
			[]string{"20260307T0230 07:30Z", "20260308T0230 07:00Z", "20260309T0230 06:30Z"}},
		{"spring, many inside the gap", "America/New_York", "*/20 2 * * *", "2026-03-08T00:00:00-05:00", "2026-03-09T00:00:00-04:00",
			[]string{"20260308T0240 07:00Z"}},
		{"spring, hourly", "America/New_York", "0 * * * *", "2026-03-08T00:30:00-05:00", "2026-03-08T04:30:00-04:00",
			[]string{"20260308T0100 06:00Z", "20260308T0300 07:00Z", "20260308T0400 08:00Z"}},
		{"autumn, inside the repeat", "America/New_York", "30 1 * * *", "2026-10-31T00:00:00-04:00", "2026-11-03T00:00:00-05:00",
			[]string{"20261031T0130 05:30Z", "20261101T0130 05:30Z", "20261102T0130 06:30Z"}},
		{"autumn, hourly pauses", "America/New_York", "0 * * * *", "2026-11-01T00:30:00-04:00", "2026-11-01T03:30:00-05:00",
			[]string{"20261101T0100 05:00Z", "20261101T0200 07:00Z", "20261101T0300 08:00Z"}},
		{"autumn, asked within the second pass", "America/New_York", "30 1 * * *", "2026-11-01T01:10:00-05:00", "2026-11-02T03:00:00-05:00",
			[]string{"20261102T0130 06:30Z"}},
		{"London in spring", "Europe/London", "30 1 * * *", "2026-03-28T00:00:00Z", "2026-03-31T00:00:00+01:00",
			[]string{"20260328T0130 01:30Z", "20260329T0130 01:00Z", "20260330T0130 00:30Z"}},
		{"London in autumn", "Europe/London", "30 1 * * *", "2026-10-24T00:00:00+01:00", "2026-10-27T00:00:00Z",
			[]string{"20261024T0130 00:30Z", "20261025T0130 00:30Z", "20261026T0130 01:30Z"}},
		{"Tokyo has none", "Asia/Tokyo", "30 2 * * *", "2026-03-07T12:00:00+09:00", "2026-03-09T12:00:00+09:00",
			[]string{"20260308T0230 17:30Z", "20260309T0230 17:30Z"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := schedule(t, c.spec, location(t, c.zone))
			slots, count := s.Between(instant(t, c.from), instant(t, c.to), 100)
			var got []string
			for _, slot := range slots {
				got = append(got, string(slot)+" "+s.Instant(slot).UTC().Format("15:04Z"))
			}
			if d := cmp.Diff(c.want, got); d != "" || count != len(got) {
				t.Errorf("%d slots (-want +got):\n%s", count, d)
			}
		})
	}
}

func TestLatest(t *testing.T) {
	for _, c := range []struct{ zone, spec, at, want string }{
		{"UTC", "30 2 * * *", "2026-11-01T02:30:00Z", "20261101T0230"},
		{"UTC", "30 2 * * *", "2026-11-01T02:29:59Z", "20261031T0230"},
		{"UTC", "0 10 * * TUE", "2011-12-10T00:00:00Z", "20111206T1000"},
		{"UTC", "0 8 1 * *", "2026-11-22T00:00:00Z", "20261101T0800"},
		{"UTC", "0 0 1 1 *", "2026-11-22T00:00:00Z", "20260101T0000"},
		{"UTC", "0 0 29 2 *", "2103-11-22T00:00:00Z", "20960229T0000"},
		{"America/New_York", "30 2 * * *", "2026-03-08T03:00:00-04:00", "20260308T0230"},
		{"America/New_York", "30 2 * * *", "2026-03-08T01:59:59-05:00", "20260307T0230"},
		{"America/New_York", "30 1 * * *", "2026-11-01T01:10:00-05:00", "20261101T0130"},
		{"America/New_York", "*/20 2 * * *", "2026-03-08T03:00:00-04:00", "20260308T0240"},
	} {
		s := schedule(t, c.spec, location(t, c.zone))
		if got, ok := s.Latest(instant(t, c.at)); !ok || string(got) != c.want {
			t.Errorf("%q at %s: got %q %t, want %q", c.spec, c.at, got, ok, c.want)
		}
	}
	var none Schedule
	if _, ok := none.Latest(time.Unix(0, 0)); ok {
		t.Error("the zero Schedule has a latest slot")
	}
	if _, ok := none.Next(time.Unix(0, 0)); ok {
		t.Error("the zero Schedule has a next slot")
	}
}

func TestBetweenKeepsTheLast(t *testing.T) {
	s := schedule(t, "* * * * *", time.UTC)
	slots, count := s.Between(instant(t, "2026-11-01T00:00:00Z"), instant(t, "2026-11-03T00:00:00Z"), 2)
	if count != 2880 || len(slots) != 2 || slots[0] != "20261102T2359" || slots[1] != "20261103T0000" {
		t.Errorf("got %d, %v", count, slots)
	}
	if _, count := s.Between(instant(t, "2026-11-03T00:00:00Z"), instant(t, "2026-11-01T00:00:00Z"), 2); count != 0 {
		t.Errorf("backwards: got %d slots, want none", count)
	}
}

func FuzzParse(f *testing.F) {
	for _, spec := range []string{"30 2 * * *", "0 10 * * TUE", "TZ=", "CRON_TZ=x", "0 0 31 2 *", "@every 1s", "*/5 1-5,7 ? JAN 5-7/2", ", , , , ,", "0 0 29 2 7"} {
		f.Add(spec)
	}
	loc := location(f, "America/New_York")
	at := instant(f, "2026-03-08T01:59:59-05:00")
	f.Fuzz(func(t *testing.T, spec string) {
		s, err := Parse(spec, loc)
		if err != nil {
			if !s.IsZero() {
				t.Fatalf("%q: a schedule and the error %v", spec, err)
			}
			return
		}
		slot, ok := s.Next(at)
		if !ok || !s.Instant(slot).After(at) {
			t.Fatalf("%q: next after %s is %q %t", spec, at, slot, ok)
		}
		if latest, ok := s.Latest(s.Instant(slot)); !ok || latest != slot {
			t.Fatalf("%q: latest at %q is %q", spec, slot, latest)
		}
	})
}
