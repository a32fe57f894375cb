-- metrics.customer_rank: each customer's rank at $as_of, and the one before.
-- ja:      顧客ランク
-- grain:   customer_id
-- params:  $as_of date
-- columns:
--   customer_id          varchar        not null  -> core.customers
--   rank                 varchar        not null  the override, else the first rule that holds, else other
--   rank_position        integer        not null  1: the best; ranks outside the scheme stand behind it, other last
--   is_override          boolean        not null  given by hand
--   rule_position        integer                  the rule that holds, also under an override; null: none
--   previous_rank        varchar                  at the last month start that is a month or more before $as_of; null: had not bought
--   sales_amount         decimal(18,2)  not null  net sales in the window
--   gross_profit_amount  decimal(18,2)            of the lines whose cost is known; null: of none
-- check:   rank_position >= 1
-- check:   total: (select count(*) from metrics.customer_rank) = (select count(*) from core.customers)
-- check:   total: (select sum(sales_amount) from metrics.customer_rank) is not distinct from (select sum(sales_amount) from metrics.customer)

with

history as (
    select
        as_of_on,
        customer_id,
        rank,
        is_override,
        rule_position,
        has_bought,
        sales_amount,
        gross_profit_amount,
    from metrics.rank_history
),

scheme as (
    select
        rank,
        position,
    from config.rank
),

behind_scheme as (
    select coalesce(max(position), 0)::integer as last_position,
    from scheme
)

select
    history.customer_id,
    history.rank,
    coalesce(
        scheme.position,
        behind_scheme.last_position
        + if(history.rank = 'other', 2, 1)
    ) as rank_position,
    history.is_override,
    history.rule_position,
    previous.rank as previous_rank,
    history.sales_amount,
    history.gross_profit_amount,
from history
cross join behind_scheme
left join scheme
    on history.rank = scheme.rank
left join history as previous
    on
        history.customer_id = previous.customer_id
        and previous.as_of_on
        = date_trunc('month', $as_of::date - to_months(1))::date
        and previous.has_bought
where history.as_of_on = $as_of::date
