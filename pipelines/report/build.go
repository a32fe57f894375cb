package report

import (
	"context"
	"fmt"

	"github.com/tokui/tokui/internal/warehouse"
)

// Build reads the tables of a report, which the caller has built, into a document. name is the report's: it becomes the
// title where Options has none. Errors: *warehouse.SQLError where a table is missing.
func Build(ctx context.Context, db *warehouse.DB, name string, opts Options) (Document, error) {
	if opts.Template == "" {
		opts.Template = name
	}
	if opts.Title == "" {
		opts.Title = name
	}
	d := Document{Options: opts, Format: Format{Locale: opts.Locale, Currency: opts.Currency}}
	for _, read := range []func(context.Context, warehouse.Querier) error{
		d.readHeadline, d.readSales, d.readMigration, d.readDormancy, d.readDue, d.readBacktests, d.readCampaigns, d.readEditions, d.readQuality,
		d.readCohorts, d.readTrends, d.readCrossTabs,
	} {
		if err := read(ctx, db); err != nil {
			return Document{}, fmt.Errorf("read report %s: %w", name, err)
		}
	}
	return d, nil
}

func (d *Document) readHeadline(ctx context.Context, db warehouse.Querier) error {
	rows, err := warehouse.Collect(ctx, db, `
		select
			as_of_on, from_on, previous_from_on, data_from_on, data_until_on, window_days, dormant_days, has_previous,
			compares_last_year,
			sales_amount::double, unattributed_amount::double, previous_sales_amount::double,
			gross_profit_amount::double, order_count, customer_count, previous_customer_count, new_customer_count,
			known_customer_count, large_customer_count, large_sales_amount::double, best_rank,
			best_rank_customer_count, best_rank_previous_count, best_rank_sales_amount::double, dormant_count,
			dormant_lifetime_amount::double, revived_count, due_probability, due_customer_count, due_count,
		from reports.management_headline`,
		func(h *Headline) []any {
			return []any{
				&h.AsOf, &h.From, &h.PreviousFrom, &h.DataFrom, &h.DataUntil, &h.WindowDays, &h.DormantDays, &h.HasPrevious,
				&h.ComparesLastYear,
				&h.Sales, &h.Unattributed, &h.PreviousSales, &h.GrossProfit, &h.Orders, &h.Customers, &h.PreviousCustomers,
				&h.NewCustomers, &h.Known, &h.Large, &h.LargeSales, &h.BestRank, &h.BestCustomers, &h.BestPrevious,
				&h.BestSales, &h.Dormant, &h.DormantLifetime, &h.Revived, &h.DueProbability, &h.DueCustomers, &h.DueCategories,
			}
		})
	if err != nil {
		return err
	}
	if len(rows) != 1 {
		return fmt.Errorf("reports.management_headline: got %d rows, want one", len(rows))
	}
	d.Headline = rows[0]
	return nil
}

func (d *Document) readSales(ctx context.Context, db warehouse.Querier) (err error) {
	d.Ranks, err = warehouse.Collect(ctx, db, `
		select rank, customer_count, buyer_count, sales_amount::double, previous_sales_amount::double, sales_share,
		from reports.management_sales_by_rank
		order by position, rank`,
		func(r *RankSales) []any {
			return []any{&r.Rank, &r.Customers, &r.Buyers, &r.Sales, &r.Previous, &r.Share}
		})
	if err != nil {
		return err
	}
	d.Months, err = warehouse.Collect(ctx, db, `
		select month_on, sales_amount::double, year_before_amount::double, is_partial,
		from reports.management_sales_by_month
		order by month_on`,
		func(m *Month) []any { return []any{&m.On, &m.Sales, &m.YearBefore, &m.Partial} })
	if err != nil {
		return err
	}
	d.Pareto, err = warehouse.Collect(ctx, db, `
		select position, customer_count, customer_share, sales_amount::double, sales_share,
		from reports.management_pareto_curve
		order by position`,
		func(p *ParetoPoint) []any {
			return []any{&p.Position, &p.Customers, &p.CustomerShare, &p.Sales, &p.Share}
		})
	return err
}

func (d *Document) readMigration(ctx context.Context, db warehouse.Querier) (err error) {
	d.Migration, err = warehouse.Collect(ctx, db, `
		select from_on, to_on, from_rank, to_rank, customer_count, from_count,
		from reports.management_rank_migration
		order by from_position, from_rank, to_position, to_rank`,
		func(m *Move) []any { return []any{&m.FromOn, &m.ToOn, &m.From, &m.To, &m.Customers, &m.FromCount} })
	return err
}

func (d *Document) readDormancy(ctx context.Context, db warehouse.Querier) (err error) {
	d.Dormancy, err = warehouse.Collect(ctx, db, `
		select month_on, dormant_count, revived_count, is_partial,
		from reports.management_dormant_month
		order by month_on`,
		func(m *DormantMonth) []any { return []any{&m.On, &m.Dormant, &m.Revived, &m.Partial} })
	if err != nil {
		return err
	}
	all, err := warehouse.Collect(ctx, db, `
		select status, customer_id, name, sales_rep, rank, last_ordered_on, gap_days, amount::double,
		from reports.management_dormant_and_revived
		order by status, position`,
		func(r *Regular) []any {
			return []any{&r.status, &r.ID, &r.Name, &r.Rep, &r.Rank, &r.LastOn, &r.GapDays, &r.Amount}
		})
	for _, r := range all {
		if r.status == "revived" {
			d.Revived = append(d.Revived, r)
		} else {
			d.Dormant = append(d.Dormant, r)
		}
	}
	return err
}

func (d *Document) readDue(ctx context.Context, db warehouse.Querier) error {
	type repRow struct {
		rep   string
		total int64
		Due
	}
	all, err := warehouse.Collect(ctx, db, `
		select
			sales_rep, rep_due_count, due_count, customer_id, name, rank, category, product_name, due_probability, expected_on,
			last_ordered_on,
		from reports.management_replacement_due
		order by sales_rep = '', sales_rep, position`,
		func(r *repRow) []any {
			return []any{
				&r.rep, &r.total, &r.Categories, &r.CustomerID, &r.Name, &r.Rank, &r.Category, &r.Product, &r.Probability, &r.ExpectedOn, &r.LastOn,
			}
		})
	for _, r := range all {
		if n := len(d.Due); n == 0 || d.Due[n-1].Rep != r.rep {
			d.Due = append(d.Due, RepDue{Rep: r.rep, Total: r.total})
		}
		rep := &d.Due[len(d.Due)-1]
		rep.Rows = append(rep.Rows, r.Due)
	}
	return err
}

func (d *Document) readCampaigns(ctx context.Context, db warehouse.Querier) (err error) {
	d.Campaigns, err = warehouse.Collect(ctx, db, `
		select
			campaign, title, channel, first_slot_on, last_slot_on, edition_count, considered, excluded, held_out, planned,
			accepted, failed, withheld, unconfirmed, pending, click_count, unsubscribe_count, cost_amount::double, verdict,
			days_left, outcome, n1, n0, mean1, mean0, difference, ci_low, ci_high, lift_rate, total_difference, total_low,
			total_high, confidence, is_draw_suspect,
		from reports.management_campaign
		order by position, campaign`,
		func(c *Campaign) []any {
			e := &c.Effect
			return []any{
				&c.Name, &c.Title, &c.Channel, &c.FirstOn, &c.LastOn, &c.Editions, &c.Considered, &c.Excluded, &c.HeldOut,
				&c.Planned, &c.Accepted, &c.Failed, &c.Withheld, &c.Unconfirmed, &c.Pending, &c.Clicks, &c.Unsubscribes, &c.Cost,
				&e.Verdict, &e.DaysLeft, &e.Outcome, &e.N1, &e.N0, &e.Mean1, &e.Mean0, &e.Difference, &e.Low, &e.High,
				&e.Lift, &e.TotalDifference, &e.TotalLow, &e.TotalHigh, &e.Confidence, &e.DrawSuspect,
			}
		})
	if err != nil {
		return err
	}
	ranks, err := warehouse.Collect(ctx, db, `
		select campaign, rank, verdict, outcome, n1, n0, mean1, mean0, difference, ci_low, ci_high, lift_rate,
		from reports.management_campaign_rank
		order by campaign, rank_position, rank`,
		func(r *RankEffect) []any {
			e := &r.Effect
			return []any{
				&r.Campaign, &r.Rank, &e.Verdict, &e.Outcome, &e.N1, &e.N0, &e.Mean1, &e.Mean0, &e.Difference, &e.Low, &e.High,
				&e.Lift,
			}
		})
	for _, r := range ranks {
		for i := range d.Campaigns {
			if d.Campaigns[i].Name == r.Campaign {
				d.Campaigns[i].Ranks = append(d.Campaigns[i].Ranks, r)
			}
		}
	}
	return err
}

func (d *Document) readEditions(ctx context.Context, db warehouse.Querier) (err error) {
	d.Editions, err = warehouse.Collect(ctx, db, `
		select
			campaign, slot, title, channel, state, slot_on, considered, excluded, held_out, planned, accepted, failed,
			withheld, unconfirmed, pending, coalesce(verdict, ''), days_left, outcome, difference, ci_low, ci_high,
		from reports.management_edition
		order by position`,
		func(e *Edition) []any {
			f := &e.Effect
			return []any{
				&e.Campaign, &e.Slot, &e.Title, &e.Channel, &e.State, &e.On, &e.Considered, &e.Excluded, &e.HeldOut, &e.Planned,
				&e.Accepted, &e.Failed, &e.Withheld, &e.Unconfirmed, &e.Pending, &f.Verdict, &f.DaysLeft, &f.Outcome,
				&f.Difference, &f.Low, &f.High,
			}
		})
	return err
}

func (d *Document) readQuality(ctx context.Context, db warehouse.Querier) (err error) {
	d.Rejects, err = warehouse.Collect(ctx, db, `
		select source, column_name, reason, reject_count, example_file, example_line, example_value,
		from reports.management_reject
		order by reject_count desc, source, column_name, reason`,
		func(r *Reject) []any {
			return []any{&r.Source, &r.Column, &r.Reason, &r.Count, &r.File, &r.Line, &r.Value}
		})
	if err != nil {
		return err
	}
	d.Files, err = warehouse.Collect(ctx, db, `
		select source, file, modified_at, age_days, row_count, reject_count, reject_rate, is_present,
		from reports.management_file
		order by position, source, file`,
		func(f *File) []any {
			return []any{&f.Source, &f.Name, &f.ModifiedAt, &f.AgeDays, &f.Rows, &f.Rejected, &f.RejectRate, &f.Present}
		})
	return err
}
