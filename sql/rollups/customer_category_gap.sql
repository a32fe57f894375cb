-- rollups.customer_category_gap: how regularly each customer buys from a category: the gaps between its purchase days, summed.
-- ja:      得意先カテゴリ別購買間隔
-- grain:   customer_key, category
-- rebuild: customer_key
-- columns:
--   customer_key            integer        not null  -> core.customer_key
--   category                varchar        not null  -> core.products
--   purchase_day_count      bigint         not null
--   gap_count               bigint         not null  one less
--   gap_days_total          bigint         not null
--   gap_days_squared_total  bigint         not null  for the variance
--   gap_days_log_total      decimal(38,9)  not null  natural logarithms, each rounded: the sum is exact, in any order
--   first_purchased_on      date           not null
--   last_purchased_on       date           not null
-- check:   gap_count = purchase_day_count - 1
-- check:   gap_days_total = last_purchased_on - first_purchased_on

with

purchase_days as (
    select
        customer_key,
        category,
        ordered_on,
        gap_days,
    from rollups.customer_category_day
    where is_purchase
)

select
    customer_key,
    category,
    count(*) as purchase_day_count,
    count(gap_days) as gap_count,
    coalesce(sum(gap_days), 0)::bigint as gap_days_total,
    coalesce(sum(gap_days * gap_days), 0)::bigint as gap_days_squared_total,
    coalesce(
        sum(ln(gap_days)::decimal(18, 9)), 0
    )::decimal(38, 9) as gap_days_log_total,
    min(ordered_on) as first_purchased_on,
    max(ordered_on) as last_purchased_on,
from purchase_days
group by customer_key, category
