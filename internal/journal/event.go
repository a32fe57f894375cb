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
	// Resend says that attempts which nobody answered count no more, since the message certainly did not arrive, or a person
	// wants it twice rather than never. Rows is how many of the message's attempts were unanswered, all in all, so that the
	// same word said twice is said once.
	Resend Kind = "resend"

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

	// Probe is a sign that programs look at a message: a HEAD of one of its links, or the link that no person sees.
	Probe Kind = "probe"

	// Withdrawal is a consent taken back as a system of the company says it; a person's own word is Unsubscribe.
	Withdrawal Kind = "withdrawal"
	// OptInRequested is somebody who asked for mail and has not shown yet that the address is theirs; OptInConfirmed is
	// the answer to the confirmation mail.
	OptInRequested Kind = "optin.requested"
	OptInConfirmed Kind = "optin.confirmed"
	// Preference is all of a person's wishes at once; a later one replaces it.
	Preference Kind = "preference"
	// Returned is a letter that came back as undeliverable.
	Returned Kind = "returned"
	// Notice is mail that came in and changes nothing: a delay, an automatic reply, or what a person has to read. Its detail
	// begins with the word for it.
	Notice Kind = "notice"
	// Forgotten is what is left of a person who was erased: keyed hashes only.
	Forgotten Kind = "forgotten"
)

// ForgottenCustomer is the detail of a forgotten event whose contact_key is the keyed hash of a customer's id: load keeps
// the person out of the customer master. It suppresses nobody: the person's contacts have events of their own.
const ForgottenCustomer = "customer"

// ChannelPostal is that of letters.
const ChannelPostal = "postal"

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

	// Basis, Method, Source and Wording are the evidence of Consent, Withdrawal, OptInRequested and OptInConfirmed (JP1,
	// JP2): on which ground (consent, notified, business, published), how the word was given (web form, paper …), where
	// (the page's URL without its query, or the version of screen or paper), and the hash of the text shown (WordingHash).
	Basis   string `json:"basis,omitempty"`
	Method  string `json:"method,omitempty"`
	Source  string `json:"source,omitempty"`
	Wording string `json:"wording,omitempty"`
	// Until ends a Preference's pause, and the time in which OptInRequested may be confirmed.
	Until time.Time `json:"until,omitzero"`
	// Refused are the topics that a Preference leaves out, sorted; EveryDays is its least number of days between two
	// marketing messages, 0 where they may come as they come.
	Refused   []string `json:"refused,omitempty"`
	EveryDays int      `json:"every_days,omitempty"`
	// Link, Agent and Network are the raw evidence of Open, Click and Probe: which link of the message it was, counted from
	// 1; the class of program that asked (response.AgentClass); a keyed hash of its network, another one each day.
	Link    int    `json:"link,omitempty"`
	Agent   string `json:"agent,omitempty"`
	Network string `json:"network,omitempty"`
	// Prev is the SHA-256 of the line before it in the consent ledger, which alone is chained.
	Prev string `json:"prev,omitempty"`
}
