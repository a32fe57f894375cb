-- predictions.purchase_earlier: when each customer bought anything, as known $dormant_within_days before $as_of, and who has since.
-- ja:      得意先別購買履歴（検証期間前）
-- grain:   customer_key
-- params:  $as_of date, $dormant_within_days integer default 90
-- columns:
--   customer_key        integer        not null  -> core.customer_key
--   gap_count           bigint         not null  gaps between days with a completed line
--   gap_days_total      bigint         not null
--   gap_days_log_total  decimal(38,9)  not null  natural logarithms
--   silent_days         bigint         not null  from the last such day to the last one known
--   has_bought_since    boolean        not null  in the $dormant_within_days before $as_of
-- check:   silent_days >= 0 and gap_count >= 0

with

days as (
    select
        customer_key,
        ordered_on,
        ln(ordered_on - lag(ordered_on) over (
            partition by customer_key order by ordered_on
        ))::decimal(18, 9) as gap_days_log,
        ordered_on < $as_of::date - $dormant_within_days::int as was_known,
    from rollups.customer_day
    where completed_line_count > 0 and ordered_on < $as_of::date
),

customers as (
    select
        customer_key,
        count(*) filter (was_known) - 1 as gap_count,
        min(ordered_on) as first_on,
        max(ordered_on) filter (was_known) as last_on,
        coalesce(sum(gap_days_log) filter (was_known), 0)::decimal(38, 9) as gap_days_log_total,
        count(*) > count(*) filter (was_known) as has_bought_since,
    from days
    group by customer_key
)

select
    customer_key,
    gap_count,
    last_on - first_on as gap_days_total,
    gap_days_log_total,
    $as_of::date - $dormant_within_days::int - 1 - last_on as silent_days,
    has_bought_since,
from customers
where gap_count >= 0
