-- ops.opt_in: the last time that each person asked for mail, and whether they have shown that the address is theirs.
-- ja:      購読の申込み
-- grain:   contact_key
-- columns:
--   contact_key   varchar                   not null  keyed hash of the contact
--   contact_id    varchar                             null: not loaded yet, or erased
--   address_key   varchar                             keyed hash of the address
--   requested_at  timestamp with time zone  not null
--   confirm_by    timestamp with time zone  not null  the last instant at which an answer counts
--   confirmed_at  timestamp with time zone            null: not confirmed
--   confirmed_in  varchar                             the event of the answer
--   method        varchar                             how they asked
--   source        varchar                             on which page or paper
--   wording       varchar                             hash of the text that they saw
--   evidence      varchar                   not null  the line of the consent ledger with the request
-- check:   confirmed_at is null or confirmed_at <= confirm_by
--
-- The answer to a confirmation mail names the mail only; who it was for stands in its plan. A request that was not
-- answered in time counts for nothing, and neither does an answer without one.

with

messages as (
    select message_key, contact_key,
    from journal.plan
),

requests as (
    select
        event_id,
        contact_key,
        address_key,
        occurred_at as requested_at,
        coalesce(until, occurred_at) as confirm_by,
        method,
        source,
        wording,
    from ops.event
    where kind = 'optin.requested' and contact_key is not null
    qualify row_number() over (
        partition by contact_key
        order by occurred_at desc, event_id desc
    ) = 1
),

answers as (
    select
        event.event_id,
        coalesce(event.contact_key, messages.contact_key) as contact_key,
        event.occurred_at as confirmed_at,
    from ops.event as event
    left join messages
        on event.contact_key is null and messages.message_key = event.message_key
    where event.kind = 'optin.confirmed'
),

contacts as (
    select contact_key, min(contact_id) as contact_id,
    from journal.contact
    group by contact_key
),

-- the first answer in time
confirmed as (
    select
        requests.contact_key,
        answers.confirmed_at,
        answers.event_id,
    from requests
    inner join answers
        on answers.contact_key = requests.contact_key
        and answers.confirmed_at >= requests.requested_at
        and answers.confirmed_at <= requests.confirm_by
    qualify row_number() over (
        partition by requests.contact_key
        order by answers.confirmed_at, answers.event_id
    ) = 1
)

select
    requests.contact_key,
    contacts.contact_id,
    requests.address_key,
    requests.requested_at,
    requests.confirm_by,
    confirmed.confirmed_at,
    confirmed.event_id as confirmed_in,
    requests.method,
    requests.source,
    requests.wording,
    requests.event_id as evidence,
from requests
left join contacts
    on contacts.contact_key = requests.contact_key
left join confirmed
    on confirmed.contact_key = requests.contact_key
