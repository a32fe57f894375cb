package delivery

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tokui/tokui/internal/edition"
)

// TestSlowDomainHoldsUpNobodyElse has more messages for a refusing domain than fit into memory.
func TestSlowDomainHoldsUpNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, append(people(2000, "slow.example.org"), people(3000, "example.com")...), expiresIn(6*time.Hour))
		c := &scripted{answer: func(e Envelope, _ int) Outcome {
			if e.To.Domain == "slow.example.org" {
				return busy
			}
			return accepted
		}}
		start := time.Now()
		account := f.run(f.sender(c))
		wantAccount(t, account, counts(5000, 3000, 0, 2000, 0, 0, edition.StateFinished))
		for to, times := range c.times {
			if strings.HasSuffix(to, "@example.com") && times[0].Sub(start) > 5*time.Second {
				t.Fatalf("%s waited %v for the slow domain", to, times[0].Sub(start))
			}
		}
		if slow := c.total() - 3000; slow > 200 {
			t.Errorf("got %d tries at a domain that answers 421 for 6 hours, want at most 200", slow)
		}
	})
}

func TestDomainConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, append(people(40, "docomo.ne.jp"), people(200, "example.com")...), nil)
		c := &scripted{latency: 300 * time.Millisecond}
		s := f.sender(c)
		s.Limits = Limits{Connections: 8, Domains: map[string]DomainLimit{"docomo.ne.jp": {Connections: 2}}}
		wantAccount(t, f.run(s), counts(240, 240, 0, 0, 0, 0, edition.StateFinished))
		if c.most["docomo.ne.jp"] != 2 {
			t.Errorf("got %d connections at once, want 2", c.most["docomo.ne.jp"])
		}
		if c.most["example.com"] < 6 {
			t.Errorf("got %d connections at once for the others, want at least 6", c.most["example.com"])
		}
	})
}

func TestDomainRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, append(people(40, "docomo.ne.jp"), people(200, "example.com")...), nil)
		c := &scripted{latency: 20 * time.Millisecond}
		s := f.sender(c)
		s.Limits = Limits{Connections: 8, Domains: map[string]DomainLimit{"docomo.ne.jp": {Rate: Rate{5, time.Second}}}}
		start := time.Now()
		wantAccount(t, f.run(s), counts(240, 240, 0, 0, 0, 0, edition.StateFinished))
		slowest := map[string]time.Duration{}
		for to, times := range c.times {
			_, domain, _ := strings.Cut(to, "@")
			slowest[domain] = max(slowest[domain], times[0].Sub(start))
		}
		if got := slowest["docomo.ne.jp"]; got < 7700*time.Millisecond || got > 8200*time.Millisecond {
			t.Errorf("got 40 messages in %v, want about 7.8 s at 5/s", got)
		}
		if got := slowest["example.com"]; got > time.Second {
			t.Errorf("got the others in %v, want them within a second", got)
		}
	})
}

func TestRateOverAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, people(500, "example.com"), nil)
		s := f.sender(&scripted{})
		s.Limits.Rate = Rate{50, time.Second}
		start := time.Now()
		f.run(s)
		if took := time.Since(start); took < 9900*time.Millisecond || took > 11*time.Second {
			t.Errorf("got 500 messages in %v, want about 10 s at 50/s", took)
		}
	})
}

func TestQuietHours(t *testing.T) {
	tokyo := time.FixedZone("JST", 9*3600)
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, people(3, "example.com"), nil)
		c := &scripted{}
		s := f.sender(c)
		s.Limits.Quiet = Quiet{From: 20 * 60, To: 8 * 60, Location: tokyo}
		offset := time.Until(time.Date(2011, 12, 6, 21, 30, 0, 0, tokyo))
		s.Now = func() time.Time { return time.Now().Add(offset) }
		f.run(s)
		for to, times := range c.times {
			if got := times[0].Add(offset).In(tokyo).Format("02 15:04"); got != "07 08:00" {
				t.Errorf("%s: got sent at %s, want 07 08:00", to, got)
			}
		}
	})
}

func TestQuietHoursBeginDuringARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, people(100, "example.com"), nil)
		c := &scripted{}
		s := f.sender(c)
		s.Limits = Limits{Rate: Rate{1, time.Second}, Quiet: Quiet{From: 20 * 60, To: 8 * 60, Location: time.UTC}}
		offset := time.Until(time.Date(2011, 12, 6, 19, 59, 0, 0, time.UTC))
		s.Now = func() time.Time { return time.Now().Add(offset) }
		wantAccount(t, f.run(s), counts(100, 100, 0, 0, 0, 0, edition.StateFinished))
		for to, times := range c.times {
			if hour := times[0].Add(offset).UTC().Hour(); hour >= 20 || hour < 8 {
				t.Errorf("%s: got sent in hour %d", to, hour)
			}
		}
	})
}

func TestQuietUntil(t *testing.T) {
	utc := func(text string) time.Time {
		at, err := time.Parse("2006-01-02 15:04", text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	night := Quiet{From: 20 * 60, To: 8 * 60, Location: time.UTC}
	lunch := Quiet{From: 12 * 60, To: 13 * 60, Location: time.UTC}
	for _, tt := range []struct {
		q        Quiet
		now, end string
	}{
		{night, "2011-12-06 19:59", ""},
		{night, "2011-12-06 20:00", "2011-12-07 08:00"},
		{night, "2011-12-31 23:59", "2012-01-01 08:00"},
		{night, "2011-12-06 07:59", "2011-12-06 08:00"},
		{night, "2011-12-06 08:00", ""},
		{lunch, "2011-12-06 12:30", "2011-12-06 13:00"},
		{lunch, "2011-12-06 13:00", ""},
		{Quiet{}, "2011-12-06 13:00", ""},
	} {
		want := time.Time{}
		if tt.end != "" {
			want = utc(tt.end)
		}
		if got := tt.q.until(utc(tt.now)); !got.Equal(want) {
			t.Errorf("%s: got %v, want %v", fmt.Sprint(tt.now), got, want)
		}
	}
}
