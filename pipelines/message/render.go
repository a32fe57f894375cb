package message

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	texttemplate "text/template"
	"unicode"

	"github.com/tokui/tokui/internal/mailbox"
	"github.com/tokui/tokui/internal/token"
)

// Render makes the message of one recipient, with its parts to look at. An error names the template's place or the field
// at fault, and the message's key, but nothing personal.
func (t *Template) Render(r Recipient) (Message, error) { return t.make(nil, r, true) }

// Append is Render for sending: the message's bytes are appended to b, and no copies of its parts are made. Raw begins
// where b ended. Neither b nor Raw is kept.
func (t *Template) Append(b []byte, r Recipient) (Message, error) { return t.make(b, r, false) }

func (t *Template) make(b []byte, r Recipient, parts bool) (Message, error) {
	if b == nil { // as long as the one before, and some more
		n := t.length.Load()
		b = make([]byte, 0, n+n/8+512)
	}
	m, err := t.render(b, r, parts)
	if err != nil {
		return Message{}, fmt.Errorf("render %s for message %s: %w", t.name, r.MessageKey, err)
	}
	m.Raw = m.Raw[len(b):]
	t.length.Store(int64(len(m.Raw)))
	return m, nil
}

func (t *Template) render(b []byte, r Recipient, parts bool) (Message, error) {
	if !isKey(r.MessageKey) {
		return Message{}, errors.New("message key: want 32 hexadecimal digits")
	}
	to, err := mailbox.ParseAddress(r.Address)
	if err != nil {
		return Message{}, err
	}
	unsubscribe, err := t.unsubscribeURL(r.MessageKey)
	if err != nil {
		return Message{}, err
	}
	if t.fast != nil {
		if m, ok := t.run(b, r, to, unsubscribe, parts); ok {
			return m, nil
		}
	}
	return t.byTemplates(b, r, to, unsubscribe)
}

// byTemplates makes a message with the template packages: for templates beyond what programs do, and to say what is wrong.
func (t *Template) byTemplates(b []byte, r Recipient, to mailbox.Address, unsubscribe string) (Message, error) {
	data, err := fieldsOf(r.Fields)
	if err != nil {
		return Message{}, err
	}
	t.fill(data, r, to, unsubscribe)
	subject, text, html, err := t.execute(r.Variant, data)
	if err != nil {
		return Message{}, err
	}
	if err := t.law.check(text, html, unsubscribe); err != nil {
		return Message{}, err
	}
	html, text = t.track(r.MessageKey, html), t.track(r.MessageKey, text)
	if err := refuse(html); err != nil {
		return Message{}, err
	}
	m := t.message(r, to, subject)
	m.HTML, m.Text = html, text
	m.Raw = t.whole(b, r, to, subject, text, html, unsubscribe)
	return m, nil
}

// refuse looks for what must never leave: a page that mail programs cut off, with the way out at its end (IN1), and what
// html/template writes for a field that no place may hold, such as a link to a script (IN7).
func refuse(html string) error {
	if len(html) > largestPage {
		return fmt.Errorf("%s: the page has %d bytes, want at most %d", ruleSize, len(html), largestPage)
	}
	if strings.Contains(html, "ZgotmplZ") {
		return fmt.Errorf("%s: a field brought what cannot stand in a link or a style", ruleFields)
	}
	return nil
}

// execute runs the three templates.
func (t *Template) execute(variant string, data map[string]any) (subject, text, html string, err error) {
	var b bytes.Buffer
	subjects := t.subject
	if own, ok := t.subjects[variant]; ok {
		subjects = own
	}
	if err := subjects.Execute(&b, data); err != nil {
		return "", "", "", t.executeError(err)
	}
	if subject = clean(b.String()); subject == "" {
		return "", "", "", errors.New("the subject is empty")
	}
	b.Reset()
	if err := t.text.Execute(&b, data); err != nil {
		return "", "", "", t.executeError(err)
	}
	text = strings.Trim(b.String(), space) + "\n"
	b.Reset()
	if err := t.html.Execute(&b, data); err != nil {
		return "", "", "", t.executeError(err)
	}
	return subject, text, strings.Trim(b.String(), space) + "\n", nil
}

// executeError gives the error of a template its place.
func (t *Template) executeError(err error) error {
	var exec texttemplate.ExecError
	if errors.As(err, &exec) {
		return t.files.fault(err)
	}
	return err
}

// previewToken stands where a preview's token would: no key signs it.
const previewToken = "preview"

func (t *Template) unsubscribeURL(messageKey string) (string, error) {
	if t.settings.Purpose != Marketing {
		return "", nil
	}
	if t.settings.Preview {
		return t.settings.BaseURL + token.Unsubscribe.Path() + previewToken, nil
	}
	signed, err := t.keys.Sign(token.Unsubscribe, messageKey)
	if err != nil {
		return "", err
	}
	return t.settings.BaseURL + token.Unsubscribe.Path() + signed, nil
}

// preferencesURL is where the recipient of a marketing message says what they want; "" of others. It cannot fail: the message
// key was looked at before, and the signing key when the template was compiled.
func (t *Template) preferencesURL(r Recipient) string {
	if t.settings.Purpose != Marketing {
		return ""
	}
	signed := previewToken
	if !t.settings.Preview {
		var err error
		if signed, err = t.keys.Sign(token.Preferences, r.MessageKey); err != nil {
			return ""
		}
	}
	return t.settings.BaseURL + token.Preferences.Path() + signed
}

// confirmURL is where the recipient of a confirmation mail confirms; "" of other mail. It cannot fail, as above.
func (t *Template) confirmURL(r Recipient) string {
	if t.settings.ConfirmWithin <= 0 {
		return ""
	}
	signed := previewToken
	if !t.settings.Preview {
		var err error
		if signed, err = t.keys.SignOptIn(r.MessageKey, r.Date.Add(t.settings.ConfirmWithin)); err != nil {
			return ""
		}
	}
	return t.settings.BaseURL + token.OptIn.Path() + signed
}

// fill adds the fields that every message has. They win over columns of the same name.
func (t *Template) fill(data map[string]any, r Recipient, to mailbox.Address, unsubscribe string) {
	perks := make([]map[string]any, len(r.Perks))
	for i, perk := range r.Perks {
		perks[i] = map[string]any{"name": perk.Name, "text": perk.Text}
	}
	data["contact_name"] = clean(r.Name)
	data["email"] = to.String()
	data["perks"] = perks
	data["company"] = t.company
	data["unsubscribe_url"] = unsubscribe
	data["preferences_url"] = t.preferencesURL(r)
	data["confirm_url"] = t.confirmURL(r)
	data["campaign"] = r.Campaign
	data["variant"] = r.Variant
	data["slot_date"] = r.Slot.Date().String()
}

// isKey reports whether a message key is what the tokens, the Message-ID and the boundary are made of.
func isKey(s string) bool {
	return len(s) == 32 && strings.Trim(s, "0123456789abcdef") == ""
}

// fieldsOf reads the audience row. A whole number becomes an int64 and another one a float64, so that templates can
// compare them; nothing becomes an empty text.
func fieldsOf(raw json.RawMessage) (map[string]any, error) {
	fields := map[string]any{}
	if len(bytes.TrimSpace(raw)) == 0 {
		return fields, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&fields); err != nil {
		return nil, errors.New("fields: got no JSON object")
	}
	if fields == nil {
		return map[string]any{}, nil
	}
	for name, v := range fields {
		fields[name] = plain(v)
	}
	return fields, nil
}

func plain(v any) any {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return printable(v)
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		if f, err := strconv.ParseFloat(v.String(), 64); err == nil {
			return f
		}
		return v.String()
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = plain(v[name])
		}
	}
	return v
}

// printable drops what no mail program shows: control characters other than line ends and tabs.
func printable(s string) string {
	if strings.IndexFunc(s, isUnprintable) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isUnprintable(r) {
			return -1
		}
		return r
	}, s)
}

func isUnprintable(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
