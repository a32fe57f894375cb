package response

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"github.com/tokui/tokui/internal/journal"
)

// OptInStream is the journal stream of answers to confirmation mails. It stands apart so that whoever answers can read
// back which have been answered: each counts once.
const OptInStream = "optin"

// Confirmations takes the answers to confirmation mails down, each once. A link that is followed again after its answer
// is refused: by then the person may have unsubscribed, and an old mail, or whoever finds it, must not undo that.
type Confirmations struct {
	append func(ctx context.Context, events ...journal.Event) error

	mu   sync.Mutex
	used map[string]bool // by message key
}

// ReadConfirmations finds in a journal which mails have been answered. append makes events durable there: a Recorder's,
// for OptInStream.
func ReadConfirmations(dir string, append func(ctx context.Context, events ...journal.Event) error) (*Confirmations, error) {
	c := &Confirmations{append: append, used: map[string]bool{}}
	_, err := journal.Read(dir, OptInStream, func(event journal.Event, _ journal.Place) error {
		if event.Kind == journal.OptInConfirmed {
			c.used[event.MessageKey] = true
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read confirmations: %w", err)
	}
	return c, nil
}

// answered says whether a mail's answer is on the disk, or on its way there.
func (c *Confirmations) answered(messageKey string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.used[messageKey]
}

// take claims a mail's answer; false where somebody was first.
func (c *Confirmations) take(messageKey string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.used[messageKey] {
		return false
	}
	c.used[messageKey] = true
	return true
}

// giveBack takes back a claim whose answer could not be written.
func (c *Confirmations) giveBack(messageKey string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.used, messageKey)
}

// confirm answers the link of a confirmation mail: the page has a button, and a GET confirms nothing (P1).
func (e *Endpoint) confirm(q request) {
	key := q.token.MessageKey
	switch {
	case !q.now.Before(q.token.Expires):
		e.Pages.write(q.w, q.r, http.StatusGone, expiredPage)
		return
	case e.Confirmations.answered(key):
		e.Pages.write(q.w, q.r, http.StatusGone, usedPage)
		return
	case q.r.Method != http.MethodPost:
		e.Pages.write(q.w, q.r, http.StatusOK, confirmPage)
		return
	}
	form, status := readForm(q.w, q.r)
	if status == http.StatusOK && form.first("confirm") != "yes" {
		status = http.StatusBadRequest
	}
	if status != http.StatusOK {
		e.Pages.write(q.w, q.r, status, confirmPage)
		return
	}
	if !e.Confirmations.take(key) {
		e.Pages.write(q.w, q.r, http.StatusGone, usedPage)
		return
	}
	// Who had unsubscribed and asks again gets mail again: with the consent goes the end of the suppression.
	err := e.Confirmations.append(context.WithoutCancel(q.r.Context()), journal.Event{
		Kind: journal.OptInConfirmed, At: q.now, MessageKey: key, Channel: "email",
		Basis: journal.BasisConsent, Method: "confirmation page", Wording: e.Pages.wording,
	}, journal.Event{
		Kind: journal.Unsuppress, At: q.now, MessageKey: key, Channel: "email", Scope: journal.ScopeMarketing, Detail: "opt-in confirmed",
	})
	if err != nil {
		e.Confirmations.giveBack(key)
		e.log().Error("confirmation not recorded", "error", err)
		e.failed(q)
		return
	}
	e.Pages.write(q.w, q.r, http.StatusOK, confirmedPage)
}
