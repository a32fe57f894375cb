package pipelines

import (
	"fmt"
	"net/http"

	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/token"
	"github.com/tokui/tokui/pipelines/response"
)

// Endpoints are the public pages that links in mails lead to, and what closes their journal. They open no warehouse:
// check the token, append to the journal, answer.
func (p *Program) Endpoints() (http.Handler, func() error, error) {
	keys, err := token.New([]byte(p.Config.Tracking.Key.Reveal()))
	if err != nil {
		return nil, nil, fmt.Errorf("tracking.key: %w", err)
	}
	pages, err := response.NewPages(response.Sender{
		Company: p.Config.Company.Name,
		Contact: p.Config.Company.Contact,
		Locale:  p.Config.Locale,
	})
	if err != nil {
		return nil, nil, err
	}
	if err := p.Prepare(); err != nil {
		return nil, nil, err
	}
	writer, err := journal.OpenWriter(p.JournalDir(), response.Stream, p.Now)
	if err != nil {
		return nil, nil, fmt.Errorf("open journal of responses: %w", err)
	}
	return &response.Endpoint{Keys: keys, Append: writer.Append, Pages: pages, Now: p.Now}, writer.Close, nil
}
