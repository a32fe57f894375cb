-- predictions.customer_history: when each customer bought anything, as known at $as_of and $due_days before.
-- ja:      得意先別購買履歴
-- grain:   customer_key
-- params:  $as_of date, $due_days integer default 30
-- columns:
--   customer_key                integer        not null  -> core.customer_key
--   gap_count                   bigint         not null  gaps between days with a completed line, before $as_of
--   gap_days_total              bigint         not null
--   gap_days_log_total          decimal(38,9)  not null  natural logarithms
--   silent_days                 bigint         not null  from the last such day to the day before $as_of
--   earlier_gap_count           bigint                   the same at $as_of - $due_days; null: not bought by then
--   earlier_gap_days_total      bigint
--   earlier_gap_days_log_total  decimal(38,9)
--   earlier_silent_days         bigint
-- check:   silent_days >= 0 and gap_count >= 0
-- check:   earlier_gap_count is null or (earlier_silent_days >= 0 and earlier_gap_count <= gap_count)

with

days as (
    select
        customer_key,
        ordered_on,
        ln(ordered_on - lag(ordered_on) over (
            partition by customer_key order by ordered_on
        ))::decimal(18, 9) as gap_days_log,
    from rollups.customer_day
    where completed_line_count > 0 and ordered_on < $as_of::date
),

customers as (
    select
        customer_key,
        count(*) - 1 as gap_count,
        min(ordered_on) as first_on,
        max(ordered_on) as last_on,
        coalesce(sum(gap_days_log), 0)::decimal(38, 9) as gap_days_log_total,
        count(*) filter (
            ordered_on < $as_of::date - $due_days::int
        ) - 1 as earlier_gap_count,
        max(ordered_on) filter (
            ordered_on < $as_of::date - $due_days::int
        ) as earlier_last_on,
        coalesce(sum(gap_days_log) filter (
            ordered_on < $as_of::date - $due_days::int
        ), 0)::decimal(38, 9) as earlier_gap_days_log_total,
    from days
    group by customer_key
)

select
    customer_key,
    gap_count,
    last_on - first_on as gap_days_total,
    gap_days_log_total,
    $as_of::date - 1 - last_on as silent_days,
    if(earlier_gap_count >= 0, earlier_gap_count, null) as earlier_gap_count,
    earlier_last_on - first_on as earlier_gap_days_total,
    if(earlier_gap_count >= 0, earlier_gap_days_log_total, null) as earlier_gap_days_log_total,
    $as_of::date - $due_days::int - 1 - earlier_last_on as earlier_silent_days,
from customers
