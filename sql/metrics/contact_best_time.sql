-- metrics.contact_best_time: on which weekday and at what hour each contact is best reached.
-- ja:      つながりやすい時間
-- grain:   contact_id
-- params:  $as_of date, $best_time_days integer default 730, $best_time_least integer default 5, $best_time_group_least integer default 30, $best_time_strength double default 10
-- columns:
--   contact_id         varchar  not null  -> core.contacts
--   basis              varchar  not null  contact, industry, company: whose times they are; not enough data
--   observation_count  bigint   not null  of the basis; where there is not enough, the contact's own
--   weekday            integer            1 Monday to 7 Sunday, of the company's wall clock; null: not enough data
--   hour               integer            0 to 23: from this full hour to the next
--   weekday_share      double             of the basis's times, shrunk to those of its industry, and those to the company's
--   hour_share         double             the same within an hour before or after
--   reason             varchar  not null
--   reason_ja          varchar  not null
-- check:   basis in ('contact', 'industry', 'company', 'not enough data')
-- check:   (weekday is null) = (basis = 'not enough data') and (hour is null) = (weekday is null)
-- check:   coalesce(weekday between 1 and 7 and hour between 0 and 23, true)
--
-- What counts is what people did of themselves in the $best_time_days before: clicks and replies that no machine made,
-- inquiries, complaints and visits to the web site. Our own visits and seminars are our calendar, not theirs. A person's
-- times are believed from $best_time_least on, an industry's or the company's from $best_time_group_least; they are shrunk
-- to the coarser ones by $best_time_strength, so that five clicks on five Mondays do not outvote a whole trade.

with

zone as (
    select coalesce(max(timezone), 'UTC') as timezone,
    from config.company
),

instants as (
    select response.contact_id, response.occurred_at,
    from ops.response as response
    where response.contact_id is not null and response.kind in ('click', 'reply') and not response.is_machine

    union all

    select interaction.contact_id, interaction.occurred_at,
    from core.interactions as interaction
    where interaction.contact_id is not null and interaction.kind in ('inquiry', 'complaint', 'web', 'reply')
),

times as (
    select
        instants.contact_id,
        isodow(timezone(zone.timezone, instants.occurred_at))::integer as weekday,
        hour(timezone(zone.timezone, instants.occurred_at))::integer as hour,
    from instants
    cross join zone
    where
        timezone(zone.timezone, instants.occurred_at)::date < $as_of::date
        and timezone(zone.timezone, instants.occurred_at)::date >= $as_of::date - $best_time_days::int
        -- a day without a time of day is midnight in most systems: it says nothing of hours
        and timezone(zone.timezone, instants.occurred_at)::time <> time '00:00:00'
),

contacts as (
    select
        contact.contact_id,
        coalesce(customer.industry, '') as industry,
    from core.contacts as contact
    left join core.customers as customer
        on customer.customer_id = contact.customer_id
),

-- an hour counts half for itself and a quarter for each of its neighbours: 9:55 and 10:05 are the same habit
slots as (
    select 'weekday' as dial, day as slot, day as seen, 4 as weight,
    from range(1, 8) as days (day)

    union all

    select 'hour' as dial, (hours.hour + shifts.shift + 24) % 24 as slot, hours.hour as seen, if(shifts.shift = 0, 2, 1) as weight,
    from range(0, 24) as hours (hour)
    cross join (select unnest([-1, 0, 1]) as shift) as shifts
),

seen as (
    select contact_id, 'weekday' as dial, weekday as seen, count(*) as seen_count,
    from times
    group by contact_id, weekday

    union all

    select contact_id, 'hour' as dial, hour as seen, count(*) as seen_count,
    from times
    group by contact_id, hour
),

contact_slots as (
    select
        seen.contact_id,
        contacts.industry,
        seen.dial,
        slots.slot,
        sum(seen.seen_count * slots.weight) as weight,
    from seen
    inner join contacts
        on contacts.contact_id = seen.contact_id
    inner join slots
        on slots.dial = seen.dial and slots.seen = seen.seen
    group by seen.contact_id, contacts.industry, seen.dial, slots.slot
),

dials as (
    select distinct dial, slot,
    from slots
),

industries as (
    select industry, count(*) as observation_count,
    from times
    inner join contacts
        on contacts.contact_id = times.contact_id
    group by industry
),

company as (
    select count(*) as observation_count,
    from times
    semi join contacts
        on contacts.contact_id = times.contact_id
),

company_slots as (
    select
        dials.dial,
        dials.slot,
        coalesce(sum(contact_slots.weight), 0) / (4.0 * nullif(any_value(company.observation_count), 0)) as share,
    from dials
    cross join company
    left join contact_slots
        on contact_slots.dial = dials.dial and contact_slots.slot = dials.slot
    group by dials.dial, dials.slot
),

industry_slots as (
    select
        industries.industry,
        company_slots.dial,
        company_slots.slot,
        (coalesce(sum(contact_slots.weight), 0) / 4.0 + $best_time_strength::double * any_value(company_slots.share))
        / (any_value(industries.observation_count) + $best_time_strength::double) as share,
    from industries
    cross join company_slots
    left join contact_slots
        on
            contact_slots.industry = industries.industry
            and contact_slots.dial = company_slots.dial
            and contact_slots.slot = company_slots.slot
    group by industries.industry, company_slots.dial, company_slots.slot
),

own as (
    select contact_id, count(*) as observation_count,
    from times
    group by contact_id
),

-- whose times each contact is given
bases as (
    select
        contacts.contact_id,
        contacts.industry,
        case
            when own.observation_count >= $best_time_least::int then 'contact'
            when contacts.industry <> '' and industries.observation_count >= $best_time_group_least::int then 'industry'
            when company.observation_count >= $best_time_group_least::int then 'company'
            else 'not enough data'
        end as basis,
        coalesce(own.observation_count, 0) as own_count,
        industries.observation_count as industry_count,
        company.observation_count as company_count,
    from contacts
    cross join company
    left join own
        on own.contact_id = contacts.contact_id
    left join industries
        on industries.industry = contacts.industry
),

-- the best slot of each dial: the largest share as it is shown, of equals the earliest
contact_best as (
    select
        bases.contact_id,
        industry_slots.dial,
        industry_slots.slot,
        round((coalesce(contact_slots.weight, 0) / 4.0 + $best_time_strength::double * industry_slots.share)
            / (bases.own_count + $best_time_strength::double), 6) as share,
    from bases
    inner join industry_slots
        on industry_slots.industry = bases.industry
    left join contact_slots
        on
            contact_slots.contact_id = bases.contact_id
            and contact_slots.dial = industry_slots.dial
            and contact_slots.slot = industry_slots.slot
    where bases.basis = 'contact'
    qualify row_number() over (
        partition by bases.contact_id, industry_slots.dial
        order by share desc, industry_slots.slot
    ) = 1
),

industry_best as (
    select industry, dial, slot, round(share, 6) as share,
    from industry_slots
    qualify row_number() over (partition by industry, dial order by round(share, 6) desc, slot) = 1
),

company_best as (
    select dial, slot, round(share, 6) as share,
    from company_slots
    where share is not null
    qualify row_number() over (partition by dial order by round(share, 6) desc, slot) = 1
),

best as (
    select contact_id, dial, slot, share,
    from contact_best

    union all

    select bases.contact_id, industry_best.dial, industry_best.slot, industry_best.share,
    from bases
    inner join industry_best
        on industry_best.industry = bases.industry
    where bases.basis = 'industry'

    union all

    select bases.contact_id, company_best.dial, company_best.slot, company_best.share,
    from bases
    cross join company_best
    where bases.basis = 'company'
),

best_per_contact as (
    select
        contact_id,
        max(slot) filter (where dial = 'weekday') as weekday,
        max(slot) filter (where dial = 'hour') as hour,
        max(share) filter (where dial = 'weekday') as weekday_share,
        max(share) filter (where dial = 'hour') as hour_share,
    from best
    group by contact_id
),

chosen as (
    select
        bases.contact_id,
        bases.basis,
        bases.industry,
        case bases.basis
            when 'industry' then bases.industry_count
            when 'company' then bases.company_count
            else bases.own_count
        end as observation_count,
        best.weekday::integer as weekday,
        best.hour::integer as hour,
        best.weekday_share,
        best.hour_share,
    from bases
    left join best_per_contact as best
        on best.contact_id = bases.contact_id
)

select
    contact_id,
    basis,
    observation_count,
    weekday,
    hour,
    weekday_share,
    hour_share,
    case
        when weekday is null then format('not enough data: {} of at least {} responses and inquiries', observation_count, $best_time_least::int)
        else format(
            'best on {} around {:02d}:00: {}',
            (['Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays', 'Sundays'])[weekday],
            hour,
            case basis
                when 'contact' then format('{} responses and inquiries of this person', observation_count)
                when 'industry' then format('as in the industry {}, {} responses and inquiries', industry, observation_count)
                else format('as with all contacts, {} responses and inquiries', observation_count)
            end
        )
    end as reason,
    case
        when weekday is null then format('データが足りません（反応・お問い合わせ{}件、目安には{}件以上が必要です）', observation_count, $best_time_least::int)
        else format(
            '{}曜日の{}時台がおすすめです（{}）',
            (['月', '火', '水', '木', '金', '土', '日'])[weekday],
            hour,
            case basis
                when 'contact' then format('ご本人の反応・お問い合わせ{}件から', observation_count)
                when 'industry' then format('{}のお客様の反応・お問い合わせ{}件から', industry, observation_count)
                else format('お客様全体の反応・お問い合わせ{}件から', observation_count)
            end
        )
    end as reason_ja,
from chosen
