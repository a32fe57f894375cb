-- reports.management_campaign: each campaign: what was sent, what it cost, what it brought against its hold-out.
-- ja:      施策の実績
-- grain:   campaign
-- params:  $as_of date
-- columns:
--   campaign            varchar        not null
--   title               varchar        not null
--   position            integer        not null  in the configuration; campaigns that it no longer names come last
--   channel             varchar        not null  email, postal, list
--   first_slot_on       date           not null
--   last_slot_on        date           not null
--   edition_count       bigint         not null
--   considered          bigint         not null  people, over all editions
--   excluded            bigint         not null
--   held_out            bigint         not null
--   planned             bigint         not null
--   accepted            bigint         not null
--   failed              bigint         not null
--   withheld            bigint         not null
--   unconfirmed         bigint         not null
--   pending             bigint         not null
--   click_count         bigint         not null  people who clicked
--   unsubscribe_count   bigint         not null  people who unsubscribed by one of its messages
--   cost_amount         decimal(18,2)  not null  of the accepted messages
--   verdict             varchar        not null  measured, too early, not enough data, no hold-out, not measured (lists)
--   days_left           bigint                   until the first window is over; null: nothing to wait for
--   outcome             varchar                  sales, gross_profit, orders
--   measured_edition_count bigint                editions whose window is over
--   unit_count          bigint                   planned units in them, each edition's counted
--   n1                  bigint                   units planned, each once
--   n0                  bigint                   units held out
--   mean1               double                   outcome per unit and edition
--   mean0               double
--   difference          double                   null unless measured, like all that follows
--   ci_low              double
--   ci_high             double
--   p_value             double
--   lift_rate           double
--   total_difference    double                   difference times unit_count
--   total_low           double
--   total_high          double
--   confidence          double
--   is_draw_suspect     boolean        not null  the draw does not look random
-- check:   considered = excluded + held_out + planned
-- check:   (verdict = 'measured') = (difference is not null)

with

editions as (
    select *
    from ops.edition
    where kind = 'campaign' and slot_on < $as_of::date + 1
),

campaigns as (
    select campaign, title, position,
    from config.campaign
),

editions_per_campaign as (
    select
        campaign,
        arg_max(channel, slot) as channel,
        min(slot_on) as first_slot_on,
        max(slot_on) as last_slot_on,
        count(*) as edition_count,
        sum(considered) as considered,
        sum(excluded) as excluded,
        sum(held_out) as held_out,
        sum(planned) as planned,
        sum(accepted) as accepted,
        sum(failed) as failed,
        sum(withheld) as withheld,
        sum(unconfirmed) as unconfirmed,
        sum(pending) as pending,
        sum(accepted * coalesce(cost_per_message, 0)) as cost_amount,
        arg_max(effect_window_days, slot) as effect_window_days,
    from editions
    group by campaign
),

responses as (
    select
        campaign,
        count(distinct contact_key) filter (where kind = 'click') as click_count,
        count(distinct contact_key) filter (where kind = 'unsubscribe') as unsubscribe_count,
    from ops.event
    where campaign is not null
    group by campaign
),

estimates as (
    select *
    from effects.estimate
    where rank = 'all'
),

units_per_campaign as (
    select campaign, sum(n1) as unit_count,
    from estimates
    where slot <> 'all' and verdict <> 'too early'
    group by campaign
)

select
    editions_per_campaign.campaign,
    coalesce(campaigns.title, editions_per_campaign.campaign) as title,
    coalesce(campaigns.position, 2147483647)::integer as position,
    editions_per_campaign.channel,
    editions_per_campaign.first_slot_on,
    editions_per_campaign.last_slot_on,
    editions_per_campaign.edition_count,
    editions_per_campaign.considered::bigint as considered,
    editions_per_campaign.excluded::bigint as excluded,
    editions_per_campaign.held_out::bigint as held_out,
    editions_per_campaign.planned::bigint as planned,
    editions_per_campaign.accepted::bigint as accepted,
    editions_per_campaign.failed::bigint as failed,
    editions_per_campaign.withheld::bigint as withheld,
    editions_per_campaign.unconfirmed::bigint as unconfirmed,
    editions_per_campaign.pending::bigint as pending,
    coalesce(responses.click_count, 0) as click_count,
    coalesce(responses.unsubscribe_count, 0) as unsubscribe_count,
    editions_per_campaign.cost_amount::decimal(18, 2) as cost_amount,
    case
        when estimates.verdict is not null then estimates.verdict
        when editions_per_campaign.channel = 'list' or editions_per_campaign.effect_window_days is null
            then 'not measured'
        else 'no hold-out'
    end as verdict,
    case when estimates.verdict = 'too early' then estimates.days_left end as days_left,
    estimates.outcome,
    case when estimates.verdict <> 'too early' then estimates.edition_count end as measured_edition_count,
    units_per_campaign.unit_count::bigint as unit_count,
    estimates.n1,
    estimates.n0,
    estimates.mean1,
    estimates.mean0,
    estimates.difference,
    estimates.ci_low,
    estimates.ci_high,
    estimates.p_value,
    estimates.lift_rate,
    estimates.difference * units_per_campaign.unit_count as total_difference,
    estimates.ci_low * units_per_campaign.unit_count as total_low,
    estimates.ci_high * units_per_campaign.unit_count as total_high,
    estimates.confidence,
    coalesce(estimates.is_draw_suspect, false) as is_draw_suspect,
from editions_per_campaign
left join campaigns
    on campaigns.campaign = editions_per_campaign.campaign
left join responses
    on responses.campaign = editions_per_campaign.campaign
left join estimates
    on estimates.campaign = editions_per_campaign.campaign and estimates.slot = 'all'
left join units_per_campaign
    on units_per_campaign.campaign = editions_per_campaign.campaign
