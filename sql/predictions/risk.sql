-- predictions.risk: how likely it goes wrong next time with a customer of whom it went wrong so often out of so many times.
-- ja:      リスク率
-- grain:   kind, bad_count, trial_count
-- params:  $risk_level double default 0.9
-- estimator: risk_rate
-- columns:
--   kind          varchar  not null  as in metrics.risk_count
--   bad_count     bigint   not null
--   trial_count   bigint   not null
--   company_rate  double   not null  what the customer's own is shrunk to
--   shrunk_rate   double   not null  the mean of its posterior
--   rate_high     double   not null  the customer's own rate is below it with a probability of $risk_level: the one to decide by
-- check:   shrunk_rate between 0 and 1 and rate_high between 0 and 1

with

fits as (
    select
        kind,
        max(value) filter (parameter = 'rate') as rate,
        max(value) filter (parameter = 'strength') as strength,
    from predictions.risk_fit
    group by kind
),

histories as (
    select distinct
        kind,
        bad_count,
        trial_count,
    from metrics.risk_count
)

select
    histories.kind,
    histories.bad_count,
    histories.trial_count,
    fits.rate,
    fits.strength,
from histories
inner join fits
    on histories.kind = fits.kind
order by histories.kind, histories.bad_count, histories.trial_count
