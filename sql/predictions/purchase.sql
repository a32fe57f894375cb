-- predictions.purchase: how likely each customer buys anything again, by the renewal model of whole customers and what else counts.
-- ja:      得意先別購買確率
-- grain:   customer_id
-- params:  $as_of date, $due_days integer default 30, $dormant_within_days integer default 90
-- estimator: renewal_buys
-- columns:
--   customer_id              varchar  not null  -> core.customers  whoever bought before $as_of; nobody where nothing could be fitted
--   customer_key             integer  not null
--   buy_probability          double   not null  of a purchase in [$as_of, $as_of + $dormant_within_days)
--   first_stage_probability  double   not null  the same by the renewal model alone
--   stage                    varchar  not null  stack: weighed with silence and frequency; renewal: first stage only
--   due_probability          double   not null  of one in [$as_of, $as_of + $due_days)
--   earlier_due_probability  double             of one in the $due_days before $as_of, as it was known then; null: nothing was
--   active_probability       double   not null  that the customer has not left
-- check:   buy_probability between 0 and 1 and due_probability between 0 and 1 and active_probability between 0 and 1
-- check:   first_stage_probability <= active_probability + 0.000001
-- check:   stage in ('stack', 'renewal')

with

customers as (
    select
        customer_id,
        customer_key,
    from core.customers
    where customer_key is not null
),

parameters as (
    select
        as_of_on,
        max(value) filter (parameter = 'k') as k,
        max(value) filter (parameter = 'r') as r,
        max(value) filter (parameter = 'alpha') as alpha,
        max(value) filter (parameter = 'a') as a,
        max(value) filter (parameter = 'b') as b,
    from predictions.renewal_fit
    where level = 'customer'
    group by as_of_on
),

-- one row; nulls where there is no second stage
weights as (
    select
        max(value) filter (parameter = 'intercept') as stack_intercept,
        max(value) filter (parameter = 'renewal_logit') as stack_renewal_logit,
        max(value) filter (parameter = 'silence') as stack_silence,
        max(value) filter (parameter = 'frequency') as stack_frequency,
    from predictions.purchase_fit
    where converged
)

select
    customers.customer_id,
    customers.customer_key,
    history.gap_count,
    history.gap_days_total,
    history.silent_days,
    parameters.k,
    parameters.r,
    parameters.alpha,
    parameters.a,
    parameters.b,
    history.earlier_gap_count,
    history.earlier_gap_days_total,
    history.earlier_silent_days,
    earlier.k as earlier_k,
    earlier.r as earlier_r,
    earlier.alpha as earlier_alpha,
    earlier.a as earlier_a,
    earlier.b as earlier_b,
    weights.stack_intercept,
    weights.stack_renewal_logit,
    weights.stack_silence,
    weights.stack_frequency,
from predictions.customer_history as history
inner join customers
    on customers.customer_key = history.customer_key
inner join parameters
    on parameters.as_of_on = $as_of::date
left join parameters as earlier
    on earlier.as_of_on = $as_of::date - $due_days::int
cross join weights
order by customers.customer_id
