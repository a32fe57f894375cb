package message

import (
	"html"
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
	// Clicks leads the links of the HTML part through BaseURL, and adds one that no person sees, for programs to follow.
	Clicks bool
}

// tracker makes the tracked links of an edition's messages. The zero tracker leaves everything as it is.
type tracker struct {
	Tracking
	keys token.Keys
	base string // without a slash at its end
}

func (t *Template) tracker() tracker {
	if t.settings.Purpose != Marketing || t.settings.Preview {
		return tracker{}
	}
	return tracker{Tracking: t.settings.Tracking, keys: t.keys, base: t.settings.BaseURL}
}

// link is where link number n (from 1) of a message leads instead of target: through BaseURL, which leads on to nowhere
// but the target, as both are signed. It is the target itself where that is none of the web, is one of our own pages (the
// way out is never tracked) or is too long. The target is as a browser would read it, without entities.
func (t tracker) link(messageKey string, n int, target string) string {
	if !t.Clicks || !t.follows(target) {
		return target
	}
	signed, err := t.keys.SignClick(messageKey, n, target)
	if err != nil { // too long: better not counted than cut off
		return target
	}
	return t.base + token.Click.Path() + signed
}

// follows says whether a target is a page of the web that a redirect can name, and not ours.
func (t tracker) follows(target string) bool {
	if !strings.HasPrefix(target, "https://") && !strings.HasPrefix(target, "http://") ||
		strings.HasPrefix(target, t.base+"/") || target == t.base {
		return false
	}
	for i := 0; i < len(target); i++ {
		if target[i] <= ' ' || target[i] >= 0x7f || target[i] == '"' || target[i] == '<' || target[i] == '>' || target[i] == '\\' {
			return false
		}
	}
	u, err := url.Parse(target)
	return err == nil && u.Hostname() != "" && u.User == nil
}

// tail is what goes to the end of the HTML part: the link that only programs follow, and the pixel.
func (t tracker) tail(messageKey string) string {
	var b strings.Builder
	if t.Clicks {
		if signed, err := t.keys.Sign(token.Trap, messageKey); err == nil {
			b.WriteString(`<a href="` + html.EscapeString(t.base+token.Trap.Path()+signed) + `" aria-hidden="true" tabindex="-1"></a>` + "\n")
		}
	}
	if t.Opens {
		if signed, err := t.keys.Sign(token.Open, messageKey); err == nil {
			b.WriteString(`<img src="` + html.EscapeString(t.base+token.Open.Path()+signed) + `" width="1" height="1" alt="" style="display:block;border:0;">` + "\n")
		}
	}
	return b.String()
}

// wantConfirmLink finds a confirmation mail that nobody could answer.
func (t *Template) wantConfirmLink(source sources, faults *position.Faults) {
	if t.settings.ConfirmWithin > 0 && !slices.ContainsFunc(t.uses, func(u use) bool { return u.name == "confirm_url" }) {
		faults.Add(position.Position{File: source.html.path}, `<a href="{{.confirm_url}}">`,
			"got no .confirm_url, want it: the campaign is a confirmation mail (confirms: true)")
	}
}

// apply is the whole of tracking over a finished HTML part: every href of an <a> in its order through link, and tail before
// the last </body>, or at the end. Whatever makes the part faster must come to the same bytes.
func (t tracker) apply(messageKey, part string) string {
	if !t.Clicks && !t.Opens {
		return part
	}
	var b strings.Builder
	b.Grow(len(part) + len(part)/4 + 512)
	rest := part
	if t.Clicks {
		for n := 1; ; {
			from, to, ok := nextLink(rest)
			if !ok {
				break
			}
			was := html.UnescapeString(rest[from:to])
			b.WriteString(rest[:from])
			if now := t.link(messageKey, n, was); now != was {
				b.WriteString(html.EscapeString(now))
				n++
			} else {
				b.WriteString(rest[from:to])
			}
			rest = rest[to:]
		}
	}
	at := len(rest)
	if end := strings.LastIndex(rest, "</body>"); end >= 0 {
		at = end
	}
	b.WriteString(rest[:at])
	b.WriteString(t.tail(messageKey))
	b.WriteString(rest[at:])
	return b.String()
}

// nextLink finds the value of the first href in quotes of an <a>, outside of comments.
func nextLink(s string) (from, to int, ok bool) {
	for at := 0; ; {
		open := strings.IndexByte(s[at:], '<')
		if open < 0 {
			return 0, 0, false
		}
		at += open
		switch {
		case strings.HasPrefix(s[at:], "<!--"):
			end := strings.Index(s[at:], "-->")
			if end < 0 {
				return 0, 0, false
			}
			at += end + len("-->")
		case len(s) > at+2 && (s[at+1] == 'a' || s[at+1] == 'A') && strings.IndexByte(" \t\r\n", s[at+2]) >= 0:
			if from, to, at, ok = hrefOf(s, at+2); ok {
				return from, to, true
			}
		default:
			at++
		}
	}
}

// hrefOf looks through the attributes of a tag from at on; end is behind them.
func hrefOf(s string, at int) (from, to, end int, ok bool) {
	for at < len(s) && s[at] != '>' {
		if strings.IndexByte(" \t\r\n/", s[at]) >= 0 {
			at++
			continue
		}
		name := at
		for at < len(s) && strings.IndexByte(" \t\r\n=>", s[at]) < 0 {
			at++
		}
		isHref := strings.EqualFold(s[name:at], "href")
		for at < len(s) && strings.IndexByte(" \t\r\n", s[at]) >= 0 {
			at++
		}
		if at == len(s) || s[at] != '=' {
			at = max(at, name+1)
			continue
		}
		at++
		for at < len(s) && strings.IndexByte(" \t\r\n", s[at]) >= 0 {
			at++
		}
		if at == len(s) {
			break
		}
		if quote := s[at]; quote == '"' || quote == '\'' {
			length := strings.IndexByte(s[at+1:], quote)
			if length < 0 {
				break
			}
			from, to = at+1, at+1+length
			if isHref {
				return from, to, to, true
			}
			at = to + 1
			continue
		}
		for at < len(s) && strings.IndexByte(" \t\r\n>", s[at]) < 0 {
			at++
		}
	}
	return 0, 0, min(at, len(s)), false
}
