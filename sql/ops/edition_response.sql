-- ops.edition_response: how each edition was answered: messages with opens and clicks of people, which are lower bounds, beside those that programs made.
-- ja:      配信回ごとの反応
-- grain:   campaign, slot
-- columns:
--   campaign              varchar  not null
--   slot                  varchar  not null
--   slot_on               date     not null
--   accepted_count        bigint   not null  messages that were handed over; what follows counts messages too
--   human_click_count     bigint   not null  a lower bound
--   machine_click_count   bigint   not null  clicked, but not by a person as far as events tell
--   human_open_count      bigint   not null  a lower bound: opened or clicked by a person. Never a measure of success
--   machine_open_count    bigint   not null  opened, but not by a person as far as events tell
--   reply_count           bigint   not null
--   unsubscribe_count     bigint   not null
--   complaint_count       bigint   not null
-- check:   human_click_count <= human_open_count
-- check:   human_click_count + machine_click_count <= accepted_count
--
-- Mail providers open most pictures themselves, and people read without fetching any, so no rate is made of opens (P9).

with

messages as (
    select message_key, campaign, slot, slot_on, state,
    from ops.message
    where state in ('accepted', 'unconfirmed')
),

answers as (
    select
        message_key,
        coalesce(bool_or(kind = 'click' and not is_machine), false) as has_click,
        coalesce(bool_or(kind = 'click'), false) as has_any_click,
        coalesce(bool_or(kind in ('open', 'click') and not is_machine), false) as has_open,
        coalesce(bool_or(kind in ('open', 'click')), false) as has_any_open,
        coalesce(bool_or(kind = 'reply'), false) as has_reply,
        coalesce(bool_or(kind = 'unsubscribe'), false) as has_unsubscribe,
        coalesce(bool_or(kind = 'complaint'), false) as has_complaint,
    from ops.response
    where message_key is not null
    group by message_key
)

select
    messages.campaign,
    messages.slot,
    messages.slot_on,
    count(*) as accepted_count,
    count(*) filter (where answers.has_click) as human_click_count,
    count(*) filter (where answers.has_any_click and not answers.has_click) as machine_click_count,
    count(*) filter (where answers.has_open) as human_open_count,
    count(*) filter (where answers.has_any_open and not answers.has_open) as machine_open_count,
    count(*) filter (where answers.has_reply) as reply_count,
    count(*) filter (where answers.has_unsubscribe) as unsubscribe_count,
    count(*) filter (where answers.has_complaint) as complaint_count,
from messages
left join answers
    on answers.message_key = messages.message_key
group by messages.campaign, messages.slot, messages.slot_on
