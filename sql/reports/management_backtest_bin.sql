-- reports.management_backtest_bin: how often what the forecasts thought so likely came, when they were last put to the test.
-- ja:      予測の検証（確率帯別）
-- grain:   subject, bin
-- columns:
--   subject         varchar  not null  pair: by predictions.replacement; customer: by predictions.purchase
--   bin             integer  not null  1, the least likely tenth, to 10
--   row_count       bigint   not null
--   forecast        double   not null  mean probability
--   frequency       double   not null  the share that came
--   frequency_low   double   not null  its 95 % interval
--   frequency_high  double   not null
-- check:   forecast between 0 and 1 and frequency between 0 and 1

with

latest as (
    select
        if(model = 'replacement', 'pair', 'customer') as subject,
        model,
        at_on,
        horizon_days,
    from predictions.calibration
    where model in ('replacement', 'purchase') and at_on is not null
),

bins as (
    select
        subject,
        model,
        at_on,
        horizon_days,
        bin,
        row_count,
        forecast,
        frequency,
        frequency_low,
        frequency_high,
    from ops.backtest_bin
)

select
    bins.subject,
    bins.bin,
    bins.row_count,
    bins.forecast,
    bins.frequency,
    bins.frequency_low,
    bins.frequency_high,
from bins
inner join latest
    on
        latest.subject = bins.subject
        and latest.model = bins.model
        and latest.at_on = bins.at_on
        and latest.horizon_days = bins.horizon_days
