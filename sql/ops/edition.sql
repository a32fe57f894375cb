-- ops.edition: the accounts of every edition: nobody twice, nobody lost.
-- ja:      配信回
-- grain:   campaign, slot
-- columns:
--   campaign          varchar        not null  campaign or report
--   slot              varchar        not null
--   kind              varchar        not null  campaign, report
--   channel           varchar        not null  email, postal, list
--   purpose           varchar                  marketing, service, internal
--   slot_on           date           not null  the slot's day
--   as_of_on          date                     of the tables that it was planned from
--   outcome           varchar                  what its effect is measured by: sales, gross_profit, orders
--   outcome_by_category boolean      not null  only sales of the category that the audience row names
--   effect_window_days integer                 null: its effect is not measured
--   cost_per_message  decimal(18,2)            in the company's currency
--   holdout_rate      double                   of the draw, as frozen
--   considered        bigint         not null  people
--   excluded          bigint         not null
--   held_out          bigint         not null
--   planned           bigint         not null
--   accepted          bigint         not null
--   failed            bigint         not null
--   withheld          bigint         not null  planned, but stopped after the freeze
--   unconfirmed       bigint         not null  attempted by SMTP and never answered
--   pending           bigint         not null  still to be sent
--   state             varchar        not null  planned, sending, unconfirmed, finished
-- check:   considered = excluded + held_out + planned
-- check:   planned = accepted + failed + withheld + unconfirmed + pending
-- check:   state in ('planned', 'sending', 'unconfirmed', 'finished')

with

editions as (
    select
        campaign,
        slot,
        kind,
        channel,
        purpose,
        slot_on,
        as_of_on,
        nullif(outcome, '') as outcome,
        coalesce(outcome_by_category, false) as outcome_by_category,
        nullif(effect_window_days, 0) as effect_window_days,
        cost_per_message,
        holdout_rate,
    from journal.edition
),

messages_per_edition as (
    select
        campaign,
        slot,
        count(*) as considered,
        count(*) filter (where state = 'excluded') as excluded,
        count(*) filter (where state = 'held_out') as held_out,
        count(*) filter (where arm = 'planned') as planned,
        count(*) filter (where state = 'accepted') as accepted,
        count(*) filter (where state = 'failed') as failed,
        count(*) filter (where state = 'withheld') as withheld,
        count(*) filter (where state = 'unconfirmed') as unconfirmed,
        count(*) filter (where state = 'pending') as pending,
        count(attempted_at) as attempted,
    from ops.message
    group by campaign, slot
)

select
    editions.campaign,
    editions.slot,
    editions.kind,
    editions.channel,
    editions.purpose,
    editions.slot_on,
    editions.as_of_on,
    editions.outcome,
    editions.outcome_by_category,
    editions.effect_window_days,
    editions.cost_per_message,
    editions.holdout_rate,
    coalesce(messages_per_edition.considered, 0) as considered,
    coalesce(messages_per_edition.excluded, 0) as excluded,
    coalesce(messages_per_edition.held_out, 0) as held_out,
    coalesce(messages_per_edition.planned, 0) as planned,
    coalesce(messages_per_edition.accepted, 0) as accepted,
    coalesce(messages_per_edition.failed, 0) as failed,
    coalesce(messages_per_edition.withheld, 0) as withheld,
    coalesce(messages_per_edition.unconfirmed, 0) as unconfirmed,
    coalesce(messages_per_edition.pending, 0) as pending,
    case
        when
            messages_per_edition.pending > 0
            and messages_per_edition.pending = messages_per_edition.planned
            and messages_per_edition.attempted = 0
            then 'planned'
        when messages_per_edition.pending > 0 then 'sending'
        when messages_per_edition.unconfirmed > 0 then 'unconfirmed'
        else 'finished'
    end as state,
from editions
left join messages_per_edition
    on
        messages_per_edition.campaign = editions.campaign
        and messages_per_edition.slot = editions.slot
