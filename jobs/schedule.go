package jobs

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/tokui/tokui/internal/calendar"
)

// starBit is the bit by which cron.SpecSchedule marks a field that was written * or ?.
const starBit = 1 << 63

// Schedule is when a job is due: the slots that its five cron fields name, on the wall clocks of one location. The zero
// Schedule is never due: such a job runs by hand only.
//
// The rules about clock changes are ours, not the cron library's, which loses the night's run in spring and does it
// twice in autumn. The fields are matched against the wall clock as if it had no changes; then a slot whose time is
// skipped is due at the first instant after the gap, and one whose time comes twice is due the first time. Of several
// slots that fall on one instant that way, the last stands for all. So a job that runs each hour pauses for two hours
// of real time in autumn, as its slots have no second 01:00.
type Schedule struct {
	spec    string
	cron    *cron.SpecSchedule // in UTC, which stands for the wall clock
	loc     *time.Location
	warning string
}

// fields are the five of a schedule in order, with what each may hold.
func fields() [5]struct{ name, want string } {
	return [5]struct{ name, want string }{
		{"minute", "0 to 59"},
		{"hour", "0 to 23"},
		{"day", "1 to 31"},
		{"month", "1 to 12, or JAN to DEC"},
		{"weekday", "0 to 7 (0 and 7 are Sunday), or SUN to SAT"},
	}
}

// shorthand is what a schedule such as @daily stands for, "" for none.
func shorthand(spec string) string {
	switch strings.ToLower(spec) {
	case "@hourly":
		return "0 * * * *"
	case "@daily", "@midnight":
		return "0 0 * * *"
	case "@weekly":
		return "0 0 * * 0"
	case "@monthly":
		return "0 0 1 * *"
	case "@yearly", "@annually":
		return "0 0 1 1 *"
	}
	return ""
}

// Parse reads five cron fields, minute hour day month weekday, or @hourly, @daily, @weekly, @monthly or @yearly. Sunday
// is 0 or 7, ranges to it included. A schedule that never comes due is an error. The error is one line that says what
// was got and what is wanted. It never panics.
func Parse(spec string, loc *time.Location) (s Schedule, err error) {
	defer func() {
		if p := recover(); p != nil {
			s, err = Schedule{}, fmt.Errorf("schedule %q cannot be read: %v", spec, p)
		}
	}()
	if loc == nil {
		return Schedule{}, fmt.Errorf("schedule %q has no time zone", spec)
	}
	text := strings.TrimSpace(spec)
	if strings.Contains(text, "=") {
		return Schedule{}, fmt.Errorf("schedule %q has a %q: a time zone is not set here but once for all, by the key timezone", spec, "=")
	}
	if strings.HasPrefix(text, "@") {
		long := shorthand(text)
		if long == "" {
			return Schedule{}, fmt.Errorf("schedule %q is not known, want @hourly, @daily, @weekly, @monthly, @yearly or five fields (minute hour day month weekday)", spec)
		}
		text = long
	}
	parts := strings.Fields(text)
	if n := len(parts); n != 5 {
		return Schedule{}, fmt.Errorf("schedule %q has %d %s, want 5 (minute hour day month weekday)", spec, n, plural(n, "field"))
	}
	if parts[4], err = sundays(parts[4]); err != nil {
		return Schedule{}, fmt.Errorf("schedule %q: %w", spec, err)
	}
	parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	for i, f := range fields() {
		if err := checkField(parser, i, parts[i]); err != nil {
			return Schedule{}, fmt.Errorf("schedule %q: got %s %q, want %s; * for every, and 1,2 or 1-5 or */10 for several (%w)",
				spec, f.name, parts[i], f.want, err)
		}
	}
	parsed, err := parser.Parse(strings.Join(parts, " "))
	if err != nil {
		return Schedule{}, fmt.Errorf("schedule %q: %w", spec, err)
	}
	one, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return Schedule{}, fmt.Errorf("schedule %q: got a %T from the cron parser, want five fields", spec, parsed)
	}
	one.Location = time.UTC
	s = Schedule{spec: spec, cron: one, loc: loc}
	if s.next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Schedule{}, fmt.Errorf("schedule %q never comes due: no month of it has such a day", spec)
	}
	if one.Dom&starBit == 0 && one.Dow&starBit == 0 {
		s.warning = fmt.Sprintf("schedule %q names days and weekdays: it is due on each of these days and also on each of these weekdays, not only where both hold", spec)
	}
	return s, nil
}

// checkField parses one field alone, so that a fault can say which field it is in.
func checkField(parser cron.Parser, i int, text string) error {
	for item := range strings.SplitSeq(text, ",") {
		if item == "" {
			return fmt.Errorf("nothing between two commas")
		}
		// The library takes these two for a plain star.
		if head, _, _ := strings.Cut(item, "/"); strings.HasPrefix(head, "*-") || strings.HasPrefix(head, "?-") {
			return fmt.Errorf("a range does not start with *")
		}
	}
	parts := []string{"*", "*", "*", "*", "*"}
	parts[i] = text
	_, err := parser.Parse(strings.Join(parts, " "))
	return err
}

// sundays rewrites a weekday field so that 7, and a range that ends on Sunday, become what the parser knows: 7 → 0,
// 5-7 → 5-6,0, FRI-SUN → FRI-6,0. Anything else, faulty text included, is left for the parser.
func sundays(field string) (string, error) {
	items := strings.Split(field, ",")
	for i, item := range items {
		span, step, stepped := strings.Cut(item, "/")
		low, high, ranged := strings.Cut(span, "-")
		switch {
		case !ranged && low == "7":
			items[i] = "0" // 7/2 too: from Sunday to the week's end is Sunday
		case ranged && (high == "7" || strings.EqualFold(high, "sun")):
			first := weekday(low)
			if first < 0 || first == 0 && high != "7" { // SUN-SUN is the parser's
				continue
			}
			by := 1
			if stepped {
				n, err := strconv.Atoi(step)
				if err != nil || n < 1 {
					return "", fmt.Errorf("got weekday step %q, want a number from 1", item)
				}
				by = n
			}
			var days []string
			for day := first; day <= 7; day += by {
				days = append(days, strconv.Itoa(day%7))
			}
			items[i] = strings.Join(days, ",")
		}
	}
	return strings.Join(items, ","), nil
}

// weekday is 0 to 7 for a weekday's number or English short name, -1 for anything else.
func weekday(text string) int {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if strings.EqualFold(text, day.String()[:3]) {
			return int(day)
		}
	}
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n <= 7 {
		return n
	}
	return -1
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// IsZero reports whether this is no schedule.
func (s Schedule) IsZero() bool { return s.cron == nil }

// String returns the schedule as it was written.
func (s Schedule) String() string { return s.spec }

// same reports whether two schedules are due at the same instants as far as their text and location tell.
func (s Schedule) same(o Schedule) bool {
	return s.spec == o.spec && (s.loc == o.loc || s.loc != nil && o.loc != nil && s.loc.String() == o.loc.String())
}

// Warning says what the schedule does that its writer may not have meant, "" for nothing.
func (s Schedule) Warning() string { return s.warning }

// Instant is when a slot of this schedule is due. Zero for the zero Schedule.
func (s Schedule) Instant(slot calendar.Slot) time.Time {
	if s.loc == nil {
		return time.Time{}
	}
	return slot.In(s.loc)
}
