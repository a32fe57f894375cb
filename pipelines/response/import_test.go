package response

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/text/encoding/japanese"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
)

// desk is an importer on a real journal.
type desk struct {
	Importer
	writer *journal.Writer
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, tokyo)
	dir := t.TempDir()
	w, err := journal.OpenWriter(dir, ImportStream, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return &desk{writer: w, Importer: Importer{Keys: edition.NewKeys("seed"), Location: tokyo, Now: now, JournalDir: dir, Append: w.Append}}
}

func (d *desk) load(t testing.TB, text string) Imported {
	t.Helper()
	done, err := d.Import(t.Context(), "events.csv", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func (d *desk) events(t testing.TB) []journal.Event {
	t.Helper()
	var events []journal.Event
	if _, err := journal.Read(d.JournalDir, ImportStream, func(e journal.Event, _ journal.Place) error {
		events = append(events, e)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return events
}

const mixed = `kind,at,message_id,contact_id,email,channel,scope,amount,enhanced,detail,id
bounce,2026-11-20T10:00:00+09:00,<0123456789ABCDEF0123456789abcdef@r.example.com>,,Taro@Example.JP,email,,,,smtp; 550 5.1.1 <taro@example.jp> unknown,
bounce,2026-11-20 10:00:00,,,"""a..b""@example.jp",email,,,5.2.2,mailbox full,
complaint,2026/11/20 9:05,,Ｃ００１,,email,,,,,
unsubscribe,2026-11-20,,C002,,,all,,,by telephone,
suppress,2026-11-20,,C003,,postal,all,,,returned letter,
unsuppress,2026-11-21,,C003,,postal,all,,,new address,
consent,2026-11-20,,C004,,email,,,,Business,
consent,2026-11-20,,C005,,email,,,,,
purchase,2026-11-20,0123456789abcdef0123456789abcdef,,,,,1980,,,
purchase,2026-11-20,0123456789abcdef0123456789abcdef,,,,,1980,,,order-2
reply,2026-11-20,,C006,,email,,-19.80,,,
click,2026-11-20,0123456789abcdef0123456789abcdef,,,email,,,,,
`

func TestImport(t *testing.T) {
	d := newDesk(t)
	done := d.load(t, mixed)
	if done.Rows != 12 || done.Events != 12 || done.Known != 0 || len(done.Rejected) != 0 {
		t.Fatalf("got %+v", done)
	}
	const key = "0123456789abcdef0123456789abcdef"
	contact, address := d.Keys.Contact, d.Keys.Address
	day := func(day, hour, minute int) time.Time {
		return time.Date(2026, 11, day, hour, minute, 0, 0, d.Location).UTC()
	}
	want := []journal.Event{
		{Kind: journal.Bounce, At: day(20, 10, 0), MessageKey: key, AddressKey: address("taro@example.jp"), Channel: "email", Enhanced: "5.1.1", Detail: "smtp; 550 5.1.1 <(address)> unknown"},
		{Kind: journal.Bounce, At: day(20, 10, 0), AddressKey: address(`"a..b"@example.jp`), Channel: "email", Enhanced: "5.2.2", Detail: "mailbox full"},
		{Kind: journal.Complaint, At: day(20, 9, 5), ContactKey: contact("C001"), Channel: "email"},
		{Kind: journal.Unsubscribe, At: day(20, 0, 0), ContactKey: contact("C002"), Scope: "all", Detail: "by telephone"},
		{Kind: journal.Suppress, At: day(20, 0, 0), ContactKey: contact("C003"), Channel: "postal", Scope: "all", Detail: "returned letter"},
		{Kind: journal.Unsuppress, At: day(21, 0, 0), ContactKey: contact("C003"), Channel: "postal", Scope: "all", Detail: "new address"},
		{Kind: journal.Consent, At: day(20, 0, 0), ContactKey: contact("C004"), Channel: "email", Detail: "business"},
		{Kind: journal.Consent, At: day(20, 0, 0), ContactKey: contact("C005"), Channel: "email", Detail: "consent"},
		{Kind: journal.Purchase, At: day(20, 0, 0), MessageKey: key, Amount: "1980"},
		{Kind: journal.Purchase, At: day(20, 0, 0), MessageKey: key, Amount: "1980"},
		{Kind: journal.Reply, At: day(20, 0, 0), ContactKey: contact("C006"), Channel: "email", Amount: "-19.80"},
		{Kind: journal.Click, At: day(20, 0, 0), MessageKey: key, Channel: "email"},
	}
	if diff := cmp.Diff(want, d.events(t), cmpopts.IgnoreFields(journal.Event{}, "ID")); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
	if done.Kinds[journal.Bounce] != 2 || done.Kinds[journal.Purchase] != 2 || done.Kinds[journal.Click] != 1 {
		t.Errorf("kinds: %v", done.Kinds)
	}
	files, err := filepath.Glob(filepath.Join(d.JournalDir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("journal: %v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, person := range []string{"aro@", "a..b", "example.jp", "C00", "Ｃ"} {
		if strings.Contains(string(text), person) {
			t.Errorf("the journal holds %q", person)
		}
	}
}

func TestImportTwice(t *testing.T) {
	d := newDesk(t)
	d.load(t, mixed)
	before := d.events(t)
	again := d.load(t, mixed)
	if again.Events != 0 || again.Known != 12 || len(d.events(t)) != len(before) {
		t.Errorf("the same file again: got %+v", again)
	}
	// the same events written another way, and one more
	more := d.load(t, "id,email,at,kind,contact_id,channel\n,,2026-11-20T00:05:00Z,COMPLAINT,C001,email\n,,2026-11-22,complaint,C001,email\n,,2026-11-22,complaint,C001,email\n")
	if more.Events != 1 || more.Known != 2 {
		t.Errorf("got %+v, want one new event", more)
	}
}

func TestImportGoesOnAfterAnError(t *testing.T) {
	d := newDesk(t)
	var file strings.Builder
	file.WriteString("kind,at,contact_id\n")
	for i := range importBatch + 500 {
		fmt.Fprintf(&file, "open,2026-11-20,C%d\n", i)
	}
	calls := 0
	full := errors.New("no space left on device")
	d.Importer.Append = func(ctx context.Context, events ...journal.Event) error {
		if calls++; calls == 2 {
			return full
		}
		return d.writer.Append(ctx, events...)
	}
	done, err := d.Import(t.Context(), "events.csv", strings.NewReader(file.String()))
	if !errors.Is(err, full) || done.Events != importBatch {
		t.Fatalf("got %+v, %v", done, err)
	}
	if done = d.load(t, file.String()); done.Events != 500 || done.Known != importBatch {
		t.Errorf("the rest: got %+v", done)
	}
}

func TestImportRejects(t *testing.T) {
	d := newDesk(t)
	done := d.load(t, "kind,at,message_key,contact_id,email,channel,scope,amount,enhanced,detail\n"+
		"opened,2026-11-20,,C1,,,,,,\n"+
		"open,20.11.2026 10:00,,C1,,,,,,\n"+
		"open,2026-11-24,,C1,,,,,,\n"+
		"open,1970-01-01,,C1,,,,,,\n"+
		"open,2026-11-20,,,,,,,,\n"+
		"open,2026-11-20,42,,,,,,,\n"+
		"bounce,2026-11-20,,,taro at example.jp,,,,,\n"+
		"open,2026-11-20,,C1,,fax,,,,\n"+
		"suppress,2026-11-20,,C1,,,some,,,\n"+
		"open,2026-11-20,,C1,,,all,,,\n"+
		"purchase,2026-11-20,,C1,,,,,,\n"+
		"purchase,2026-11-20,,C1,,,,\"1,980\",,\n"+
		"purchase,2026-11-20,,C1,,,,1e9,,\n"+
		"click,2026-11-20,,C1,,,,5,,\n"+
		"bounce,2026-11-20,,C1,,,,,511,\n"+
		"open,2026-11-20,,C1,,,,,5.1.1,\n"+
		"consent,2026-11-20,,C1,,,,,,she said so\n"+
		"consent,2026-11-20,,,taro@example.jp,,,,,\n"+
		"open,2026-11-20,,C1\n"+
		"taro@example.jp,2026-11-20,,C1,,山田太郎,,,,\n"+
		"open,2026-11-20,,\"C\"1,,,,,,\n"+
		"open,2026-11-20,,C1,,,,,,\xff\n"+
		"open,2026-11-20,,C1,,,,,,"+strings.Repeat("x", maxField+1)+"\n"+
		"open,2026-11-20,,C1,,,,,,good\n")
	want := []string{
		`2 kind: got "opened", want one of open, click,`,
		`3 at: got "20.11.2026 10:00", want such as 2026-11-22T10:00:00+09:00`,
		`4 at: got 2026-11-24, which is still to come`,
		`5 at: got 1970-01-01, want a time since 1990`,
		`6 nothing says who it is about, want one of message_id, message_key, contact_id, email`,
		`7 message_id: not one of ours`,
		`8 email: not an address`,
		`9 channel: got "fax", want email, postal or nothing`,
		`10 scope: got "some", want marketing, all or nothing`,
		`11 scope: got "all", but the kind open has none`,
		`12 amount: got nothing, and a purchase needs one`,
		`13 amount: got "1,980", want a number such as 1980 or 19.80`,
		`14 amount: got "1e9", want a number`,
		`15 amount: got "5", but the kind click has none`,
		`16 enhanced: got "511", want a code such as 5.1.1`,
		`17 enhanced: got "5.1.1", but the kind open has none`,
		`18 detail: got something else, want the basis of the consent`,
		`19 a consent is a person's: want contact_id`,
		`20 got 4 fields, want 10 as in the header`,
		`21 kind: got something else, want one of`,
		`22 quotes: `,
		`23 detail: not in the file's encoding; try: --encoding cp932`,
		`24 detail: longer than 2000 characters`,
	}
	if done.Rows != 24 || done.Events != 1 || len(done.Rejected) != len(want) {
		t.Fatalf("got %d rows, %d events, %d rejected, want 24, 1, %d: %+v", done.Rows, done.Events, len(done.Rejected), len(want), done.Rejected)
	}
	for i, reject := range done.Rejected {
		if got := fmt.Sprintf("%d %s", reject.Line, reject.Reason); !strings.HasPrefix(got, want[i]) {
			t.Errorf("got  %s\nwant %s", got, want[i])
		}
		if strings.Contains(reject.Reason, "taro") || strings.Contains(reject.Reason, "山田") {
			t.Errorf("the reason names a person: %s", reject.Reason)
		}
	}
}

func TestImportRefusesFiles(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "the file is empty",
		"kind,at\n":                          "no column that says who",
		"at,email\n":                         "no column kind",
		"kind,email\n":                       "no column at",
		"kind,at,mail\n":                     `got column "mail", want kind, at, message_id`,
		"kind,at,email,Email\n":              `got column "email" twice`,
		"kind,at,email,\x93\xfa\x95\x74\n":   "column 4 is not UTF-8; try: --encoding cp932",
		"kind;at;email\nopen;2026-11-20;x\n": `got column "kind;at;email"`,
	} {
		d := newDesk(t)
		_, err := d.Import(t.Context(), "events.csv", strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "import events.csv: ") {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	d := newDesk(t)
	d.Encoding = "utf-16"
	if _, err := d.Import(t.Context(), "events.csv", strings.NewReader(mixed)); err == nil || !strings.Contains(err.Error(), "want utf-8 or cp932") {
		t.Errorf("got %v", err)
	}
}

func TestImportEncodings(t *testing.T) {
	const text = "kind,at,contact_id,detail\r\nsuppress,2026/11/20,C1,髙橋様より電話①\r\n"
	sjis, err := japanese.ShiftJIS.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for encoding, file := range map[string]string{"": text, "utf-8": "\ufeff" + text, "cp932": sjis} {
		d := newDesk(t)
		d.Encoding = encoding
		if done := d.load(t, file); done.Events != 1 {
			t.Fatalf("%q: got %+v", encoding, done)
		}
		e := d.events(t)[0]
		if e.Detail != "髙橋様より電話①" {
			t.Errorf("%q: got %q", encoding, e.Detail)
		}
		ids = append(ids, e.ID)
	}
	if ids[0] != ids[1] || ids[1] != ids[2] {
		t.Errorf("the same event in three encodings has the ids %v", ids)
	}
}

func FuzzImport(f *testing.F) {
	for _, seed := range []string{
		mixed, "", "kind,at,email\n", "kind,at,email\nopen,2026-11-20,\"", "\ufeffkind,at,contact_id\r\nopen,2026-11-20,C1\r\n",
		"kind,at,contact_id\nopen,2026-11-20,C1,\n\n,,\n", "kind,at,email\nbounce,2026-11-20,a@example.com\nbounce,\"2026\n-11-20\",a@example.com\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var written []journal.Event
		im := Importer{
			Keys: edition.NewKeys("seed"), Location: time.UTC, Now: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), JournalDir: filepath.Join(t.TempDir(), "none"),
			Append: func(_ context.Context, events ...journal.Event) error {
				written = append(written, events...)
				return nil
			},
		}
		done, err := im.Import(t.Context(), "events.csv", strings.NewReader(text))
		if done.Events != len(written) {
			t.Fatalf("says %d events, wrote %d", done.Events, len(written))
		}
		if err == nil && done.Rows != done.Events+done.Known+len(done.Rejected) {
			t.Fatalf("the rows do not add up: %+v", done)
		}
		ids := map[string]bool{}
		for _, e := range written {
			if ids[e.ID] || len(e.ID) != 32 {
				t.Fatalf("id %q is not unique", e.ID)
			}
			ids[e.ID] = true
			if e.MessageKey == "" && e.ContactKey == "" && e.AddressKey == "" || e.At.IsZero() || e.Kind == "" {
				t.Fatalf("an event about nobody: %+v", e)
			}
			for _, key := range []string{e.MessageKey, e.ContactKey, e.AddressKey} {
				if key != "" && len(key) != 32 {
					t.Fatalf("a key that is none: %q", key)
				}
			}
		}
		for _, reject := range done.Rejected {
			if reject.Line < 2 || reject.Reason == "" {
				t.Fatalf("a reject without place or reason: %+v", reject)
			}
		}
	})
}
