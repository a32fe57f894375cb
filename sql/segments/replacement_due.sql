-- segments.replacement_due: how likely each customer buys again from a category it bought from, within $due_days.
-- ja:      買い替え時期
-- grain:   customer_id, category
-- params:  $as_of date, $due_days integer default 30
-- columns:
--   customer_id             varchar  not null  -> core.customers
--   category                varchar  not null  -> core.products
--   due_probability         double   not null  of a purchase in [$as_of, $as_of + $due_days)
--   active_probability      double   not null  that the customer has not left the category
--   expected_on             date     not null  the next purchase of a customer who has not left: as likely before as after
--   expected_from           date     not null  8 of 10 such customers buy from then
--   expected_until          date     not null  until then
--   last_ordered_on         date     not null  last purchase day in the category
--   days_since              bigint   not null  from then to $as_of
--   gap_count               bigint   not null  of the customer in the category
--   own_gap_days_mean       double             null: no gap yet
--   category_gap_days_mean  double   not null  what is typical of the category
--   gap_days_mean           double   not null  what is expected of this customer: both, weighted
--   reason                  varchar  not null  for people, in English
--   reason_ja               varchar  not null
-- check:   due_probability > 0 and due_probability <= 1
-- check:   expected_on > last_ordered_on and expected_on >= $as_of::date
--
-- The model, and how well it foretells: predictions.replacement. Where too little was bought for a model, nobody is here.

with

pairs as (
    select
        customer_id,
        category,
        due_probability,
        active_probability,
        expected_on,
        expected_from,
        expected_until,
        last_purchased_on,
        elapsed_days,
        gap_count,
        own_cycle_days,
        category_cycle_days,
        cycle_days,
        round(100 * due_probability)::int as due_percent,
    from predictions.replacement
    where due_probability > 0
)

select
    customer_id,
    category,
    due_probability,
    active_probability,
    expected_on,
    expected_from,
    expected_until,
    last_purchased_on as last_ordered_on,
    elapsed_days as days_since,
    gap_count,
    own_cycle_days as own_gap_days_mean,
    category_cycle_days as category_gap_days_mean,
    cycle_days as gap_days_mean,
    concat(
        case gap_count
            when 0 then 'bought once'
            when 1 then concat('1 gap of ', round(own_cycle_days)::int, ' days')
            else concat(gap_count, ' gaps average ', round(own_cycle_days)::int, ' days')
        end,
        ', category typical ', round(category_cycle_days)::bigint,
        if(gap_count = 0, ' days', concat(', blended ', round(cycle_days)::bigint)),
        '; day ', elapsed_days, ' now; ',
        if(due_percent = 0, 'less than 1', due_percent::varchar),
        '% chance of buying within ', $due_days::int, ' days'
    ) as reason,
    concat(
        case gap_count
            when 0 then '購入は1回のみ'
            when 1 then concat('前回までの購入間隔は', round(own_cycle_days)::int, '日（1回）')
            else concat('これまで', gap_count, '回の購入間隔は平均', round(own_cycle_days)::int, '日')
        end,
        '、カテゴリの標準は', round(category_cycle_days)::bigint, '日',
        if(gap_count = 0, '', concat('、目安は', round(cycle_days)::bigint, '日')),
        '。前回から', elapsed_days, '日経過、', $due_days::int, '日以内の購入確率は',
        if(due_percent = 0, '1%未満', concat(due_percent, '%'))
    ) as reason_ja,
from pairs
