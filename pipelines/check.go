package pipelines

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/jobs"
	"github.com/tokui/tokui/pipelines/message"
	"github.com/tokui/tokui/pipelines/model"
	"github.com/tokui/tokui/pipelines/source"
)

// Check finds everything wrong beyond config.yaml's own text: schedules, sources against their files, models and their
// order, rank rules, audiences down to their columns, templates down to their fields and by the rules of the inbox, and
// where mail leaves by SMTP what the DNS says of the sender. It needs no data and changes nothing: the models' headers say
// what their tables will look like.
//
// The configuration may have faults (config.LoadAll), which its reader has told of: whatever they leave usable is looked
// at, so that no tier hides the faults of another. The faults are all there are; the warnings are what its writer may
// not have meant. err is a failure of the check itself.
func (p *Program) Check(ctx context.Context) (faults, warnings position.Faults, err error) {
	db, err := warehouse.OpenMemory(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer db.Close()
	c := &checking{Program: p, db: db, fields: map[string][]string{}}
	for _, tier := range []func(context.Context) error{
		c.schedules, c.sources, c.readModels, c.audiences, c.templates, c.reports, c.trackingKeyring, c.preflight,
	} {
		if err := c.collect(tier(ctx)); err != nil {
			return nil, nil, err
		}
	}
	c.faults.Sort()
	return slices.Compact(c.faults), c.warnings, nil // With tells what Read has told
}

// checking is one check on its way through the tiers.
type checking struct {
	*Program
	db               *warehouse.DB
	faults, warnings position.Faults
	// set is nil where no models could be read at all.
	set *model.Set
	// fields are the columns of each audience that could be bound.
	fields map[string][]string
}

// collect keeps the faults in an error, and returns an error that holds none.
func (c *checking) collect(err error) error {
	var many position.Faults
	if errors.As(err, &many) {
		c.faults = append(c.faults, many...)
		return nil
	}
	var one position.Fault
	if errors.As(err, &one) {
		c.faults = append(c.faults, one)
		return nil
	}
	return err
}

// schedules reads those whose shape is right, and warns of jobs that cannot run by themselves.
func (c *checking) schedules(context.Context) error {
	_, warnings, err := jobs.FromConfig(c.Config)
	c.warnings = append(c.warnings, warnings...)
	var found position.Faults
	if err != nil && !errors.As(err, &found) {
		return err
	}
	for _, name := range c.Config.JobNames {
		if !c.Config.Sound("jobs", name, "schedule") { // told already
			place := c.Config.At("jobs", name, "schedule")
			found = slices.DeleteFunc(found, func(f position.Fault) bool { return f.Position == place })
			continue
		}
		if step := EditionStep(c.Config.Jobs[name].Steps); step != "" && c.Config.Jobs[name].Schedule == "" {
			c.warnings = append(c.warnings, c.Config.Fault(c.Config.KeyAt("jobs", name), `schedule: "0 10 * * TUE"`,
				"jobs.%s has no schedule, so the slot of its step `%s` is not known: it runs only with --slot", name, step))
		}
	}
	return found.Err()
}

// EditionStep is the first of a job's steps that makes an edition of a slot, a campaign or a report; "" if none does.
func EditionStep(steps []string) string {
	for _, step := range steps {
		if verb, _, ok := config.SplitStep(step); ok && (verb == config.StepCampaign || verb == config.StepReport) {
			return step
		}
	}
	return ""
}

// sources compares each mapping that could be read with its newest file, as far as it could.
func (c *checking) sources(ctx context.Context) error {
	loader := c.loader()
	for _, s := range loader.Sources {
		sound := func(path ...string) bool { return c.Config.Sound(append([]string{"sources", s.Name}, path...)...) }
		usable := !slices.ContainsFunc([]string{"path", "format", "encoding", "delimiter", "header", "table"},
			func(key string) bool { return !sound(key) })
		s.Columns, s.Values = maps.Clone(s.Columns), maps.Clone(s.Values)
		maps.DeleteFunc(s.Columns, func(column, _ string) bool { return !sound("columns", column) })
		maps.DeleteFunc(s.Values, func(column string, _ map[string]string) bool {
			return !sound("values", column) || !sound("columns", column)
		})
		if !usable || len(s.Columns) == 0 {
			continue
		}
		loader.Sources = []source.Source{s}
		warnings, err := loader.Check(ctx, c.db)
		c.warnings = append(c.warnings, warnings...)
		var found position.Faults
		switch {
		case errors.As(err, &found):
			if !sound("columns") { // that some are missing has been told
				place := c.Config.At("sources", s.Name, "columns")
				found = slices.DeleteFunc(found, func(f position.Fault) bool { return f.Position == place })
			}
			for _, f := range found {
				c.faults = append(c.faults, c.Config.Fault(f.Position, f.Try, "%s", f.Message))
			}
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil: // a file that cannot be read is no reason to look at nothing else
			c.faults = append(c.faults, c.Config.Fault(c.Config.At("sources", s.Name, "path"), "", "sources.%s: %v", s.Name, err))
		}
	}
	return nil
}

// readModels reads, orders and binds the models and the rules of ranks and approaches.
func (c *checking) readModels(ctx context.Context) error {
	set, err := model.Read(ctx, c.db, c.Models...)
	if err := c.collect(err); err != nil || set == nil {
		return err
	}
	full, err := set.With(ctx, c.db, model.Generated(c.Config)...)
	if err := c.collect(err); err != nil {
		return err
	}
	c.set = full
	untested, err := full.Untested()
	if err != nil {
		return err
	}
	c.faults = append(c.faults, untested...)
	err = model.Scaffold(ctx, c.db, full, c.Contract, c.Params(c.asOf("")))
	return c.placeParams(err)
}

// placeParams gives faults of parameters, which stand under their names, their place in config.yaml.
func (c *checking) placeParams(err error) error {
	var found position.Faults
	if !errors.As(err, &found) {
		return err
	}
	placed := make(position.Faults, 0, len(found))
	for _, f := range found {
		if name, ok := strings.CutPrefix(f.File, "params."); ok {
			if !c.Config.Sound("params", name) {
				continue
			}
			f = c.Config.Fault(c.Config.At("params", name), f.Try, "%s: %s", f.File, f.Message)
		}
		placed = append(placed, f)
	}
	return placed.Err()
}

// audiences binds each by itself.
func (c *checking) audiences(ctx context.Context) error {
	if c.set == nil {
		return nil
	}
	for _, name := range c.Config.CampaignNames {
		if !c.Config.Sound("campaigns", name, "audience") {
			continue
		}
		columns, err := c.audience(ctx, name)
		if err := c.collect(err); err != nil {
			return err
		}
		if columns == nil {
			continue
		}
		c.fields[name] = columns
		if c.Config.Sound("campaigns", name, "channel") {
			c.faults = append(c.faults, c.missingColumns(name, c.Config.Campaigns[name], columns)...)
		}
	}
	return nil
}

// audience binds an audience's SELECT to empty tables of the right shape and returns its columns, nil where they cannot
// be known.
func (c *checking) audience(ctx context.Context, name string) ([]string, error) {
	campaign := c.Config.Campaigns[name]
	at := func(line, column int) position.Position {
		return c.Config.Within(max(line, 1), max(column, 1), "campaigns", name, "audience")
	}
	statement, err := c.db.Parse(ctx, campaign.Audience)
	if err != nil {
		return nil, c.placeFaults(err, "campaigns."+name+".audience: ", at)
	}
	if c.isBlind(statement) {
		return nil, nil
	}
	params := c.Params(c.asOf(""))
	var (
		args   []any
		faults position.Faults
		bound  = map[string]bool{}
	)
	for _, param := range statement.Params() {
		value, ok := params[param.Name]
		switch {
		case !ok:
			faults = append(faults, c.Config.Fault(at(param.Line, param.Column), "use $as_of",
				"campaigns.%s.audience: unknown parameter $%s", name, param.Name))
		case !bound[param.Name]:
			bound[param.Name] = true
			args = append(args, warehouse.Named(param.Name, value))
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	if _, err := c.db.Exec(ctx, "create or replace temp table checked as\n"+campaign.Audience, args...); err != nil {
		var se *warehouse.SQLError
		if errors.As(err, &se) {
			return nil, c.Config.Fault(at(se.Line-1, se.Column), "", "campaigns.%s.audience: %s", name, se.Message)
		}
		return nil, fmt.Errorf("check campaigns.%s.audience: %w", name, err)
	}
	columns, err := columnsOf(ctx, c.db, "checked")
	if err != nil {
		return nil, fmt.Errorf("check campaigns.%s.audience: %w", name, err)
	}
	return columns, nil
}

// isBlind reports whether a statement reads a table that may exist, but whose columns cannot be known: its model's
// header is a fault, or the folder that it may be in is.
func (c *checking) isBlind(statement warehouse.Statement) bool {
	shapeless := c.set.Shapeless()
	return slices.ContainsFunc(statement.Tables(), func(t warehouse.TableRef) bool {
		_, known := c.set.Columns(t.String())
		return slices.Contains(shapeless, t.String()) || !known && !c.Config.Sound("sql_dir")
	})
}

// columnsOf names a table's columns.
func columnsOf(ctx context.Context, db *warehouse.DB, table string) ([]string, error) {
	rows, err := db.Query(ctx, "select column_name from (describe "+warehouse.Ident(table)+")")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var columns []string
	for rows.Next() {
		var column string
		if err := rows.Scan(&column); err != nil {
			return nil, err
		}
		columns = append(columns, column)
	}
	return columns, rows.Err()
}

// missingColumns looks for the columns that a campaign cannot do without.
func (c *checking) missingColumns(name string, campaign config.Campaign, columns []string) position.Faults {
	var faults position.Faults
	need := func(column, why string) {
		if slices.Contains(columns, column) {
			return
		}
		faults = append(faults, c.Config.Fault(c.Config.At("campaigns", name, "audience"), "add "+column+" to the select",
			"campaigns.%s.audience: got the columns %s, want also %s: %s", name, strings.Join(columns, ", "), column, why))
	}
	if campaign.Channel == config.ChannelList {
		need("customer_id", "a list has one row a customer")
		if campaign.FileBy != "" {
			need(campaign.FileBy, "file_by names it")
		}
	} else {
		need("contact_id", "one message a contact")
	}
	if campaign.Effect.ByCategory() {
		need("category", "the effect is of its sales")
	}
	return faults
}

// templates compiles the templates of campaigns by e-mail. What is wrong with the settings that all messages share is
// told once, and does not keep the templates themselves from being looked at.
func (c *checking) templates(context.Context) error {
	shared := map[string]bool{}
	for _, name := range c.Config.CampaignNames {
		campaign := c.Config.Campaigns[name]
		if !c.Config.Sound("campaigns", name, "channel") {
			continue
		}
		switch campaign.Channel {
		case config.ChannelPostal:
			if err := c.collect(c.noPostalYet(name)); err != nil {
				return err
			}
			continue
		case config.ChannelList:
			continue
		}
		if !c.Config.Sound("campaigns", name, "template") || !c.Config.Sound("templates_dir") {
			continue
		}
		settings := c.messageSettings(name, c.fields[name])
		compiled, err := message.Compile(c.Program.Templates, campaign.Template, settings)
		var found position.Faults
		if !errors.As(err, &found) {
			if err != nil {
				return err
			}
			c.faults = append(c.faults, compiled.Lint()...)
			continue
		}
		if !slices.ContainsFunc(found, isOfSettings) {
			c.faults = append(c.faults, found...)
			continue
		}
		for _, f := range found {
			if key, _, _ := strings.Cut(f.Message, ":"); isOfSettings(f) && !shared[f.Message] && c.Config.Sound(strings.Split(key, ".")...) {
				shared[f.Message] = true
				c.faults = append(c.faults, c.placeSetting(name, f))
			}
		}
		compiled, err = message.Compile(c.Program.Templates, campaign.Template, soundSettings(settings))
		if err := c.collect(err); err != nil {
			return err
		}
		if compiled != nil {
			c.faults = append(c.faults, compiled.Lint()...)
		}
	}
	return nil
}

// soundSettings are settings that nothing is wrong with, for a look at a template by itself.
func soundSettings(s message.Settings) message.Settings {
	s.Company = message.Company{Name: "Company", Address: "Address", Contact: "contact@example.com"}
	s.From, s.ReplyTo, s.BaseURL = "news@example.com", "", "https://r.example.com"
	s.TrackingKey = []byte(strings.Repeat("k", 32))
	return s
}

// reports looks for the templates of reports.
func (c *checking) reports(context.Context) error {
	for _, name := range c.Config.ReportNames {
		if !c.Config.Sound("reports", name, "template") || !c.Config.Sound("templates_dir") {
			continue
		}
		template := c.Config.Reports[name].Template
		found := slices.ContainsFunc(c.Program.Templates, func(layer fs.FS) bool {
			info, err := fs.Stat(layer, template)
			return err == nil && info.IsDir()
		})
		if !found {
			c.faults = append(c.faults, c.Config.Fault(c.Config.At("reports", name, "template"), "template: management",
				"reports.%s.template: there is no folder %s of templates", name, template))
		}
	}
	return nil
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

// isOfSettings reports whether a template's fault is about a key of config.yaml, not about a template's file.
func isOfSettings(f position.Fault) bool { return f.File == "config.yaml" && f.Line == 0 }

// placeTemplate gives faults that are about config.yaml, not about a template's file, their place there.
func (p *Program) placeTemplate(campaign string, err error) error {
	var found position.Faults
	if !errors.As(err, &found) {
		return err
	}
	placed := make(position.Faults, len(found))
	for i, f := range found {
		if placed[i] = f; isOfSettings(f) {
			placed[i] = p.placeSetting(campaign, f)
		}
	}
	return placed
}

// placeSetting finds the key of config.yaml that a fault begins with; where nothing of it is there, what needs it.
func (p *Program) placeSetting(campaign string, f position.Fault) position.Fault {
	key, _, _ := strings.Cut(f.Message, ":")
	at := p.Config.At(strings.Split(key, ".")...)
	if at.Line == 0 {
		at = p.Config.At("campaigns", campaign, "channel")
	}
	return p.Config.Fault(at, f.Try, "%s", f.Message)
}
