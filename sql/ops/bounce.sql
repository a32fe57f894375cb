-- ops.bounce: every word of a server that a message came back or was refused, with whom it is about (P5).
-- ja:      不達
-- grain:   event_id
-- columns:
--   event_id     varchar                   not null
--   occurred_at  timestamp with time zone  not null
--   message_key  varchar                             null: the event names an address or a person, and no message
--   contact_key  varchar                             keyed hash of the contact
--   address_key  varchar                             keyed hash of the address that it went to
--   class        varchar                   not null  address (gone), transient (full, away), reputation (about us), unknown (a person has to look)
--   enhanced     varchar                             the code that it is judged by (RFC 3463)
--   detail       varchar                             what the server said
--   at_sending   boolean                   not null  refused at once; else it came back later
-- check:   class in ('address', 'transient', 'reputation', 'unknown')
--
-- The classes are those of journal.BounceClass; one test holds them equal.

with

events as (
    select event_id, kind, occurred_at, message_key, contact_key, address_key, coalesce(enhanced, '') as enhanced, detail,
    from ops.event
    where kind = 'bounce' or (kind = 'failed' and enhanced is not null)
),

people as (
    select
        plan.message_key,
        nullif(plan.contact_key, '') as contact_key,
        nullif(recipient.address_key, '') as address_key,
    from journal.plan as plan
    left join journal.recipient as recipient
        on recipient.message_key = plan.message_key
)

select
    events.event_id,
    events.occurred_at,
    events.message_key,
    coalesce(events.contact_key, people.contact_key) as contact_key,
    coalesce(events.address_key, people.address_key) as address_key,
    case
        when enhanced like '5.1.%' and enhanced not in ('5.1.7', '5.1.8') or enhanced = '5.4.4' then 'address'
        when
            enhanced like '4.7.%' or enhanced like '5.7.%' or enhanced like '5.5.%' or enhanced like '5.6.%'
            or enhanced in ('5.1.7', '5.1.8', '4.1.7', '4.1.8', '5.2.3', '5.3.4')
            then 'reputation'
        when enhanced like '4.%' or enhanced like '5.2.%' or enhanced like '5.3.%' or enhanced like '5.4.%' then 'transient'
        else 'unknown'
    end as class,
    nullif(events.enhanced, '') as enhanced,
    events.detail,
    events.kind = 'failed' as at_sending,
from events
left join people
    on people.message_key = events.message_key
