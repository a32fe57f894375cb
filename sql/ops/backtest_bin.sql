-- ops.backtest_bin: how often what was foretold came, from the least to the most likely tenth of each forecast of ops.backtest.
-- ja:      予測の検証結果（確率帯別）
-- grain:   at_on, horizon_days, subject, model, bin
-- columns:
--   at_on           date     not null  the last day that was known to the forecasts
--   horizon_days    integer  not null  how many days after it they were about
--   subject         varchar  not null  pair, customer
--   model           varchar  not null
--   bin             integer  not null  1, the least likely tenth, to 10; fewer where there were fewer rows
--   row_count       bigint   not null
--   event_count     double   not null  of them came; not whole where equal forecasts lie in two tenths
--   lowest          double   not null  the range of the forecasts
--   highest         double   not null
--   forecast        double   not null  their mean
--   frequency       double   not null  the share that came
--   frequency_low   double   not null  its 95 % interval, by Wilson (1927)
--   frequency_high  double   not null
-- check:   lowest <= forecast + 0.000001 and forecast <= highest + 0.000001
-- check:   frequency_low <= frequency + 0.000001 and frequency <= frequency_high + 0.000001

with

bins as (
    select
        file,
        at_on,
        horizon_days,
        subject,
        model,
        bin,
        row_count,
        event_count,
        lowest,
        highest,
        forecast,
        frequency,
        frequency_low,
        frequency_high,
    from journal.backtest_bin
)

select
    at_on,
    horizon_days,
    subject,
    model,
    bin,
    row_count,
    event_count,
    lowest,
    highest,
    forecast,
    frequency,
    frequency_low,
    frequency_high,
from bins
-- a file that was copied by hand tells the same twice
qualify row_number() over (
    partition by at_on, horizon_days, subject, model, bin
    order by file
) = 1
