-- predictions.pair_history: what each customer bought from each category, as known at $as_of and $due_days before.
-- ja:      得意先カテゴリ別購買履歴
-- grain:   customer_key, category
-- params:  $as_of date, $due_days integer default 30
-- columns:
--   customer_key                integer        not null  -> core.customer_key
--   category                    varchar        not null  -> core.products
--   gap_count                   bigint         not null  gaps between purchase days before $as_of
--   gap_days_total              bigint         not null
--   gap_days_log_total          decimal(38,9)  not null  natural logarithms
--   last_purchased_on           date           not null
--   silent_days                 bigint         not null  from then to the day before $as_of, the last day observed
--   earlier_gap_count           bigint                   the same at $as_of - $due_days; null: not bought by then
--   earlier_gap_days_total      bigint
--   earlier_gap_days_log_total  decimal(38,9)
--   earlier_silent_days         bigint
--   has_bought_since            boolean        not null  from $as_of - $due_days on, before $as_of
-- check:   silent_days >= 0 and gap_count >= 0
-- check:   earlier_gap_count is null or (earlier_silent_days >= 0 and earlier_gap_count <= gap_count)
--
-- The sums over all days, less those over the last few: only the days since the earlier date are looked at.

with

totals as (
    select
        customer_key,
        category,
        purchase_day_count,
        gap_days_log_total,
        first_purchased_on,
        last_purchased_on,
    from rollups.customer_category_gap
    where first_purchased_on < $as_of::date
),

recent_days as (
    select
        customer_key,
        category,
        ordered_on,
        gap_days,
        ordered_on >= $as_of::date as is_unknown,
    from rollups.customer_category_day
    where is_purchase and ordered_on >= $as_of::date - $due_days::int
),

-- the day before each date: the first day after it, less the gap that it closes
recent as (
    select
        customer_key,
        category,
        count(*) as day_count,
        coalesce(sum(ln(gap_days)::decimal(18, 9)), 0) as log_total,
        min(ordered_on - gap_days::int) as previous_on,
        count(*) filter (is_unknown) as unknown_day_count,
        coalesce(sum(ln(gap_days)::decimal(18, 9)) filter (is_unknown), 0) as unknown_log_total,
        min(ordered_on - gap_days::int) filter (is_unknown) as known_on,
        count(*) > count(*) filter (is_unknown) as has_bought_since,
    from recent_days
    group by customer_key, category
),

known as (
    select
        totals.customer_key,
        totals.category,
        totals.first_purchased_on,
        totals.purchase_day_count - coalesce(recent.unknown_day_count, 0) - 1 as gap_count,
        (totals.gap_days_log_total - coalesce(recent.unknown_log_total, 0))::decimal(38, 9) as gap_days_log_total,
        if(
            coalesce(recent.unknown_day_count, 0) > 0, recent.known_on, totals.last_purchased_on
        ) as last_purchased_on,
        coalesce(recent.has_bought_since, false) as has_bought_since,
        totals.purchase_day_count - coalesce(recent.day_count, 0) - 1 as earlier_gap_count,
        (totals.gap_days_log_total - coalesce(recent.log_total, 0))::decimal(38, 9) as earlier_gap_days_log_total,
        if(recent.day_count > 0, recent.previous_on, totals.last_purchased_on) as earlier_on,
        totals.first_purchased_on < $as_of::date - $due_days::int as was_known,
    from totals
    left join recent
        on
            recent.customer_key = totals.customer_key
            and recent.category = totals.category
)

select
    customer_key,
    category,
    gap_count,
    last_purchased_on - first_purchased_on as gap_days_total,
    gap_days_log_total,
    last_purchased_on,
    $as_of::date - 1 - last_purchased_on as silent_days,
    if(was_known, earlier_gap_count, null) as earlier_gap_count,
    if(was_known, earlier_on - first_purchased_on, null) as earlier_gap_days_total,
    if(was_known, earlier_gap_days_log_total, null) as earlier_gap_days_log_total,
    if(was_known, $as_of::date - $due_days::int - 1 - earlier_on, null) as earlier_silent_days,
    has_bought_since,
from known
