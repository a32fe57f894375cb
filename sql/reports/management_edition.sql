-- reports.management_edition: the last editions of the campaigns, with their accounts and what each brought.
-- ja:      配信回の実績
-- grain:   campaign, slot
-- params:  $as_of date, $edition_row_count integer default 20
-- columns:
--   campaign     varchar  not null
--   slot         varchar  not null
--   slot_on      date     not null
--   position     bigint   not null  the newest first
--   title        varchar  not null  of the campaign
--   channel      varchar  not null
--   considered   bigint   not null
--   excluded     bigint   not null
--   held_out     bigint   not null
--   planned      bigint   not null
--   accepted     bigint   not null
--   failed       bigint   not null
--   withheld     bigint   not null
--   unconfirmed  bigint   not null
--   pending      bigint   not null
--   state        varchar  not null  planned, sending, unconfirmed, finished
--   verdict      varchar            null: its effect is not measured
--   days_left    bigint             until the window is over
--   outcome      varchar            sales, gross_profit, orders
--   difference   double             per unit; null unless measured, like the interval
--   ci_low       double
--   ci_high      double
-- check:   position >= 1

with

editions as (
    select *
    from ops.edition
    where kind = 'campaign' and slot_on < $as_of::date + 1
),

campaigns as (
    select campaign, title,
    from config.campaign
),

estimates as (
    select campaign, slot, verdict, days_left, outcome, difference, ci_low, ci_high,
    from effects.estimate
    where rank = 'all' and slot <> 'all'
)

select
    editions.campaign,
    editions.slot,
    editions.slot_on,
    row_number() over (order by editions.slot desc, editions.campaign) as position,
    coalesce(campaigns.title, editions.campaign) as title,
    editions.channel,
    editions.considered,
    editions.excluded,
    editions.held_out,
    editions.planned,
    editions.accepted,
    editions.failed,
    editions.withheld,
    editions.unconfirmed,
    editions.pending,
    editions.state,
    estimates.verdict,
    estimates.days_left,
    estimates.outcome,
    estimates.difference,
    estimates.ci_low,
    estimates.ci_high,
from editions
left join campaigns
    on campaigns.campaign = editions.campaign
left join estimates
    on estimates.campaign = editions.campaign and estimates.slot = editions.slot
qualify row_number() over (order by editions.slot desc, editions.campaign) <= $edition_row_count::int
