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

// suppressions is the fold of every stream of the journal, brought up to date as it is asked. Events that name only a
// message are resolved through the plan of its edition.
type suppressions struct {
	dataDir string
	alert   func(text string) // of lines that cannot be read: one of them may be an unsubscribe

	mu       sync.Mutex
	fold     *journal.Suppressions
	follower *journal.Follower
	at       time.Time
	known    map[string]bool // unresolved message keys that no plan knows
}

func newSuppressions(dataDir, journalDir string, alert func(text string)) *suppressions {
	return &suppressions{
		dataDir:  dataDir,
		alert:    alert,
		fold:     journal.NewSuppressions(),
		follower: journal.NewFollower(journalDir, "", journal.SuppressionKind),
		known:    map[string]bool{},
	}
}

// reason says why a message may not leave now.
func (s *suppressions) reason(contactKey, addressKey, channel, purpose string) (string, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); s.at.IsZero() || now.Sub(s.at) >= refreshEvery {
		if err := s.refresh(); err != nil {
			return "", false, err
		}
		s.at = now
	}
	reason, ok := s.fold.Suppressed(contactKey, addressKey, channel, purpose)
	return reason, ok, nil
}

func (s *suppressions) refresh() error {
	report, err := s.follower.Next(func(e journal.Event, _ journal.Place) error {
		s.fold.Add(e)
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
	for _, key := range s.fold.Unresolved() {
		if !s.known[key] {
			fresh = append(fresh, key)
			s.known[key] = true
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	people, err := edition.People(s.dataDir, fresh)
	if err != nil {
		return fmt.Errorf("read suppressions: %w", err)
	}
	s.fold.Resolve(people)
	return nil
}
