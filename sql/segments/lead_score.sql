-- segments.lead_score: the leads, the likeliest to buy first, with what speaks for and against each.
-- ja:      見込み客スコア
-- grain:   contact_id
-- params:  $as_of date, $lead_days integer default 90, $lead_points_decision_maker integer default 15, $lead_points_interest integer default 5, $lead_points_response integer default 15, $lead_points_activity integer default 10, $lead_points_inquiry integer default 25, $lead_points_open_deal integer default 20
-- columns:
--   contact_id        varchar  not null  -> core.contacts
--   customer_id       varchar            null: of no customer
--   contact_name      varchar
--   has_email         boolean  not null
--   topics            varchar  not null  as in segments.leads
--   acquired_via      varchar
--   acquired_on       date
--   basis             varchar  not null  fitted: on the leads that became customers; stated weights: too few did, so points are added up
--   score             double   not null  0 to 100: the probability in percent, or the points
--   probability       double             buys for the first time within $lead_days; null: stated weights
--   probability_low   double             95 % of what the fit leaves open
--   probability_high  double
--   position          bigint   not null  1 is the best
--   reason            varchar  not null
--   reason_ja         varchar  not null
-- check:   basis in ('fitted', 'stated weights') and (basis = 'fitted') = (probability is not null)
-- check:   score between 0 and 100
-- check:   total: (select count(*) from segments.lead_score) = (select count(*) from segments.leads)
--
-- The stated weights: who decides, each of up to three interests, a click or reply, a page, seminar or visit, and an
-- inquiry in the last days, an open offer: 15 + 3 × 5 + 15 + 10 + 25 + 20 = 100. They rank, and say nothing of how many buy.

with

leads as (
    select contact_id, customer_id, contact_name, has_email, topics, acquired_via, acquired_on,
    from segments.leads
),

scores as (
    select *,
    from predictions.lead_score
),

known as (
    select
        contact_id,
        decision_maker,
        source_logit,
        interest_log,
        response_log,
        activity_log,
        has_inquiry,
        has_open_deal,
        known_days_log,
    from predictions.lead_history
    where at_on = $as_of::date and has_bought is null
),

means as (
    select parameter, mean,
    from predictions.lead_fit
),

labels as (
    select *,
    from (
        values
            ('decision_maker', 'decides', 'does not decide', '決裁者', '決裁者以外'),
            ('source_logit', 'met where leads often buy', 'met where leads seldom buy', '成約の多い獲得経路', '成約の少ない獲得経路'),
            ('interest_log', 'has told interests', 'has told few interests', '興味分野が明確', '興味分野が少ない'),
            ('response_log', 'answered mail lately', 'has not answered mail lately', 'メールへの反応あり', 'メールへの反応なし'),
            ('activity_log', 'read pages, came or was visited lately', 'has not been seen lately', '最近の接点あり（閲覧・来場・訪問）', '最近の接点なし'),
            ('has_inquiry', 'inquired lately', 'has not inquired lately', '最近のお問い合わせあり', '最近のお問い合わせなし'),
            ('has_open_deal', 'has an open offer', 'has no open offer', '商談中', '商談なし'),
            ('known_days_log', 'has been known for long', 'was met lately', '獲得から長い期間が経過', '獲得から間もない'),
    ) as labels (sign, more, less, more_ja, less_ja)
),

-- by sign: its value, and what it adds to the log-odds, or how many points
signs as (
    select contact_id, 'decision_maker' as sign, decision_maker as value, decision_maker * $lead_points_decision_maker::int as points,
    from known

    union all

    select contact_id, 'source_logit' as sign, source_logit as value, 0 as points,
    from known

    union all

    select contact_id, 'interest_log' as sign, interest_log as value, least(round(exp(interest_log)) - 1, 3) * $lead_points_interest::int as points,
    from known

    union all

    select contact_id, 'response_log' as sign, response_log as value, if(response_log > 0, $lead_points_response::int, 0) as points,
    from known

    union all

    select contact_id, 'activity_log' as sign, activity_log as value, if(activity_log > 0, $lead_points_activity::int, 0) as points,
    from known

    union all

    select contact_id, 'has_inquiry' as sign, has_inquiry as value, has_inquiry * $lead_points_inquiry::int as points,
    from known

    union all

    select contact_id, 'has_open_deal' as sign, has_open_deal as value, has_open_deal * $lead_points_open_deal::int as points,
    from known

    union all

    select contact_id, 'known_days_log' as sign, known_days_log as value, 0 as points,
    from known
),

effects as (
    select contact_id, replace(sign, '_effect', '') as sign, effect,
    from (
        unpivot scores
        on
            decision_maker_effect, source_logit_effect, interest_log_effect, response_log_effect, activity_log_effect,
            has_inquiry_effect, has_open_deal_effect, known_days_log_effect
        into name sign value effect
    )
),

-- a sign is told where it moves the odds by a twentieth or gives points: the two strongest for, the strongest against
told as (
    select
        signs.contact_id,
        coalesce(effects.effect, signs.points, 0) as weight,
        if(effects.effect is null or signs.value > means.mean, labels.more, labels.less) as label,
        if(effects.effect is null or signs.value > means.mean, labels.more_ja, labels.less_ja) as label_ja,
        labels.sign,
        row_number() over (
            partition by signs.contact_id
            order by coalesce(effects.effect, signs.points, 0) desc, labels.sign
        ) as for_no,
        row_number() over (
            partition by signs.contact_id
            order by coalesce(effects.effect, signs.points, 0), labels.sign
        ) as against_no,
    from signs
    inner join labels
        on labels.sign = signs.sign
    left join means
        on means.parameter = signs.sign
    left join effects
        on effects.contact_id = signs.contact_id and effects.sign = signs.sign
    where signs.value is not null
),

reasons as (
    select
        contact_id,
        string_agg(label, ', ' order by for_no) filter (where weight >= 0.05 and for_no <= 2) as for_it,
        string_agg(label_ja, '、' order by for_no) filter (where weight >= 0.05 and for_no <= 2) as for_it_ja,
        string_agg(label, ', ' order by against_no) filter (where weight <= -0.05 and against_no <= 1) as against_it,
        string_agg(label_ja, '、' order by against_no) filter (where weight <= -0.05 and against_no <= 1) as against_it_ja,
    from told
    group by contact_id
),

points as (
    select contact_id, least(greatest(sum(coalesce(points, 0)::decimal(9, 2)), 0), 100)::double as points,
    from signs
    group by contact_id
),

scored as (
    select
        leads.contact_id,
        leads.customer_id,
        leads.contact_name,
        leads.has_email,
        leads.topics,
        leads.acquired_via,
        leads.acquired_on,
        if(scores.probability is null, 'stated weights', 'fitted') as basis,
        round(coalesce(100 * scores.probability, points.points), 4) as score,
        scores.probability,
        scores.probability_low,
        scores.probability_high,
        reasons.for_it,
        reasons.for_it_ja,
        reasons.against_it,
        reasons.against_it_ja,
    from leads
    inner join scores
        on scores.contact_id = leads.contact_id
    inner join points
        on points.contact_id = leads.contact_id
    left join reasons
        on reasons.contact_id = leads.contact_id
)

select
    contact_id,
    customer_id,
    contact_name,
    has_email,
    topics,
    acquired_via,
    acquired_on,
    basis,
    score,
    probability,
    probability_low,
    probability_high,
    row_number() over (order by score desc, contact_id) as position,
    case
        when basis = 'fitted' then format(
            '{:.0f} % buy within {} days ({:.0f} to {:.0f} %)', 100 * probability, $lead_days::int, 100 * probability_low, 100 * probability_high
        )
        else format('{:.0f} of 100 points by the stated weights', score)
    end || coalesce('; for it: ' || for_it, '') || coalesce('; against it: ' || against_it, '') as reason,
    case
        when basis = 'fitted' then format(
            '{}日以内に成約する見込み{:.0f}%（{:.0f}～{:.0f}%）', $lead_days::int, 100 * probability, 100 * probability_low, 100 * probability_high
        )
        else format('100点満点で{:.0f}点（配点による目安）', score)
    end || coalesce('。プラス：' || for_it_ja, '') || coalesce('。マイナス：' || against_it_ja, '') as reason_ja,
from scored
