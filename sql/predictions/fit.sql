-- predictions.fit: every model that was fitted, parameter by parameter.
-- ja:      予測モデルの推定値
-- grain:   estimator, fit_group, parameter
-- params:  $as_of date
-- columns:
--   estimator       varchar  not null  renewal: gaps between purchases; replacement, purchase: the second stages upon it; bg_nbd, mbg_nbd, pareto_nbd, nbd: purchases; gamma_gamma: their value; lead: who becomes a customer; risk: how customers differ in what goes wrong; trend: growth of sales
--   fit_group       varchar  not null  what it was fitted on: customer, all (categories), category NAME; of risk: payment, cancellation, return
--   parameter       varchar  not null
--   value           double             null: too little data to fit, as in log_likelihood
--   std_error       double             null: the data cannot tell
--   log_likelihood  double             of the whole fit
--   n               bigint   not null  what it was fitted on: customers, or pairs of customer and category; of trend, months
--   converged       boolean  not null

with

renewal as (
    select
        'renewal' as estimator,
        if(level = 'category', 'category ' || node, level) as fit_group,
        parameter,
        value,
        std_error,
        log_likelihood,
        n,
        converged,
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

-- one line a family of models
fits as (
    select * from renewal
    union all
    select * from replacement
    union all
    select * from purchase
    union all
    select * from purchases
    union all
    select * from spending
    union all
    select * from leads
    union all
    select * from risks
    union all
    select * from trends
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
from fits
