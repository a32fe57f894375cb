-- ops.backtest: how the forecasts of past days did, each beside simpler ways to foretell the same, and by repeats.
-- ja:      予測の検証結果
-- grain:   at_on, horizon_days, subject, model, repeats
-- columns:
--   at_on               date     not null  the last day that was known to the forecasts
--   horizon_days        integer  not null  how many days after it they were about
--   until_on            date     not null  the last of them
--   position            integer  not null  in which the models are told
--   subject             varchar  not null  pair: of customer and category; customer: buying anything
--   model               varchar  not null  replacement, first_stage, purchase, customer_value, bg_nbd, base_rate (the same for all), date_rule, fixed_days
--   model_table         varchar            where the product keeps these numbers; null: only compared with
--   note                varchar            which law or rule it is
--   repeats             varchar  not null  '': all; else those who had bought again so often: 0, 1, 2-3, 4-7, 8+
--   row_count           bigint   not null
--   event_count         bigint   not null  of them came
--   auc                 double             null: all came, or nobody
--   auc_error           double             standard error
--   top_decile_lift     double             how many times more often than all the likeliest tenth came
--   log_loss            double             this and what follows null: it only ranks
--   brier               double
--   calibration_error   double             mean distance of forecast and frequency over ten groups of equal size
--   predicted_count     double             sum of the probabilities
--   ratio               double             predicted_count by event_count; null too: nobody came
--   is_flagged          boolean  not null  outside of 0.8 to 1.25, by more than chance: it ranks, its numbers are no numbers
--   purchases_foretold  double             purchase days; null: it counts none
--   purchases_counted   double
-- check:   event_count between 0 and row_count
-- check:   auc is null or auc between 0 and 1
-- check:   until_on = at_on + horizon_days

with

models as (
    select
        file,
        at_on,
        horizon_days,
        until_on,
        position,
        subject,
        model,
        model_table,
        note,
        repeats,
        row_count,
        event_count,
        auc,
        auc_error,
        top_decile_lift,
        log_loss,
        brier,
        calibration_error,
        predicted_count,
        ratio,
        is_flagged,
        purchases_foretold,
        purchases_counted,
    from journal.backtest
)

select
    at_on,
    horizon_days,
    until_on,
    position,
    subject,
    model,
    model_table,
    note,
    repeats,
    row_count,
    event_count,
    auc,
    auc_error,
    top_decile_lift,
    log_loss,
    brier,
    calibration_error,
    predicted_count,
    ratio,
    is_flagged,
    purchases_foretold,
    purchases_counted,
from models
-- a file that was copied by hand tells the same twice
qualify row_number() over (
    partition by at_on, horizon_days, subject, model, repeats
    order by file
) = 1
