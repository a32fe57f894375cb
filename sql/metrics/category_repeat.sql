-- metrics.category_repeat: how often, and after how long, customers buy again from a category.
-- ja:      カテゴリ別リピート
-- grain:   category
-- columns:
--   category               varchar  not null  -> core.products
--   customer_count         bigint   not null  customers who ever bought from it
--   repeat_customer_count  bigint   not null  on two days or more
--   repeat_rate            double   not null  the one by the other
--   gap_count              bigint   not null  gaps between purchase days of one customer
--   gap_days_mean          double             null: nobody ever came back
--   gap_days_median        double             the lower one of two
-- check:   repeat_customer_count <= customer_count
-- check:   total: (select coalesce(sum(gap_count), 0) from metrics.category_repeat) = (select coalesce(sum(gap_count), 0) from rollups.category_gap_histogram)

with

gaps as (
    select
        category,
        count(*) as customer_count,
        count(*) filter (gap_count > 0) as repeat_customer_count,
        sum(gap_count)::bigint as gap_count,
        sum(gap_days_total)::bigint as gap_days_total,
    from rollups.customer_category_gap
    group by category
),

gaps_cumulated as (
    select
        category,
        gap_days,
        sum(gap_count) over (
            partition by category
            order by gap_days
            rows between unbounded preceding and current row
        ) as gaps_so_far,
        sum(gap_count) over (partition by category) as gap_count,
    from rollups.category_gap_histogram
),

medians as (
    select
        category,
        min(gap_days)::double as gap_days_median,
    from gaps_cumulated
    where 2 * gaps_so_far >= gap_count
    group by category
)

select
    gaps.category,
    gaps.customer_count,
    gaps.repeat_customer_count,
    round(
        gaps.repeat_customer_count / nullif(gaps.customer_count, 0), 6
    ) as repeat_rate,
    gaps.gap_count,
    round(gaps.gap_days_total / nullif(gaps.gap_count, 0), 6) as gap_days_mean,
    medians.gap_days_median,
from gaps
left join medians
    on gaps.category = medians.category
