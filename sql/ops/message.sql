-- ops.message: everyone considered for every edition, and what became of the message.
-- ja:      送付明細
-- grain:   message_key
-- columns:
--   message_key   varchar                   not null  derived from campaign, slot and contact
--   campaign      varchar                   not null  campaign or report
--   slot          varchar                   not null
--   slot_on       date                      not null  the slot's day: every window counts from it
--   kind          varchar                   not null  campaign, report
--   channel       varchar                   not null  email, postal, list
--   purpose       varchar                             marketing, service, internal
--   contact_key   varchar                             keyed hash of the contact
--   contact_id    varchar                             null: erased by `tokui forget`
--   unit          varchar                             what the draw was of: customer:ID, or contact:KEY
--   customer_id   varchar                             null: a lead
--   rank          varchar                             as mailed; null: none
--   category      varchar                             of the audience row; null where it names none
--   arm           varchar                   not null  excluded, held_out, planned
--   variant       varchar                             of planned and held-out rows
--   reason        varchar                             of an exclusion, or of what was withheld or failed
--   state         varchar                   not null  excluded, held_out, accepted, failed, withheld, unconfirmed, pending
--   attempted_at  timestamp with time zone            last attempt; null: none journalled
--   finished_at   timestamp with time zone            when it was accepted, failed or withheld; null: not yet
--   bounced_at    timestamp with time zone            when it came back after it had been accepted; null: not that anybody knows
--   bounce        varchar                             whom that is about: address, transient, reputation, unknown; null: it did not
-- check:   state in ('excluded', 'held_out', 'accepted', 'failed', 'withheld', 'unconfirmed', 'pending')
-- check:   (arm = 'planned') = (state not in ('excluded', 'held_out'))

with

plans as (
    select
        campaign,
        slot,
        message_key,
        nullif(contact_key, '') as contact_key,
        nullif(unit, '') as unit,
        nullif(customer_id, '') as customer_id,
        nullif(rank, '') as rank,
        nullif(category, '') as category,
        arm,
        nullif(variant, '') as variant,
        nullif(reason, '') as reason,
    from journal.plan
),

editions as (
    select campaign, slot, slot_on, kind, channel, purpose,
    from journal.edition
),

recipients as (
    select campaign, slot, message_key, contact_id,
    from journal.recipient
),

deliveries as (
    select message_key, kind, occurred_at, event_id, detail, row_count,
    from ops.event
    where
        message_key is not null
        and kind in ('attempt', 'deferred', 'accepted', 'failed', 'withheld', 'resend')
),

deliveries_per_message as (
    select
        message_key,
        count(*) filter (where kind = 'attempt') as attempt_count,
        count(*) filter (where kind = 'deferred') as deferral_count,
        coalesce(max(row_count) filter (where kind = 'resend'), 0) as resend_count,
        bool_or(kind = 'accepted') as is_accepted,
        bool_or(kind = 'failed') as is_failed,
        bool_or(kind = 'withheld') as is_withheld,
        max(occurred_at) filter (where kind = 'attempt') as attempted_at,
        min(occurred_at) filter (where kind = 'accepted') as accepted_at,
        min(occurred_at) filter (where kind in ('failed', 'withheld')) as stopped_at,
        arg_max(detail, (occurred_at, event_id)) filter (where kind in ('failed', 'withheld')) as stop_reason,
    from deliveries
    group by message_key
),

-- what came back later changes no account: the message was accepted, and then it bounced
bounces_per_message as (
    select
        message_key,
        max(occurred_at) as bounced_at,
        arg_min(class, (list_position(['address', 'reputation', 'transient', 'unknown'], class), event_id)) as bounce,
    from ops.bounce
    where message_key is not null and not at_sending
    group by message_key
),

-- The same fold as edition.MessageStates. Acceptance is the strongest word: whatever else was journalled, somebody has
-- the message. An attempt that nobody answered may have arrived, and is counted as that; channels that can be repeated
-- harmlessly, such as the outbox, journal no attempts. A resend says how many unanswered attempts count no more, all in all.
states as (
    select
        plans.message_key,
        case
            when plans.arm <> 'planned' then plans.arm
            when deliveries_per_message.is_accepted then 'accepted'
            when deliveries_per_message.is_failed then 'failed'
            when deliveries_per_message.is_withheld then 'withheld'
            when
                deliveries_per_message.attempt_count
                > deliveries_per_message.deferral_count + deliveries_per_message.resend_count
                then 'unconfirmed'
            else 'pending'
        end as state,
        deliveries_per_message.attempted_at,
        deliveries_per_message.accepted_at,
        deliveries_per_message.stopped_at,
        deliveries_per_message.stop_reason,
    from plans
    left join deliveries_per_message
        on deliveries_per_message.message_key = plans.message_key
)

select
    plans.message_key,
    plans.campaign,
    plans.slot,
    editions.slot_on,
    editions.kind,
    editions.channel,
    editions.purpose,
    plans.contact_key,
    recipients.contact_id,
    plans.unit,
    plans.customer_id,
    plans.rank,
    plans.category,
    plans.arm,
    plans.variant,
    case
        when states.state in ('failed', 'withheld') then states.stop_reason
        when states.state = 'excluded' then plans.reason
    end as reason,
    states.state,
    states.attempted_at,
    case
        when states.state = 'accepted' then states.accepted_at
        when states.state in ('failed', 'withheld') then states.stopped_at
    end as finished_at,
    bounces_per_message.bounced_at,
    bounces_per_message.bounce,
from plans
inner join editions
    on editions.campaign = plans.campaign and editions.slot = plans.slot
inner join states
    on states.message_key = plans.message_key
left join recipients
    on recipients.message_key = plans.message_key
left join bounces_per_message
    on bounces_per_message.message_key = plans.message_key
