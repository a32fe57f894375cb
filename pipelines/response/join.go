package response

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// JoinPath is where people ask for mail, below base_url.
const JoinPath = "/join"

const (
	// joinPatience and joinRefill are how many requests one caller may make at once, and how fast that fills up: a form can
	// be used to annoy others by confirmation mails.
	joinPatience = 5
	joinRefill   = 10 * time.Minute
	// joinAgain is how long a second request for the same address is answered and not taken down.
	joinAgain = 24 * time.Hour
)

// Form takes down who asks for mail. It needs the folder of requests and the company's keys, so tokui track has none.
type Form struct {
	Book *OptInBook
	// Source is the page's public URL, as evidence (JP2).
	Source string

	asked recent
	limit limiter
}

// NewForm makes the form of a book of requests.
func NewForm(book *OptInBook, source string) *Form {
	return &Form{Book: book, Source: source, asked: recent{keep: joinAgain}, limit: limiter{patience: joinPatience, refill: joinRefill}}
}

// join shows the form and takes it down. The answer is the same for an address that is known, that asked before, or that a
// program filled in: nobody learns who is a customer.
func (e *Endpoint) join(q request) {
	switch q.r.Method {
	case http.MethodGet, http.MethodHead:
		if !e.limit.allow(q.from, q.now) {
			e.busy(q)
			return
		}
		e.Pages.write(q.w, q.r, http.StatusOK, joinPage)
		return
	case http.MethodPost:
	case http.MethodOptions:
		q.w.Header().Set("Allow", "GET, HEAD, OPTIONS, POST")
		securityHeaders(q.w.Header())
		q.w.WriteHeader(http.StatusNoContent)
		return
	default:
		q.w.Header().Set("Allow", "GET, HEAD, OPTIONS, POST")
		e.Pages.write(q.w, q.r, http.StatusMethodNotAllowed, unknownPage)
		return
	}
	if !e.Form.limit.allow(q.from, q.now) {
		e.busy(q)
		return
	}
	form, status := readForm(q.w, q.r)
	email := form.first("email")
	if status == http.StatusOK && (form.first("ask") != "yes" || !plausible(email) || len(email) > 254) {
		status = http.StatusBadRequest
	}
	if status != http.StatusOK {
		e.Pages.write(q.w, q.r, status, joinPage)
		return
	}
	again := strings.ToLower(email)
	if form.first("website") == "" && !e.Form.asked.has(again, q.now) { // a field that no person sees
		err := e.Form.Book.Add(context.WithoutCancel(q.r.Context()), OptIn{
			Email: email, Name: form.first("name"), At: q.now,
			Method: "web form", Source: e.Form.Source, Wording: e.Pages.joinText,
		})
		if err != nil {
			e.log().Error("request for mail not recorded", "error", err)
			e.failed(q)
			return
		}
		e.Form.asked.add(again, q.now)
	}
	e.Pages.write(q.w, q.r, http.StatusOK, joinedPage)
}

// busy answers who asks too much.
func (e *Endpoint) busy(q request) {
	q.w.Header().Set("Retry-After", "60")
	e.Pages.write(q.w, q.r, http.StatusTooManyRequests, busyPage)
}
