package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/tokui/tokui/internal/edition"
)

// scene is one way to stop a sender, with a campaign of its own to one in so many of the contacts.
type scene struct {
	name  string
	oneIn int
	play  func(h *harness, s scene, c *count) error
}

func (s scene) people(recipients int) int { return recipients / s.oneIn }

// scenes are all of them, in their order.
func scenes() []scene {
	return []scene{
		{"kill", 1, (*harness).playKill},
		{"term", 10, (*harness).playTerm},
		{"greylist", 5, (*harness).playGreylist},
		{"reset", 10, (*harness).playReset},
		{"stall", 10, (*harness).playStall},
		{"full", 10, (*harness).playFull},
		{"two", 10, (*harness).playTwo},
		{"unsubscribe", 10, (*harness).playUnsubscribe},
	}
}

// few is how often the smaller scenes stop the sender.
func (h *harness) few() int { return max(h.kills/10, 3) }

func (h *harness) playKill(s scene, c *count) error {
	h.server.begin(nil, 0)
	if err := h.sendThrough(s, c, h.kills, syscall.SIGKILL); err != nil {
		return err
	}
	if c.stops < h.kills {
		c.fault("%d kills fell into the edition, want %d", c.stops, h.kills)
	}
	if err := h.judge(s, c); err != nil {
		return err
	}
	return h.settle(s, c)
}

// settle reads the server's log as a relay's, and sends again what it does not know: now everybody has exactly one.
func (h *harness) settle(s scene, c *count) error {
	log := filepath.Join(h.dir, "maillog")
	if err := os.WriteFile(log, h.server.postfixLog(), 0o600); err != nil {
		return err
	}
	if _, err := h.program("resolve", s.name+"/"+slot, "--log", log, "--resend-absent"); err != nil {
		return err
	}
	after := count{scene: s.name + ", resolved"}
	if err := h.sendThrough(s, &after, 0, nil); err != nil {
		return err
	}
	if err := h.judge(s, &after); err != nil {
		return err
	}
	if after.account.Accepted != s.people(h.recipients) || after.account.State != edition.StateFinished {
		after.fault("%d accepted and %s, want everybody and finished", after.account.Accepted, after.account.State)
	}
	c.after = append(c.after, after)
	return nil
}

func (h *harness) playTerm(s scene, c *count) error {
	h.server.begin(nil, 0)
	if err := h.sendThrough(s, c, h.few(), syscall.SIGTERM); err != nil {
		return err
	}
	return h.judge(s, c)
}

func (h *harness) playGreylist(s scene, c *count) error {
	h.server.begin(func(to string, n int) fault {
		switch {
		case n > 0:
			return fine
		case number(to)%domains%10 == 0:
			return slowDown
		default:
			return greylisted
		}
	}, 0)
	if err := h.sendThrough(s, c, h.few(), syscall.SIGKILL); err != nil {
		return err
	}
	return h.judge(s, c)
}

func (h *harness) playReset(s scene, c *count) error {
	every := max(s.people(h.recipients)/12, 10)
	h.server.begin(func(to string, n int) fault {
		switch {
		case n == 0 && number(to)%every == 3:
			return resetBefore
		case n == 0 && number(to)%every == 5:
			return resetAfter
		case n == 0 && number(to)%every == 7:
			return resetInside
		default:
			return fine
		}
	}, 0)
	if err := h.sendThrough(s, c, 0, nil); err != nil {
		return err
	}
	c.stops, c.allowed = 2*h.server.silent+h.server.cut, h.server.silent+h.server.cut
	if err := h.judge(s, c); err != nil {
		return err
	}
	if c.account.Unconfirmed < h.server.silent {
		c.fault("%d unconfirmed, want all %d whose reply was lost", c.account.Unconfirmed, h.server.silent)
	}
	return nil
}

func (h *harness) playStall(s scene, c *count) error {
	seen := 0
	h.server.begin(func(to string, _ int) fault {
		seen++
		if c.stops >= h.few() { // the last run is let through
			return fine
		}
		switch seen % 100 {
		case 30:
			return stallBefore
		case 80:
			return stallAfter
		default:
			return fine
		}
	}, 0)
	if err := h.sendThrough(s, c, h.few(), syscall.SIGKILL); err != nil {
		return err
	}
	return h.judge(s, c)
}

// playTwo lets other processes try to send the edition: under the job's name, since two runs of one name already exclude
// each other. After a kill two begin at once.
func (h *harness) playTwo(s scene, c *count) error {
	// slow enough for others to come in between
	h.server.begin(nil, 10*time.Second*time.Duration(h.lines)/time.Duration(s.people(h.recipients)))
	most := s.people(h.recipients) / 8
	for c.stops < 10 {
		first, err := h.start("run", "--live", "--quiet", "campaign "+s.name)
		if err != nil {
			return err
		}
		wanted := h.server.count() + 1 + h.random.IntN(most/4)
		if !first.until(func() bool { return h.server.count() >= wanted }) {
			if code := first.wait(); code != 0 || c.stops == 0 {
				return fmt.Errorf("the first process ended with %d\n%s", code, first.out.String())
			}
			break
		}
		second, err := h.start("run", "--live", "--quiet", s.name+"-job")
		if err != nil {
			return err
		}
		if code := second.wait(); code != 4 {
			c.fault("the second process ended with %d, want 4, in use: %s", code, second.out.String())
		}
		c.stops++
		open, err := h.stop(first, syscall.SIGKILL)
		if err != nil {
			return err
		}
		c.allowed += open
		a, err := h.start("run", "--live", "--quiet", "campaign "+s.name)
		if err != nil {
			return err
		}
		b, err := h.start("run", "--live", "--quiet", s.name+"-job")
		if err != nil {
			return err
		}
		// the one that does not get the edition ends by itself, and the other is killed
		var winner, loser *process
		select {
		case <-a.ended:
			winner, loser = b, a
		case <-b.ended:
			winner, loser = a, b
		}
		if code := loser.wait(); code != 4 {
			c.fault("of two processes at once one ended with %d, want 4, in use: %s", code, loser.out.String())
		}
		c.stops++
		wanted = h.server.count() + h.random.IntN(most/4)
		if winner.until(func() bool { return h.server.count() >= wanted }) {
			if open, err = h.stop(winner, syscall.SIGKILL); err != nil {
				return err
			}
			c.allowed += open
		}
	}
	if err := h.sendThrough(s, c, 0, nil); err != nil {
		return err
	}
	return h.judge(s, c)
}

// onTheirWay is how long after an unsubscribe somebody's letter may still arrive: what is known is at most a second old,
// and a letter that was begun is finished.
const onTheirWay = 2 * time.Second

func (h *harness) playUnsubscribe(s scene, c *count) error {
	h.server.begin(nil, 10*time.Second*time.Duration(h.lines)/time.Duration(s.people(h.recipients)))
	p, err := h.start("run", "--live", "--quiet", "campaign "+s.name)
	if err != nil {
		return err
	}
	since := map[string]time.Time{}
	wanted, step := 1, max(s.people(h.recipients)/10, 1)
	for p.until(func() bool { return h.server.count() >= wanted }) {
		wanted += step
		var some []string
		for range 40 {
			id := fmt.Sprintf("C%06d", h.random.IntN(s.people(h.recipients)))
			if h.server.of(addressOf(id)).tried == 0 && since[id].IsZero() && !slices.Contains(some, id) {
				some = append(some, id)
			}
		}
		if err := h.unsubscribe(some); err != nil {
			return err
		}
		for _, id := range some {
			since[id] = time.Now()
		}
		c.stops += len(some)
	}
	if code := p.wait(); code != 0 {
		return fmt.Errorf("tokui: exit code %d\n%s", code, p.out.String())
	}
	if err := h.judge(s, c); err != nil {
		return err
	}
	honoured := 0
	for id, at := range since {
		r := h.server.of(addressOf(id))
		switch {
		case r.received == 0:
			honoured++
		case r.lastAt.Sub(at) > onTheirWay:
			c.fault("%s received it %v after the unsubscribe", id, r.lastAt.Sub(at))
		}
	}
	if honoured == 0 || honoured != c.account.Withheld {
		c.fault("%d of %d who unsubscribed received nothing, want them to be the %d withheld", honoured, len(since), c.account.Withheld)
	}
	return nil
}

// unsubscribe imports unsubscribes by the command line.
func (h *harness) unsubscribe(contacts []string) error {
	path := filepath.Join(h.dir, "unsubscribes.csv")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	rows := [][]string{{"kind", "at", "contact_id", "channel"}}
	for _, id := range contacts {
		rows = append(rows, []string{"unsubscribe", time.Now().UTC().Format("2006-01-02 15:04:05"), id, "email"})
	}
	if err := csv.NewWriter(f).WriteAll(rows); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	_, err = h.program("import", "events", path)
	return err
}

// number is that of a contact's address.
func number(to string) int {
	var i int
	if _, err := fmt.Sscanf(to, "c%d@", &i); err != nil {
		return 0
	}
	return i
}
