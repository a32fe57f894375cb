-- predictions.category_clock: how much of the year's trade in a category has passed, day by day: the clock of its season.
-- ja:      カテゴリ別季節時計
-- grain:   category, on_day
-- params:  $as_of date
-- columns:
--   category    varchar        not null  -> core.products  only where predictions.clock_fit uses a season
--   on_day      date           not null  from before the first purchase to ten years after $as_of
--   clock_days  decimal(18,6)  not null  up to and with it: 365 a year, more of them in its busy weeks
-- check:   clock_days > 0

with

weeks as (
    select
        category,
        right(parameter, 2)::int as week_no,
        value::decimal(18, 6) as week_index,
    from predictions.clock_fit
    where is_used and parameter like 'week%'
),

span as (
    select min(first_purchased_on) as first_on,
    from rollups.customer_category_gap
),

days as (
    select
        day.on_day::date as on_day,
        least((dayofyear(day.on_day) - 1) // 7, 51) + 1 as week_no,
    from
        span,
        unnest(range(span.first_on, $as_of::date + 3653, interval 1 day)) as day(on_day)
    where exists (select 1 from weeks)
)

select
    weeks.category,
    days.on_day,
    sum(weeks.week_index) over (
        partition by weeks.category order by days.on_day
    )::decimal(18, 6) as clock_days,
from days
inner join weeks
    on weeks.week_no = days.week_no
