-- ops.event: every event of the journal once, however often it was imported or collected.
-- ja:      出来事
-- grain:   event_id
-- columns:
--   event_id     varchar                   not null  unique for all time; a repeated import has the same one
--   kind         varchar                   not null  what happened; the list is in internal/journal
--   occurred_at  timestamp with time zone  not null  evidence only; windows count from slots
--   campaign     varchar                             campaign or report; null where the event belongs to none
--   slot         varchar                             of the edition; null where the event belongs to none
--   message_key  varchar                             the message it is about
--   contact_key  varchar                             keyed hash of the contact
--   address_key  varchar                             keyed hash of the address
--   channel      varchar                             email, postal; null: every channel, or none in particular
--   scope        varchar                             of a suppression: marketing, all
--   run_id       varchar                             the job run that it happened in
--   job          varchar                             null: a step that was run by hand
--   step         varchar                             such as load, or campaign NAME
--   code         integer                             SMTP reply code
--   enhanced     varchar                             enhanced status code (RFC 3463), such as 5.1.1
--   detail       varchar                             reply text, error, reason
--   amount       decimal(18,2)                       of an imported response, in the company's currency
--   row_count    bigint                              rows that a step handled
--   seconds      double                              that a step took
--   basis        varchar                             of a consent: consent, notified, business, published
--   method       varchar                             how the consent was given
--   source       varchar                             the screen or paper that it was given on
--   wording      varchar                             hash of the text that was shown
--   until        timestamp with time zone            end of a pause, or of the time to confirm an opt-in
--   refused      varchar                             topics that a preference leaves out, between commas
--   every_days   integer                             least days between two marketing messages, as a preference says
--   link         integer                             of a click: which link of the message, from 1
--   agent        varchar                             of an open, click or probe: the class of program that asked
--   network      varchar                             keyed hash of the network it asked from, another one each day
--   segment      varchar                             the journal file it stands in
--   line         bigint                              its line there

with

events as (
    select
        event_id,
        kind,
        event.at as occurred_at,
        nullif(campaign, '') as campaign,
        nullif(slot, '') as slot,
        nullif(message_key, '') as message_key,
        nullif(contact_key, '') as contact_key,
        nullif(address_key, '') as address_key,
        nullif(channel, '') as channel,
        nullif(scope, '') as scope,
        nullif(run_id, '') as run_id,
        nullif(job, '') as job,
        nullif(step, '') as step,
        code,
        nullif(enhanced, '') as enhanced,
        nullif(detail, '') as detail,
        amount,
        row_count,
        seconds,
        basis,
        method,
        source,
        wording,
        until,
        refused,
        every_days,
        link,
        nullif(agent, '') as agent,
        nullif(network, '') as network,
        segment,
        line,
    from journal.event as event
)

-- The same id twice is the same import twice; what was written first stands.
select
    event_id,
    kind,
    occurred_at,
    campaign,
    slot,
    message_key,
    contact_key,
    address_key,
    channel,
    scope,
    run_id,
    job,
    step,
    code,
    enhanced,
    detail,
    amount,
    row_count,
    seconds,
    basis,
    method,
    source,
    wording,
    until,
    refused,
    every_days,
    link,
    agent,
    network,
    segment,
    line,
from events
qualify row_number() over (partition by event_id order by occurred_at, segment, line) = 1
