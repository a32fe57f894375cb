package pipelines

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/mail"
	"regexp"
	"strings"
)

// previewTemplate is where the page's template is; a company's own may stand at the same path.
const previewTemplate = "preview/page.html"

// pageMessage is a message on the preview page.
type pageMessage struct {
	Key, Variant, Subject, Text, Headers, Size string
	Shown                                      []pageHeader
	// The page twice: without its rules for dark mode, and with them always in force.
	Light, Dark string
}

type pageHeader struct {
	Name, Value string
}

// PreviewPage is a page that shows a plan's messages: subject, both parts, headers; wide and as on a phone, light and dark.
func (p *Program) PreviewPage(preview Preview) ([]byte, error) {
	var text []byte
	var err error
	for _, layer := range p.Templates {
		if text, err = fs.ReadFile(layer, previewTemplate); err == nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	page, err := template.New(previewTemplate).Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	data := struct {
		Locale, Campaign, Slot, AsOf string
		Messages                     []pageMessage
	}{Locale: p.Config.Locale, Campaign: preview.Campaign, Slot: string(preview.Slot), AsOf: preview.AsOf}
	for _, m := range preview.Messages {
		shown, err := pageOf(m)
		if err != nil {
			return nil, err
		}
		data.Messages = append(data.Messages, shown)
	}
	var b bytes.Buffer
	if err := page.Execute(&b, data); err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	return b.Bytes(), nil
}

func pageOf(m PreviewMessage) (pageMessage, error) {
	head, _, _ := strings.Cut(string(m.Raw), "\r\n\r\n")
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		return pageMessage{}, fmt.Errorf("preview %s: %w", m.MessageKey, err)
	}
	shown := pageMessage{Key: m.MessageKey, Variant: m.Variant, Subject: m.Subject, Text: m.Text, Headers: strings.ReplaceAll(head, "\r\n", "\n"),
		Size:  fmt.Sprintf("HTML %.1f KB, message %.1f KB", float64(len(m.HTML))/1000, float64(len(m.Raw))/1000),
		Light: forcedScheme(m.HTML, false), Dark: forcedScheme(m.HTML, true)}
	for _, name := range []string{"From", "To", "Reply-To"} {
		value, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get(name))
		if err == nil && value != "" {
			shown.Shown = append(shown.Shown, pageHeader{name, value})
		}
	}
	return shown, nil
}

var (
	darkQuery   = regexp.MustCompile(`\(prefers-color-scheme:\s*dark\)`)
	schemeMeta  = regexp.MustCompile(`(<meta name="(?:supported-)?color-schemes?" content=")[^"]*`)
	schemeStyle = regexp.MustCompile(`color-scheme:\s*light dark`)
)

// forcedScheme is a page as it is shown in one colour scheme, whatever the reader's own is.
func forcedScheme(page string, dark bool) string {
	scheme, query := "light", "not all"
	if dark {
		scheme, query = "dark", "all"
	}
	page = darkQuery.ReplaceAllString(page, query)
	page = schemeMeta.ReplaceAllString(page, "${1}"+scheme)
	return schemeStyle.ReplaceAllString(page, "color-scheme: "+scheme)
}
