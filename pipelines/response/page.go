package response

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tokui/tokui/internal/journal"
)

// pageHTML and pageCSS are embedded; nothing writes to them.
var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string
)

// Sender is whose mails the pages are about.
type Sender struct {
	// Company is its name, Contact where to ask; both are shown. Empty ones are left out.
	Company, Contact string
	// Locale is ja or en.
	Locale string
	// Topics are what people may leave out on the preference page.
	Topics []Topic
}

// Pages are the finished pages: none depends on the request.
type Pages struct {
	bodies   map[page][]byte
	policy   string  // Content-Security-Policy
	topics   []Topic // by name
	joinText string  // what people agree to on the form
	wording  string  // the hash of what people agree to on the confirmation page (JP2)
}

// page is one thing that a person can be told.
type page int

const (
	askPage         page = iota // do you want to unsubscribe?
	donePage                    // it is done, for e-mail
	doneAllPage                 // it is done, for every channel
	preferencesPage             // what do you want, and how often?
	preferredPage               // that is noted
	joinPage                    // give us your address
	joinedPage                  // look into your mailbox
	confirmPage                 // do you want our mail?
	confirmedPage               // you will get it
	usedPage                    // a confirmation works once
	expiredPage                 // a confirmation works for some days
	nothingPage                 // a link that is there for programs
	unknownPage                 // no such link
	busyPage                    // too many requests
	failedPage                  // not done, our fault
	pageCount
)

// content is what page.html shows.
type content struct {
	Lang, Company, Title string
	Text                 []string
	Action               string // the field that the form's button sets to yes, "" for no form
	Inputs               []input
	Choice, Button       string
	Groups               []group
	Leave, LeaveButton   string // the other form, that unsubscribes
	Contact              string
	Style                template.CSS
}

// input is a line to be filled in. One that is away is there for programs: no person sees it.
type input struct {
	Name, Label, Type, Complete string
	Needed, Away                bool
	Most                        int
}

// inputs are those of the form.
func inputs(email, name, away string) []input {
	return []input{
		{Name: "email", Label: email, Type: "email", Complete: "email", Needed: true, Most: 254},
		{Name: "name", Label: name, Type: "text", Complete: "name", Most: 100},
		{Name: "website", Label: away, Type: "text", Complete: "off", Away: true, Most: 100},
	}
}

// group is a question of the preference page with its answers.
type group struct {
	Title, Help string
	Name        string // of the field
	Many        bool   // several answers may be chosen
	Options     []option
}

type option struct {
	Value, Label string
	Chosen       bool
}

// NewPages makes the pages of a company.
func NewPages(s Sender) (*Pages, error) {
	t, err := template.New("page.html").Parse(pageHTML)
	if err != nil {
		return nil, fmt.Errorf("make pages: %w", err)
	}
	words := wordsEn
	if s.Locale == "ja" {
		words = wordsJa
	}
	s.Topics = slices.SortedFunc(slices.Values(s.Topics), func(a, b Topic) int { return strings.Compare(a.Name, b.Name) })
	style := "\n" + pageCSS
	hash := sha256.Sum256([]byte(style))
	p := &Pages{
		topics: s.Topics,
		bodies: map[page][]byte{},
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
			"'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
	}
	for one := range pageCount {
		c := words(one, s)
		c.Company = s.Company
		c.Style = template.CSS(style) //nolint:gosec // a constant of this package
		var body bytes.Buffer
		if err := t.Execute(&body, c); err != nil {
			return nil, fmt.Errorf("make pages: %w", err)
		}
		p.bodies[one] = body.Bytes()
		agreed := strings.Join(append(append([]string{c.Title}, c.Text...), c.Button), "\n")
		switch one {
		case confirmPage:
			p.wording = journal.WordingHash(agreed)
		case joinPage:
			p.joinText = agreed
		}
	}
	return p, nil
}

// write answers with a page.
func (p *Pages) write(w http.ResponseWriter, r *http.Request, status int, one page) {
	body := p.bodies[one]
	h := w.Header()
	securityHeaders(h)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Content-Security-Policy", p.policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the caller is gone: nobody is left to tell
	}
}
