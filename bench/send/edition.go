package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/pipelines/delivery"
	"github.com/tokui/tokui/pipelines/message"
)

//go:embed letter
var letters embed.FS

// links is how many links a message has that are followed.
const links = 8

var (
	id          = edition.ID{Campaign: "offer", Slot: "20111206T1000"}
	slotAt      = time.Date(2011, 12, 6, 10, 0, 0, 0, time.FixedZone("JST", 9*60*60))
	trackingKey = []byte("0123456789abcdef0123456789abcdef")
)

const baseURL = "https://r.example.jp"

// freeze makes an edition of n messages.
func freeze(dir string, n int) error {
	keys := edition.NewKeys("bench")
	plan, recipients := make([]edition.PlanRow, n), make([]edition.Recipient, n)
	for i := range n {
		contact := fmt.Sprintf("C%07d", i)
		key := keys.Message(id.Campaign, string(id.Slot), contact)
		plan[i] = edition.PlanRow{
			MessageKey: key, ContactKey: keys.Contact(contact), Unit: "customer:" + contact, CustomerID: contact, Arm: edition.ArmPlanned,
		}
		fields, err := json.Marshal(fields(i, contact))
		if err != nil {
			return fmt.Errorf("make fields: %w", err)
		}
		address := fmt.Sprintf("contact%07d@example.com", i)
		recipients[i] = edition.Recipient{
			MessageKey: key, ContactID: contact, AddressKey: keys.Address(address), Address: address,
			Name: fmt.Sprintf("Contact %d", i), Fields: string(fields),
		}
	}
	m := edition.Manifest{Campaign: id.Campaign, Slot: id.Slot, SlotAt: slotAt, Kind: "campaign", Channel: "email", Purpose: "marketing"}
	return edition.Write(edition.Dir(dir, id), m, plan, recipients)
}

// fields are what the template says to a recipient.
func fields(i int, contact string) map[string]any {
	all := map[string]any{
		"customer_id": contact, "customer_name": fmt.Sprintf("Shop Number %d", i), "last_order": fmt.Sprintf("2011-11-0%d", 1+i%9),
	}
	for n := 1; n <= links; n++ {
		no := (i*7 + n*13) % 500
		field := func(name string) string { return fmt.Sprint(name, "_", n) }
		all[field("code")], all[field("name")] = fmt.Sprintf("P-%04d", no), fmt.Sprintf("Stoneware Bowl & Saucer %d", no)
		all[field("price")] = 1200 + 10*no
		all[field("note")] = "Hand-glazed in four colours, safe in the dishwasher, sold by the half dozen."
	}
	return all
}

// renderer makes messages from the template, each link with a token of its own.
func renderer() (func([]byte, edition.Entry) (message.Message, error), error) {
	layer, err := fs.Sub(letters, "letter")
	if err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	template, err := message.Compile([]fs.FS{layer}, "offer", message.Settings{
		Company: message.Company{Name: "Example Trading Ltd.", Address: "1-2-3 Example, Tokyo", Contact: "info@example.jp"},
		Locale:  "en", Currency: "¥", From: "Example Trading <news@example.jp>", BaseURL: baseURL, TrackingKey: trackingKey,
		Tracking: message.Tracking{Clicks: true},
	})
	if err != nil {
		return nil, err
	}
	return func(b []byte, entry edition.Entry) (message.Message, error) {
		r := message.Recipient{
			MessageKey: entry.MessageKey, Address: entry.Recipient.Address, Name: entry.Recipient.Name,
			Fields: json.RawMessage(entry.Recipient.Fields), Campaign: id.Campaign, Slot: id.Slot, Date: slotAt,
		}
		if b == nil {
			return template.Render(r)
		}
		return template.Append(b, r)
	}, nil
}

// stamper makes messages from one that was rendered, with the key and the address of each recipient stamped in: what a
// message costs without its template.
func stamper(render func([]byte, edition.Entry) (message.Message, error), one edition.Entry) (func([]byte, edition.Entry) (delivery.Letter, error), error) {
	m, err := render(nil, one)
	if err != nil {
		return nil, err
	}
	pieces := strings.Split(strings.ReplaceAll(string(m.Raw), one.Recipient.Address, one.MessageKey+"@"), one.MessageKey)
	return func(raw []byte, entry edition.Entry) (delivery.Letter, error) {
		for i, piece := range pieces {
			if i > 0 && strings.HasPrefix(piece, "@>") {
				raw, piece = append(raw, entry.Recipient.Address...), piece[1:]
			} else if i > 0 {
				raw = append(raw, entry.MessageKey...)
			}
			raw = append(raw, piece...)
		}
		address := m.To
		address.Local, _, _ = strings.Cut(entry.Recipient.Address, "@")
		return delivery.Letter{From: m.From, To: address, Raw: raw}, nil
	}, nil
}
