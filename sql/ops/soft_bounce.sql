-- ops.soft_bounce: addresses whose last messages came back for a passing reason (a full mailbox, a server that is down), how
--   many in a row, and whether that is enough to give the address up (P5).
-- ja:      一時的不達
-- grain:   address_key
-- params:  $soft_bounces bigint default 3, $soft_bounce_days integer default 30
-- columns:
--   address_key    varchar                   not null  keyed hash of the address
--   soft_count     bigint                    not null  messages in a row, within $soft_bounce_days before the last of them
--   first_at       timestamp with time zone  not null  when the first of them was sent
--   last_at        timestamp with time zone  not null  when the last of them was sent
--   came_at        timestamp with time zone  not null  when the last of them came back
--   is_given_up    boolean                   not null  $soft_bounces or more
--   decision_id    varchar                   not null  the same for the same row of messages: the id of the event that suppresses the address
-- check:   soft_count > 0
-- check:   is_given_up = (soft_count >= $soft_bounces)
--
-- A message that was accepted and did not come back ends a row, and so does an unsuppress of the address. Messages are in
-- the order in which they were sent, whenever they come back.

with

softs as (
    select
        address_key,
        coalesce(message_key, event_id) as item_key,
        message_key,
        max(occurred_at) as came_at,
    from ops.bounce
    where address_key is not null and class = 'transient'
    group by all
),

soft_addresses as (
    select distinct address_key,
    from softs
),

bounced as (
    select distinct message_key,
    from ops.bounce
    where message_key is not null
),

-- every message that went to these addresses
messages as (
    select
        recipient.address_key,
        message.message_key,
        coalesce(message.attempted_at, message.finished_at) as sent_at,
        message.state = 'accepted' and bounced.message_key is null as is_success,
    from journal.recipient as recipient
    inner join soft_addresses
        on soft_addresses.address_key = recipient.address_key
    inner join ops.message as message
        on message.message_key = recipient.message_key
    left join bounced
        on bounced.message_key = recipient.message_key
),

successes as (
    select address_key, sent_at as ended_at,
    from messages
    where is_success and sent_at is not null
    union all by name
    select address_key, occurred_at as ended_at,
    from ops.event
    where kind = 'unsuppress' and address_key is not null
),

ended as (
    select address_key, max(ended_at) as ended_at,
    from successes
    group by address_key
),

rows_of_softs as (
    select
        softs.address_key,
        softs.item_key,
        coalesce(messages.sent_at, softs.came_at) as sent_at,
        softs.came_at,
        max(coalesce(messages.sent_at, softs.came_at)) over (partition by softs.address_key) as last_at,
    from softs
    left join messages
        on messages.message_key = softs.message_key
    left join ended
        on ended.address_key = softs.address_key
    where ended.ended_at is null or coalesce(messages.sent_at, softs.came_at) > ended.ended_at
)

select
    address_key,
    count(*) as soft_count,
    min(sent_at) as first_at,
    max(sent_at) as last_at,
    max(came_at) as came_at,
    count(*) >= $soft_bounces as is_given_up,
    left(sha256('soft:' || address_key || ':' || arg_max(item_key, (sent_at, item_key))), 32) as decision_id,
from rows_of_softs
where sent_at > last_at - to_days($soft_bounce_days::int)
group by address_key
