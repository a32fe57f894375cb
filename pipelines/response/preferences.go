package response

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/tokui/tokui/internal/journal"
)

// Topic is something that campaigns can be about, and that people may leave out.
type Topic struct {
	// Name is config.yaml's, Label what people read.
	Name, Label string
}

// The choices of the preference page, in days; 0 is as they come, and no pause.
func paces() []int  { return []int{0, 7, 14, 30} }
func pauses() []int { return []int{0, 30, 90} }

// prefer takes down all that a person wishes. The page cannot show what was chosen before, since it knows nobody: it says
// that this replaces it.
func (e *Endpoint) prefer(q request) {
	form, status := readForm(q.w, q.r)
	if status == http.StatusOK && form.first("leave") == "yes" {
		e.leave(q, byPreferences)
		return
	}
	event, ok := e.preference(q, form)
	if status == http.StatusOK && !ok {
		status = http.StatusBadRequest
	}
	if status != http.StatusOK {
		e.Pages.write(q.w, q.r, status, preferencesPage)
		return
	}
	if e.record(q.r, "preference", event) != nil {
		e.failed(q)
		return
	}
	e.Pages.write(q.w, q.r, http.StatusOK, preferredPage)
}

// preference reads the form. A topic is refused where it was shown and not chosen, so that one which was added since the
// page was opened is not.
func (e *Endpoint) preference(q request, form answers) (journal.Event, bool) {
	event := journal.Event{
		Kind:       journal.Preference,
		At:         q.now,
		MessageKey: q.token.MessageKey,
		Channel:    "email",
		Detail:     "preference page",
	}
	if form.first("save") != "yes" {
		return event, false
	}
	every, err := strconv.Atoi(form.first("every"))
	if err != nil || !slices.Contains(paces(), every) {
		return event, false
	}
	event.EveryDays = every
	pause, err := strconv.Atoi(form.first("pause"))
	if err != nil || !slices.Contains(pauses(), pause) {
		return event, false
	}
	if pause > 0 {
		event.Until = q.now.AddDate(0, 0, pause)
	}
	for _, topic := range e.Pages.topics { // sorted
		if slices.Contains(form["shown"], topic.Name) && !slices.Contains(form["topic"], topic.Name) {
			event.Refused = append(event.Refused, topic.Name)
		}
	}
	return event, true
}
