-- reports.management_dormant_month: how many customers fell dormant in each month, and how many came back.
-- ja:      休眠・復活の推移
-- grain:   month_on
-- params:  $as_of date, $dormant_days integer default 180
-- columns:
--   month_on       date     not null  first day of the month; the last thirteen, none before anybody could be dormant
--   dormant_count  bigint   not null  reached $dormant_days without a completed line in the month
--   revived_count  bigint   not null  bought in the month, after $dormant_days or more without
--   is_partial     boolean  not null  the month is not over

with

purchases as (
    select
        customer_key,
        ordered_on,
        lead(ordered_on) over (partition by customer_key order by ordered_on) as next_on,
    from rollups.customer_day
    where completed_line_count > 0 and ordered_on < $as_of::date
),

-- A gap of $dormant_days or more, whether it has ended or not.
gaps as (
    select
        date_trunc('month', ordered_on + $dormant_days::int)::date as dormant_month_on,
        date_trunc('month', next_on)::date as revived_month_on,
    from purchases
    where coalesce(next_on, $as_of::date) - ordered_on >= $dormant_days::int
),

changes as (
    select dormant_month_on as month_on, 1 as dormant_count, 0 as revived_count,
    from gaps
    union all
    select revived_month_on as month_on, 0 as dormant_count, 1 as revived_count,
    from gaps
    where revived_month_on is not null
),

months as (
    select month_on::date as month_on,
    from unnest(range(
        (date_trunc('month', $as_of::date - 1) - to_months(12))::timestamp,
        $as_of::timestamp,
        to_months(1)
    )) as months(month_on)
),

starts as (
    select min(ordered_on) + $dormant_days::int as from_on,
    from purchases
)

select
    months.month_on,
    coalesce(sum(changes.dormant_count), 0)::bigint as dormant_count,
    coalesce(sum(changes.revived_count), 0)::bigint as revived_count,
    (months.month_on + to_months(1))::date > $as_of::date as is_partial,
from months
cross join starts
left join changes
    on changes.month_on = months.month_on
where (months.month_on + to_months(1))::date > starts.from_on
group by months.month_on
