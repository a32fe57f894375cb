-- segments.replacement_due: who is likely to buy again from a category within $due_days, when, and why we think so.
-- ja:      買い替え時期
-- grain:   customer_id, category
-- params:  $as_of date, $due_days integer default 30, $due_least double default 0.05
-- columns:
--   customer_id             varchar  not null  -> core.customers
--   category                varchar  not null  -> core.products
--   due_probability         double   not null  of a purchase from us in [$as_of, $as_of + $due_days); at least $due_least
--   active_probability      double   not null  that the customer has not left the category; of a competitor's asset: that we win its replacement
--   expected_on             date     not null  the next purchase of a customer who has not left: as likely before as after
--   expected_from           date     not null  8 of 10 such customers buy from then
--   expected_until          date     not null  until then
--   started_on              date     not null  since when it is waited for: the last purchase, or a later asset in use
--   last_ordered_on         date               last purchase day in the category; null: an asset, not a purchase, started the clock
--   days_since              bigint   not null  from started_on to $as_of
--   gap_count               bigint   not null  of the customer in the category
--   own_gap_days_mean       double             null: no gap yet
--   category_gap_days_mean  double   not null  what is typical of the category
--   gap_days_mean           double   not null  what is expected of this customer: both, weighted
--   reason                  varchar  not null  for people, in English
--   reason_ja               varchar  not null
-- check:   due_probability > 0 and due_probability <= 1
-- check:   expected_on > started_on and expected_on >= $as_of::date
-- check:   expected_from <= expected_on and expected_on <= expected_until
--
-- The model, and how well it foretells: predictions.replacement, which has everybody. Where too little was bought for a
-- model, nobody is here.

with

pairs as (
    select
        customer_id,
        category,
        due_probability,
        active_probability,
        expected_days,
        expected_days_low,
        expected_days_high,
        started_on,
        silent_days + 1 as days_since,
        gap_count,
        round(gap_days_total / nullif(gap_count, 0), 6) as own_days,
        category_cycle_days,
        cycle_days,
        stage,
        stage in ('asset', 'competitor') as is_asset,
        round(100 * due_probability)::int as due_percent,
    from predictions.replacement
    where due_probability > 0 and due_probability >= $due_least::double
),

vendors as (
    select
        customer_id,
        category,
        vendor,
        round(100 * win_rate)::int as win_percent,
    from predictions.asset_start
    where is_competitor
),

-- where the category has a season, days pass as it sells
seasons as (
    select
        clock.category,
        clock.on_day,
        clock.clock_days - now.clock_days as days_ahead,
    from predictions.category_clock as clock
    inner join predictions.category_clock as now
        on now.category = clock.category and now.on_day = $as_of::date - 1
    where clock.on_day >= $as_of::date
),

dated as (
    select
        pairs.*,
        vendors.vendor,
        vendors.win_percent,
        if(pairs.is_asset, null, middle.on_day) as season_on,
        if(pairs.is_asset, null, low.on_day) as season_from,
        if(pairs.is_asset, null, high.on_day) as season_until,
    from pairs
    left join vendors
        on vendors.customer_id = pairs.customer_id and vendors.category = pairs.category
    asof left join seasons as middle
        on middle.category = pairs.category and pairs.expected_days <= middle.days_ahead
    asof left join seasons as low
        on low.category = pairs.category and pairs.expected_days_low <= low.days_ahead
    asof left join seasons as high
        on high.category = pairs.category and pairs.expected_days_high <= high.days_ahead
)

select
    customer_id,
    category,
    due_probability,
    active_probability,
    coalesce(season_on, $as_of::date - 1 + expected_days::int) as expected_on,
    coalesce(season_from, $as_of::date - 1 + expected_days_low::int) as expected_from,
    coalesce(season_until, $as_of::date - 1 + expected_days_high::int) as expected_until,
    started_on,
    if(is_asset, null, started_on) as last_ordered_on,
    days_since,
    gap_count,
    own_days as own_gap_days_mean,
    category_cycle_days as category_gap_days_mean,
    cycle_days as gap_days_mean,
    concat(
        case
            when stage = 'competitor'
                then concat(
                    'uses a competitor''s', if(vendor <> '', concat(' (', vendor, ')'), ''),
                    ' since ', strftime(started_on, '%Y-%m')
                )
            when stage = 'asset' then concat('has ours in use since ', strftime(started_on, '%Y-%m'))
            when gap_count = 0 then 'bought once'
            when gap_count = 1 then concat('1 gap of ', round(own_days)::int, ' days')
            else concat(gap_count, ' gaps average ', round(own_days)::int, ' days')
        end,
        ', category typical ', round(category_cycle_days)::bigint,
        if(gap_count = 0 or is_asset, ' days', concat(', blended ', round(cycle_days)::bigint)),
        '; day ', days_since, ' now; ',
        if(due_percent = 0, 'less than 1', due_percent::varchar),
        '% chance of buying ', if(stage = 'competitor', 'from us ', ''), 'within ', $due_days::int, ' days',
        if(stage = 'competitor', concat(' (we win ', win_percent, '% of such replacements)'), '')
    ) as reason,
    concat(
        case
            when stage = 'competitor'
                then concat(
                    strftime(started_on, '%Y年%-m月'), 'から他社製', if(vendor <> '', concat('（', vendor, '）'), ''), 'を使用中'
                )
            when stage = 'asset' then concat(strftime(started_on, '%Y年%-m月'), 'から当社製を使用中')
            when gap_count = 0 then '購入は1回のみ'
            when gap_count = 1 then concat('前回までの購入間隔は', round(own_days)::int, '日（1回）')
            else concat('これまで', gap_count, '回の購入間隔は平均', round(own_days)::int, '日')
        end,
        '、カテゴリの標準は', round(category_cycle_days)::bigint, '日',
        if(gap_count = 0 or is_asset, '', concat('、目安は', round(cycle_days)::bigint, '日')),
        '。', if(is_asset, '導入', '前回'), 'から', days_since, '日経過、', $due_days::int, '日以内',
        if(stage = 'competitor', 'に当社で購入する確率は', 'の購入確率は'),
        if(due_percent = 0, '1%未満', concat(due_percent, '%')),
        if(stage = 'competitor', concat('（他社製からの切り替え率は', win_percent, '%）'), '')
    ) as reason_ja,
from dated
