-- ops.preference: what people wish about marketing: no topic of some, not more often than, a pause. The fold that
--   internal/journal describes and makes in Go.
-- ja:      配信の希望
-- grain:   contact_key, address_key, channel
-- columns:
--   contact_key   varchar                             keyed hash of the contact; null in rows about an address
--   address_key   varchar                             keyed hash of the address; null in rows about a contact
--   channel       varchar                   not null  email, postal; '' is every channel
--   refused       varchar                   not null  topics that they do not want, between commas
--   every_days    integer                   not null  least days between two messages; 0: as they come
--   paused_until  timestamp with time zone            no marketing before it; null: no pause
--   since         timestamp with time zone  not null
-- check:   (contact_key is null) <> (address_key is null)

with

messages as (
    select
        plan.message_key,
        nullif(plan.contact_key, '') as contact_key,
        nullif(recipient.address_key, '') as address_key,
    from journal.plan as plan
    left join journal.recipient as recipient
        on recipient.message_key = plan.message_key
),

events as (
    select
        event.event_id,
        event.occurred_at,
        coalesce(event.contact_key, messages.contact_key) as contact_key,
        coalesce(event.address_key, messages.address_key) as address_key,
        coalesce(event.channel, '') as channel,
        coalesce(event.refused, '') as refused,
        coalesce(event.every_days, 0) as every_days,
        event.until as paused_until,
    from ops.event as event
    left join messages
        on event.contact_key is null and messages.message_key = event.message_key
    where event.kind = 'preference'
),

-- whoever answers a message speaks for the mailbox: contact and address are meant each for itself
keyed as (
    select event_id, occurred_at, contact_key, null::varchar as address_key, channel, refused, every_days, paused_until,
    from events
    where contact_key is not null
    union all by name
    select event_id, occurred_at, null::varchar as contact_key, address_key, channel, refused, every_days, paused_until,
    from events
    where address_key is not null
),

latest as (
    select *,
    from keyed
    qualify row_number() over (
        partition by contact_key, address_key, channel
        order by occurred_at desc, event_id desc
    ) = 1
)

select
    contact_key,
    address_key,
    channel,
    refused,
    every_days,
    paused_until,
    occurred_at as since,
from latest
where refused <> '' or every_days > 0 or paused_until is not null
