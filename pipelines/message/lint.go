package message

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template/parse"
	"unicode"

	"golang.org/x/net/html"

	"github.com/tokui/tokui/internal/position"
)

// The rules of the inbox beside those of law (JP4, US1) and protocol (P1), by the ids of docs/rules.md.
const (
	ruleSize     = "IN1" // the page is under 100 KB: Gmail cuts off what is behind 102
	ruleLanguage = "IN2" // the page says what language it is in
	ruleAlt      = "IN3" // every picture has a text
	ruleContrast = "IN4" // text can be read: WCAG 2.1, 1.4.3, by day and by night; none is tiny (JP4)
	ruleDark     = "IN5" // the page says that it can be shown dark
	ruleAgree    = "IN6" // both parts say the same and lead to the same pages
	ruleFields   = "IN7" // nothing of a mail merge is left over
	ruleSubject  = "IN8" // the subject's own words are not all capitals
	ruleLinks    = "IN9" // links are https, of whole addresses
)

// largestPage is the most bytes that a page may have.
const largestPage = 100_000

// agreement is the least share of a part's words that the other part has.
const agreement = 0.6

// Lint reports what of the rules of the inbox a template breaks, looking at two samples: one where every field has a value,
// one where none has. They are what a person would want to know before sending; Render refuses what must never leave.
func (t *Template) Lint() position.Faults {
	var faults position.Faults
	told := map[string]bool{}
	add := func(file, rule, try, format string, args ...any) {
		text := rule + ": " + fmt.Sprintf(format, args...)
		if !told[file+text] {
			told[file+text] = true
			faults.Add(position.Position{File: file}, try, "%s", text)
		}
	}
	t.lintSubjects(add)
	for _, s := range t.samples {
		s.html, s.text = t.untracked(s.html), t.untracked(s.text)
		doc, err := html.Parse(strings.NewReader(s.html))
		if err != nil { // it reads anything
			continue
		}
		page := inspect(doc)
		page.links = slices.DeleteFunc(page.links, func(link string) bool { return link == trapLink })
		t.lintPage(page, s, add)
		t.lintAgreement(page, s, add)
	}
	return faults
}

type complain func(file, rule, try, format string, args ...any)

// lintSubjects looks at the words of the templates' own: a customer's name may be in capitals.
func (t *Template) lintSubjects(add complain) {
	subjects := map[string]*parse.Tree{t.subject.Name(): t.subject.Tree}
	for _, subject := range t.subjects {
		subjects[subject.Name()] = subject.Tree
	}
	for _, name := range sortedKeys(subjects) {
		if words := ownWords(subjects[name].Root); shouts(words) {
			add(name, ruleSubject, "write small letters, or in Japanese full-width ones: ＯＦＦ",
				"the subject's ASCII letters are all capitals (%s), which filters take for spam", strings.TrimSpace(words))
		}
	}
}

// ownWords are the texts of a tree, without what fields bring.
func ownWords(n parse.Node) string {
	switch n := n.(type) {
	case *parse.TextNode:
		return string(n.Text)
	case *parse.ListNode:
		if n == nil {
			return ""
		}
		var b strings.Builder
		for _, child := range n.Nodes {
			b.WriteString(ownWords(child))
		}
		return b.String()
	case *parse.IfNode:
		return ownWords(n.List) + ownWords(n.ElseList)
	case *parse.WithNode:
		return ownWords(n.List) + ownWords(n.ElseList)
	case *parse.RangeNode:
		return ownWords(n.List) + ownWords(n.ElseList)
	}
	return ""
}

// shouts reports whether a text has ASCII capitals, at least two, and no small letters.
func shouts(s string) bool {
	capitals := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] >= 'a' && s[i] <= 'z':
			return false
		case s[i] >= 'A' && s[i] <= 'Z':
			capitals++
		}
	}
	return capitals >= 2
}

var leftover = regexp.MustCompile(`\*\|[A-Za-z_:]+\|\*|%%[A-Za-z_]+%%|\[\[[A-Za-z_. ]+\]\]|\{\{|\}\}|\{ \{|\$\{[A-Za-z_.]+\}`)

func (t *Template) lintPage(page inspected, s sample, add complain) {
	file := t.htmlPath
	if n := len(s.html); n > largestPage {
		add(file, ruleSize, "shorten it, or lead to a page", "the page has %d bytes, want at most %d: mail programs cut it off", n, largestPage)
	}
	if want := t.settings.Locale; page.language != want && !strings.HasPrefix(page.language, want+"-") {
		add(file, ruleLanguage, fmt.Sprintf(`<html lang="%s">`, want), "got the language %q of the page, want %q: it is read aloud in it", page.language, want)
	}
	for _, picture := range page.silent {
		add(file, ruleAlt, `alt="what it shows", or alt="" where it only decorates`, "the picture %s has no alt text, and most readers see no pictures at first", picture)
	}
	if !page.dark {
		add(file, ruleDark, `<meta name="color-scheme" content="light dark"> in the head, or content="light"`,
			"the page does not say which colour schemes it is made for, so mail programs invert its colours by guess")
	}
	for _, bad := range page.pale {
		add(file, ruleContrast, "", "%s", bad)
	}
	for _, link := range page.links {
		if strings.HasPrefix(link, "mailto:") || strings.HasPrefix(link, "tel:") || strings.HasPrefix(link, "https://") {
			continue
		}
		add(file, ruleLinks, "https://…", "got a link to %q, want a whole address that begins with https", link)
	}
	for path, text := range map[string]string{file: page.text, t.textPath: s.text} {
		if found := leftover.FindString(text); found != "" {
			add(path, ruleFields, "{{.FIELD}}", "%q looks like a field that nothing will fill", found)
		}
	}
}

// lintAgreement compares the parts as filters do: the same words, the same links.
func (t *Template) lintAgreement(page inspected, s sample, add complain) {
	var inText []string
	for _, link := range webAddress.FindAllString(s.text, -1) {
		inText = append(inText, link)
		if !slices.Contains(page.links, link) && !strings.Contains(page.text, link) {
			add(t.textPath, ruleAgree, "", "%s stands in the text, but not in the page", link)
		}
	}
	for _, link := range page.links {
		if isWeb(link) && !slices.Contains(inText, link) {
			add(t.textPath, ruleAgree, "", "%s stands in the page, but not in the text", link)
		}
	}
	text, shown := words(webAddress.ReplaceAllString(s.text, " ")), words(webAddress.ReplaceAllString(page.text, " "))
	for _, part := range []struct {
		file, what, other string
		share             float64
	}{
		{t.textPath, "text", "page", covered(text, shown)}, {t.htmlPath, "page", "text", covered(shown, text)},
	} {
		if part.share < agreement {
			add(part.file, ruleAgree, "say the same in both, in as many words", "only %.0f%% of the words of the %s are in the %s, want at least %.0f%%",
				100*part.share, part.what, part.other, 100*agreement)
		}
	}
}

// words are a text's words, of writing without spaces its pairs of characters.
func words(s string) map[string]bool {
	all := map[string]bool{}
	for _, field := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		runes := []rune(field)
		if len(runes) == len(field) {
			all[field] = true
			continue
		}
		for i := 0; i+1 < len(runes); i++ {
			all[string(runes[i:i+2])] = true
		}
	}
	return all
}

func covered(some, by map[string]bool) float64 {
	if len(some) == 0 {
		return 1
	}
	n := 0
	for word := range some {
		if by[word] {
			n++
		}
	}
	return float64(n) / float64(len(some))
}
