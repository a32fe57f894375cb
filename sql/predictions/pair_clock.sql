-- predictions.pair_clock: what predictions.pair_history holds, in the time of the category's clock: by season, by stock, or both.
-- ja:      得意先カテゴリ別補正済み購買履歴
-- grain:   customer_key, category
-- params:  $as_of date, $due_days integer default 30
-- columns:
--   customer_key           integer        not null  -> core.customer_key
--   category               varchar        not null  -> core.products  only those whose clock predictions.clock_fit uses
--   gap_total              decimal(38,6)  not null  of the gaps, in days of the clock
--   gap_log_total          decimal(38,9)  not null
--   silent                 decimal(18,6)  not null  since the last purchase, by the season alone
--   ahead                  decimal(18,6)  not null  the $due_days to come, by the season alone
--   stretch                double         not null  what the last purchase's quantity makes of both: they count that many times
--   earlier_gap_total      decimal(38,6)            the same at $as_of - $due_days; null: not bought by then
--   earlier_gap_log_total  decimal(38,9)
--   earlier_silent         decimal(18,6)
--   earlier_ahead          decimal(18,6)
--   earlier_stretch        double
-- check:   stretch > 0 and silent >= 0 and ahead > 0
--
-- A gap y after a purchase of quantity q is y · (usual / q)^g: what was bought lasts longer, so the gap after it counts less.

with

quantities as (
    select
        category,
        max(value) filter (parameter = 'quantity_exponent' and is_used) as exponent,
        max(value) filter (parameter = 'usual_quantity') as usual_quantity,
    from predictions.clock_fit
    group by category
    having bool_or(is_used)
),

clocks as (
    select
        category,
        on_day,
        clock_days,
    from predictions.category_clock
),

-- where a category has no season, its clock counts days
marks as (
    select
        quantities.category,
        coalesce(now.clock_days, $as_of::date - date '1970-01-02') as now_clock,
        coalesce(later.clock_days, $as_of::date + $due_days::int - date '1970-01-02') as later_clock,
        coalesce(earlier.clock_days, $as_of::date - $due_days::int - date '1970-01-02') as earlier_clock,
    from quantities
    left join clocks as now
        on now.category = quantities.category and now.on_day = $as_of::date - 1
    left join clocks as later
        on later.category = quantities.category and later.on_day = $as_of::date + $due_days::int - 1
    left join clocks as earlier
        on earlier.category = quantities.category and earlier.on_day = $as_of::date - $due_days::int - 1
),

days as (
    select
        day.customer_key,
        day.category,
        day.ordered_on,
        coalesce(clocks.clock_days, day.ordered_on - date '1970-01-01')::decimal(18, 6) as clock_days,
        if(
            quantities.exponent > 0 and day.quantity > 0,
            pow(quantities.usual_quantity / day.quantity::double, quantities.exponent),
            1.0
        )::decimal(18, 9) as stretch,
    from rollups.customer_category_day as day
    inner join quantities
        on quantities.category = day.category
    left join clocks
        on clocks.category = day.category and clocks.on_day = day.ordered_on
    where day.is_purchase and day.ordered_on < $as_of::date
),

gaps as (
    select
        customer_key,
        category,
        ordered_on,
        clock_days,
        stretch,
        greatest(
            (clock_days - lag(clock_days) over pair) * lag(stretch) over pair, 0.000001
        )::decimal(18, 6) as gap,
    from days
    window pair as (partition by customer_key, category order by ordered_on)
),

pairs as (
    select
        customer_key,
        category,
        coalesce(sum(gap), 0) as gap_total,
        coalesce(sum(ln(gap)::decimal(18, 9)), 0) as gap_log_total,
        max(clock_days) as last_clock,
        arg_max(stretch, ordered_on) as stretch,
        coalesce(sum(gap) filter (ordered_on < $as_of::date - $due_days::int), 0) as earlier_gap_total,
        coalesce(sum(ln(gap)::decimal(18, 9)) filter (ordered_on < $as_of::date - $due_days::int), 0) as earlier_gap_log_total,
        max(clock_days) filter (ordered_on < $as_of::date - $due_days::int) as earlier_last_clock,
        arg_max(stretch, ordered_on) filter (ordered_on < $as_of::date - $due_days::int) as earlier_stretch,
    from gaps
    group by customer_key, category
)

select
    pairs.customer_key,
    pairs.category,
    pairs.gap_total::decimal(38, 6) as gap_total,
    pairs.gap_log_total::decimal(38, 9) as gap_log_total,
    (marks.now_clock - pairs.last_clock)::decimal(18, 6) as silent,
    (marks.later_clock - marks.now_clock)::decimal(18, 6) as ahead,
    pairs.stretch::double as stretch,
    if(pairs.earlier_last_clock is null, null, pairs.earlier_gap_total)::decimal(38, 6) as earlier_gap_total,
    if(pairs.earlier_last_clock is null, null, pairs.earlier_gap_log_total)::decimal(38, 9) as earlier_gap_log_total,
    (marks.earlier_clock - pairs.earlier_last_clock)::decimal(18, 6) as earlier_silent,
    if(pairs.earlier_last_clock is null, null, marks.now_clock - marks.earlier_clock)::decimal(18, 6) as earlier_ahead,
    pairs.earlier_stretch::double as earlier_stretch,
from pairs
inner join marks
    on marks.category = pairs.category
