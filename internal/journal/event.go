package journal

import "time"

// Version is written as v into every line.
const Version = 1

// Kind is what happened.
type Kind string

// The kinds of event. Delivery writes the second group, the public endpoints and imports the third.
const (
	RunStarted   Kind = "run.started"
	RunFinished  Kind = "run.finished"
	RunFailed    Kind = "run.failed"
	RunSkipped   Kind = "run.skipped"
	StepStarted  Kind = "step.started"
	StepFinished Kind = "step.finished"
	StepFailed   Kind = "step.failed"

	EditionFrozen   Kind = "edition.frozen"
	Attempt         Kind = "attempt"
	Accepted        Kind = "accepted"
	Deferred        Kind = "deferred"
	Failed          Kind = "failed"
	Withheld        Kind = "withheld"
	EditionFinished Kind = "edition.finished"

	Open        Kind = "open"
	Click       Kind = "click"
	Reply       Kind = "reply"
	Bounce      Kind = "bounce"
	Complaint   Kind = "complaint"
	Unsubscribe Kind = "unsubscribe"
	Suppress    Kind = "suppress"
	Unsuppress  Kind = "unsuppress"
	Consent     Kind = "consent"
	Purchase    Kind = "purchase"
)

// The scopes of a suppression.
const (
	ScopeMarketing = "marketing" // advertising by this channel
	ScopeAll       = "all"       // everything by this channel, service mail included
)

// Event is one line of the journal. It never holds an address: people are named by keyed hashes (edition.Keys).
type Event struct {
	// ID is unique. Append fills it in where it is empty; imports derive it from their content, so that importing twice
	// is harmless.
	ID   string    `json:"id"`
	Kind Kind      `json:"kind"`
	At   time.Time `json:"at"`

	Campaign   string `json:"campaign,omitempty"`
	Slot       string `json:"slot,omitempty"`
	MessageKey string `json:"message_key,omitempty"`
	ContactKey string `json:"contact_key,omitempty"`
	AddressKey string `json:"address_key,omitempty"`
	// Channel is email or postal; of a suppression, "" means every channel.
	Channel string `json:"channel,omitempty"`
	Scope   string `json:"scope,omitempty"`

	RunID string `json:"run_id,omitempty"`
	Job   string `json:"job,omitempty"`
	Step  string `json:"step,omitempty"`

	// Code and Enhanced are the SMTP reply code and the enhanced status code (RFC 3463); Detail is the reply or reason.
	Code     int    `json:"code,omitempty"`
	Enhanced string `json:"enhanced,omitempty"`
	Detail   string `json:"detail,omitempty"`
	// Amount is money as a decimal in text.
	Amount  string  `json:"amount,omitempty"`
	Rows    int64   `json:"rows,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
}
