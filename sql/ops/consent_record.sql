-- ops.consent_record: the consent ledger with its retention clock: every word about consent, and how long its record must
--   be kept.
-- ja:      同意記録
-- grain:   event_id
-- columns:
--   event_id      varchar                   not null  the id that plans name as evidence
--   kind          varchar                   not null  consent, withdrawal, optin.requested, optin.confirmed, unsubscribe
--   occurred_at   timestamp with time zone  not null  when it was given
--   contact_key   varchar                             keyed hash of the contact
--   channel       varchar                   not null  email, postal; '' is every channel
--   basis         varchar                             consent, notified, business, published
--   method        varchar                             how it was given
--   source        varchar                             on which page or paper
--   wording       varchar                             hash of the text that was shown
--   last_sent_on  date                                slot of the last marketing message to this contact; null: none
--   ended_at      timestamp with time zone            when the contact last took consent back; null: never, or given again
--   keep_until    date                                the record may go from here on; null: marketing may still be sent on it
--   segment       varchar                   not null  the journal file it stands in
--   line          bigint                    not null  its line there
--
-- Kept until a month after the mailing has stopped (特定電子メール法 施行規則 Art. 4 (2)), and for mail-order sellers until
-- three years after the last advertisement (特定商取引法 Art. 12-3 (3)): the later of the two, for everybody. Tokui deletes
-- nothing from the ledger by itself.

with

messages as (
    select message_key, contact_key,
    from journal.plan
),

words as (
    select
        event.event_id,
        event.kind,
        event.occurred_at,
        coalesce(event.contact_key, messages.contact_key) as contact_key,
        coalesce(event.channel, '') as channel,
        event.basis,
        event.method,
        event.source,
        event.wording,
        event.segment,
        event.line,
    from ops.event as event
    left join messages
        on event.contact_key is null and messages.message_key = event.message_key
    where
        event.kind in ('consent', 'withdrawal', 'optin.requested', 'optin.confirmed', 'unsubscribe')
        and event.segment is not null
),

sent as (
    select contact_key, max(slot_on) as last_sent_on,
    from ops.message
    where purpose = 'marketing' and kind = 'campaign' and state in ('accepted', 'unconfirmed')
    group by contact_key
),

endings as (
    select
        contact_key,
        max(occurred_at) filter (where kind in ('withdrawal', 'unsubscribe')) as ended_at,
        max(occurred_at) filter (where kind in ('consent', 'optin.confirmed')) as given_at,
    from words
    where contact_key is not null
    group by contact_key
)

select
    words.event_id,
    words.kind,
    words.occurred_at,
    words.contact_key,
    words.channel,
    words.basis,
    words.method,
    words.source,
    words.wording,
    sent.last_sent_on,
    case when endings.given_at is null or endings.ended_at > endings.given_at then endings.ended_at end as ended_at,
    case
        when endings.given_at is null or endings.ended_at > endings.given_at
            then greatest(
                (coalesce(sent.last_sent_on, words.occurred_at::date) + interval 3 years)::date,
                (coalesce(endings.ended_at, words.occurred_at)::date + interval 1 month)::date
            )
    end as keep_until,
    words.segment,
    words.line,
from words
left join sent
    on sent.contact_key = words.contact_key
left join endings
    on endings.contact_key = words.contact_key
