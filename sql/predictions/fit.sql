-- predictions.fit: every model that was fitted, parameter by parameter.
-- ja:      予測モデルの推定値
-- grain:   estimator, fit_group, parameter
-- params:  $as_of date
-- columns:
--   estimator       varchar  not null  renewal: gaps between purchases; replacement: the second stage upon it; bg_nbd, mbg_nbd, pareto_nbd, nbd: purchases; gamma_gamma: their value; clock: the season and stock by which time is measured, where it is
--   fit_group       varchar  not null  what it was fitted on: customer, all (categories), department NAME, group NAME, category NAME
--   parameter       varchar  not null
--   value           double             null: too little data to fit, as in log_likelihood
--   std_error       double             null: the data cannot tell
--   log_likelihood  double             of the whole fit
--   n               bigint   not null  what it was fitted on: customers, or pairs of customer and category
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
        null::varchar as note,
    from predictions.replacement_fit
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
        null::varchar as note,
    from predictions.clock_fit
    where is_used
),

-- one line a family of models
fits as (
    select * from renewal
    union all
    select * from replacement
    union all
    select * from purchases
    union all
    select * from spending
    union all
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
