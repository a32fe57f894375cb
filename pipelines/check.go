package pipelines

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/jobs"
	"github.com/tokui/tokui/pipelines/message"
	"github.com/tokui/tokui/pipelines/model"
)

// Check finds everything wrong with a configuration that reads well by itself: schedules, models and their order, rank
// rules, audiences down to their columns, templates down to their fields. It needs no data and changes nothing: the
// models' headers say what their tables will look like.
//
// The faults are all there are; the warnings are what its writer may not have meant. err is a failure of the check
// itself.
func (p *Program) Check(ctx context.Context) (faults, warnings position.Faults, err error) {
	_, scheduleWarnings, err := jobs.FromConfig(p.Config)
	if err := collectFaults(&faults, err); err != nil {
		return nil, nil, err
	}
	warnings = append(warnings, scheduleWarnings...)

	db, err := warehouse.OpenMemory(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer db.Close()
	sourceWarnings, err := p.loader().Check(ctx, db)
	if err := collectFaults(&faults, err); err != nil {
		return nil, nil, err
	}
	warnings = append(warnings, sourceWarnings...)
	set, err := p.models(ctx, db)
	readable := err == nil
	if err := collectFaults(&faults, err); err != nil {
		return nil, nil, err
	}
	fields := map[string][]string{}
	if readable {
		untested, err := set.Untested()
		if err != nil {
			return nil, nil, err
		}
		faults = append(faults, untested...)
		if err := collectFaults(&faults, model.Scaffold(ctx, db, set, p.Contract, p.Params(p.asOf("")))); err != nil {
			return nil, nil, err
		}
		for _, name := range p.Config.CampaignNames {
			columns, err := p.checkAudience(ctx, db, name)
			if err := collectFaults(&faults, err); err != nil {
				return nil, nil, err
			}
			fields[name] = columns
		}
	}
	for _, name := range p.Config.CampaignNames {
		switch p.Config.Campaigns[name].Channel {
		case config.ChannelPostal:
			if err := collectFaults(&faults, p.noPostalYet(name)); err != nil {
				return nil, nil, err
			}
			continue
		case config.ChannelList:
			continue
		}
		_, err := message.Compile(p.Templates, p.Config.Campaigns[name].Template, p.messageSettings(name, fields[name]))
		if err := collectFaults(&faults, p.placeTemplate(name, err)); err != nil {
			return nil, nil, err
		}
	}
	faults.Sort()
	return faults, warnings, nil
}

// collectFaults adds the faults in an error to those there are, and returns an error that holds none.
func collectFaults(all *position.Faults, err error) error {
	var many position.Faults
	if errors.As(err, &many) {
		*all = append(*all, many...)
		return nil
	}
	var one position.Fault
	if errors.As(err, &one) {
		*all = append(*all, one)
		return nil
	}
	return err
}

// checkAudience binds an audience's SELECT to empty tables of the right shape and returns its columns.
func (p *Program) checkAudience(ctx context.Context, db *warehouse.DB, name string) ([]string, error) {
	campaign := p.Config.Campaigns[name]
	at := func(line, column int) position.Position {
		return p.Config.Within(max(line, 1), max(column, 1), "campaigns", name, "audience")
	}
	statement, err := db.Parse(ctx, campaign.Audience)
	if err != nil {
		return nil, p.placeFaults(err, "campaigns."+name+".audience: ", at)
	}
	params := p.Params(p.asOf(""))
	var args []any
	bound := map[string]bool{}
	for _, param := range statement.Params() {
		value, ok := params[param.Name]
		if !ok {
			return nil, p.Config.Fault(at(param.Line, param.Column), "use $as_of", "campaigns.%s.audience: unknown parameter $%s",
				name, param.Name)
		}
		if !bound[param.Name] {
			bound[param.Name] = true
			args = append(args, warehouse.Named(param.Name, value))
		}
	}
	if _, err := db.Exec(ctx, "create or replace temp table checked as\n"+campaign.Audience, args...); err != nil {
		var se *warehouse.SQLError
		if errors.As(err, &se) {
			return nil, p.Config.Fault(at(se.Line-1, se.Column), "", "campaigns.%s.audience: %s", name, se.Message)
		}
		return nil, fmt.Errorf("check campaigns.%s.audience: %w", name, err)
	}
	rows, err := db.Query(ctx, "select column_name from (describe checked)")
	if err != nil {
		return nil, fmt.Errorf("check campaigns.%s.audience: %w", name, err)
	}
	defer rows.Close()
	var columns []string
	for rows.Next() {
		var column string
		if err := rows.Scan(&column); err != nil {
			return nil, fmt.Errorf("check campaigns.%s.audience: %w", name, err)
		}
		columns = append(columns, column)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("check campaigns.%s.audience: %w", name, err)
	}
	return columns, p.checkColumns(name, campaign, columns)
}

// checkColumns looks for the columns that a campaign cannot do without.
func (p *Program) checkColumns(name string, c config.Campaign, columns []string) error {
	has := map[string]bool{}
	for _, column := range columns {
		has[column] = true
	}
	var faults position.Faults
	need := func(column, why string) {
		if has[column] {
			return
		}
		faults = append(faults, p.Config.Fault(p.Config.At("campaigns", name, "audience"), "add "+column+" to the select",
			"campaigns.%s.audience: got the columns %s, want also %s: %s", name, strings.Join(columns, ", "), column, why))
	}
	if c.Channel == "list" {
		need("customer_id", "a list has one row a customer")
		if c.FileBy != "" {
			need(c.FileBy, "file_by names it")
		}
	} else {
		need("contact_id", "one message a contact")
	}
	if strings.HasSuffix(c.Effect.Outcome, " of category") {
		need("category", "the effect is of its sales")
	}
	return faults.Err()
}

// placeFaults moves faults found in a text of config.yaml to where the text stands there.
func (p *Program) placeFaults(err error, prefix string, at func(line, column int) position.Position) error {
	var found position.Faults
	if !errors.As(err, &found) {
		return err
	}
	placed := make(position.Faults, len(found))
	for i, f := range found {
		placed[i] = p.Config.Fault(at(f.Line, f.Column), f.Try, "%s%s", prefix, f.Message)
	}
	return placed
}

// placeTemplate gives faults that are about config.yaml, not about a template's file, their place there.
func (p *Program) placeTemplate(campaign string, err error) error {
	var found position.Faults
	if !errors.As(err, &found) {
		return err
	}
	placed := make(position.Faults, len(found))
	for i, f := range found {
		placed[i] = f
		if f.File != "config.yaml" || f.Line != 0 {
			continue
		}
		key, _, _ := strings.Cut(f.Message, ":")
		placed[i] = p.Config.Fault(p.Config.At(strings.Split(key, ".")...), f.Try, "%s", f.Message)
	}
	return placed
}
