package intake

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/journal"
)

// Counts is what came in by mail, as `tokui status` shows it.
type Counts struct {
	// Bounces by whom they are about: address, transient, reputation, unknown.
	Bounces map[journal.Class]int `json:"bounces"`
	// Complaints, and wishes to be left alone, by feedback reports and in words.
	Complaints   int `json:"complaints"`
	Unsubscribes int `json:"unsubscribes"`
	Replies      int `json:"replies"`
	// Delays, and automatic replies, change nothing.
	Delays      int `json:"delays"`
	AutoReplies int `json:"auto_replies"`
	Others      int `json:"others"`
	// Kept mails lie in the folder and wait for a person.
	Kept int `json:"kept"`
	// Last is when one came in last.
	Last time.Time `json:"last,omitzero"`
}

// All is how many mails came in.
func (c Counts) All() int {
	all := c.Complaints + c.Unsubscribes + c.Replies + c.Delays + c.AutoReplies + c.Others
	for _, n := range c.Bounces {
		all += n
	}
	return all
}

// Count reads the journal and the folder of kept mail. A mail that was taken in twice counts once.
func Count(journalDir, keptDir string) (Counts, error) {
	c := Counts{Bounces: map[journal.Class]int{}}
	seen := map[string]bool{}
	_, err := journal.Read(journalDir, Stream, func(e journal.Event, _ journal.Place) error {
		if seen[e.ID] {
			return nil
		}
		seen[e.ID] = true
		if e.At.After(c.Last) {
			c.Last = e.At
		}
		word, _, _ := strings.Cut(strings.TrimPrefix(e.Detail, "kept: "), ":")
		switch {
		case e.Kind == journal.Bounce:
			c.Bounces[journal.BounceClass(e.Enhanced)]++
		case e.Kind == journal.Complaint:
			c.Complaints++
		case e.Kind == journal.Unsubscribe:
			c.Unsubscribes++
		case e.Kind == journal.Reply:
			c.Replies++
		case word == "delayed":
			c.Delays++
		case word == "auto-reply":
			c.AutoReplies++
		default:
			c.Others++
		}
		return nil
	})
	if err != nil {
		return c, fmt.Errorf("count mail that came in: %w", err)
	}
	entries, err := os.ReadDir(keptDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, fmt.Errorf("count mail that is kept: %w", err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".eml") && !strings.HasPrefix(e.Name(), ".") {
			c.Kept++
		}
	}
	return c, nil
}
