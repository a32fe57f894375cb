package delivery

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/mailbox"
)

var (
	sender   = mailbox.Address{Local: "news", Domain: "example.com"}
	testKeys = edition.NewKeys("seed")
	testID   = edition.ID{Campaign: "replace-soon", Slot: "20111206T1000"}
)

// fixture is a data folder with one edition.
type fixture struct {
	t    testing.TB
	data string
	id   edition.ID
}

// newFixture freezes an edition with one planned row for each address; change may alter the manifest.
func newFixture(t testing.TB, addresses []string, change func(*edition.Manifest)) fixture {
	t.Helper()
	return freezeIn(t, t.TempDir(), testID, addresses, change)
}

func freezeIn(t testing.TB, data string, id edition.ID, addresses []string, change func(*edition.Manifest)) fixture {
	t.Helper()
	m := edition.Manifest{Campaign: id.Campaign, Slot: id.Slot, Kind: "campaign", Channel: "email", Purpose: "marketing"}
	if change != nil {
		change(&m)
	}
	var plan []edition.PlanRow
	var recipients []edition.Recipient
	for _, address := range addresses {
		key := testKeys.Message(id.Campaign, string(id.Slot), address)
		plan = append(plan, edition.PlanRow{
			MessageKey: key, ContactKey: testKeys.Contact(address), Unit: "customer:" + address, CustomerID: address, Arm: edition.ArmPlanned,
		})
		fields, err := json.Marshal(map[string]any{"contact_id": address})
		if err != nil {
			t.Fatal(err)
		}
		recipients = append(recipients, edition.Recipient{
			MessageKey: key, ContactID: address, AddressKey: testKeys.Address(address), Address: address, Fields: string(fields),
		})
	}
	if err := edition.Write(edition.Dir(data, id), m, plan, recipients); err != nil {
		t.Fatal(err)
	}
	return fixture{t: t, data: data, id: id}
}

func (f fixture) journalDir() string { return filepath.Join(f.data, "journal") }

func (f fixture) sender(c Channel) *Sender {
	return &Sender{DataDir: f.data, JournalDir: f.journalDir(), ID: f.id, Channel: c, Render: testLetter}
}

func (f fixture) run(s *Sender) edition.Account {
	f.t.Helper()
	account, err := s.Run(context.Background())
	if err != nil {
		f.t.Fatal(err)
	}
	return account
}

// events are the journalled events of the edition, of some kinds.
func (f fixture) events(kinds ...journal.Kind) []journal.Event {
	f.t.Helper()
	var all []journal.Event
	_, err := journal.Read(f.journalDir(), f.id.Stream(), func(e journal.Event, _ journal.Place) error {
		for _, kind := range kinds {
			if e.Kind == kind {
				all = append(all, e)
			}
		}
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return all
}

// note appends events to another stream, as an endpoint would.
func (f fixture) note(events ...journal.Event) {
	f.t.Helper()
	w, err := journal.OpenWriter(f.journalDir(), "responses", time.Now)
	if err != nil {
		f.t.Fatal(err)
	}
	defer w.Close()
	if err := w.Append(context.Background(), events...); err != nil {
		f.t.Fatal(err)
	}
}

func (f fixture) messageKey(address string) string {
	return testKeys.Message(f.id.Campaign, string(f.id.Slot), address)
}

// testLetter is a small message, with lines that begin with dots.
func testLetter(_ []byte, e edition.Entry) (Letter, error) {
	raw := "From: news@example.com\nTo: " + e.Recipient.Address + "\nSubject: test\nMessage-ID: <" + e.MessageKey +
		"@example.com>\n\n.\n..two\n" + strings.Repeat("0123456789 こんにちは\n", 50) + "end\n"
	to, err := mailbox.ParseAddress(e.Recipient.Address)
	return Letter{From: sender, To: to, Raw: []byte(strings.ReplaceAll(raw, "\n", "\r\n"))}, err
}

// mustParse reads an address that a test writes.
func mustParse(text string) mailbox.Address {
	a, err := mailbox.ParseAddress(text)
	if err != nil {
		panic(err)
	}
	return a
}

// people makes n addresses at a domain.
func people(n int, domain string) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("p%05d@%s", i, domain)
	}
	return all
}

// scripted is a channel that answers as a function says. It counts what it delivered.
type scripted struct {
	repeatable bool
	// answer is given the envelope and how often its message was tried before.
	answer func(e Envelope, n int) Outcome
	// latency of every Send.
	latency time.Duration

	mu     sync.Mutex
	tried  map[string]int
	times  map[string][]time.Time
	active map[string]int
	most   map[string]int
}

func (c *scripted) Name() string     { return "scripted" }
func (c *scripted) Repeatable() bool { return c.repeatable }
func (c *scripted) Close() error     { return nil }

func (c *scripted) Send(ctx context.Context, e Envelope) Outcome {
	domain, to := e.To.Domain, e.To.String()
	c.mu.Lock()
	if c.tried == nil {
		c.tried, c.times, c.active, c.most = map[string]int{}, map[string][]time.Time{}, map[string]int{}, map[string]int{}
	}
	n := c.tried[to]
	c.tried[to]++
	c.times[to] = append(c.times[to], time.Now())
	c.active[domain]++
	c.most[domain] = max(c.most[domain], c.active[domain])
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.active[domain]--
	}()
	if c.latency > 0 {
		<-time.After(c.latency)
	}
	out := Outcome{Result: Accepted, Code: 250}
	if c.answer != nil {
		out = c.answer(e, n)
	}
	if !c.repeatable && (out.Result == Accepted || out.Result == Unconfirmed) {
		if err := e.Attempt(); err != nil {
			return Outcome{Result: Unsent, Err: err, Stop: true}
		}
	}
	return out
}

func (c *scripted) total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, tried := range c.tried {
		n += tried
	}
	return n
}
