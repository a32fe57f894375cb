-- The pairs of customer and category that were known, what was foretold of each, and whether it came: predict.BacktestPairs.
-- pair_outcome is what was bought in the days after, by customer_id and category.
with

pairs as (
    select
        customers.customer_id,
        history.category,
        history.gap_count,
        history.gap_days_total,
        history.silent_days,
        history.earlier_gap_count is not null as was_known,
        history.has_bought_since,
    from predictions.pair_history as history
    inner join core.customer_key as customers
        on customers.customer_key = history.customer_key
),

categories as (
    select
        category,
        sum(gap_days_total) / nullif(sum(gap_count), 0) as gap_days,
    from pairs
    group by category
),

everything as (
    select sum(gap_days_total) / nullif(sum(gap_count), 0) as gap_days,
    from pairs
)

select
    pairs.gap_count,
    pairs.gap_days_total,
    pairs.silent_days,
    pairs.was_known,
    pairs.has_bought_since,
    coalesce(
        pairs.gap_days_total / nullif(pairs.gap_count, 0), categories.gap_days, everything.gap_days
    )::double as usual_gap_days,
    replacement.due_probability,
    replacement.first_stage_probability,
    outcome.customer_id is not null as came,
from pairs
cross join everything
inner join categories
    on categories.category = pairs.category
left join predictions.replacement as replacement
    on
        replacement.customer_id = pairs.customer_id
        and replacement.category = pairs.category
left join pair_outcome as outcome
    on
        outcome.customer_id = pairs.customer_id
        and outcome.category = pairs.category
order by pairs.customer_id, pairs.category
