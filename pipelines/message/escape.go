package message

import (
	"strings"
)

// escaper is what html/template found that a place in a page needs; false gives up.
type escaper func(string) (string, bool)

// escapers are those of html/template's that mails need, by the names that it gives them in its trees. They take texts
// only, which all data is. A place that needs another one (script, style, unquoted attributes) is left to html/template.
var escapers = map[string]escaper{
	"_html_template_htmlescaper":   escapeHTML,
	"_html_template_rcdataescaper": escapeHTML,
	"_html_template_attrescaper":   escapeHTML,
	"_html_template_urlfilter":     filterURL,
	"_html_template_urlnormalizer": func(s string) (string, bool) { return escapeURL(s, "!#$&*+,/:;=?@[]-._~", true), true },
	"_html_template_urlescaper":    func(s string) (string, bool) { return escapeURL(s, "-._~", false), true },
}

var htmlEscapes = strings.NewReplacer("\x00", "\uFFFD", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;")

func escapeHTML(s string) (string, bool) {
	if strings.IndexByte(s, 0) < 0 && !strings.ContainsAny(s, `"&'+<>`) {
		return s, true
	}
	return htmlEscapes.Replace(s), true
}

// filterURL gives up on a scheme that could do harm: such a message is not sent.
func filterURL(s string) (string, bool) {
	scheme, _, found := strings.Cut(s, ":")
	if found && !strings.Contains(scheme, "/") && !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") &&
		!strings.EqualFold(scheme, "mailto") {
		return "", false
	}
	return s, true
}

// escapeURL writes as %xx what is neither a letter, a digit nor in keep; whole escapes stay where the text is a URL itself.
func escapeURL(s, keep string, whole bool) string {
	escapes := func(i int) bool {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(keep, c) >= 0 {
			return false
		}
		return !(c == '%' && whole && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]))
	}
	first := 0
	for first < len(s) && !escapes(first) {
		first++
	}
	if first == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteString(s[:first])
	const lower = "0123456789abcdef"
	for i := first; i < len(s); i++ {
		if !escapes(i) {
			b.WriteByte(s[i])
			continue
		}
		b.WriteByte('%')
		b.WriteByte(lower[s[i]>>4])
		b.WriteByte(lower[s[i]&15])
	}
	return b.String()
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
