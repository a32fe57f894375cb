-- predictions.lead_history: what was known of each lead when, and whether it bought within $lead_days after.
-- ja:      見込み客の履歴
-- grain:   contact_id, at_on
-- params:  $as_of date, $lead_days integer default 90, $lead_recent_days integer default 90, $lead_history_days integer default 1095, $lead_start_days integer default 180
-- columns:
--   contact_id       varchar  not null  -> core.contacts
--   at_on            date     not null  everything is as known before this day
--   has_bought       boolean            within $lead_days from at_on; null: at_on is $as_of, so that is to come
--   decision_maker   double             1, or 0; null: not known
--   source_logit     double   not null  how leads acquired like this one had done by then: their log-odds less those of all
--   interest_log     double   not null  ln(1 + interests noted)
--   response_log     double   not null  ln(1 + clicks and replies in the $lead_recent_days before)
--   activity_log     double   not null  ln(1 + pages, seminars and visits in the same time)
--   has_inquiry      double   not null  1: inquired in the same time
--   has_open_deal    double   not null  1: an offer was under negotiation
--   known_days_log   double             ln(1 + days since the lead was met); null: not known when
-- check:   (has_bought is null) = (at_on = $as_of::date)
--
-- A lead's life is cut into windows of $lead_days from the day after it was met, so every conversion counts once; what
-- the last window has not seen to its end is left out. A lead is a contact without a customer, or whose customer has no
-- completed sale before at_on. Sales begin somewhere, and who bought before looks new at its first purchase after: so the
-- first $lead_start_days of the sales teach nothing. What the master says of a person has no date, and is taken as it is.

with

zone as (
    select coalesce(max(timezone), 'UTC') as timezone,
    from config.company
),

sales as (
    select min(ordered_on) as start_on,
    from rollups.day
),

contacts as (
    select
        contact.contact_id,
        contact.customer_id,
        contact.decision_maker,
        coalesce(contact.acquired_via, '') as acquired_via,
        contact.acquired_on,
        customer.first_ordered_on,
    from core.contacts as contact
    left join metrics.customer as customer
        on customer.customer_id = contact.customer_id
    where contact.acquired_on < $as_of::date or contact.acquired_on is null
),

past as (
    select
        contact_id,
        decision_maker,
        acquired_via,
        acquired_on,
        (acquired_on + 1 + part::int * $lead_days::int)::date as at_on,
        first_ordered_on,
    from (
        select *, unnest(range(0, 1 + ($as_of::date - acquired_on) // $lead_days::int)) as part,
        from contacts
        where acquired_on >= $as_of::date - $lead_history_days::int
    )
),

-- lifetime_completed_line_count decides in segments.leads; a first completed line is the same thing with a date
windows as (
    select
        contact_id,
        decision_maker,
        acquired_via,
        acquired_on,
        at_on,
        coalesce(first_ordered_on < at_on + $lead_days::int, false) as has_bought,
    from past
    cross join sales
    where
        at_on + $lead_days::int <= $as_of::date
        and at_on >= sales.start_on + $lead_start_days::int
        and (first_ordered_on is null or first_ordered_on >= at_on)

    union all

    select contact_id, decision_maker, acquired_via, acquired_on, $as_of::date as at_on, null as has_bought,
    from contacts
    where first_ordered_on is null
),

-- how each way of acquiring leads had done by the end of each day: only what was over before at_on
outcome_days as (
    select acquired_via, (at_on + $lead_days::int)::date as known_on, count(*) as lead_count, count(*) filter (where has_bought) as bought_count,
    from windows
    where has_bought is not null
    group by acquired_via, at_on
),

source_days as (
    select
        acquired_via,
        known_on,
        sum(lead_count) over (partition by acquired_via order by known_on) as lead_count,
        sum(bought_count) over (partition by acquired_via order by known_on) as bought_count,
    from outcome_days
),

all_days as (
    select
        known_on,
        sum(sum(lead_count)) over (order by known_on) as lead_count,
        sum(sum(bought_count)) over (order by known_on) as bought_count,
    from outcome_days
    group by known_on
),

rates as (
    select
        windows.contact_id,
        windows.at_on,
        (coalesce(all_days.bought_count, 0) + 2) / (coalesce(all_days.lead_count, 0) + 10) as all_rate,
        coalesce(source_days.bought_count, 0) as source_bought_count,
        coalesce(source_days.lead_count, 0) as source_lead_count,
    from windows
    asof left join all_days
        on windows.at_on >= all_days.known_on
    asof left join source_days
        on windows.acquired_via = source_days.acquired_via and windows.at_on >= source_days.known_on
),

-- ten leads of all sources together are added to each source
source_rates as (
    select
        contact_id,
        at_on,
        all_rate,
        (source_bought_count + 10 * all_rate) / (source_lead_count + 10) as source_rate,
    from rates
),

-- what names a customer and nobody there is everybody's there
interactions as (
    select contact_id, kind, occurred_at,
    from core.interactions
    where contact_id is not null

    union all

    select contacts.contact_id, interaction.kind, interaction.occurred_at,
    from core.interactions as interaction
    inner join contacts
        on contacts.customer_id = interaction.customer_id
    where interaction.contact_id is null
),

deals as (
    select contact_id, opened_on, closed_on,
    from core.deals
    where contact_id is not null

    union all

    select contacts.contact_id, deal.opened_on, deal.closed_on,
    from core.deals as deal
    inner join contacts
        on contacts.customer_id = deal.customer_id
    where deal.contact_id is null
),

doings as (
    select
        response.contact_id,
        'response' as what,
        timezone(zone.timezone, response.occurred_at)::date as done_on,
    from ops.response as response
    cross join zone
    where response.contact_id is not null and response.kind in ('click', 'reply') and not response.is_machine

    union all

    select
        interaction.contact_id,
        case interaction.kind
            when 'reply' then 'response'
            when 'inquiry' then 'inquiry'
            else 'activity'
        end as what,
        timezone(zone.timezone, interaction.occurred_at)::date as done_on,
    from interactions as interaction
    cross join zone
    where interaction.kind in ('reply', 'inquiry', 'web', 'seminar', 'visit')
),

doings_per_window as (
    select
        windows.contact_id,
        windows.at_on,
        count(*) filter (where doings.what = 'response') as response_count,
        count(*) filter (where doings.what = 'activity') as activity_count,
        count(*) filter (where doings.what = 'inquiry') as inquiry_count,
    from windows
    inner join doings
        on
            doings.contact_id = windows.contact_id
            and doings.done_on < windows.at_on
            and doings.done_on >= windows.at_on - $lead_recent_days::int
    group by windows.contact_id, windows.at_on
),

interests_per_window as (
    select windows.contact_id, windows.at_on, count(*) as interest_count,
    from windows
    inner join core.interests as interest
        on interest.contact_id = windows.contact_id and interest.noted_on < windows.at_on
    group by windows.contact_id, windows.at_on
),

deals_per_window as (
    select windows.contact_id, windows.at_on, count(*) as deal_count,
    from windows
    inner join deals as deal
        on
            deal.contact_id = windows.contact_id
            and deal.opened_on < windows.at_on
            and (deal.closed_on is null or deal.closed_on >= windows.at_on)
    group by windows.contact_id, windows.at_on
)

select
    windows.contact_id,
    windows.at_on,
    windows.has_bought,
    windows.decision_maker::integer::double as decision_maker,
    round(ln(source_rates.source_rate / (1 - source_rates.source_rate)) - ln(source_rates.all_rate / (1 - source_rates.all_rate)), 9) as source_logit,
    round(ln(1 + coalesce(interests.interest_count, 0)), 9) as interest_log,
    round(ln(1 + coalesce(doings.response_count, 0)), 9) as response_log,
    round(ln(1 + coalesce(doings.activity_count, 0)), 9) as activity_log,
    if(coalesce(doings.inquiry_count, 0) > 0, 1, 0)::double as has_inquiry,
    if(coalesce(deals.deal_count, 0) > 0, 1, 0)::double as has_open_deal,
    round(ln(1 + (windows.at_on - windows.acquired_on)), 9) as known_days_log,
from windows
inner join source_rates
    on source_rates.contact_id = windows.contact_id and source_rates.at_on = windows.at_on
left join doings_per_window as doings
    on doings.contact_id = windows.contact_id and doings.at_on = windows.at_on
left join interests_per_window as interests
    on interests.contact_id = windows.contact_id and interests.at_on = windows.at_on
left join deals_per_window as deals
    on deals.contact_id = windows.contact_id and deals.at_on = windows.at_on
