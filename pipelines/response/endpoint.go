package response

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/token"
)

// Stream is the journal stream that the public endpoints append to, but for confirmations (OptInStream).
const Stream = "responses"

// Endpoint is the public side of the mails: an http.Handler for the links in them. The fields are set once, before use;
// it may then be used concurrently.
type Endpoint struct {
	Keys token.Keys
	// Append makes events durable: a Recorder's, for Stream.
	Append func(ctx context.Context, events ...journal.Event) error
	// Confirmations are the answers to confirmation mails. nil: there are none to be had, and their links don't work.
	Confirmations *Confirmations
	// Form is where people ask for mail. nil: there is none.
	Form *Form
	// Callers tells who asks.
	Callers Callers
	// Pages are what people see.
	Pages *Pages
	// Now is the clock of the events.
	Now func() time.Time
	// Log gets what went wrong on our side; never a token, an address or who asked. nil: nowhere.
	Log *slog.Logger

	recent recent // what is on the disk
	seen   recent // links that were asked for
	limit  limiter
}

// request is one that has a token of ours.
type request struct {
	w     http.ResponseWriter
	r     *http.Request
	token token.Token
	text  string // of the token
	from  netip.Addr
	now   time.Time
	// over says that the caller asks too much: nothing is recorded.
	over bool
}

// ServeHTTP answers /KIND/TOKEN, below whatever path a proxy leaves in front of it, and 404 for everything else.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if value := recover(); value != nil {
			e.log().Error("public endpoint: panic", "value", fmt.Sprint(value), "stack", string(debug.Stack()))
			e.Pages.write(w, r, http.StatusInternalServerError, failedPage)
		}
	}()
	q := request{w: w, r: r, from: e.Callers.Address(r), now: e.Now()}
	if e.Form != nil && strings.HasSuffix(r.URL.Path, JoinPath) {
		e.join(q)
		return
	}
	var ok bool
	q.token, q.text, ok = e.read(r.URL.Path)
	// The first request for a link of ours is free: see limiter.
	if !ok || e.seen.has(q.text, q.now) {
		q.over = !e.limit.allow(q.from, q.now)
	}
	if q.over && (!ok || q.token.Kind != token.Click && q.token.Kind != token.Open) {
		e.busy(q)
		return
	}
	if !ok {
		e.Pages.write(w, r, http.StatusNotFound, unknownPage)
		return
	}
	e.seen.add(q.text, q.now)
	if r.Method == http.MethodOptions {
		w.Header().Set("Allow", allowed(q.token.Kind))
		securityHeaders(w.Header())
		w.WriteHeader(http.StatusNoContent)
		return
	}
	e.answer(q)
}

// answer goes by what the link does.
func (e *Endpoint) answer(q request) {
	isGet := q.r.Method == http.MethodGet || q.r.Method == http.MethodHead
	isPost := q.r.Method == http.MethodPost
	switch q.token.Kind {
	case token.Open, token.Click, token.Trap:
		if isGet {
			e.follow(q)
			return
		}
	case token.Unsubscribe:
		switch {
		case isGet:
			e.Pages.write(q.w, q.r, http.StatusOK, askPage)
			return
		case isPost:
			e.unsubscribe(q)
			return
		}
	case token.Preferences:
		switch {
		case isGet:
			e.Pages.write(q.w, q.r, http.StatusOK, preferencesPage)
			return
		case isPost:
			e.prefer(q)
			return
		}
	case token.OptIn:
		switch {
		case e.Confirmations == nil:
			e.Pages.write(q.w, q.r, http.StatusNotFound, unknownPage)
			return
		case isGet, isPost:
			e.confirm(q)
			return
		}
	}
	q.w.Header().Set("Allow", allowed(q.token.Kind))
	e.Pages.write(q.w, q.r, http.StatusMethodNotAllowed, unknownPage)
}

// allowed are the methods that a kind of link answers. None but POST changes what anybody receives (P1).
func allowed(kind token.Kind) string {
	switch kind {
	case token.Unsubscribe, token.Preferences, token.OptIn:
		return "GET, HEAD, OPTIONS, POST"
	default:
		return "GET, HEAD, OPTIONS"
	}
}

// read is what a path's last part says, if it is a token of the kind that stands before it.
func (e *Endpoint) read(path string) (token.Token, string, bool) {
	at := strings.LastIndexByte(path, '/')
	if at < 2 {
		return token.Token{}, "", false
	}
	t, err := e.Keys.Read(path[at+1:])
	if err != nil || !strings.HasSuffix(path[:at+1], t.Kind.Path()) {
		return token.Token{}, "", false
	}
	return t, path[at+1:], true
}

// record makes events durable; the caller need not stay for it.
func (e *Endpoint) record(r *http.Request, what string, events ...journal.Event) error {
	err := e.Append(context.WithoutCancel(r.Context()), events...)
	if err != nil {
		e.log().Error(what+" not recorded", "error", err)
	}
	return err
}

// failed answers somebody whose wish could not be taken down, so that their program tries again.
func (e *Endpoint) failed(q request) {
	q.w.Header().Set("Retry-After", "300")
	e.Pages.write(q.w, q.r, http.StatusServiceUnavailable, failedPage)
}

func (e *Endpoint) log() *slog.Logger {
	if e.Log != nil {
		return e.Log
	}
	return slog.New(slog.DiscardHandler)
}
