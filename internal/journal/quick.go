package journal

import (
	"strconv"
	"time"
)

// appendQuick appends the object of an event as encoding/json would, for the events that come by the ten thousand a second:
// those of delivery, in plain ASCII. ok is false for every other event, and dst is as it was. A test holds the two equal for
// every field of Event.
func appendQuick(dst []byte, e *Event) (_ []byte, ok bool) {
	if e.ContactKey != "" || e.RunID != "" || e.Job != "" || e.Step != "" || e.Amount != "" || e.Rows != 0 || e.Seconds != 0 ||
		e.Basis != "" || e.Method != "" || e.Source != "" || e.Wording != "" || !e.Until.IsZero() || len(e.Refused) > 0 ||
		e.EveryDays != 0 || e.Link != 0 || e.Agent != "" || e.Network != "" || e.Prev != "" || e.At.Location() != time.UTC || e.At.Year() < 1000 || e.At.Year() > 9999 {
		return dst, false
	}
	b := append(dst, `{"v":`...)
	b = strconv.AppendInt(b, Version, 10)
	text := func(name, value string, always bool) {
		if value == "" && !always {
			return
		}
		ok = ok && isPlain(value)
		b = append(b, name...)
		b = append(b, value...)
		b = append(b, '"')
	}
	ok = true
	text(`,"id":"`, e.ID, true)
	text(`,"kind":"`, string(e.Kind), true)
	b = append(b, `,"at":"`...)
	b = e.At.AppendFormat(b, time.RFC3339Nano)
	b = append(b, '"')
	text(`,"campaign":"`, e.Campaign, false)
	text(`,"slot":"`, e.Slot, false)
	text(`,"message_key":"`, e.MessageKey, false)
	text(`,"address_key":"`, e.AddressKey, false)
	text(`,"channel":"`, e.Channel, false)
	text(`,"scope":"`, e.Scope, false)
	if e.Code != 0 {
		b = append(b, `,"code":`...)
		b = strconv.AppendInt(b, int64(e.Code), 10)
	}
	text(`,"enhanced":"`, e.Enhanced, false)
	text(`,"detail":"`, e.Detail, false)
	if !ok {
		return dst, false
	}
	return append(b, '}'), true
}

// isPlain says that encoding/json writes a text as it is.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return true
}

// appendHex appends n digits of a number.
func appendHex(dst []byte, value uint64, n int) []byte {
	const digits = "0123456789abcdef"
	for shift := 4 * (n - 1); shift >= 0; shift -= 4 {
		dst = append(dst, digits[value>>shift&15])
	}
	return dst
}
