-- effects.unit_outcome: what each drawn unit bought in the window of each edition, mailed or held out.
-- ja:      効果測定の対象
-- grain:   campaign, slot, unit
-- params:  $as_of date
-- columns:
--   campaign        varchar        not null
--   slot            varchar        not null
--   unit            varchar        not null  what the draw was of: customer:ID, or contact:KEY
--   arm             varchar        not null  planned, held_out; failed and withheld messages stay planned (intention to treat)
--   rank            varchar        not null  as mailed; '' is none
--   outcome         varchar        not null  sales, gross_profit, orders
--   start_on        date           not null  the slot's day, for both arms
--   end_on          date           not null  the first day after the window
--   is_complete     boolean        not null  the window is over, and sales are loaded to its end
--   days_left       bigint         not null  until it is; 0: it is
--   outcome_amount  decimal(18,2)            in the company's currency, or orders; null before the window is over: no peeking
-- check:   end_on > start_on
-- check:   (outcome_amount is not null) = is_complete

with

-- Lists are the staff's own and reports have no arms; without a hold-out there is nothing to compare with.
editions as (
    select
        campaign,
        slot,
        coalesce(outcome, 'sales') as outcome,
        outcome_by_category,
        slot_on as start_on,
        slot_on + effect_window_days as end_on,
    from ops.edition
    where
        kind = 'campaign'
        and channel in ('email', 'postal')
        and held_out > 0
        and planned > 0
        and effect_window_days is not null
),

-- Sales that are not loaded yet look like sales that never happened, so the window is over only where they are in.
loaded as (
    select least($as_of::date, coalesce(max(ordered_on) + 1, date '0001-01-01')) as end_on,
    from rollups.day
    where ordered_on < $as_of::date
),

messages as (
    select campaign, slot, unit, contact_id, customer_id, category, arm, rank,
    from ops.message
    where arm in ('planned', 'held_out') and unit is not null
),

contacts as (
    select contact_id, customer_id,
    from core.contacts
),

-- A lead has no customer when it is mailed; where it has one now, it bought.
unit_messages as (
    select
        messages.campaign,
        messages.slot,
        messages.unit,
        messages.arm,
        messages.rank,
        messages.category,
        coalesce(messages.customer_id, contacts.customer_id) as customer_id,
    from messages
    left join contacts
        on contacts.contact_id = messages.contact_id
),

units as (
    select
        unit_messages.campaign,
        unit_messages.slot,
        unit_messages.unit,
        min(unit_messages.arm) as arm,
        coalesce(min(unit_messages.rank), '') as rank,
    from unit_messages
    group by unit_messages.campaign, unit_messages.slot, unit_messages.unit
),

customer_keys as (
    select customer_key, customer_id,
    from core.customer_key
),

-- What counts for a unit: a customer once, or its categories once each, however many contacts it has.
baskets as (
    select distinct
        unit_messages.campaign,
        unit_messages.slot,
        unit_messages.unit,
        customer_keys.customer_key,
        case when editions.outcome_by_category then unit_messages.category end as category,
        editions.outcome_by_category,
        editions.outcome,
        editions.start_on,
        editions.end_on,
    from unit_messages
    inner join editions
        on editions.campaign = unit_messages.campaign and editions.slot = unit_messages.slot
    inner join customer_keys
        on customer_keys.customer_id = unit_messages.customer_id
),

all_sales as (
    select
        baskets.campaign,
        baskets.slot,
        baskets.unit,
        case baskets.outcome
            when 'orders' then customer_day.order_count::decimal(18, 2)
            when 'gross_profit' then customer_day.gross_profit_amount
            else customer_day.sales_amount
        end as outcome_amount,
    from baskets
    inner join rollups.customer_day as customer_day
        on
            customer_day.customer_key = baskets.customer_key
            and customer_day.ordered_on >= baskets.start_on
            and customer_day.ordered_on < baskets.end_on
    where not baskets.outcome_by_category
),

category_sales as (
    select
        baskets.campaign,
        baskets.slot,
        baskets.unit,
        case baskets.outcome
            when 'orders' then customer_category_day.order_count::decimal(18, 2)
            when 'gross_profit' then customer_category_day.gross_profit_amount
            else customer_category_day.sales_amount
        end as outcome_amount,
    from baskets
    inner join rollups.customer_category_day as customer_category_day
        on
            customer_category_day.customer_key = baskets.customer_key
            and customer_category_day.category = baskets.category
            and customer_category_day.ordered_on >= baskets.start_on
            and customer_category_day.ordered_on < baskets.end_on
    where baskets.outcome_by_category
),

outcomes as (
    select campaign, slot, unit, sum(outcome_amount) as outcome_amount,
    from (
        select campaign, slot, unit, outcome_amount, from all_sales
        union all by name
        select campaign, slot, unit, outcome_amount, from category_sales
    )
    group by campaign, slot, unit
)

select
    units.campaign,
    units.slot,
    units.unit,
    units.arm,
    units.rank,
    editions.outcome,
    editions.start_on,
    editions.end_on,
    editions.end_on <= loaded.end_on as is_complete,
    greatest(editions.end_on - loaded.end_on, 0) as days_left,
    case
        when editions.end_on <= loaded.end_on then coalesce(outcomes.outcome_amount, 0)::decimal(18, 2)
    end as outcome_amount,
from units
inner join editions
    on editions.campaign = units.campaign and editions.slot = units.slot
cross join loaded
left join outcomes
    on
        outcomes.campaign = units.campaign
        and outcomes.slot = units.slot
        and outcomes.unit = units.unit
