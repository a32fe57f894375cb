package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/tokui/tokui/internal/edition"
)

// count is what a scene came to.
type count struct {
	scene string
	// stops are the kills, SIGTERMs, full disks or other processes of the scene.
	stops   int
	account edition.Account
	// letters that the server took; twice and lost are recipients; allowed bounds the unconfirmed, of whom arrived have
	// the letter.
	letters, twice, lost, half int
	allowed, arrived           int
	broken                     int
	faults                     []string
	after                      []count // rows that follow
}

// fault notes a broken rule.
func (c *count) fault(format string, args ...any) {
	c.broken++
	if len(c.faults) < 10 {
		c.faults = append(c.faults, fmt.Sprintf(format, args...))
	}
}

// editionStatus is what `tokui status EDITION --recipients --json` says.
type editionStatus struct {
	edition.Account
	Messages []struct {
		MessageKey string `json:"message_key"`
		ContactID  string `json:"contact_id"`
		State      string `json:"state"`
		Detail     string `json:"detail"`
	} `json:"messages"`
}

func (h *harness) status(campaign string, more ...string) (editionStatus, error) {
	var s editionStatus
	text, err := h.program(append([]string{"--json", "status", campaign + "/" + slot}, more...)...)
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal([]byte(text), &s)
}

// judge compares what Tokui says of every recipient with what the server took.
func (h *harness) judge(s scene, c *count) error {
	status, err := h.status(s.name, "--recipients")
	if err != nil {
		return err
	}
	c.account = status.Account
	if err := status.Account.Check(); err != nil {
		c.fault("%v", err)
	}
	if len(status.Messages) != c.account.Planned || c.account.Considered != s.people(h.recipients) {
		c.fault("got %d named, %d planned and %d considered, want everybody named and considered", len(status.Messages),
			c.account.Planned, c.account.Considered)
	}
	c.letters, c.half = h.server.count(), h.server.half
	named, unconfirmed := 0, 0
	for _, m := range status.Messages {
		got := h.server.of(addressOf(m.ContactID)).received
		named += got
		if got > 1 {
			c.twice++
			c.fault("%s received it %d times, and is %s", m.ContactID, got, m.State)
		}
		switch m.State {
		case edition.MessageAccepted:
			if got == 0 {
				c.lost++
				c.fault("%s is accepted, and received nothing", m.ContactID)
			}
		case edition.MessageUnconfirmed:
			unconfirmed++
			c.arrived += got
		case edition.MessageFailed, edition.MessageWithheld:
			if got > 0 {
				c.fault("%s is %s, and received it", m.ContactID, m.State)
			}
		default:
			c.lost++
			c.fault("%s is %s at the end", m.ContactID, m.State)
		}
	}
	if named != c.letters {
		c.fault("the server took %d letters, want the %d of the recipients", c.letters, named)
	}
	if c.half > 0 {
		c.fault("the server took %d half letters", c.half)
	}
	if unconfirmed != c.account.Unconfirmed || unconfirmed > c.allowed {
		c.fault("%d unconfirmed, want them named and at most %d", unconfirmed, c.allowed)
	}
	if state := c.account.State; state != edition.StateFinished && (state != edition.StateUnconfirmed || unconfirmed == 0) {
		c.fault("the edition is %s, want it finished, or unconfirmed where somebody is", state)
	}
	return nil
}

// printCounts prints a row for each scene, and what was broken.
func printCounts(w io.Writer, rows []count) {
	const form = "%-20s %7v %10v %9v %9v %8v %9v %12v %10v %9v %6v %6v\n"
	fmt.Fprintf(w, form, "scene", "stops", "recipients", "letters", "accepted", "failed", "withheld", "unconfirmed", "(at most)",
		"(arrived)", "twice", "lost")
	for _, c := range rows {
		a := c.account
		fmt.Fprintf(w, form, c.scene, c.stops, a.Considered, c.letters, a.Accepted, a.Failed, a.Withheld, a.Unconfirmed, c.allowed,
			c.arrived, c.twice, c.lost)
	}
	for _, c := range rows {
		if c.broken == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s: %d rules broken\n  %s\n", c.scene, c.broken, strings.Join(c.faults, "\n  "))
	}
}
