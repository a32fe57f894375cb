-- ops.response: what people did with what they were sent: opens, clicks, replies, bounces, complaints,
--   unsubscribes and new consents.
-- ja:      反応
-- grain:   event_id
-- columns:
--   event_id     varchar                   not null
--   kind         varchar                   not null  open, click, reply, bounce, complaint, unsubscribe, unsuppress, consent
--   occurred_at  timestamp with time zone  not null
--   contact_id   varchar                             null: nobody that we know, or erased
--   message_key  varchar                             null: the event names a person and no message
--   campaign     varchar                             of the message
--   slot_on      date                                of the message
--   is_machine   boolean                   not null  an open or click that ops.verdict does not hold for a person's
--   is_hard      boolean                   not null  a bounce of a mailbox that does not exist, at the address that the contact still has
-- check:   kind in ('open', 'click', 'reply', 'bounce', 'complaint', 'unsubscribe', 'unsuppress', 'consent')
--
-- Programs open and follow links too; what ops.verdict leaves to people is a lower bound, and no open or click ever proves
-- a person. 5.1.7 and 5.1.8 are about the sender.

with

events as (
    select event_id, kind, occurred_at, message_key, contact_key, address_key, enhanced,
    from ops.event
    where kind in ('open', 'click', 'reply', 'bounce', 'complaint', 'unsubscribe', 'unsuppress', 'consent', 'failed')
),

verdicts as (
    select event_id, verdict,
    from ops.verdict
),

messages as (
    select
        message.message_key,
        message.contact_id,
        message.campaign,
        message.slot_on,
        recipient.address_key,
    from ops.message as message
    left join journal.recipient as recipient
        on recipient.message_key = message.message_key
),

contacts as (
    select contact_key, min(contact_id) as contact_id,
    from journal.contact
    group by contact_key
),

-- of several people behind one address the first by id
addresses as (
    select address_key, min(contact_id) as contact_id,
    from journal.contact
    where address_key is not null
    group by address_key
),

-- a refusal while sending is a bounce that came at once
judged as (
    select
        event_id,
        if(kind = 'failed', 'bounce', kind) as kind,
        occurred_at,
        message_key,
        contact_key,
        address_key,
        kind in ('bounce', 'failed')
        and coalesce(regexp_matches(enhanced, '^5[.](1[.]|4[.]4$)') and enhanced not in ('5.1.7', '5.1.8'), false) as is_hard,
    from events
    where kind <> 'failed' or enhanced is not null
),

resolved as (
    select
        judged.event_id,
        judged.kind,
        judged.occurred_at,
        coalesce(messages.contact_id, contacts.contact_id, addresses.contact_id) as contact_id,
        coalesce(judged.address_key, messages.address_key) as address_key,
        messages.message_key,
        messages.campaign,
        messages.slot_on,
        coalesce(verdicts.verdict <> 'human', false) as is_machine,
        judged.is_hard,
    from judged
    left join verdicts
        on verdicts.event_id = judged.event_id
    left join messages
        on messages.message_key = judged.message_key
    left join contacts
        on contacts.contact_key = judged.contact_key
    left join addresses
        on addresses.address_key = judged.address_key
)

select
    resolved.event_id,
    resolved.kind,
    resolved.occurred_at,
    resolved.contact_id,
    resolved.message_key,
    resolved.campaign,
    resolved.slot_on,
    resolved.is_machine,
    resolved.is_hard and coalesce(resolved.address_key = present.address_key, true) as is_hard,
from resolved
left join journal.contact as present
    on present.contact_id = resolved.contact_id
