-- ops.consent_event: consents that came in as events; the plan joins them by the keyed hash of the contact.
-- ja:      同意の受付
-- grain:   contact_key, channel
-- columns:
--   contact_key  varchar                   not null  keyed hash of the contact
--   channel      varchar                   not null  email, postal; '' is every channel
--   granted      boolean                   not null  always true: taking back is an unsubscribe
--   basis        varchar                   not null  consent, notified, business, published
--   granted_at   timestamp with time zone  not null
--   source       varchar                             on which page or paper
--   event_id     varchar                   not null  the proof: its line in the consent ledger
-- check:   granted
--
-- A confirmed opt-in is a consent to mail, whichever of several requests the answer was in time for.

with

messages as (
    select message_key, contact_key,
    from journal.plan
),

events as (
    select
        event.event_id,
        event.kind,
        event.occurred_at,
        coalesce(event.contact_key, messages.contact_key) as contact_key,
        event.channel,
        event.basis,
        event.detail,
        event.source,
        event.until,
    from ops.event as event
    left join messages
        on event.contact_key is null and messages.message_key = event.message_key
    where event.kind in ('consent', 'optin.requested', 'optin.confirmed')
),

answered as (
    select distinct
        answer.event_id,
        answer.occurred_at,
        answer.contact_key,
        answer.channel,
        answer.source,
    from events as answer
    inner join events as request
        on request.contact_key = answer.contact_key
        and request.kind = 'optin.requested'
        and answer.occurred_at >= request.occurred_at
        and answer.occurred_at <= request.until
    where answer.kind = 'optin.confirmed'
),

consents as (
    select
        contact_key,
        coalesce(channel, '') as channel,
        -- imports used to name the basis in the detail
        coalesce(basis, detail, 'consent') as basis,
        occurred_at,
        source,
        event_id,
    from events
    where kind = 'consent' and contact_key is not null
    union all by name
    select
        contact_key,
        coalesce(channel, 'email') as channel,
        'consent' as basis,
        occurred_at,
        source,
        event_id,
    from answered
)

select
    contact_key,
    channel,
    true as granted,
    basis,
    occurred_at as granted_at,
    source,
    event_id,
from consents
qualify row_number() over (
    partition by contact_key, channel
    order by occurred_at desc, event_id desc
) = 1
