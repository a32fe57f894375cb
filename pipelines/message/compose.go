package message

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tokui/tokui/internal/mailbox"
)

// Compose makes the message of one recipient from parts that are finished already, such as a report's figures: the same
// headers and the same rules for addresses, no template. Marketing is refused, since nothing here checks its legal parts.
func Compose(s Settings, r Recipient, subject, html, text string) (Message, error) {
	if s.Purpose == Marketing || s.Purpose == "" {
		return Message{}, errors.New("compose message: a marketing message is made from a template")
	}
	t := &Template{settings: s}
	if err := t.checkSettings().Err(); err != nil {
		return Message{}, err
	}
	if !isKey(r.MessageKey) {
		return Message{}, errors.New("compose message: message key: want 32 hexadecimal digits")
	}
	to, err := mailbox.ParseAddress(r.Address)
	if err != nil {
		return Message{}, fmt.Errorf("compose message %s: %w", r.MessageKey, err)
	}
	if subject = clean(subject); subject == "" {
		return Message{}, fmt.Errorf("compose message %s: the subject is empty", r.MessageKey)
	}
	m := t.message(r, to, subject)
	m.HTML, m.Text = strings.Trim(html, space)+"\n", strings.Trim(text, space)+"\n"
	m.Raw = t.whole(nil, r, to, subject, m.Text, m.HTML, "")
	return m, nil
}
