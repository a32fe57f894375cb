-- metrics.rank_history: each customer's rank by the rules of today, at $as_of and at the month starts before it.
-- ja:      ランク履歴
-- grain:   as_of_on, customer_id
-- columns:
--   as_of_on             date           not null  data strictly before it
--   customer_id          varchar        not null  -> core.customers
--   rank                 varchar        not null  the override, else the first rule that holds, else other
--   rule_position        integer                  the rule that holds, also under an override; null: none
--   is_override          boolean        not null  given by hand; today's override stands for every date
--   has_bought           boolean        not null  a completed line before the date
--   sales_amount         decimal(18,2)  not null  net sales in the window before the date
--   gross_profit_amount  decimal(18,2)            of the lines whose cost is known; null: of none
-- check:   rank <> ''

with

periods as (
    select
        as_of_on,
        customer_id,
        first_ordered_on is not null as has_bought,
        sales_amount,
        gross_profit_amount,
    from metrics.customer_period
),

rules as (
    select
        as_of_on,
        customer_id,
        rank,
        rule_position,
    from metrics.rank_rule
),

overrides as (
    select
        customer_id,
        rank_override,
    from core.customers
    where rank_override is not null
)

select
    periods.as_of_on,
    periods.customer_id,
    coalesce(overrides.rank_override, rules.rank, 'other') as rank,
    rules.rule_position,
    overrides.rank_override is not null as is_override,
    periods.has_bought,
    periods.sales_amount,
    periods.gross_profit_amount,
from periods
left join rules
    on
        periods.as_of_on = rules.as_of_on
        and periods.customer_id = rules.customer_id
left join overrides
    on periods.customer_id = overrides.customer_id
