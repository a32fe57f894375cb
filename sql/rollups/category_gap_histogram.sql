-- rollups.category_gap_histogram: how many gaps between purchase days of one customer lasted how long, by category.
-- ja:      カテゴリ別購買間隔分布
-- grain:   category, gap_days
-- columns:
--   category   varchar  not null  -> core.products
--   gap_days   bigint   not null
--   gap_count  bigint   not null  over all customers
-- check:   gap_days > 0 and gap_count > 0

with

gaps as (
    select
        category,
        gap_days,
    from rollups.customer_category_day
    where gap_days is not null
)

select
    category,
    gap_days,
    count(*) as gap_count,
from gaps
group by category, gap_days
