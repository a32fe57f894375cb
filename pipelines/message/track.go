package message

import (
	"net/url"
	"slices"
	"strings"

	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/token"
)

// Tracking is what a marketing message lets the sender learn. Service and internal mail is never tracked.
type Tracking struct {
	// Opens puts a picture of one pixel into the HTML part.
	Opens bool
	// Clicks leads the links that are the same for everybody through BaseURL, and adds one that no person sees, for programs
	// to follow.
	Clicks bool
}

// The links that lead to no page of the web.
const (
	pixelLink = "tokui:open"
	trapLink  = "tokui:trap"
)

// startTracking decides once what is counted.
func (t *Template) startTracking() {
	s := &t.settings
	if s.Preview || s.Purpose != Marketing {
		s.Tracking = Tracking{}
	}
	if s.Track == nil && (s.Tracking.Clicks || s.Tracking.Opens) {
		s.Track = t.trackedURL
	}
}

// countsLinks says whether links are led through BaseURL.
func (t *Template) countsLinks() bool {
	return t.settings.Track != nil && !t.settings.Preview && (t.settings.Tracking.Clicks || !t.settings.Tracking.Opens)
}

// trackedURL is what Settings.Track is where nobody gives another: the click is signed together with where it leads, so that
// the redirect needs no table and leads nowhere else.
func (t *Template) trackedURL(b []byte, messageKey string, link Link) []byte {
	var (
		kind   = token.Click
		signed string
		err    error
	)
	switch link.URL {
	case pixelLink:
		kind = token.Open
		signed, err = t.keys.Sign(kind, messageKey)
	case trapLink:
		kind = token.Trap
		signed, err = t.keys.Sign(kind, messageKey)
	default:
		signed, err = t.keys.SignClick(messageKey, link.Number+1, link.URL)
	}
	if err != nil { // the key and the target were looked at when the template was compiled; the page itself is never wrong
		return append(b, link.URL...)
	}
	b = append(b, t.settings.BaseURL...)
	b = append(b, kind.Path()...)
	return append(b, signed...)
}

// follows says whether a target is a page of the web that a redirect can name, and none of ours: the way out is never
// tracked. A name and a password in it would be in every mail, and are left where they are.
func (t *Template) follows(target string) bool {
	base := t.settings.BaseURL
	if len(target) > token.MaxTarget || base != "" && (target == base || strings.HasPrefix(target, base+"/")) {
		return false
	}
	for i := 0; i < len(target); i++ {
		if target[i] <= ' ' || target[i] >= 0x7f || strings.IndexByte(`"<>\`, target[i]) >= 0 {
			return false
		}
	}
	u, err := url.Parse(target)
	return err == nil && u.Hostname() != "" && u.User == nil
}

// addTail puts the link that only programs follow, and the pixel, before the end of the page. The line stays one line.
func (t *Template) addTail(body *page, pages map[string]*page) {
	var tail string
	if t.settings.Tracking.Clicks {
		tail += trapTag(t.link(trapLink))
	}
	if t.settings.Tracking.Opens {
		tail += pixelTag(t.link(pixelLink))
	}
	if tail == "" {
		return
	}
	used := reader{parts: pages, seen: map[*page]bool{}}
	used.read(body)
	in, at := body, len(body.text)
	for _, p := range append([]*page{body}, sortedPages(pages)...) {
		if p != body && !used.seen[p] {
			continue
		}
		if end := strings.LastIndex(p.text, "</body>"); end >= 0 {
			in, at = p, end
			break
		}
	}
	in.edits = append(in.edits, edit{at, at, tail})
}

func trapTag(to string) string { return `<a href="` + to + `" aria-hidden="true" tabindex="-1"></a>` }

func pixelTag(from string) string {
	return `<img src="` + from + `" width="1" height="1" alt="" style="display:block;border:0;">`
}

// untracked is what the template packages wrote, as its author meant it: with the pages that links lead to, without the tail.
func (t *Template) untracked(part string) string {
	for _, l := range t.links {
		mark := linkMark(l.Number)
		switch l.URL {
		case trapLink:
			part = strings.ReplaceAll(part, trapTag(mark), "")
		case pixelLink:
			part = strings.ReplaceAll(part, pixelTag(mark), "")
		default:
			part = strings.ReplaceAll(part, mark, l.URL)
		}
	}
	return part
}

func sortedPages(pages map[string]*page) []*page {
	var all []*page
	for _, name := range sortedKeys(pages) {
		all = append(all, pages[name])
	}
	return all
}

// wantConfirmLink finds a confirmation mail that nobody could answer.
func (t *Template) wantConfirmLink(source sources, faults *position.Faults) {
	if t.settings.ConfirmWithin > 0 && !slices.ContainsFunc(t.uses, func(u use) bool { return u.name == "confirm_url" }) {
		faults.Add(position.Position{File: source.html.path}, `<a href="{{.confirm_url}}">`,
			"got no .confirm_url, want it: the campaign is a confirmation mail (confirms: true)")
	}
}
