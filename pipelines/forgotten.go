package pipelines

import (
	"fmt"

	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/pipelines/response"
	"github.com/tokui/tokui/pipelines/source"
)

// forgotten are the people whom load leaves out: every tombstone that stands (AP2). `unsuppress` for the same contact or
// address, scope all, takes one away: somebody has come back of their own will.
func (p *Program) forgotten() (source.Forgotten, error) {
	_, seed, err := p.Keys()
	if err != nil {
		return source.Forgotten{}, err
	}
	f := source.Forgotten{Seed: seed}
	fold := journal.NewSuppressions()
	customers := map[string]bool{}
	for _, stream := range []string{journal.LedgerStream, response.ImportStream} {
		wanted := func(k journal.Kind) bool { return k == journal.Forgotten || k == journal.Unsuppress }
		_, err := journal.NewFollower(p.JournalDir(), stream, wanted).Next(func(e journal.Event, _ journal.Place) error {
			fold.Add(e)
			if e.Kind == journal.Forgotten && e.Detail == journal.ForgottenCustomer {
				customers[e.ContactKey] = true
			}
			return nil
		})
		if err != nil {
			return f, fmt.Errorf("read who was forgotten: %w", err)
		}
	}
	for _, s := range fold.All() {
		switch {
		case s.Reason != string(journal.Forgotten):
		case s.AddressKey != "":
			f.Addresses = append(f.Addresses, s.AddressKey)
		default:
			f.Contacts = append(f.Contacts, s.ContactKey)
		}
	}
	f.Customers = sortedNames(customers)
	return f, nil
}
