-- predictions.purchase: how likely each customer buys anything again, by the renewal model of whole customers.
-- ja:      得意先別購買確率
-- grain:   customer_id
-- params:  $as_of date, $due_days integer default 30, $dormant_within_days integer default 90
-- estimator: renewal_buys
-- columns:
--   customer_id              varchar  not null  -> core.customers  whoever bought before $as_of; nobody where nothing could be fitted
--   customer_key             integer  not null
--   buy_probability          double   not null  of a purchase in [$as_of, $as_of + $dormant_within_days)
--   due_probability          double   not null  of one in [$as_of, $as_of + $due_days)
--   earlier_due_probability  double             of one in the $due_days before $as_of, as it was known then; null: nothing was
--   active_probability       double   not null  that the customer has not left
-- check:   buy_probability between 0 and 1 and due_probability between 0 and 1 and active_probability between 0 and 1
-- check:   buy_probability <= active_probability + 0.000001

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
from predictions.customer_history as history
inner join customers
    on customers.customer_key = history.customer_key
inner join parameters
    on parameters.as_of_on = $as_of::date
left join parameters as earlier
    on earlier.as_of_on = $as_of::date - $due_days::int
order by customers.customer_id
