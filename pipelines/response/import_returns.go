package response

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/tokui/tokui/internal/journal"
)

// ImportReturns brings letters that came back into the journal (D5). The file is CSV with a header line:
//
//	at                    when it came back
//	message_key           the number on the piece; or
//	contact_id            whom it was for; or
//	postal_code, address  where it did not arrive
//	reason                what the post has stamped on it; see returnClass
//	id                    its number in the other system
//
// A dead address is suppressed for letters, whoever is written to there, until it is another one; a refused letter
// (受取拒絶) is a request to stop, and counts for every channel (AP2). What was not called for, or had too little
// postage, is kept and suppresses nobody.
func (im Importer) ImportReturns(ctx context.Context, name string, r io.Reader) (Imported, error) {
	return im.read(ctx, name, r, sheet{
		columns: []string{"at", "message_key", "message_id", "contact_id", "postal_code", "address", "reason", "id"},
		needed:  []string{"at", "reason"},
		who:     []string{"message_key", "message_id", "contact_id", "address"},
		event:   rowReader.returned,
	})
}

func (rr rowReader) returned(row map[string]string) (journal.Event, error) {
	class, ok := returnClass(row["reason"])
	if !ok {
		return journal.Event{}, fmt.Errorf("reason: got %s, want what the post writes, such as あて所に尋ねあたりません, 転居先不明, あて名不完全, 受取拒絶, "+
			"保管期間経過, 料金不足, or one of %s", shown(row["reason"]), strings.Join(returnClasses(), ", "))
	}
	e := journal.Event{Kind: journal.Returned, Channel: journal.ChannelPostal, Enhanced: class.code, Detail: class.name}
	if class.stop {
		e = journal.Event{Kind: journal.Unsubscribe, Scope: journal.ScopeMarketing, Detail: "letter " + class.name}
	}
	var err error
	if e.At, err = rr.instant(row["at"]); err != nil {
		return e, err
	}
	if err := rr.suppressed(row, &e); err != nil {
		return e, err
	}
	if class.stop && e.ContactKey == "" && e.MessageKey == "" {
		return e, errors.New("a refusal is a person's: want message_key or contact_id, not the address alone")
	}
	e.ID = importID("returned", row["id"], string(e.Kind), e.At.String(), e.MessageKey, e.ContactKey, e.AddressKey, e.Detail)
	return e, nil
}

// returnReason is why a letter came back.
type returnReason struct {
	name string
	// code says it as an enhanced status code would (RFC 3463): 5.1.x is about the address.
	code string
	// stop says that the person wants no more.
	stop  bool
	marks []string
}

// returnReasons in the order in which they are looked for. Offices word their stamps differently, so that a part of the
// text is enough.
func returnReasons() []returnReason {
	return []returnReason{
		{name: "refused", stop: true, marks: []string{"受取拒絶", "受取拒否", "受領拒絶", "受領拒否", "refused"}},
		{name: "moved", code: "5.1.6", marks: []string{"転居先不明", "転居", "転送期間", "移転", "moved"}},
		{name: "unclaimed", code: "4.2.1", marks: []string{"保管期間経過", "保管期間", "留置期間", "不在", "unclaimed"}},
		{name: "postage", code: "5.7.0", marks: []string{"料金不足", "未納", "postage"}},
		{name: "format", code: "5.6.0", marks: []string{"サイズ", "規格外", "重量超過", "format"}},
		{name: "incomplete", code: "5.1.3", marks: []string{"不完全", "棟", "室番号", "部屋番号", "番地", "表示がない", "incomplete"}},
		{name: "unknown_at_address", code: "5.1.1", marks: []string{"尋ねあたり", "尋ね当た", "あて所", "宛所", "宛て所", "居住", "該当者", "unknown"}},
	}
}

func returnClasses() []string {
	var names []string
	for _, r := range returnReasons() {
		names = append(names, r.name)
	}
	return names
}

func returnClass(text string) (returnReason, bool) {
	text = strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(text)), ""))
	for _, r := range returnReasons() {
		for _, mark := range r.marks {
			if strings.Contains(text, strings.ReplaceAll(mark, " ", "")) {
				return r, true
			}
		}
	}
	return returnReason{}, false
}
