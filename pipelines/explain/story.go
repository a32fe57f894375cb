package explain

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/report"
)

// ErrNoSuchCustomer says that metrics.customer has no row of the customer.
var ErrNoSuchCustomer = errors.New("no such customer")

// Request says whose story is told, and how.
type Request struct {
	CustomerID string
	// AsOf is the date of the tables: they know what happened strictly before it.
	AsOf time.Time
	// Locale of the sentences, ja or en; Currency is put before amounts.
	Locale, Currency string
	// Location is where times of day are told.
	Location *time.Location
	// Rule says in words of the configuration which rule holds for a customer, by its position from 1.
	Rule func(position int) string
	// DueDays of replacements, WithinDays of buying anything, ValueDays of purchase counts, GrowthThreshold of growing: the
	// parameters that the tables were built with.
	DueDays, WithinDays, ValueDays int
	GrowthThreshold                float64
}

// Story is one customer's, in the order in which it is told.
type Story struct {
	CustomerID string `json:"customer_id"`
	// Heading names the customer, with who looks after it and since when it buys.
	Heading string `json:"heading"`
	// Advice is what to do, most urgent first; never empty.
	Advice   []string  `json:"advice"`
	Sections []Section `json:"sections"`
}

// Section is one subject: its stable name in English, its title in the company's language, sentences, and the numbers
// behind them.
type Section struct {
	Name      string   `json:"name"`
	Title     string   `json:"title"`
	Sentences []string `json:"sentences"`
	Facts     []Fact   `json:"facts"`
}

// Fact is one number or word of a table, by its column's name.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Tell reads the story. Errors: ErrNoSuchCustomer, *warehouse.SQLError where a table is missing.
func Tell(ctx context.Context, db *warehouse.DB, r Request) (Story, error) {
	t := &teller{
		Request: r, db: db, Format: report.Format{Locale: r.Locale, Currency: r.Currency},
		story: Story{CustomerID: r.CustomerID, Sections: []Section{}},
	}
	for _, tell := range []func(context.Context) error{
		t.who, t.hold, t.rank, t.risk, t.due, t.value, t.dealings, t.contacts, t.sent,
	} {
		if err := tell(ctx); err != nil {
			return Story{}, fmt.Errorf("explain customer %s: %w", r.CustomerID, err)
		}
	}
	t.story.Advice = t.advice()
	return t.story, nil
}

// teller is a story under way.
type teller struct {
	Request
	report.Format
	db    *warehouse.DB
	story Story
	known customer
	todo  []advice
}

// say picks a sentence by the locale.
func (t *teller) say(en, ja string, args ...any) string {
	text := en
	if t.Request.Locale == "ja" {
		text = ja
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// chance is a probability in words: forecasts are never certain.
func (t *teller) chance(p float64) string {
	switch {
	case p >= .995:
		return t.say("more than 99%", "99%以上")
	case p < .005:
		return t.say("less than 1%", "1%未満")
	}
	return t.Percent(math.Round(p*100) / 100)
}

// section begins a subject; it is kept only if something is told in it.
func (t *teller) section(name, en, ja string) *section {
	return &section{teller: t, Section: Section{Name: name, Title: t.say(en, ja), Sentences: []string{}, Facts: []Fact{}}}
}

type section struct {
	*teller
	Section
}

// tell adds a sentence.
func (s *section) tell(en, ja string, args ...any) {
	s.Sentences = append(s.Sentences, s.say(en, ja, args...))
}

// quote adds a sentence that stands in a table.
func (s *section) quote(en, ja string) {
	if text := s.say("%[1]s", "%[2]s", en, ja); text != "" {
		s.Sentences = append(s.Sentences, text)
	}
}

// fact keeps a number behind the sentences; nil and empty are left out.
func (s *section) fact(name string, value any) {
	var text string
	switch v := value.(type) {
	case *float64:
		if v == nil {
			return
		}
		text = fmt.Sprint(*v)
	case *string:
		if v == nil {
			return
		}
		text = *v
	case *time.Time:
		if v == nil {
			return
		}
		text = v.Format(time.DateOnly)
	case time.Time:
		text = v.Format(time.DateOnly)
	default:
		text = fmt.Sprint(v)
	}
	if text != "" {
		s.Facts = append(s.Facts, Fact{Name: name, Value: text})
	}
}

// keep ends the subject.
func (s *section) keep() {
	if len(s.Sentences) > 0 {
		s.story.Sections = append(s.story.Sections, s.Section)
	}
}

// ask runs a query about the customer, $id, and scans every row into a T.
func ask[T any](ctx context.Context, t *teller, query string, into func(*T) []any, args ...any) ([]T, error) {
	return warehouse.Collect(ctx, t.db, query, into, append(args, warehouse.Named("id", t.CustomerID))...)
}

// one is ask for at most one row: nil where there is none.
func one[T any](ctx context.Context, t *teller, query string, into func(*T) []any, args ...any) (*T, error) {
	rows, err := ask(ctx, t, query, into, args...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}
