-- metrics.contact_engagement: what each contact was sent and did with it, what else passed, and how often to write.
-- ja:      連絡先ごとの反応
-- grain:   contact_id
-- params:  $as_of date, $engagement_days integer default 730
-- columns:
--   contact_id            varchar  not null  -> core.contacts
--   customer_id           varchar            null: a lead
--   sent_count            bigint   not null  marketing mails accepted in the $engagement_days before
--   answered_count        bigint   not null  of them, answered by a click or a reply
--   click_count           bigint   not null  in the same time, as every count that follows; a person's, as far as events tell
--   reply_count           bigint   not null
--   open_count            bigint   not null  programs open mail too: never a measure of success
--   bounce_count          bigint   not null
--   complaint_count       bigint   not null  about mail
--   unsubscribe_count     bigint   not null
--   interaction_count     bigint   not null  visits, inquiries, seminars, web pages
--   last_sent_on          date
--   last_response_on      date               last click or reply
--   last_interaction_on   date
--   unanswered_count      bigint   not null
--   response_rate         double             shrunk to the company's; null: nobody was ever sent any mail
--   recent_response_rate  double             of the last mails, shrunk to what was before
--   trend                 varchar            rising, steady, falling; null: too few mails
--   cadence               varchar  not null  keep, reduce, pause, change_channel
--   reason                varchar  not null  of the cadence
--   reason_ja             varchar  not null
-- check:   cadence in ('keep', 'reduce', 'pause', 'change_channel')
-- check:   total: (select count(*) from metrics.contact_engagement) = (select count(*) from core.contacts)

with

zone as (
    select coalesce(max(timezone), 'UTC') as timezone,
    from config.company
),

cadences as (
    select
        contact_id,
        sent_count,
        answered_count,
        last_sent_on,
        last_response_on,
        unanswered_count,
        response_rate,
        recent_sent_count,
        recent_response_rate,
        earlier_response_rate,
        cadence,
        reason,
        reason_ja,
    from metrics.contact_cadence
    where campaign = ''
),

responses as (
    select
        response.contact_id,
        response.kind,
        response.is_machine,
    from ops.response as response
    cross join zone
    where
        response.contact_id is not null
        and timezone(zone.timezone, response.occurred_at)::date < $as_of::date
        and timezone(zone.timezone, response.occurred_at)::date >= $as_of::date - $engagement_days::int
),

responses_per_contact as (
    select
        contact_id,
        count(*) filter (where kind = 'click' and not is_machine) as click_count,
        count(*) filter (where kind = 'reply') as reply_count,
        count(*) filter (where kind = 'open' and not is_machine) as open_count,
        count(*) filter (where kind = 'bounce') as bounce_count,
        count(*) filter (where kind = 'complaint') as complaint_count,
        count(*) filter (where kind = 'unsubscribe') as unsubscribe_count,
    from responses
    group by contact_id
),

interactions as (
    select
        interaction.contact_id,
        interaction.kind,
        timezone(zone.timezone, interaction.occurred_at)::date as occurred_on,
    from core.interactions as interaction
    cross join zone
    where interaction.contact_id is not null
),

interactions_per_contact as (
    select
        contact_id,
        count(*) filter (where kind = 'reply') as reply_count,
        count(*) filter (where kind in ('visit', 'inquiry', 'seminar', 'web')) as interaction_count,
        max(occurred_on) filter (where kind in ('visit', 'inquiry', 'seminar', 'web')) as last_interaction_on,
    from interactions
    where occurred_on < $as_of::date and occurred_on >= $as_of::date - $engagement_days::int
    group by contact_id
)

select
    contact.contact_id,
    contact.customer_id,
    cadences.sent_count,
    cadences.answered_count,
    coalesce(response.click_count, 0) as click_count,
    coalesce(response.reply_count, 0) + coalesce(interaction.reply_count, 0) as reply_count,
    coalesce(response.open_count, 0) as open_count,
    coalesce(response.bounce_count, 0) as bounce_count,
    coalesce(response.complaint_count, 0) as complaint_count,
    coalesce(response.unsubscribe_count, 0) as unsubscribe_count,
    coalesce(interaction.interaction_count, 0) as interaction_count,
    cadences.last_sent_on,
    cadences.last_response_on,
    interaction.last_interaction_on,
    cadences.unanswered_count,
    cadences.response_rate,
    cadences.recent_response_rate,
    case
        when cadences.recent_response_rate is null then null
        when cadences.recent_response_rate > 1.2 * cadences.earlier_response_rate then 'rising'
        when cadences.recent_response_rate < 0.8 * cadences.earlier_response_rate then 'falling'
        else 'steady'
    end as trend,
    cadences.cadence,
    cadences.reason,
    cadences.reason_ja,
from core.contacts as contact
inner join cadences
    on cadences.contact_id = contact.contact_id
left join responses_per_contact as response
    on response.contact_id = contact.contact_id
left join interactions_per_contact as interaction
    on interaction.contact_id = contact.contact_id
