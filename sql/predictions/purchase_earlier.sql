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
--
-- The logarithms over all days, less those of the gaps that the days since have closed: only these are put in order.

with

totals as (
    select customer_key, gap_days_log_total,
    from predictions.customer_history
),

purchase_days as (
    select customer_key, ordered_on,
    from rollups.customer_day
    where completed_line_count > 0
),

earlier as (
    select
        customer_key,
        count(*) - 1 as gap_count,
        min(ordered_on) as first_on,
        max(ordered_on) as last_on,
    from purchase_days
    where ordered_on < $as_of::date - $dormant_within_days::int
    group by customer_key
),

recent_days as (
    select
        purchase_days.customer_key,
        purchase_days.ordered_on,
        lag(purchase_days.ordered_on, 1, earlier.last_on) over (
            partition by purchase_days.customer_key order by purchase_days.ordered_on
        ) as previous_on,
    from purchase_days
    inner join earlier
        on earlier.customer_key = purchase_days.customer_key
    where
        purchase_days.ordered_on >= $as_of::date - $dormant_within_days::int
        and purchase_days.ordered_on < $as_of::date
),

recent as (
    select
        customer_key,
        sum(ln(ordered_on - previous_on)::decimal(18, 9)) as gap_days_log_total,
    from recent_days
    group by customer_key
)

select
    earlier.customer_key,
    earlier.gap_count,
    earlier.last_on - earlier.first_on as gap_days_total,
    (totals.gap_days_log_total - coalesce(recent.gap_days_log_total, 0))::decimal(38, 9) as gap_days_log_total,
    $as_of::date - $dormant_within_days::int - 1 - earlier.last_on as silent_days,
    recent.customer_key is not null as has_bought_since,
from earlier
inner join totals
    on totals.customer_key = earlier.customer_key
left join recent
    on recent.customer_key = earlier.customer_key
