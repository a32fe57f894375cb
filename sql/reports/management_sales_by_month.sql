-- reports.management_sales_by_month: the company's sales month by month, beside the same month a year before.
-- ja:      月別売上
-- grain:   month_on
-- params:  $as_of date
-- columns:
--   month_on              date           not null  first day of the month; thirteen months at most, none before the data begin
--   sales_amount          decimal(18,2)  not null  net sales, lines without a customer included
--   year_before_amount    decimal(18,2)            of the same month, and of an unfinished one of the same days; null: no data
--   is_partial            boolean        not null  the month is not over, or the data begin within it
-- check:   day(month_on) = 1

with

days as (
    select ordered_on, sales_amount,
    from rollups.day
    where ordered_on < $as_of::date
),

extents as (
    select min(ordered_on) as from_on,
    from days
),

months as (
    select month_on::date as month_on,
    from extents, unnest(range(
        greatest(
            date_trunc('month', $as_of::date - 1) - to_months(12),
            date_trunc('month', extents.from_on)
        )::timestamp,
        $as_of::timestamp,
        to_months(1)
    )) as months(month_on)
    where extents.from_on is not null
),

months_and_years_before as (
    select
        months.month_on,
        least((months.month_on + to_months(1))::date, $as_of::date) as end_on,
        (months.month_on - to_months(12))::date as year_before_on,
        (least((months.month_on + to_months(1))::date, $as_of::date) - to_months(12))::date as year_before_end_on,
    from months
),

sums as (
    select
        months_and_years_before.month_on,
        sum(days.sales_amount) filter (
            days.ordered_on >= months_and_years_before.month_on
            and days.ordered_on < months_and_years_before.end_on
        ) as sales_amount,
        sum(days.sales_amount) filter (
            days.ordered_on >= months_and_years_before.year_before_on
            and days.ordered_on < months_and_years_before.year_before_end_on
        ) as year_before_amount,
    from months_and_years_before
    cross join days
    group by months_and_years_before.month_on
)

select
    sums.month_on,
    coalesce(sums.sales_amount, 0)::decimal(18, 2) as sales_amount,
    case
        when months_and_years_before.year_before_on >= date_trunc('month', extents.from_on)::date
            then coalesce(sums.year_before_amount, 0)::decimal(18, 2)
    end as year_before_amount,
    (months_and_years_before.month_on + to_months(1))::date > $as_of::date
    or extents.from_on > months_and_years_before.month_on + 6 as is_partial,
from sums
inner join months_and_years_before
    on months_and_years_before.month_on = sums.month_on
cross join extents
