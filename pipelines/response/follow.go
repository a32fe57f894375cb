package response

import (
	"net/http"
	"strconv"

	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/token"
)

// pixel is a transparent GIF of one pixel.
const pixel = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

// follow answers the links that are counted. What is recorded is evidence, and no verdict: ops.verdict judges, and may judge
// otherwise another day. It is on the disk before the answer; where it cannot be, the person is led on all the same.
func (e *Endpoint) follow(q request) {
	event := journal.Event{
		At:         q.now,
		MessageKey: q.token.MessageKey,
		Channel:    "email",
		Link:       q.token.Link,
		Agent:      AgentClass(q.r.UserAgent()),
		Network:    e.Callers.Network(q.from, q.now),
	}
	switch {
	case q.r.Method == http.MethodHead: // P1: no person asks so, and nothing was opened
		event.Kind, event.Detail = journal.Probe, "head"
	case q.token.Kind == token.Trap:
		event.Kind, event.Detail = journal.Probe, "trap"
	case q.token.Kind == token.Open:
		event.Kind = journal.Open
	default:
		event.Kind = journal.Click
	}
	repeat := string(event.Kind) + event.Agent + event.Network + q.text
	if !q.over && !e.recent.has(repeat, q.now) && e.record(q.r, string(event.Kind), event) == nil {
		e.recent.add(repeat, q.now)
	}
	h := q.w.Header()
	switch q.token.Kind {
	case token.Open:
		securityHeaders(h)
		h.Set("Content-Type", "image/gif")
		h.Set("Content-Length", strconv.Itoa(len(pixel)))
		q.w.WriteHeader(http.StatusOK)
		if q.r.Method != http.MethodHead {
			_, _ = q.w.Write([]byte(pixel)) // the caller is gone: nobody is left to tell
		}
	case token.Click:
		securityHeaders(h)
		h.Set("Location", q.token.Target)
		h.Set("Content-Length", "0")
		q.w.WriteHeader(http.StatusFound)
	default:
		e.Pages.write(q.w, q.r, http.StatusOK, nothingPage)
	}
}

// securityHeaders are those of every answer: kept by nobody, framed by nobody, indexed by nobody, and following a link from
// it does not give the token away.
func securityHeaders(h http.Header) {
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cache-Control", "no-store")
}
