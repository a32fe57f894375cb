package response

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
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
}

// Pages are the finished pages: none depends on the request.
type Pages struct {
	bodies map[page][]byte
	policy string // Content-Security-Policy
}

// page is one thing that a person can be told.
type page int

const (
	askPage     page = iota // do you want to?
	donePage                // it is done, for e-mail
	doneAllPage             // it is done, for every channel
	unknownPage             // no such link
	failedPage              // not done, our fault
)

// content is what page.html shows.
type content struct {
	Lang, Company, Title string
	Text                 []string
	Choice, Button       string // of the form, "" for none
	Contact              string
	Style                template.CSS
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
	style := "\n" + pageCSS
	hash := sha256.Sum256([]byte(style))
	p := &Pages{
		bodies: map[page][]byte{},
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
			"'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
	}
	for _, one := range []page{askPage, donePage, doneAllPage, unknownPage, failedPage} {
		c := words(one, s)
		c.Company = s.Company
		c.Style = template.CSS(style) //nolint:gosec // a constant of this package
		var body bytes.Buffer
		if err := t.Execute(&body, c); err != nil {
			return nil, fmt.Errorf("make pages: %w", err)
		}
		p.bodies[one] = body.Bytes()
	}
	return p, nil
}

// write answers with a page. It may be kept by nobody, framed by nobody and indexed by nobody, and following a link from
// it does not give the token away.
func (p *Pages) write(w http.ResponseWriter, r *http.Request, status int, one page) {
	body := p.bodies[one]
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Content-Security-Policy", p.policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the caller is gone: nobody is left to tell
	}
}

func wordsEn(one page, s Sender) content {
	c := content{Lang: "en"}
	who := "us"
	if s.Company != "" {
		who = s.Company
	}
	if s.Contact != "" {
		c.Contact = "Questions: " + s.Contact
	}
	switch one {
	case askPage:
		c.Title = "Unsubscribe"
		c.Text = []string{"Do you want to stop receiving newsletters and offers from " + who + " by e-mail?"}
		c.Choice = "Send me no advertising by post either"
		c.Button = "Unsubscribe"
	case donePage, doneAllPage:
		c.Title = "You are unsubscribed"
		how := "by e-mail"
		if one == doneAllPage {
			how = "by e-mail or by post"
		}
		c.Text = []string{
			"We will send you no more newsletters and offers " + how + ". A message that was on its way already may still arrive.",
			"Messages about your orders and enquiries are not affected.",
		}
	case unknownPage:
		c.Title = "This link does not work"
		c.Text = []string{"It may have been cut off. Please open the link in the e-mail once more, or write to us and we will do it for you."}
	case failedPage:
		c.Title = "That did not work"
		c.Text = []string{"Your request could not be recorded, and it is our fault. Please try again in a few minutes."}
	}
	return c
}

func wordsJa(one page, s Sender) content {
	c := content{Lang: "ja"}
	who := "当社"
	if s.Company != "" {
		who = s.Company
	}
	if s.Contact != "" {
		c.Contact = "お問い合わせ：" + s.Contact
	}
	switch one {
	case askPage:
		c.Title = "メール配信の停止"
		c.Text = []string{who + "からのご案内メールの配信を停止します。よろしければ、下のボタンを押してください。"}
		c.Choice = "郵送でのご案内も希望しません"
		c.Button = "配信を停止する"
	case donePage, doneAllPage:
		c.Title = "配信を停止しました"
		how := "メールで"
		if one == doneAllPage {
			how = "メールでも郵送でも"
		}
		c.Text = []string{
			"今後、" + how + "ご案内をお送りすることはありません。行き違いで届いた場合は、ご容赦ください。",
			"ご注文やお問い合わせについてのご連絡は、これまでどおりお送りします。",
		}
	case unknownPage:
		c.Title = "このリンクはお使いいただけません"
		c.Text = []string{"リンクが途中で切れている可能性があります。メールのリンクをもう一度お試しいただくか、当社までご連絡ください。"}
	case failedPage:
		c.Title = "お手続きを完了できませんでした"
		c.Text = []string{"当社側の不具合により、受け付けできませんでした。おそれいりますが、数分後にもう一度お試しください。"}
	}
	return c
}
