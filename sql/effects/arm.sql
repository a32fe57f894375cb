-- effects.arm: the two arms of each campaign, by edition and over all of them, by rank and over all ranks.
-- ja:      効果測定の群
-- grain:   campaign, slot, rank, arm
-- columns:
--   campaign         varchar        not null
--   slot             varchar        not null  'all' is every edition whose window is over, each unit once
--   rank             varchar        not null  as mailed, of 'all' slots in the first edition; 'all' is every rank, '' is none
--   arm              varchar        not null  planned, held_out
--   outcome          varchar        not null  sales, gross_profit, orders
--   start_on         date           not null  of the first edition
--   end_on           date           not null  the first day after the last window
--   is_complete      boolean        not null  the windows are over
--   days_left        bigint         not null  until they are
--   edition_count    bigint         not null
--   unit_count       bigint         not null
--   buyer_count      bigint                   units whose outcome is not 0; null before the window is over
--   outcome_amount   decimal(38,4)            sum over the units, of 'all' slots of their means per edition
--   mean_amount      double                   per unit and edition
--   variance_amount  double                   sample variance between units; null: fewer than two
-- check:   unit_count > 0
-- check:   variance_amount is null or variance_amount >= 0

with

unit_outcomes as (
    select campaign, slot, unit, arm, rank, outcome, start_on, end_on, is_complete, days_left, outcome_amount,
    from effects.unit_outcome
),

by_slot as (
    select
        campaign,
        slot,
        unit,
        arm,
        rank,
        outcome,
        start_on,
        end_on,
        is_complete,
        days_left,
        1::bigint as edition_count,
        outcome_amount::decimal(18, 4) as unit_amount,
    from unit_outcomes
),

-- The draw is by campaign and unit, so a unit keeps its arm from edition to edition and its outcomes belong together:
-- over all editions it counts once, with its mean. A unit that changed arms, because the hold-out was changed, has been
-- in both and is left out. Where the outcome was changed, only the newest kind is comparable.
pooled_editions as (
    select campaign, slot, outcome, is_complete,
    from unit_outcomes
    where is_complete
    group by campaign, slot, outcome, is_complete
    qualify outcome = first_value(outcome) over (partition by campaign order by slot desc)
),

pooled as (
    select
        unit_outcomes.campaign,
        'all' as slot,
        unit_outcomes.unit,
        min(unit_outcomes.arm) as arm,
        arg_min(unit_outcomes.rank, unit_outcomes.slot) as rank,
        min(unit_outcomes.outcome) as outcome,
        min(unit_outcomes.start_on) as start_on,
        max(unit_outcomes.end_on) as end_on,
        true as is_complete,
        0::bigint as days_left,
        count(*) as edition_count,
        round(sum(unit_outcomes.outcome_amount) / count(*), 4)::decimal(18, 4) as unit_amount,
    from unit_outcomes
    inner join pooled_editions
        on
            pooled_editions.campaign = unit_outcomes.campaign
            and pooled_editions.slot = unit_outcomes.slot
    group by unit_outcomes.campaign, unit_outcomes.unit
    having min(unit_outcomes.arm) = max(unit_outcomes.arm)
),

-- A campaign none of whose windows is over still says when it will be.
pending as (
    select
        unit_outcomes.campaign,
        'all' as slot,
        unit_outcomes.unit,
        min(unit_outcomes.arm) as arm,
        arg_min(unit_outcomes.rank, unit_outcomes.slot) as rank,
        arg_max(unit_outcomes.outcome, unit_outcomes.slot) as outcome,
        min(unit_outcomes.start_on) as start_on,
        min(unit_outcomes.end_on) as end_on,
        false as is_complete,
        min(unit_outcomes.days_left) as days_left,
        count(*) as edition_count,
        null::decimal(18, 4) as unit_amount,
    from unit_outcomes
    anti join pooled_editions
        on pooled_editions.campaign = unit_outcomes.campaign
    group by unit_outcomes.campaign, unit_outcomes.unit
    having min(unit_outcomes.arm) = max(unit_outcomes.arm)
),

units as (
    select * from by_slot
    union all by name
    select * from pooled
    union all by name
    select * from pending
),

ranked as (
    select *, from units
    union all by name
    select * replace ('all' as rank), from units
),

sums as (
    select
        campaign,
        slot,
        rank,
        arm,
        min(outcome) as outcome,
        min(start_on) as start_on,
        max(end_on) as end_on,
        bool_and(is_complete) as is_complete,
        min(days_left) as days_left,
        max(edition_count) as edition_count,
        count(*) as unit_count,
        count(*) filter (where unit_amount <> 0) as buyer_count,
        sum(unit_amount) as outcome_amount,
        sum(unit_amount * unit_amount) as squared_amount,
        min(unit_amount) = max(unit_amount) as is_constant,
    from ranked
    group by campaign, slot, rank, arm
)

select
    campaign,
    slot,
    rank,
    arm,
    outcome,
    start_on,
    end_on,
    is_complete,
    days_left,
    edition_count,
    unit_count,
    case when is_complete then buyer_count end as buyer_count,
    outcome_amount,
    outcome_amount::double / unit_count as mean_amount,
    case
        when not is_complete or unit_count < 2 then null
        -- exactly 0, whatever the rounding of the doubles
        when is_constant then 0
        else
            (squared_amount::double - outcome_amount::double * outcome_amount::double / unit_count)
            / (unit_count - 1)
    end as variance_amount,
from sums
