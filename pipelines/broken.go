package pipelines

import (
	"context"
	"fmt"

	"strings"

	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/jobs"
	"github.com/tokui/tokui/pipelines/source"
)

// eligibility are the tables that decide for every campaign who may be told anything, beside those its audience reads.
func eligibility() []string { return []string{"core.contacts", "core.consents"} }

// checkSources stops a campaign that depends on a source whose last load broke what `expect:` says of it: what Tokui knows
// then is older than it should be, and nobody has looked yet.
func (p *Program) checkSources(ctx context.Context, db *warehouse.DB, name string) error {
	broken, err := source.Broken(p.dataPath())
	if err != nil || len(broken) == 0 {
		return err
	}
	reads, err := p.readsOf(ctx, db, name)
	if err != nil {
		return err
	}
	for _, s := range p.Config.SourceNames {
		why, is := broken[s]
		if !is || !reads["raw."+p.Config.Sources[s].Table] {
			continue
		}
		first, _, _ := strings.Cut(why, "\n  try:")
		return &jobs.GuardError{Err: fmt.Errorf("campaign %s: the source %s, which its audience depends on, was not loaded: %s\n  "+
			"try: correct the export, or expect: of the source, and run load; then the campaign", name, s, first)}
	}
	return nil
}

// readsOf are all tables that a campaign's audience rests on, down to the sources'.
func (p *Program) readsOf(ctx context.Context, db *warehouse.DB, name string) (map[string]bool, error) {
	statement, err := db.Parse(ctx, p.Config.Campaigns[name].Audience)
	if err != nil {
		return nil, fmt.Errorf("read the audience of %s: %w", name, err)
	}
	set, err := p.models(ctx, db)
	if err != nil {
		return nil, err
	}
	open := eligibility()
	for _, t := range statement.Tables() {
		open = append(open, t.String())
	}
	reads := map[string]bool{}
	for len(open) > 0 {
		table := open[0]
		open = open[1:]
		if reads[table] {
			continue
		}
		reads[table] = true
		if table == "core.sales" || table == "core.customer_key" { // load keeps them
			reads["raw.sales"] = true
		}
		if m, ok := set.Model(table); ok {
			open = append(open, m.Reads...)
		}
	}
	return reads, nil
}

// SourceStatus is what is known of a source without the warehouse.
type SourceStatus struct {
	source.Freshness
	Broken string `json:"broken,omitempty"`
}

// Sources are the sources as their last loads left them, in the order of config.yaml.
func (p *Program) Sources() ([]SourceStatus, error) {
	fresh, err := source.Fresh(p.dataPath())
	if err != nil {
		return nil, err
	}
	broken, err := source.Broken(p.dataPath())
	if err != nil {
		return nil, err
	}
	list := make([]SourceStatus, 0, len(p.Config.SourceNames))
	for _, name := range p.Config.SourceNames {
		s := SourceStatus{Freshness: fresh[name], Broken: broken[name]}
		s.Source, s.Table = name, p.Config.Sources[name].Table
		list = append(list, s)
	}
	return list, nil
}
