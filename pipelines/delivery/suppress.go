package delivery

import (
	"fmt"
	"sync"
	"time"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// refreshEvery is how old what is known of suppressions may be when a message leaves.
const refreshEvery = time.Second

// suppressions is the fold, of suppressions and of wishes, of every stream of the journal, brought up to date as it is asked. Events that name only a
// message are resolved through the plan of its edition.
type suppressions struct {
	dataDir string
	alert   func(text string) // of lines that cannot be read: one of them may be an unsubscribe

	mu       sync.Mutex
	fold     *journal.Suppressions
	wishes   *journal.Preferences
	follower *journal.Follower
	at       time.Time
	known    map[string]bool // unresolved message keys that no plan knows
}

func newSuppressions(dataDir, journalDir string, alert func(text string)) *suppressions {
	return &suppressions{
		dataDir: dataDir,
		alert:   alert,
		fold:    journal.NewSuppressions(),
		wishes:  journal.NewPreferences(),
		follower: journal.NewFollower(journalDir, "", func(k journal.Kind) bool {
			return journal.SuppressionKind(k) || k == journal.Preference
		}),
		known: map[string]bool{},
	}
}

// reason says why a message of an edition may not leave now.
func (s *suppressions) reason(contactKey, addressKey string, m edition.Manifest) (string, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); s.at.IsZero() || now.Sub(s.at) >= refreshEvery {
		if err := s.refresh(); err != nil {
			return "", false, err
		}
		s.at = now
	}
	reason, ok := s.fold.Suppressed(contactKey, addressKey, m.Channel, m.Purpose)
	if !ok && m.Purpose == journal.PurposeMarketing {
		reason, ok = s.wishes.Withheld(contactKey, addressKey, m.Channel, m.Topic, m.SlotAt)
	}
	return reason, ok, nil
}

func (s *suppressions) refresh() error {
	report, err := s.follower.Next(func(e journal.Event, _ journal.Place) error {
		s.fold.Add(e)
		s.wishes.Add(e)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read suppressions: %w", err)
	}
	for _, damage := range report.Damaged {
		if !damage.Torn {
			s.alert(fmt.Sprintf("a journal line cannot be read and may be somebody's unsubscribe: %s", damage))
		}
	}
	var fresh []string
	for _, key := range append(s.fold.Unresolved(), s.wishes.Unresolved()...) {
		if !s.known[key] {
			fresh = append(fresh, key)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	people, err := edition.People(s.dataDir, fresh)
	if err != nil {
		return fmt.Errorf("read suppressions: %w", err)
	}
	for _, key := range fresh { // one that a plan knows may be answered again: first one way, then another
		if _, ok := people[key]; !ok {
			s.known[key] = true
		}
	}
	s.fold.Resolve(people)
	s.wishes.Resolve(people)
	return nil
}
