package response

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/token"
)

// Stream is the journal stream that the public endpoints append to.
const Stream = "responses"

// maxBody is the size of a request's body in bytes: a form of two fields, in whatever form it comes.
const maxBody = 8 << 10

// Endpoint is the public side of the mails: an http.Handler for the links in them. The fields are set once, before use;
// it may then be used concurrently.
type Endpoint struct {
	Keys token.Keys
	// Append makes events durable: a journal writer's, for Stream.
	Append func(ctx context.Context, events ...journal.Event) error
	// Pages are what people see.
	Pages *Pages
	// Now is the clock of the events.
	Now func() time.Time
	// Log gets what went wrong on our side; never a token, an address or who asked. nil: nowhere.
	Log *slog.Logger

	recent recent
}

// ServeHTTP answers /u/TOKEN, below whatever path a proxy leaves in front of it, and 404 for everything else.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if value := recover(); value != nil {
			e.log().Error("public endpoint: panic", "value", fmt.Sprint(value), "stack", string(debug.Stack()))
			e.Pages.write(w, r, http.StatusInternalServerError, failedPage)
		}
	}()
	messageKey, ok := e.message(r.URL.Path)
	if !ok {
		e.Pages.write(w, r, http.StatusNotFound, unknownPage)
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		e.Pages.write(w, r, http.StatusOK, askPage)
	case http.MethodPost:
		e.unsubscribe(w, r, messageKey)
	case http.MethodOptions:
		w.Header().Set("Allow", allowed)
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Allow", allowed)
		e.Pages.write(w, r, http.StatusMethodNotAllowed, unknownPage)
	}
}

const allowed = "GET, HEAD, OPTIONS, POST"

// message is the key of the message whose unsubscribe link has this path.
func (e *Endpoint) message(path string) (string, bool) {
	at := strings.LastIndex(path, token.Unsubscribe.Path())
	if at < 0 {
		return "", false
	}
	kind, key, err := e.Keys.Verify(path[at+len(token.Unsubscribe.Path()):])
	return key, err == nil && kind == token.Unsubscribe
}

// unsubscribe takes the wish down.
func (e *Endpoint) unsubscribe(w http.ResponseWriter, r *http.Request, messageKey string) {
	wish, status := readWish(w, r)
	if status != http.StatusOK {
		e.Pages.write(w, r, status, askPage)
		return
	}
	event := journal.Event{
		Kind:       journal.Unsubscribe,
		At:         e.Now(),
		MessageKey: messageKey,
		Channel:    "email",
		Scope:      journal.ScopeMarketing,
		Detail:     string(wish),
	}
	answer := donePage
	if wish == byPageAll {
		event.Channel = "" // every channel
		answer = doneAllPage
	}
	repeat := messageKey + " " + event.Channel
	if e.recent.has(repeat, event.At) {
		e.Pages.write(w, r, http.StatusOK, answer)
		return
	}
	// Who has sent the wish need not stay for the answer.
	if err := e.Append(context.WithoutCancel(r.Context()), event); err != nil {
		e.log().Error("unsubscribe not recorded", "error", err)
		w.Header().Set("Retry-After", "300")
		e.Pages.write(w, r, http.StatusServiceUnavailable, failedPage)
		return
	}
	e.recent.add(repeat, event.At)
	e.Pages.write(w, r, http.StatusOK, answer)
}

// wish is how somebody asked to be left alone; it stands as the event's detail.
type wish string

const (
	byOneClick wish = "one-click"
	byPage     wish = "page"
	byPageAll  wish = "page, every channel"
)

// readWish reads the body of a POST. What is neither RFC 8058's word nor the page's button is 400: the page is shown
// again and nothing changes. Parameters of the URL don't count, as anybody may add them to a link.
func readWish(w http.ResponseWriter, r *http.Request) (wish, int) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return "", http.StatusUnsupportedMediaType
	}
	var form map[string][]string
	switch media {
	case "application/x-www-form-urlencoded":
		err = r.ParseForm()
		form = r.PostForm
	case "multipart/form-data":
		err = r.ParseMultipartForm(maxBody) // all of it in memory: there is never a file to take away
		if err == nil {
			form = r.MultipartForm.Value
		}
	default:
		return "", http.StatusUnsupportedMediaType
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return "", http.StatusRequestEntityTooLarge
	case err != nil:
		return "", http.StatusBadRequest
	case strings.EqualFold(first(form, "List-Unsubscribe"), "One-Click"):
		return byOneClick, http.StatusOK
	case first(form, "confirm") == "yes" && first(form, "channels") == "all":
		return byPageAll, http.StatusOK
	case first(form, "confirm") == "yes":
		return byPage, http.StatusOK
	}
	return "", http.StatusBadRequest
}

func first(form map[string][]string, name string) string {
	if values := form[name]; len(values) > 0 {
		return strings.TrimSpace(values[0])
	}
	return ""
}

func (e *Endpoint) log() *slog.Logger {
	if e.Log != nil {
		return e.Log
	}
	return slog.New(slog.DiscardHandler)
}
