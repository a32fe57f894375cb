-- metrics.contact_cadence: how often each contact should hear from us by e-mail, and why; over all marketing mails, and,
--   for the campaign that asks, over those of the others.
-- ja:      連絡先ごとの配信ペース
-- grain:   campaign, contact_id
-- params:  $as_of date, $engagement_days integer default 730, $answer_days integer default 30, $wait_days integer default 7, $response_strength double default 10, $recent_mails integer default 6, $pause_mails integer default 6, $pause_days integer default 90, $resume_days integer default 180, $elsewhere_days integer default 180, $trend_strength double default 4, $reduce_ratio double default 0.7
-- columns:
--   campaign              varchar  not null  '': all mails count; else all but this campaign's, with rows only for whom it drew
--   contact_id            varchar  not null  -> core.contacts
--   sent_count            bigint   not null  marketing mails accepted in the $engagement_days before
--   answered_count        bigint   not null  of them, answered by a click or a reply within $answer_days
--   last_sent_on          date
--   last_response_on      date               last click or reply; null: none
--   unanswered_count      bigint   not null  mails since then, but for those of the last $wait_days
--   unanswered_since_on   date               the first of them
--   response_rate         double             answered by sent, shrunk to the company's by $response_strength mails; null: nobody was ever sent any
--   recent_sent_count     bigint   not null  the last $recent_mails of the contact, but for those of the last $wait_days
--   recent_answered_count bigint   not null
--   recent_response_rate  double             of these, shrunk to the contact's rate before them by $trend_strength mails
--   earlier_response_rate double             the contact's shrunk rate before them; null: there is no before
--   elsewhere_on          date               last visit, inquiry or seminar in the $elsewhere_days before; null: none
--   is_hard_bounced       boolean  not null  no mail has reached the contact since its mailbox was found missing
--   is_unsubscribed       boolean  not null  and has not consented since
--   cadence               varchar  not null  keep, reduce, pause, change_channel
--   reason                varchar  not null
--   reason_ja             varchar  not null
-- check:   cadence in ('keep', 'reduce', 'pause', 'change_channel')
-- check:   answered_count <= sent_count and unanswered_count <= sent_count and recent_answered_count <= recent_sent_count
-- check:   cadence <> 'pause' or is_unsubscribed or unanswered_count >= 1
--
-- Opens count for nothing: programs make them. Who was held out was sent nothing, so silence cannot be held against them.
-- For the same reason a campaign that draws a hold-out must not look at what its own mails brought: its silent readers
-- would leave the one arm and not the other. It asks with its name, and both arms are judged by the mails of the others,
-- which other draws decided.

with

zone as (
    select coalesce(max(timezone), 'UTC') as timezone,
    from config.company
),

mails as (
    select message_key, contact_id, campaign, slot_on,
    from ops.message
    where
        state = 'accepted'
        and kind = 'campaign'
        and channel = 'email'
        and purpose = 'marketing'
        and contact_id is not null
        and slot_on < $as_of::date
        and slot_on >= $as_of::date - $engagement_days::int
),

-- what came back, as events and as what the sales system noted as a reply
answers as (
    select
        response.contact_id,
        response.message_key,
        response.kind,
        response.is_hard,
        response.occurred_at,
        timezone(zone.timezone, response.occurred_at)::date as responded_on,
    from ops.response as response
    cross join zone
    where
        response.contact_id is not null
        and response.kind in ('click', 'reply', 'bounce', 'unsubscribe', 'complaint', 'unsuppress', 'consent')
        and not response.is_machine

    union all

    select
        interaction.contact_id,
        null as message_key,
        'reply' as kind,
        false as is_hard,
        interaction.occurred_at,
        timezone(zone.timezone, interaction.occurred_at)::date as responded_on,
    from core.interactions as interaction
    cross join zone
    where interaction.contact_id is not null and interaction.kind = 'reply'

    union all

    select
        consent.contact_id,
        null as message_key,
        'consent' as kind,
        false as is_hard,
        consent.granted_at as occurred_at,
        timezone(zone.timezone, consent.granted_at)::date as responded_on,
    from core.consents as consent
    cross join zone
    where consent.granted and consent.channel = 'email'
),

known_answers as (
    select contact_id, message_key, kind, is_hard, occurred_at, responded_on,
    from answers
    where responded_on < $as_of::date and responded_on >= $as_of::date - $engagement_days::int
),

-- an answer that names no message answers the last one before it, if that is not too long ago
last_mails as (
    select contact_id, slot_on, max(message_key) as message_key,
    from mails
    group by contact_id, slot_on
),

attributed as (
    select
        answers.contact_id,
        answers.kind,
        answers.is_hard,
        answers.occurred_at,
        answers.responded_on,
        coalesce(answers.message_key, if(answers.responded_on <= last_mails.slot_on + $answer_days::int, last_mails.message_key, null)) as message_key,
    from known_answers as answers
    asof left join last_mails
        on answers.contact_id = last_mails.contact_id and answers.responded_on >= last_mails.slot_on
),

answers_of_campaigns as (
    select
        attributed.contact_id,
        attributed.kind,
        attributed.is_hard,
        attributed.occurred_at,
        attributed.responded_on,
        attributed.message_key,
        message.campaign,
    from attributed
    left join ops.message as message
        on message.message_key = attributed.message_key
),

answered_mails as (
    select
        mails.message_key,
        mails.contact_id,
        mails.campaign,
        mails.slot_on,
        coalesce(bool_or(
            answers.kind in ('click', 'reply') and answers.responded_on <= mails.slot_on + $answer_days::int
        ), false) as is_answered,
    from mails
    left join attributed as answers
        on answers.message_key = mails.message_key
    group by mails.message_key, mails.contact_id, mails.campaign, mails.slot_on
),

-- both arms of a campaign are asked about alike
drawn as (
    select distinct campaign, contact_id,
    from ops.message
    where
        arm in ('planned', 'held_out')
        and kind = 'campaign'
        and purpose = 'marketing'
        and contact_id is not null
        and slot_on < $as_of::date
),

-- each mail once for everybody, and once for each other campaign that drew the same contact
scoped_mails as (
    select '' as scope, message_key, contact_id, slot_on, is_answered,
    from answered_mails

    union all

    select drawn.campaign as scope, mail.message_key, mail.contact_id, mail.slot_on, mail.is_answered,
    from answered_mails as mail
    inner join drawn
        on drawn.contact_id = mail.contact_id and drawn.campaign <> mail.campaign
),

scoped_answers as (
    select '' as scope, contact_id, kind, is_hard, occurred_at, responded_on,
    from answers_of_campaigns

    union all

    select drawn.campaign as scope, answer.contact_id, answer.kind, answer.is_hard, answer.occurred_at, answer.responded_on,
    from answers_of_campaigns as answer
    inner join drawn
        on drawn.contact_id = answer.contact_id and drawn.campaign is distinct from answer.campaign
),

answers_per_contact as (
    select
        scope,
        contact_id,
        max(responded_on) filter (where kind in ('click', 'reply')) as last_response_on,
        max(responded_on) filter (where kind = 'bounce' and is_hard) as hard_bounced_on,
        max(occurred_at) filter (where kind in ('unsubscribe', 'complaint')) as unsubscribed_at,
        max(occurred_at) filter (where kind in ('unsuppress', 'consent')) as consented_at,
    from scoped_answers
    group by scope, contact_id
),

numbered_mails as (
    select
        mail.scope,
        mail.contact_id,
        mail.slot_on,
        mail.is_answered,
        mail.slot_on <= $as_of::date - $wait_days::int as is_ripe,
        row_number() over (
            partition by mail.scope, mail.contact_id, mail.slot_on <= $as_of::date - $wait_days::int
            order by mail.slot_on desc, mail.message_key desc
        ) as back_no,
        answer.last_response_on is null or mail.slot_on > answer.last_response_on as is_since_response,
    from scoped_mails as mail
    left join answers_per_contact as answer
        on answer.scope = mail.scope and answer.contact_id = mail.contact_id
),

mails_per_contact as (
    select
        scope,
        contact_id,
        count(*) as sent_count,
        count(*) filter (where is_answered) as answered_count,
        max(slot_on) as last_sent_on,
        count(*) filter (where is_since_response and is_ripe) as unanswered_count,
        min(slot_on) filter (where is_since_response and is_ripe) as unanswered_since_on,
        count(*) filter (where is_ripe and back_no <= $recent_mails::int) as recent_sent_count,
        count(*) filter (where is_ripe and back_no <= $recent_mails::int and is_answered) as recent_answered_count,
        count(*) filter (where is_ripe and back_no > $recent_mails::int) as earlier_sent_count,
        count(*) filter (where is_ripe and back_no > $recent_mails::int and is_answered) as earlier_answered_count,
    from numbered_mails
    group by scope, contact_id
),

company as (
    select
        scope,
        sum(answered_count) / nullif(sum(sent_count), 0) as response_rate,
    from mails_per_contact
    group by scope
),

elsewhere as (
    select
        interaction.contact_id,
        max(timezone(zone.timezone, interaction.occurred_at)::date) as elsewhere_on,
    from core.interactions as interaction
    cross join zone
    where
        interaction.contact_id is not null
        and interaction.kind in ('visit', 'inquiry', 'seminar')
        and timezone(zone.timezone, interaction.occurred_at)::date < $as_of::date
        and timezone(zone.timezone, interaction.occurred_at)::date >= $as_of::date - $elsewhere_days::int
    group by interaction.contact_id
),

scopes as (
    select '' as scope, contact_id,
    from core.contacts

    union all

    select drawn.campaign as scope, drawn.contact_id,
    from drawn
    semi join core.contacts as contact
        on contact.contact_id = drawn.contact_id
),

rated as (
    select
        scopes.scope,
        scopes.contact_id,
        coalesce(mail.sent_count, 0) as sent_count,
        coalesce(mail.answered_count, 0) as answered_count,
        mail.last_sent_on,
        answer.last_response_on,
        coalesce(mail.unanswered_count, 0) as unanswered_count,
        mail.unanswered_since_on,
        round((coalesce(mail.answered_count, 0) + $response_strength::double * company.response_rate)
            / (coalesce(mail.sent_count, 0) + $response_strength::double), 6) as response_rate,
        coalesce(mail.recent_sent_count, 0) as recent_sent_count,
        coalesce(mail.recent_answered_count, 0) as recent_answered_count,
        case
            when mail.earlier_sent_count > 0 then round((mail.earlier_answered_count + $response_strength::double * company.response_rate)
                / (mail.earlier_sent_count + $response_strength::double), 6)
        end as earlier_response_rate,
        elsewhere.elsewhere_on,
        coalesce(answer.hard_bounced_on >= mail.last_sent_on, answer.hard_bounced_on is not null) as is_hard_bounced,
        coalesce(answer.unsubscribed_at > answer.consented_at, answer.unsubscribed_at is not null) as is_unsubscribed,
    from scopes
    left join mails_per_contact as mail
        on mail.scope = scopes.scope and mail.contact_id = scopes.contact_id
    left join answers_per_contact as answer
        on answer.scope = scopes.scope and answer.contact_id = scopes.contact_id
    left join company
        on company.scope = scopes.scope
    left join elsewhere
        on elsewhere.contact_id = scopes.contact_id
),

-- who answers once in a while is not judged by one quiet spell: the recent rate leans on the contact's own before
compared as (
    select
        *,
        round((recent_answered_count + $trend_strength::double * earlier_response_rate)
            / (recent_sent_count + $trend_strength::double), 6) as recent_response_rate,
    from rated
),

decided as (
    select
        *,
        case
            when is_unsubscribed then 'pause'
            when is_hard_bounced then 'change_channel'
            when
                unanswered_count >= $pause_mails::int
                and unanswered_since_on <= $as_of::date - $pause_days::int
                and elsewhere_on >= unanswered_since_on
                then 'change_channel'
            when
                unanswered_count >= $pause_mails::int
                and unanswered_since_on <= $as_of::date - $pause_days::int
                and last_sent_on > $as_of::date - $resume_days::int
                then 'pause'
            -- after a long silence of ours one more try is worth it
            when unanswered_count >= $pause_mails::int and last_sent_on <= $as_of::date - $resume_days::int then 'reduce'
            when
                recent_sent_count >= $recent_mails::int
                and recent_response_rate <= $reduce_ratio::double * earlier_response_rate
                then 'reduce'
            else 'keep'
        end as cadence,
    from compared
)

select
    scope as campaign,
    contact_id,
    sent_count,
    answered_count,
    last_sent_on,
    last_response_on,
    unanswered_count,
    unanswered_since_on,
    response_rate,
    recent_sent_count,
    recent_answered_count,
    recent_response_rate,
    earlier_response_rate,
    elsewhere_on,
    is_hard_bounced,
    is_unsubscribed,
    cadence,
    case
        when is_unsubscribed then 'asked us to stop'
        when is_hard_bounced then 'the mailbox does not exist: call, or write by post'
        when cadence = 'change_channel'
            then format('{} unanswered mails since {}, but in touch on {}: visit or call', unanswered_count, unanswered_since_on, elsewhere_on)
        when cadence = 'pause' then format('{} unanswered mails since {}', unanswered_count, unanswered_since_on)
        when cadence = 'reduce' and last_sent_on <= $as_of::date - $resume_days::int
            then format('{} unanswered mails, the last on {}: time for one more try', unanswered_count, last_sent_on)
        when cadence = 'reduce'
            then format('answers less than before: {} of the last {} mails', recent_answered_count, recent_sent_count)
        when last_response_on is not null then format('last answered on {}', last_response_on)
        when sent_count = 0 then 'nothing sent yet'
        else format('no answer yet to {} {}', sent_count, if(sent_count = 1, 'mail', 'mails'))
    end as reason,
    case
        when is_unsubscribed then '配信停止のお申し出がありました'
        when is_hard_bounced then 'メールアドレスが存在しません。お電話か郵便に切り替えてください'
        when cadence = 'change_channel'
            then format('{}以降のメール{}通に反応がありませんが、{}に別の接点があります。訪問か電話に切り替えてください', strftime(unanswered_since_on, '%Y年%-m月%-d日'), unanswered_count, strftime(elsewhere_on, '%Y年%-m月%-d日'))
        when cadence = 'pause' then format('{}以降のメール{}通に反応がありません', strftime(unanswered_since_on, '%Y年%-m月%-d日'), unanswered_count)
        when cadence = 'reduce' and last_sent_on <= $as_of::date - $resume_days::int
            then format('メール{}通に反応がなく、{}を最後に休止していました。あと一度お送りする時期です', unanswered_count, strftime(last_sent_on, '%Y年%-m月%-d日'))
        when cadence = 'reduce'
            then format('以前より反応が減っています（直近{}通のうち{}通）', recent_sent_count, recent_answered_count)
        when last_response_on is not null then format('{}に反応がありました', strftime(last_response_on, '%Y年%-m月%-d日'))
        when sent_count = 0 then 'まだ配信していません'
        else format('{}通を配信し、まだ反応がありません', sent_count)
    end as reason_ja,
from decided
