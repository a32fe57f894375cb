package message

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	goldmarktext "github.com/yuin/goldmark/text"
)

// markdownFile is the body of a template for those who write no HTML: both parts are made of it.
const markdownFile = "body"

// Actions travel through Markdown as words that it does not touch. One that controls what follows, alone on its line,
// parts the text into blocks.
var (
	actionWord = regexp.MustCompile(`tqa([0-9]+)z`)
	control    = regexp.MustCompile(`^\s*(?:\{\{-?\s*(?:if|range|with|else|end|template|define|block|/\*)(?:[^{}]|\{[^{])*\}\}\s*)+$`)
)

// fromMarkdown makes the page and the text of a body in Markdown, between the shared header and footer.
func fromMarkdown(source string) (page, plainText string, err error) {
	preheader, source := cutPreheader(source)
	page = preheader + "{{template \"header\" .}}"
	for _, block := range blocks(source) {
		if block.control {
			page += block.text
			plainText += strings.TrimRight(block.text, "\n")
			continue
		}
		h, t, err := renderMarkdown(block.text)
		if err != nil {
			return "", "", err
		}
		page += h
		plainText += t
	}
	page = repeatedList.ReplaceAllString(page, "{{if $1}}<$2>\n{{range $1}}$3{{end}}</$2>\n{{end}}")
	plainText = repeatedItem.ReplaceAllString(plainText, "$1$2\n{{end}}\n")
	return page + "{{template \"footer\" .}}", strings.TrimRight(plainText, "\n") + "\n\n{{template \"footer\" .}}", nil
}

// A list that is all there is between {{range}} and {{end}} is one list with many items, not many with one.
var (
	repeatedList = regexp.MustCompile(`(?s)\{\{-?\s*range\s+([^{}:]*?)\s*-?\}\}\s*<(ul|ol)>\n((?:<li>[^\n]*</li>\n)+)</(?:ul|ol)>\s*\{\{-?\s*end\s*-?\}\}`)
	repeatedItem = regexp.MustCompile(`(\{\{-?\s*range\s+[^{}]*\}\})\n*((?:  (?:\*|\d+\.) [^\n]*\n?)*  (?:\*|\d+\.) [^\n]*)\n+\{\{-?\s*end\s*-?\}\}`)
)

var preheaderPart = regexp.MustCompile(`(?s)^\s*\{\{-?\s*define\s+"preheader"\s*-?\}\}.*?\{\{-?\s*end\s*-?\}\}`)

// cutPreheader takes a definition of the page's preheader off the beginning.
func cutPreheader(source string) (preheader, rest string) {
	preheader = preheaderPart.FindString(source)
	return preheader, source[len(preheader):]
}

type block struct {
	text    string
	control bool
}

// blocks parts a source at lines that hold controlling actions only.
func blocks(source string) []block {
	var all []block
	for line := range strings.SplitAfterSeq(source, "\n") {
		is := control.MatchString(line)
		if n := len(all); n > 0 && !all[n-1].control && !is {
			all[n-1].text += line
			continue
		}
		all = append(all, block{line, is})
	}
	return all
}

// renderMarkdown makes both forms of a block. Fields stay fields, so html/template escapes them where they come to stand.
func renderMarkdown(source string) (page, plainText string, err error) {
	var actions []string
	guarded := []byte(action.ReplaceAllStringFunc(source, func(a string) string {
		actions = append(actions, a)
		return fmt.Sprintf("tqa%dz", len(actions)-1)
	}))
	restore := func(s string) string {
		return actionWord.ReplaceAllStringFunc(s, func(word string) string {
			n, err := strconv.Atoi(word[3 : len(word)-1])
			if err != nil || n >= len(actions) {
				return word
			}
			return actions[n]
		})
	}
	md := goldmark.New(goldmark.WithExtensions(extension.CJK, extension.Strikethrough), goldmark.WithRendererOptions(html.WithHardWraps()))
	doc := md.Parser().Parse(goldmarktext.NewReader(guarded))
	var b bytes.Buffer
	if err := md.Renderer().Render(&b, guarded, doc); err != nil {
		return "", "", fmt.Errorf("read Markdown: %w", err)
	}
	w := plainWriter{source: guarded}
	w.blocks(doc, "")
	return restore(styled(b.String())), restore(w.b.String()), nil
}

var loneLink = regexp.MustCompile(`<p><a href="([^"]*)">([^<]*)</a></p>`)

// styled gives the elements the look of the built-in templates, by the classes of the shared header. A link that is a
// paragraph of its own becomes a button.
func styled(page string) string {
	page = loneLink.ReplaceAllString(page, `<table class="action" role="presentation" cellpadding="0" cellspacing="0" border="0">
<tbody><tr><td class="button" align="center"><a href="$1">$2</a></td></tr></tbody>
</table>`)
	return strings.NewReplacer("<h1>", `<h1 class="ink">`, "<h2>", `<h2 class="ink">`, "<h3>", `<h3 class="ink">`,
		"<p><a ", `<p><a class="link" `, ` <a href`, ` <a class="link" href`).Replace(page)
}

// plainWriter writes a document as people write plain text.
type plainWriter struct {
	source []byte
	b      strings.Builder
}

func (w *plainWriter) blocks(parent ast.Node, indent string) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			title := w.inline(n)
			w.b.WriteString(indent + title + "\n")
			w.b.WriteString(indent + strings.Repeat(map[bool]string{true: "=", false: "-"}[n.Level == 1], underline(title)) + "\n\n")
		case *ast.List:
			number := n.Start
			for item := n.FirstChild(); item != nil; item = item.NextSibling() {
				mark := "* "
				if n.IsOrdered() {
					mark = fmt.Sprintf("%d. ", number)
					number++
				}
				inner := plainWriter{source: w.source}
				inner.blocks(item, "")
				body := strings.TrimRight(inner.b.String(), "\n")
				w.b.WriteString(indent + "  " + mark + strings.ReplaceAll(body, "\n", "\n"+indent+"    ") + "\n")
			}
			w.b.WriteString("\n")
		case *ast.ThematicBreak:
			w.b.WriteString(indent + strings.Repeat("-", 40) + "\n\n")
		case *ast.Blockquote:
			w.blocks(n, indent+"> ")
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			for i := range n.Lines().Len() {
				line := n.Lines().At(i)
				w.b.WriteString(indent + "    " + string(line.Value(w.source)))
			}
			w.b.WriteString("\n")
		case *ast.TextBlock:
			w.b.WriteString(indent + w.inline(n) + "\n")
		case *ast.HTMLBlock: // left out of the page too
		default:
			w.b.WriteString(indent + strings.ReplaceAll(w.inline(n), "\n", "\n"+indent) + "\n\n")
		}
	}
}

// underline is as long as a title, where that is known: wide characters count twice.
func underline(title string) int {
	if actionWord.MatchString(title) {
		return 30
	}
	return min(60, max(4, columns(title)))
}

func columns(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x1100 {
			n++
		}
	}
	return n
}

func (w *plainWriter) inline(parent ast.Node) string {
	var b strings.Builder
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			words := string(n.Value(w.source))
			if strings.HasSuffix(b.String(), "\n") {
				words = strings.TrimLeft(words, " ")
			}
			b.WriteString(words)
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteString("\n")
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.Link:
			b.WriteString(w.inline(n) + "\n" + string(n.Destination))
			if n.NextSibling() != nil {
				b.WriteString("\n")
			}
		case *ast.AutoLink:
			b.Write(n.URL(w.source))
		case *ast.Image:
			b.WriteString(w.inline(n))
		case *ast.RawHTML:
		default:
			b.WriteString(w.inline(n))
		}
	}
	return b.String()
}
