-- The customers that were known, what was foretold of each, and what came: predict.BacktestCustomers. customer_outcome is
-- what was bought in the days after, by customer_id.
with

customers as (
    select
        customer_key.customer_id,
        history.gap_count,
        history.gap_days_total,
        history.silent_days,
        history.earlier_gap_count is not null as was_known,
        history.silent_days < $days::int as has_bought_since,
    from predictions.customer_history as history
    inner join core.customer_key as customer_key
        on customer_key.customer_key = history.customer_key
),

everything as (
    select sum(gap_days_total) / nullif(sum(gap_count), 0) as gap_days,
    from customers
)

select
    customers.gap_count,
    customers.gap_days_total,
    customers.silent_days,
    customers.was_known,
    customers.has_bought_since,
    coalesce(
        customers.gap_days_total / nullif(customers.gap_count, 0), everything.gap_days
    )::double as usual_gap_days,
    purchase.buy_probability as purchase_probability,
    purchase.first_stage_probability,
    value.buy_probability,
    value.purchase_count,
    coalesce(value.law, '') as law,
    coalesce(value.chosen_by, '') as chosen_by,
    coalesce(outcome.day_count, 0) as purchase_day_count,
    outcome.customer_id is not null as came,
from customers
cross join everything
left join predictions.purchase as purchase
    on purchase.customer_id = customers.customer_id
left join predictions.customer_value as value
    on value.customer_id = customers.customer_id
left join customer_outcome as outcome
    on outcome.customer_id = customers.customer_id
order by customers.customer_id
