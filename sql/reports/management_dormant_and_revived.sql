-- reports.management_dormant_and_revived: the greatest customers that we have lost sight of, and the ones that came back.
-- ja:      休眠・復活した得意先
-- grain:   status, customer_id
-- params:  $as_of date, $dormant_days integer default 180, $dormant_row_count integer default 10
-- columns:
--   status                 varchar        not null  dormant; revived: bought in the last 30 days, after $dormant_days without
--   position               bigint         not null  within the status, the greatest first
--   customer_id            varchar        not null  -> core.customers
--   name                   varchar                  null: not in the master
--   sales_rep              varchar                  null: none
--   rank                   varchar                  null: none
--   last_ordered_on        date           not null  of revived ones: the order that they came back with
--   gap_days               bigint         not null  since the last order; of revived ones, without one before they came back
--   amount                 decimal(18,2)  not null  dormant: net sales ever; revived: net sales since they came back
-- check:   gap_days >= 0

with

customers as (
    select customer_id, customer_key, name, sales_rep,
    from core.customers
),

ranks as (
    select customer_id, rank,
    from metrics.customer_rank
),

dormant as (
    select
        'dormant' as status,
        customer_id,
        last_ordered_on,
        recency_days as gap_days,
        lifetime_sales_amount as amount,
    from segments.dormant
),

purchases as (
    select
        customer_key,
        ordered_on,
        lag(ordered_on) over (partition by customer_key order by ordered_on) as previous_on,
    from rollups.customer_day
    where completed_line_count > 0 and ordered_on < $as_of::date
),

returns as (
    select customer_key, ordered_on, previous_on,
    from purchases
    where ordered_on >= $as_of::date - 30 and ordered_on - previous_on >= $dormant_days::int
    qualify row_number() over (partition by customer_key order by ordered_on desc) = 1
),

revived as (
    select
        'revived' as status,
        customers.customer_id,
        returns.ordered_on as last_ordered_on,
        returns.ordered_on - returns.previous_on as gap_days,
        sum(customer_day.sales_amount)::decimal(18, 2) as amount,
    from returns
    inner join customers
        on customers.customer_key = returns.customer_key
    inner join rollups.customer_day as customer_day
        on
            customer_day.customer_key = returns.customer_key
            and customer_day.ordered_on >= returns.ordered_on
            and customer_day.ordered_on < $as_of::date
    group by customers.customer_id, returns.ordered_on, returns.previous_on
),

candidates as (
    select * from dormant
    union all by name
    select * from revived
)

select
    candidates.status,
    row_number() over (partition by candidates.status order by candidates.amount desc, candidates.customer_id) as position,
    candidates.customer_id,
    customers.name,
    customers.sales_rep,
    ranks.rank,
    candidates.last_ordered_on,
    candidates.gap_days,
    candidates.amount,
from candidates
left join customers
    on customers.customer_id = candidates.customer_id
left join ranks
    on ranks.customer_id = candidates.customer_id
qualify row_number() over (partition by candidates.status order by candidates.amount desc, candidates.customer_id) <= $dormant_row_count::int
