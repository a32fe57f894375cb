-- reports.management_backtest: how well the forecasts did when they were last put to the test, beside simpler rules.
-- ja:      予測の検証
-- grain:   subject, model
-- columns:
--   subject            varchar  not null  pair: of customer and category; customer: buying anything
--   position           integer  not null  in which the models are told
--   model              varchar  not null  as in ops.backtest
--   is_own             boolean  not null  false: only compared with
--   at_on              date     not null  the last day that was known to the forecasts
--   until_on           date     not null  the last day that they were scored by
--   horizon_days       integer  not null
--   row_count          bigint   not null
--   event_count        bigint   not null  of them came
--   predicted_count    double             sum of the probabilities; null: it only ranks
--   ratio              double             predicted_count by event_count; null too: nobody came
--   auc                double             null: all came, or nobody
--   auc_error          double
--   top_decile_lift    double
--   log_loss           double
--   calibration_error  double
--   is_flagged         boolean  not null  outside of 0.8 to 1.25, by more than chance
-- check:   event_count between 0 and row_count
--
-- The backtest that predictions.calibration goes by: of pairs that of predictions.replacement, of customers that of
-- predictions.purchase.

with

latest as (
    select
        if(model = 'replacement', 'pair', 'customer') as subject,
        at_on,
        horizon_days,
    from predictions.calibration
    where model in ('replacement', 'purchase') and at_on is not null
),

scores as (
    select
        subject,
        position,
        model,
        model_table is not null as is_own,
        at_on,
        until_on,
        horizon_days,
        row_count,
        event_count,
        predicted_count,
        ratio,
        auc,
        auc_error,
        top_decile_lift,
        log_loss,
        calibration_error,
        is_flagged,
    from ops.backtest
    where repeats = ''
)

select
    scores.subject,
    scores.position,
    scores.model,
    scores.is_own,
    scores.at_on,
    scores.until_on,
    scores.horizon_days,
    scores.row_count,
    scores.event_count,
    scores.predicted_count,
    scores.ratio,
    scores.auc,
    scores.auc_error,
    scores.top_decile_lift,
    scores.log_loss,
    scores.calibration_error,
    scores.is_flagged,
from scores
inner join latest
    on
        latest.subject = scores.subject
        and latest.at_on = scores.at_on
        and latest.horizon_days = scores.horizon_days
