package jobs

import "github.com/tokui/tokui/internal/calendar"

// AlertKind is what somebody should look at.
type AlertKind string

// The kinds of alert.
const (
	AlertFailed AlertKind = "run failed"
	AlertGuard  AlertKind = "run stopped by a guard"
	AlertMissed AlertKind = "run missed"
	AlertConfig AlertKind = "configuration invalid"
	AlertLedger AlertKind = "run ledger not writable"
)

// Alert tells a person of something that a schedule cannot mend by itself.
type Alert struct {
	Kind AlertKind
	// Job, RunID, Slot and Step are empty where the alert is about none.
	Job   string
	RunID string
	Slot  calendar.Slot
	Step  string
	// Err has the whole story; it may quote data, so it is for people, not for logs that leave the machine.
	Err error
}
