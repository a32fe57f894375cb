-- predictions.fit: every model that was fitted, parameter by parameter.
-- ja:      予測モデルの推定値
-- grain:   estimator, fit_group, parameter
-- params:  $as_of date
-- columns:
--   estimator       varchar  not null  renewal: gaps between purchases; replacement, purchase: the second stages upon it; clock: the season and stock by which time is measured, where it is; bg_nbd, mbg_nbd, pareto_nbd, nbd: purchases; gamma_gamma: their value; lead: who becomes a customer; risk: how customers differ in what goes wrong; trend: growth of sales
--   fit_group       varchar  not null  what it was fitted on: customer, all (categories), department NAME, group NAME, category NAME; of risk: payment, cancellation, return
--   parameter       varchar  not null
--   value           double             null: too little data to fit, as in log_likelihood
--   std_error       double             null: the data cannot tell
--   log_likelihood  double             of the whole fit
--   n               bigint   not null  what it was fitted on: customers, or pairs of customer and category; of trend, months
--   converged       boolean  not null
--   note            varchar            why it could not be fitted, did not converge, or needs a prior

with

renewal as (
    select
        'renewal' as estimator,
        if(level in ('customer', 'all'), level, concat(level, ' ', node)) as fit_group,
        parameter,
        value,
        std_error,
        log_likelihood,
        n,
        converged,
        note,
    from predictions.renewal_fit
    where as_of_on = $as_of::date and own
),

replacement as (
    select
        'replacement' as estimator,
        'all' as fit_group,
        parameter,
        value,
        std_error,
        log_likelihood,
        n,
        converged,
    from predictions.replacement_fit
),

purchase as (
    select
        'purchase' as estimator,
        'customer' as fit_group,
        parameter,
        value,
        std_error,
        log_likelihood,
        n,
        converged,
    from predictions.purchase_fit
),

purchases as (
    select
        law as estimator,
        'all' as fit_group,
        parameter,
        value,
        std_error,
        log_likelihood,
        n,
        converged,
        note,
    from predictions.purchase_law_fit
),

spending as (
    select
        'gamma_gamma' as estimator,
        'all' as fit_group,
        parameter,
        value,
        std_error,
        log_likelihood,
        n,
        converged,
        note,
    from predictions.spend_fit
),

leads as (
    select
        'lead' as estimator,
        'all' as fit_group,
        parameter,
        value,
        std_error,
        log_likelihood,
        n,
        converged,
    from predictions.lead_fit
),

risks as (
    select
        'risk' as estimator,
        kind as fit_group,
        parameter,
        -- what stands in for a fit that is none was not fitted
        case when converged then value end as value,
        std_error,
        log_likelihood,
        n,
        converged,
    from predictions.risk_fit
),

-- products, thousands of them, stand in predictions.trend_fit
trends as (
    select
        'trend' as estimator,
        if(level = 'category', 'category ' || node, level) as fit_group,
        'log_growth' as parameter,
        log_growth as value,
        std_error,
        null::double as log_likelihood,
        month_count as n,
        state = 'fitted' as converged,
    from predictions.trend_fit
    where level in ('all', 'category') and state = 'fitted'
),

clocks as (
    select
        'clock' as estimator,
        concat('category ', category) as fit_group,
        parameter,
        value,
        std_error,
        null::double as log_likelihood,
        n,
        true as converged,
    from predictions.clock_fit
    where is_used
),

-- one line a family of models; those without a note have none
fits as (
    select * from renewal
    union all by name
    select * from replacement
    union all by name
    select * from purchase
    union all by name
    select * from purchases
    union all by name
    select * from spending
    union all by name
    select * from leads
    union all by name
    select * from risks
    union all by name
    select * from trends
    union all by name
    select * from clocks
)

select
    estimator,
    fit_group,
    parameter,
    value,
    std_error,
    log_likelihood,
    n,
    converged,
    note,
from fits
