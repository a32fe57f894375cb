-- ops.verdict: what each open and click is worth: a person's, a program's, or not to be told; judged afresh at each collect.
-- ja:      反応の判定
-- grain:   event_id
-- params:  $machine_links integer default 3, $machine_seconds integer default 2, $machine_minutes integer default 10, $early_seconds integer default 60
-- columns:
--   event_id     varchar                   not null
--   kind         varchar                   not null  open, click
--   occurred_at  timestamp with time zone  not null
--   message_key  varchar                             null: the event names a person and no message
--   link         integer                             which link of the message, from 1; null: an open, or not known
--   agent        varchar                             the class of program that asked; null: not known
--   network      varchar                             keyed hash of its network; null: not known
--   verdict      varchar                   not null  human, machine, unknown
--   rule         varchar                   not null  the first that held: said, agent, trap, burst, all_links, proxy, early; '' none
-- check:   verdict in ('human', 'machine', 'unknown')
-- check:   (rule = '') = (verdict = 'human')
--
-- The rules, in order (P9, P10 of the field notes). A program said so itself, by the detail of an import or by its class;
-- it followed the link that no person sees, or asked by HEAD, within $machine_minutes from the same network; at least
-- $machine_links different links or pictures of one message were fetched within $machine_seconds; one network fetched every
-- link that the edition is known to have, more than $machine_links. Proxies of mail providers fetch pictures whether
-- somebody reads or not, so their opens tell nothing. A click within $early_seconds of the delivery that no other click
-- follows is not told from a scanner that passes for a browser. What is left is a person's as far as events tell: people
-- are never fewer than that, so counts of it are lower bounds.

with

events as (
    select
        event.event_id,
        event.kind,
        event.occurred_at,
        event.message_key,
        event.link,
        event.agent,
        event.network,
        coalesce(starts_with(lower(event.detail), 'machine'), false) as is_said,
        message.campaign,
        message.slot,
        message.finished_at as delivered_at,
        -- an event that does not say which link it was is one of its own
        case
            when event.kind = 'open' and event.agent is not null then 'open'
            else coalesce('link ' || event.link::varchar, event.event_id)
        end as what,
    from ops.event as event
    left join ops.message as message
        on message.message_key = event.message_key
    where event.kind in ('open', 'click', 'probe')
),

links_per_edition as (
    select campaign, slot, max(link) as link_count,
    from events
    where campaign is not null
    group by campaign, slot
),

-- the row itself is within every window
windows as (
    select
        events.event_id,
        events.kind,
        events.occurred_at,
        events.message_key,
        events.link,
        events.agent,
        events.network,
        events.is_said,
        events.delivered_at,
        links_per_edition.link_count,
        count(distinct if(events.kind = 'probe', null, events.what)) over (
            partition by events.message_key
            order by events.occurred_at
            range between to_seconds($machine_seconds::int) preceding and to_seconds($machine_seconds::int) following
        ) as burst_count,
        count(*) filter (where events.kind = 'probe') over (
            partition by events.message_key, events.network
            order by events.occurred_at
            range between to_minutes($machine_minutes::int) preceding and to_minutes($machine_minutes::int) following
        ) as probe_count,
        count(distinct if(events.kind = 'click', events.link, null)) over (
            partition by events.message_key, events.network
            order by events.occurred_at
            range between to_minutes($machine_minutes::int) preceding and to_minutes($machine_minutes::int) following
        ) as network_link_count,
    from events
    left join links_per_edition
        on links_per_edition.campaign = events.campaign and links_per_edition.slot = events.slot
),

ruled as (
    select
        event_id,
        kind,
        occurred_at,
        message_key,
        link,
        agent,
        network,
        delivered_at,
        case
            when is_said then 'said'
            when agent in ('none', 'scanner', 'library') then 'agent'
            when message_key is not null and probe_count > 0 then 'trap'
            when message_key is not null and burst_count >= $machine_links::int then 'burst'
            when message_key is not null and link_count > $machine_links::int and network_link_count >= link_count then 'all_links'
            when agent in ('apple-proxy', 'google-proxy', 'yahoo-proxy') then 'proxy'
            else ''
        end as rule,
    from windows
    where kind in ('open', 'click')
),

judged as (
    select
        event_id,
        kind,
        occurred_at,
        message_key,
        link,
        agent,
        network,
        case
            when
                rule = ''
                and kind = 'click'
                and agent is not null
                and occurred_at between delivered_at - to_seconds($early_seconds::int) and delivered_at + to_seconds($early_seconds::int)
                and occurred_at = max(if(kind = 'click' and rule = '', occurred_at, null)) over (partition by message_key)
                then 'early'
            else rule
        end as rule,
    from ruled
)

select
    event_id,
    kind,
    occurred_at,
    message_key,
    link,
    agent,
    network,
    case
        when rule = '' then 'human'
        when rule in ('proxy', 'early') then 'unknown'
        else 'machine'
    end as verdict,
    rule,
from judged
