package response

import (
	"errors"
	"mime"
	"net/http"
	"strings"

	"github.com/tokui/tokui/internal/journal"
)

// maxBody is the size of a request's body in bytes: a form of a few fields, in whatever form it comes.
const maxBody = 8 << 10

// unsubscribe takes the wish down.
func (e *Endpoint) unsubscribe(q request) {
	form, status := readForm(q.w, q.r)
	wish, ok := readWish(form)
	if status == http.StatusOK && !ok {
		status = http.StatusBadRequest
	}
	if status != http.StatusOK {
		e.Pages.write(q.w, q.r, status, askPage)
		return
	}
	e.leave(q, wish)
}

// leave records that somebody wants no more marketing.
func (e *Endpoint) leave(q request, wish wish) {
	event := journal.Event{
		Kind:       journal.Unsubscribe,
		At:         q.now,
		MessageKey: q.token.MessageKey,
		Channel:    "email",
		Scope:      journal.ScopeMarketing,
		Detail:     string(wish),
	}
	answer := donePage
	if wish == byPageAll {
		event.Channel = "" // every channel
		answer = doneAllPage
	}
	repeat := q.token.MessageKey + " " + event.Channel
	if !e.recent.has(repeat, q.now) {
		if e.record(q.r, "unsubscribe", event) != nil {
			e.failed(q)
			return
		}
		e.recent.add(repeat, q.now)
	}
	e.Pages.write(q.w, q.r, http.StatusOK, answer)
}

// wish is how somebody asked to be left alone; it stands as the event's detail.
type wish string

const (
	byOneClick    wish = "one-click"
	byPage        wish = "page"
	byPageAll     wish = "page, every channel"
	byPreferences wish = "preference page"
)

// readWish finds RFC 8058's word or the page's button. What is neither changes nothing.
func readWish(form answers) (wish, bool) {
	switch {
	case strings.EqualFold(form.first("List-Unsubscribe"), "One-Click"):
		return byOneClick, true
	case form.first("confirm") == "yes" && form.first("channels") == "all":
		return byPageAll, true
	case form.first("confirm") == "yes":
		return byPage, true
	}
	return "", false
}

// answers are the body of a POST.
type answers map[string][]string

func (f answers) first(name string) string {
	if values := f[name]; len(values) > 0 {
		return strings.TrimSpace(values[0])
	}
	return ""
}

// readForm reads the body of a POST, urlencoded or multipart (P1). Parameters of the URL don't count, as anybody may add
// them to a link.
func readForm(w http.ResponseWriter, r *http.Request) (answers, int) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, http.StatusUnsupportedMediaType
	}
	var read answers
	switch media {
	case "application/x-www-form-urlencoded":
		err = r.ParseForm()
		read = answers(r.PostForm)
	case "multipart/form-data":
		err = r.ParseMultipartForm(maxBody) // all of it in memory: there is never a file to take away
		if err == nil {
			read = r.MultipartForm.Value
		}
	default:
		return nil, http.StatusUnsupportedMediaType
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, http.StatusRequestEntityTooLarge
	case err != nil:
		return nil, http.StatusBadRequest
	}
	return read, http.StatusOK
}
