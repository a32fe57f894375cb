package delivery

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// servedBy answers for domains that are served by a family's servers, and counts the questions.
func servedBy(servers map[string]string, asked map[string]int) func(context.Context, string) ([]*net.MX, error) {
	var mu sync.Mutex
	return func(_ context.Context, domain string) ([]*net.MX, error) {
		mu.Lock()
		defer mu.Unlock()
		asked[domain]++
		if host, ok := servers[domain]; ok {
			return []*net.MX{{Host: host, Pref: 10}}, nil
		}
		return nil, errors.New("no such domain")
	}
}

// TestFamilySharesItsRate: two listed domains and one found by its servers get one rate together; others are on their own,
// one of them because the name servers know nothing of it.
func TestFamilySharesItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		addresses := append(people(10, "one.example.com"), people(10, "two.example.com")...)
		addresses = append(append(addresses, people(10, "hosted.example.org")...), people(10, "unknown.example.org")...)
		f := newFixture(t, append(addresses, people(10, "other.example.org")...), nil)
		c := &scripted{}
		s := f.sender(c)
		asked := map[string]int{}
		s.LookupMX = servedBy(map[string]string{"hosted.example.org": "MX1.Mail.Example.NET.", "other.example.org": "notmail.example.net."}, asked)
		s.Limits.Families = []Family{{Name: "big", Domains: []string{"one.example.com", "two.example.com"}, MX: []string{"mail.example.net"},
			Limit: DomainLimit{Rate: Rate{2, time.Second}}}}
		start := time.Now()
		wantAccount(t, f.run(s), counts(50, 50, 0, 0, 0, 0, edition.StateFinished))
		slowest := map[string]time.Duration{}
		for to, times := range c.times {
			_, domain, _ := strings.Cut(to, "@")
			slowest[domain] = max(slowest[domain], times[0].Sub(start))
		}
		family := max(slowest["one.example.com"], slowest["two.example.com"], slowest["hosted.example.org"])
		if family < 14*time.Second || family > 15*time.Second {
			t.Errorf("got the family's 30 in %v, want about 14.5 s at 2/s", family)
		}
		if others := max(slowest["unknown.example.org"], slowest["other.example.org"]); others > time.Second {
			t.Errorf("got the others in %v, want them at once", others)
		}
		want := map[string]int{"hosted.example.org": 1, "unknown.example.org": 1, "other.example.org": 1}
		for domain := range want {
			if asked[domain] > mxLookups { // those that were under way together
				t.Errorf("%s: got %d questions, want it asked once or as often as at once", domain, asked[domain])
			}
			delete(asked, domain)
		}
		if diff := cmp.Diff(map[string]int{}, asked); diff != "" {
			t.Errorf("listed domains need no name server: %s", diff)
		}
	})
}

// TestP4FamilySlowsTogether: a 421 from one domain of a family rests the others, whose servers are the same, and nobody
// else.
func TestP4FamilySlowsTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, append(append(people(1, "one.example.com"), people(5, "two.example.com")...), people(5, "example.org")...), nil)
		c := &scripted{answer: func(e Envelope, n int) Outcome {
			if e.To.Domain == "one.example.com" && n == 0 {
				return busy
			}
			return accepted
		}}
		s := f.sender(c)
		s.Limits.Connections = 1
		s.Limits.Families = []Family{{Name: "big", Domains: []string{"one.example.com", "two.example.com"}, Limit: DomainLimit{Rate: Rate{1, time.Second}}}}
		start := time.Now()
		f.run(s)
		first := c.times["p00000@one.example.com"][0]
		for to, times := range c.times {
			after := times[len(times)-1].Sub(first)
			if strings.HasSuffix(to, "@two.example.com") && after > 0 && after < pauseFirst {
				t.Errorf("%s: got sent %v after its family's 421, want after the rest of %v", to, after, pauseFirst)
			}
			if strings.HasSuffix(to, "@example.org") && times[0].Sub(start) > 5*time.Second {
				t.Errorf("%s: got held up for %v", to, times[0].Sub(start))
			}
		}
	})
}

// TestWarmUp: 10, 20 and then as many as there are; 4 an hour on the first day; what other editions sent counts.
func TestWarmUp(t *testing.T) {
	tokyo := time.FixedZone("JST", 9*60*60)
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, people(60, "example.com"), nil)
		start := time.Date(2011, 12, 6, 8, 30, 0, 0, tokyo)
		<-time.After(time.Until(start)) // the journal's clock and the sender's are one
		w, err := journal.OpenWriter(f.journalDir(), "edition.other.20111206T0800", time.Now)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := w.Append(context.Background(), journal.Event{Kind: journal.Attempt, Campaign: "other", Slot: "20111206T0800", MessageKey: "x"}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		c := &scripted{}
		s := f.sender(c)
		s.Limits.WarmUp = WarmUp{From: time.Date(2011, 12, 6, 0, 0, 0, 0, tokyo), Daily: []int{10, 20}, Hourly: []int{4}, Location: tokyo}
		wantAccount(t, f.run(s), counts(60, 60, 0, 0, 0, 0, edition.StateFinished))
		days, hours := map[string]int{}, map[string]int{}
		for _, times := range c.times {
			days[times[0].In(tokyo).Format("02")]++
			hours[times[0].In(tokyo).Format("02 15")]++
		}
		if diff := cmp.Diff(map[string]int{"06": 7, "07": 20, "08": 33}, days); diff != "" {
			t.Error(diff)
		}
		if hours["06 08"] != 1 || hours["06 09"] != 4 || hours["06 10"] != 2 {
			t.Errorf("got %v, want 1 beside the other edition's 3, then 4, then the rest of the day's 10", hours)
		}
	})
}

// TestDraftsAreMadeAhead: under a limit messages are rendered and signed before their turn, each once.
func TestDraftsAreMadeAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, people(20, "example.com"), nil)
		c := &scripted{}
		s := f.sender(c)
		s.Limits.Rate = Rate{1, time.Second}
		start := time.Now()
		var mu sync.Mutex
		signed, last := 0, time.Duration(0)
		s.Sign = func(message []byte) ([]byte, error) {
			mu.Lock()
			defer mu.Unlock()
			signed++
			last = time.Since(start)
			return []byte("DKIM-Signature: x\r\n"), nil
		}
		c.answer = func(e Envelope, _ int) Outcome {
			if string(e.Head) != "DKIM-Signature: x\r\n" {
				t.Errorf("got the head %q", e.Head)
			}
			return accepted
		}
		f.run(s)
		if signed != 20 {
			t.Errorf("got %d signatures, want 20", signed)
		}
		if last > time.Second {
			t.Errorf("got the last signature after %v, want all ahead of a rate of one a second", last)
		}
	})
}
