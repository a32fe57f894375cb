package pipelines

import (
	"context"
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/effect"
	"github.com/tokui/tokui/pipelines/model"
	"github.com/tokui/tokui/pipelines/predict"
)

// Estimate is a row of effects.estimate: what a campaign brought per unit, with its interval, or why that cannot be
// said. Treated and HeldOut count units, not messages. Rank is "lead" for units that are no customers, and "all" for
// everybody. The pointers are nil unless it was measured.
type Estimate struct {
	Campaign      string   `json:"campaign"`
	Slot          string   `json:"slot"`
	Rank          string   `json:"rank"`
	Outcome       string   `json:"outcome"`
	Verdict       string   `json:"verdict"`
	DaysLeft      int64    `json:"days_left"`
	Treated       int64    `json:"treated"`
	HeldOut       int64    `json:"held_out"`
	MeanTreated   *float64 `json:"mean_treated"`
	MeanHeldOut   *float64 `json:"mean_held_out"`
	Difference    *float64 `json:"difference"`
	Low           *float64 `json:"ci_low"`
	High          *float64 `json:"ci_high"`
	PValue        *float64 `json:"p_value"`
	IsDrawSuspect bool     `json:"is_draw_suspect"`
}

// Effects measures every campaign as of a date: intention to treat, sent against held out.
func (p *Program) Effects(ctx context.Context, asOf calendar.Date, campaign string) ([]Estimate, error) {
	var estimates []Estimate
	err := p.withWarehouse(ctx, "effect", func(db *warehouse.DB) (err error) {
		if err := p.needAnalyzed(ctx, db); err != nil {
			return err
		}
		if err := p.collect(ctx, db, asOf); err != nil {
			return err
		}
		if _, err := p.build(ctx, db, asOf, model.Effects); err != nil {
			return err
		}
		estimates, err = readEstimates(ctx, db, campaign)
		return err
	})
	return estimates, err
}

// build builds whole schemas as of a date, with every estimator there is.
func (p *Program) build(ctx context.Context, db *warehouse.DB, asOf calendar.Date, schemas ...string) (model.Result, error) {
	runner, err := p.runner(ctx, db, asOf)
	if err != nil {
		return model.Result{}, err
	}
	return runner.Build(ctx, db, schemas...)
}

// runner builds models as of a date.
func (p *Program) runner(ctx context.Context, db *warehouse.DB, asOf calendar.Date) (*model.Runner, error) {
	set, err := p.models(ctx, db)
	if err != nil {
		return nil, err
	}
	return &model.Runner{Set: set, Params: p.Params(asOf), Estimators: estimators(), ByRows: scorers(), Now: p.Now, Progress: func(s model.Step) {
		if s.Elapsed > slowModel || p.Verbose {
			p.Note("%d of %d: %s, %d rows in %.2f s", s.Number, s.Total, s.What(), s.Rows, s.Elapsed.Seconds())
		}
	}}, nil
}

// slowModel is how long a model may take before its end is worth a line to whoever waits.
const slowModel = 2 * time.Second

// estimators are the kinds of estimator that a model's header may name.
func estimators() map[string]model.Estimator {
	return map[string]model.Estimator{
		"welch":           effect.Estimate,
		"renewal_fit":     prediction(predict.RenewalFitTable),
		"renewal_buys":    prediction(predict.PurchaseTable),
		"replacement_fit": prediction(predict.ReplacementFitTable),
		"purchase_fit":    prediction(predict.PurchaseFitTable),
		"renewal_score":   prediction(predict.ReplacementTable),
		"clock_fit":       prediction(predict.ClockFitTable),
		"btyd_fit":        prediction(predict.PurchaseLawFitTable),
		"gamma_gamma_fit": prediction(predict.SpendFitTable),
		"customer_value":  prediction(predict.CustomerValueTable),
		"risk_fit":        prediction(predict.RiskFitTable),
		"risk_rate":       prediction(predict.RiskTable),
		"lead_fit":        prediction(predict.LeadFitTable),
		"lead_score":      prediction(predict.LeadScoreTable),
		"cross_tab":       prediction(predict.CrossTabTable),
		"trend_fit":       prediction(predict.TrendFitTable),
	}
}

// scorers are the estimators that go by rows: what they say of a pair or a customer follows from its own row.
func scorers() map[string]bool {
	return map[string]bool{"renewal_buys": true, "renewal_score": true}
}

// prediction makes an estimator of what package predict knows, which knows nothing of models.
func prediction(estimate func(context.Context, arrow.Table, map[string]any) (arrow.Table, error)) model.Estimator {
	return func(ctx context.Context, in arrow.Table, p model.Params) (arrow.Table, error) {
		return estimate(ctx, in, p)
	}
}

func readEstimates(ctx context.Context, db *warehouse.DB, campaign string) ([]Estimate, error) {
	rows, err := db.Query(ctx, `
		select
			estimate.campaign, slot, if(estimate.rank = '', 'lead', estimate.rank), estimate.outcome, verdict, days_left, n1, n0,
			mean1, mean0, difference, ci_low, ci_high, p_value, is_draw_suspect,
		from effects.estimate as estimate
		left join config.campaign as campaign on campaign.campaign = estimate.campaign
		left join config.rank as rank_order using (rank)
		where $campaign = '' or estimate.campaign = $campaign
		order by
			campaign.position, estimate.campaign, slot <> 'all', slot, rank <> 'all', rank_order.position, estimate.rank`,
		warehouse.Named("campaign", campaign))
	if err != nil {
		return nil, fmt.Errorf("read effects: %w", err)
	}
	defer rows.Close()
	var estimates []Estimate
	for rows.Next() {
		var e Estimate
		err := rows.Scan(&e.Campaign, &e.Slot, &e.Rank, &e.Outcome, &e.Verdict, &e.DaysLeft, &e.Treated, &e.HeldOut, &e.MeanTreated,
			&e.MeanHeldOut, &e.Difference, &e.Low, &e.High, &e.PValue, &e.IsDrawSuspect)
		if err != nil {
			return nil, fmt.Errorf("read effects: %w", err)
		}
		estimates = append(estimates, e)
	}
	return estimates, rows.Err()
}
