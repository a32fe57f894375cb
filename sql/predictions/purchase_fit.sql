-- predictions.purchase_fit: how much each sign that a customer will buy counts, as the last $dormant_within_days have shown.
-- ja:      購買予測の重み
-- grain:   parameter
-- params:  $as_of date, $dormant_within_days integer default 90
-- estimator: purchase_fit
-- columns:
--   parameter       varchar  not null  intercept, or the sign; no rows where too few bought, or too few did not
--   value           double   not null  per unit of the sign, in log-odds
--   std_error       double             null: of the intercept
--   log_likelihood  double   not null
--   n               bigint   not null  customers
--   converged       boolean  not null
-- check:   parameter in ('intercept', 'renewal_logit', 'silence', 'frequency')
--
-- A logistic regression of who bought in the $dormant_within_days before $as_of on what was known then: the log-odds of the
-- renewal model, ln(1 + days of silence), ln(1 + gaps). The renewal model hears silence and frequency only through its laws of
-- a steady pace and of leaving right after a purchase; this weighs them by what came of them. The intercept is not fitted: it
-- holds the sum at what the renewal model said of those days, since the level of one window is that of its season. Nothing is
-- learned where less than $dormant_within_days were known then: nobody could have been silent for as long as some are now.

with

parameters as (
    select
        max(value) filter (parameter = 'k') as k,
        max(value) filter (parameter = 'r') as r,
        max(value) filter (parameter = 'alpha') as alpha,
        max(value) filter (parameter = 'a') as a,
        max(value) filter (parameter = 'b') as b,
    from predictions.purchase_renewal_fit
),

known as (
    select max(gap_days_total + silent_days) >= $dormant_within_days::int as is_enough,
    from predictions.purchase_earlier
)

select
    history.gap_count,
    history.gap_days_total,
    history.silent_days,
    parameters.k,
    parameters.r,
    parameters.alpha,
    parameters.a,
    parameters.b,
    history.has_bought_since as has_bought,
from predictions.purchase_earlier as history
cross join parameters
cross join known
where parameters.k is not null and known.is_enough
order by history.customer_key
