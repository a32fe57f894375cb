package message_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message/mail"
	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/token"
	"github.com/tokui/tokui/pipelines/message"
	"github.com/tokui/tokui/templates"
)

var update = flag.Bool("update", false, "write the golden files anew")

const key = "00112233445566778899aabbccddeeff"

var secret = []byte("example-only-not-a-secret-0123456789abcdef")

// settings are those of the examples' config.yaml.
func settings(locale string) message.Settings {
	if locale == "ja" {
		return message.Settings{
			Company: message.Company{Name: "株式会社とくい商会", Address: "〒000-0000 東京都見本区架空町1-2-3 とくいビル4階",
				Contact: "お客様窓口 info@example.jp（電話 00-0000-0000、平日9時～17時）"},
			Locale: "ja", Currency: "¥", From: "とくい商会 <news@example.jp>", ReplyTo: "info@example.jp",
			BaseURL: "https://r.example.jp", TrackingKey: secret,
		}
	}
	return message.Settings{
		Company: message.Company{Name: "Larch & Lantern Wholesale Ltd",
			Address: "Unit 4, Example Wharf, 12 Sample Street, London E1 0XX, United Kingdom",
			Contact: "customer.care@example.com"},
		Locale: "en", Currency: "£", From: "Larch & Lantern <news@example.com>", ReplyTo: "customer.care@example.com",
		BaseURL: "https://r.example.com", TrackingKey: secret,
	}
}

var perks = map[string][]edition.Perk{
	"en": {{Name: "price guarantee", Text: "5% price guarantee on every reorder until the end of the season"},
		{Name: "priority dispatch", Text: "Priority dispatch. Orders placed by noon leave the same day"}},
	"ja": {{Name: "価格保証", Text: "価格保証：半期のあいだ、いまの単価から5%引きでお届けします"},
		{Name: "優先出荷", Text: "優先出荷：正午までのご注文は当日に出荷します"}},
}

// audience is a row of each example campaign.
var audience = map[string]map[string]string{
	"newsletter-leads": {
		"en": `{"contact_id": "L0001", "topics": "kitchen and baking, garden, lighting"}`,
		"ja": `{"contact_id": "M0001", "topics": "コーヒー, 防災用品"}`},
	"newsletter-a": {
		"en": `{"contact_id": "12347-1", "customer_name": "Apple Tree Corner Ltd", "last_ordered_on": "2011-12-07", "sales_rep": "Ben Whitlock"}`,
		"ja": `{"contact_id": "R000006-1", "customer_name": "株式会社海鳴設計事務所", "last_ordered_on": "2025-03-28", "sales_rep": "髙木 一郎"}`},
	"revive": {
		"en": `{"contact_id": "12346-1", "customer_name": "Acorn Emporium", "last_ordered_on": "2011-01-18", "recency_days": 326, "sales_rep": "Ben Whitlock"}`,
		"ja": `{"contact_id": "R000012-1", "customer_name": "長谷川 香織", "last_ordered_on": "2024-06-03", "recency_days": 302, "sales_rep": "林 修平"}`},
	"replace-soon": {
		"en": `{"category": "85123", "contact_id": "12348-1", "customer_name": "Ribbon Gallery Ltd", "due_probability": 0.712345, "expected_on": "2011-12-20", "last_ordered_on": "2011-09-25", "product_name": "White Hanging Heart T-Light Holder"}`,
		"ja": `{"category": "浄水カートリッジ", "contact_id": "R000016-1", "customer_name": "㈱高浜商店", "due_probability": 0.712345, "expected_on": "2025-04-10", "last_ordered_on": "2024-12-02", "product_name": "浄水カートリッジ"}`},
}

func recipient(campaign, locale string) message.Recipient {
	r := message.Recipient{MessageKey: key, Fields: json.RawMessage(audience[campaign][locale]), Campaign: campaign,
		Address: "laura.vaughan.12346@example.com", Name: "Laura Vaughan", Slot: "20111210T0900",
		Date: time.Date(2011, 12, 10, 9, 0, 0, 0, time.UTC)}
	if locale == "ja" {
		r.Address, r.Name, r.Slot = "yoko.takahashi.000006-1@example.jp", "髙橋 陽子", "20250401T0900"
		r.Date = time.Date(2025, 4, 1, 9, 0, 0, 0, time.FixedZone("JST", 9*3600))
		if campaign == "revive" {
			r.Name = "長谷川 香織" // a person who is her own customer
		}
	}
	if campaign != "newsletter-leads" {
		r.Perks = perks[locale]
	}
	return r
}

func compile(t testing.TB, layers []fs.FS, name string, s message.Settings) *message.Template {
	t.Helper()
	template, err := message.Compile(layers, name, s)
	if err != nil {
		t.Fatalf("compile %s: %v", name, err)
	}
	return template
}

// TestExampleMails renders the campaigns of both examples with the built-in templates, as whole messages.
func TestExampleMails(t *testing.T) {
	for campaign, rows := range audience {
		for locale, row := range rows {
			t.Run(campaign+"."+locale, func(t *testing.T) {
				template := compile(t, []fs.FS{templates.FS()}, campaign, settings(locale))
				var fields map[string]any
				if err := json.Unmarshal([]byte(row), &fields); err != nil {
					t.Fatal(err)
				}
				columns := make([]string, 0, len(fields))
				for name := range fields {
					columns = append(columns, name)
				}
				if err := template.Check(columns); err != nil {
					t.Errorf("the audience lacks fields: %v", err)
				}
				m, err := template.Render(recipient(campaign, locale))
				if err != nil {
					t.Fatal(err)
				}
				checkMail(t, m)
				golden(t, campaign+"."+locale+".txt", m.Subject+"\n\n"+m.Text)
				golden(t, campaign+"."+locale+".html", m.HTML)
			})
		}
	}
}

// TestWholeMessage holds every byte of a small message.
func TestWholeMessage(t *testing.T) {
	for _, locale := range []string{"en", "ja"} {
		m, err := compile(t, []fs.FS{layer(nil)}, "x", settings(locale)).Render(recipient("newsletter-a", locale))
		if err != nil {
			t.Fatal(err)
		}
		checkMail(t, m)
		golden(t, "small."+locale+".eml", string(m.Raw))
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs from what was rendered (-want +got); look at it, then -update:\n%s", path, diff)
	}
}

// checkMail reads the message back with another library and holds it to what every marketing mail must be.
func checkMail(t *testing.T, m message.Message) {
	t.Helper()
	for i, line := range bytes.Split(m.Raw, []byte("\r\n")) {
		if bytes.ContainsAny(line, "\r\n\x00") || len(line) > 998 || bytes.HasPrefix(line, []byte(".")) {
			t.Errorf("line %d is not fit for SMTP: %.60q", i+1, line)
		}
	}
	r, err := mail.CreateReader(bytes.NewReader(m.Raw))
	if err != nil {
		t.Fatal(err)
	}
	if subject, err := r.Header.Subject(); err != nil || subject != m.Subject {
		t.Errorf("subject: got %q %v, want %q", subject, err, m.Subject)
	}
	if id, err := r.Header.MessageID(); err != nil || "<"+id+">" != m.ID {
		t.Errorf("message id: got %q %v, want %q", id, err, m.ID)
	}
	if _, err := r.Header.Date(); err != nil {
		t.Errorf("date: %v", err)
	}
	if from, err := r.Header.AddressList("From"); err != nil || len(from) != 1 || from[0].Address != m.From.String() {
		t.Errorf("from: got %v %v", from, err)
	}
	link := strings.Trim(r.Header.Get("List-Unsubscribe"), "<>")
	if r.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" || strings.Count(link, "http") != 1 {
		t.Errorf("one-click unsubscribe: got %q", link)
	}
	keys, err := token.New(secret)
	if err != nil {
		t.Fatal(err)
	}
	if kind, got, err := keys.Verify(link[strings.LastIndexByte(link, '/')+1:]); err != nil || kind != token.Unsubscribe || got != m.Key {
		t.Errorf("the unsubscribe token says %q %s (%v)", rune(kind), got, err)
	}
	var parts []string
	for {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(p.Body)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(body, []byte(link)) {
			t.Errorf("part %d does not show the unsubscribe link", len(parts)+1)
		}
		parts = append(parts, strings.ReplaceAll(string(body), "\r\n", "\n"))
	}
	if diff := cmp.Diff([]string{m.Text, m.HTML}, parts); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
}
