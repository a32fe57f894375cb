-- ops.suppression: who must not be written to, by which channel; the fold that internal/journal describes and makes in Go.
-- ja:      配信停止
-- grain:   contact_key, address_key, channel, scope
-- columns:
--   contact_key  varchar                             keyed hash of the contact; null in rows about an address
--   address_key  varchar                             keyed hash of the address; null in rows about a contact
--   channel      varchar                   not null  email, postal; '' is every channel
--   scope        varchar                   not null  marketing: advertising; all: service mail too
--   reason       varchar                   not null  unsubscribe, complaint, bounce, returned, suppress, forgotten
--   since        timestamp with time zone  not null
-- check:   (contact_key is null) <> (address_key is null)
-- check:   scope in ('marketing', 'all')

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

-- 5.1.x says that the mailbox, or the postal address, does not exist (RFC 3463), but 5.1.7 and 5.1.8 are about the sender's; 5.4.4 that its
-- domain has no host (P5); 5.7.x is about us and suppresses nobody. An event that names only its message is about the contact of that message and the address that
-- it went to: whoever answers a message speaks for the mailbox.
events as (
    select
        event.event_id,
        event.occurred_at,
        coalesce(event.contact_key, messages.contact_key) as contact_key,
        coalesce(event.address_key, messages.address_key) as address_key,
        -- a letter that came back says nothing about other channels (D5)
        if(event.kind = 'returned', 'postal', coalesce(event.channel, '')) as channel,
        case
            when event.scope is not null then event.scope
            when event.kind in ('bounce', 'returned', 'forgotten') then 'all'
            else 'marketing'
        end as scope,
        event.kind as reason,
    from ops.event as event
    left join messages
        on event.contact_key is null and messages.message_key = event.message_key
    where
        event.kind in ('unsubscribe', 'complaint', 'suppress', 'unsuppress')
        -- of a customer it keeps load from bringing the person back, and names no contact
        or (event.kind = 'forgotten' and event.detail is distinct from 'customer')
        or (
            event.kind in ('bounce', 'returned')
            and (event.enhanced like '5.1.%' and event.enhanced not in ('5.1.7', '5.1.8') or event.enhanced = '5.4.4')
        )
),

-- An event may name a person, an address, or both: each is suppressed for itself. A bounce or returned is about the address
-- alone, where it names one: the person may have another.
keyed as (
    select event_id, occurred_at, contact_key, null::varchar as address_key, channel, scope, reason,
    from events
    where contact_key is not null and not (reason in ('bounce', 'returned') and address_key is not null)
    union all by name
    select event_id, occurred_at, null::varchar as contact_key, address_key, channel, scope, reason,
    from events
    where address_key is not null
),

latest as (
    select contact_key, address_key, channel, scope, reason, occurred_at,
    from keyed
    qualify row_number() over (
        partition by contact_key, address_key, channel, scope
        order by occurred_at desc, event_id desc
    ) = 1
)

select
    contact_key,
    address_key,
    channel,
    scope,
    reason,
    occurred_at as since,
from latest
where reason <> 'unsuppress'
