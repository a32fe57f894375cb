-- ops.consent_event: consents that came in as events; the plan joins them by the keyed hash of the contact.
-- ja:      同意の受付
-- grain:   contact_key, channel
-- columns:
--   contact_key  varchar                   not null  keyed hash of the contact
--   channel      varchar                   not null  email, postal; '' is every channel
--   granted      boolean                   not null  always true: taking back is an unsubscribe
--   basis        varchar                   not null  consent, notified, business, published
--   granted_at   timestamp with time zone  not null
--   event_id     varchar                   not null  the proof
-- check:   granted

with

events as (
    select event_id, occurred_at, contact_key, channel, detail,
    from ops.event
    where kind = 'consent' and contact_key is not null
)

select
    contact_key,
    coalesce(channel, '') as channel,
    true as granted,
    coalesce(detail, 'consent') as basis,
    occurred_at as granted_at,
    event_id,
from events
qualify row_number() over (
    partition by contact_key, coalesce(channel, '')
    order by occurred_at desc, event_id desc
) = 1
