package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rate is so many messages per time, written 50/s, 600/m or 1000/h. The zero Rate is no limit.
type Rate struct {
	Count int
	Per   time.Duration
}

// UnmarshalText reads a count and the unit it is per.
func (r *Rate) UnmarshalText(text []byte) error {
	s := string(text)
	count, per, _ := strings.Cut(s, "/")
	n, ok := wholeNumber(count)
	if ok && n > 0 && count[0] != '0' && len(per) == 1 && per != "d" {
		if unit, known := unitOf(per[0]); known {
			*r = Rate{Count: int(n), Per: unit}
			return nil
		}
	}
	return fmt.Errorf("got %q, want a rate such as 50/s, 600/m or 1000/h", s)
}

// String returns the rate as it is written, "" for no limit.
func (r Rate) String() string {
	if r.Count == 0 {
		return ""
	}
	return strconv.Itoa(r.Count) + "/" + strings.TrimPrefix(spanText(r.Per), "1")
}

// Size is so many bytes, written 4GB or 512MiB. The zero Size is no limit.
type Size int64

// sizeUnits are the bytes of the units of a Size.
var sizeUnits = map[string]float64{
	"B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
}

// UnmarshalText reads a number and its unit.
func (s *Size) UnmarshalText(text []byte) error {
	number := strings.TrimRight(string(text), "KMGTiB ")
	unit, known := sizeUnits[strings.TrimSpace(string(text)[len(number):])]
	n, err := strconv.ParseFloat(number, 64)
	if !known || err != nil || strings.Trim(number, "0123456789.") != "" || n*unit < 1 || n*unit > 1<<60 {
		return fmt.Errorf("got %q, want a size such as 2GB or 512MiB", text)
	}
	*s = Size(n * unit)
	return nil
}

// String returns the size as it can be written, "" for no limit.
func (s Size) String() string {
	if s == 0 {
		return ""
	}
	for _, unit := range []string{"GB", "MB", "GiB", "MiB"} {
		if bytes := Size(sizeUnits[unit]); s%bytes == 0 {
			return strconv.FormatInt(int64(s/bytes), 10) + unit
		}
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}

// Cap is so many per time, written "2 per 7d". The zero Cap is no cap.
type Cap struct {
	Count int
	Per   time.Duration
}

// UnmarshalText reads a count and the time it is per.
func (c *Cap) UnmarshalText(text []byte) error {
	s := string(text)
	count, per, _ := strings.Cut(s, " per ")
	n, ok := wholeNumber(count)
	span, err := parseSpan(per)
	if !ok || n == 0 || count[0] == '0' || err != nil || span == 0 || per[0] == '0' {
		return fmt.Errorf("got %q, want so many per time, such as 2 per 7d", s)
	}
	*c = Cap{Count: int(n), Per: span}
	return nil
}

// String returns the cap as it is written, "" for no cap.
func (c Cap) String() string {
	if c.Count == 0 {
		return ""
	}
	return strconv.Itoa(c.Count) + " per " + spanText(c.Per)
}

// Days is the cap's time in days, rounded up.
func (c Cap) Days() int { return int((c.Per + 24*time.Hour - 1) / (24 * time.Hour)) }

// Hold is how long something that is open holds marketing back at most: days such as 60d, `until resolved` without a
// limit, or off.
type Hold struct {
	// Days at most; 0: until it is resolved.
	Days Days
	On   bool
}

// UnmarshalText reads days, until resolved, or off.
func (h *Hold) UnmarshalText(text []byte) error {
	var limit Days
	switch s := string(text); {
	case s == "off":
		*h = Hold{}
	case s == "until resolved":
		*h = Hold{On: true}
	case limit.UnmarshalText(text) == nil && limit > 0:
		*h = Hold{On: true, Days: limit}
	default:
		return fmt.Errorf("got %q, want days such as 60d, until resolved, or off", s)
	}
	return nil
}

// String returns the hold as it is written.
func (h Hold) String() string {
	switch {
	case !h.On:
		return "off"
	case h.Days == 0:
		return "until resolved"
	default:
		return h.Days.String()
	}
}

// Hours is a daily span of local wall time written "20:00-08:00"; it may pass midnight. The zero Hours is none.
type Hours struct {
	// From and To are minutes after midnight.
	From, To int
	Set      bool
}

// UnmarshalText reads two times of day.
func (h *Hours) UnmarshalText(text []byte) error {
	s := string(text)
	from, to, _ := strings.Cut(s, "-")
	start, startOK := minuteOfDay(from)
	end, endOK := minuteOfDay(to)
	if !startOK || !endOK || start == end {
		return fmt.Errorf("got %q, want two different times of day such as 20:00-08:00", s)
	}
	*h = Hours{From: start, To: end, Set: true}
	return nil
}

// String returns the hours as they are written, "" for none.
func (h Hours) String() string {
	if !h.Set {
		return ""
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", h.From/60, h.From%60, h.To/60, h.To%60)
}

// Contains reports whether an instant's wall time, in its own location, lies in the hours; the end does not.
func (h Hours) Contains(at time.Time) bool {
	if !h.Set {
		return false
	}
	minute := at.Hour()*60 + at.Minute()
	if h.From < h.To {
		return h.From <= minute && minute < h.To
	}
	return minute >= h.From || minute < h.To
}

// minuteOfDay reads HH:MM.
func minuteOfDay(s string) (int, bool) {
	if len(s) != 5 || s[2] != ':' || !isDigits(s[:2]) || !isDigits(s[3:]) {
		return 0, false
	}
	hour, minute := int(s[0]-'0')*10+int(s[1]-'0'), int(s[3]-'0')*10+int(s[4]-'0')
	return hour*60 + minute, hour < 24 && minute < 60
}
