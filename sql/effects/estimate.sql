-- effects.estimate: what each campaign brought per unit, with its interval, or why that cannot be said.
-- ja:      施策効果
-- grain:   campaign, slot, rank
-- params:  $min_unit_count bigint default 50, $min_buyer_count bigint default 20, $confidence double default 0.95
-- estimator: welch
-- columns:
--   campaign         varchar        not null
--   slot             varchar        not null  'all' is every edition whose window is over, each unit once
--   rank             varchar        not null  as mailed; 'all' is every rank, '' is none
--   outcome          varchar        not null  sales, gross_profit, orders: in the company's currency, or a number
--   start_on         date           not null  of the first edition
--   end_on           date           not null  the first day after the last window
--   edition_count    bigint         not null
--   verdict          varchar        not null  too early, not enough data, measured
--   days_left        bigint         not null  until the window is over
--   confidence       double         not null  coverage of the intervals
--   n1               bigint         not null  units planned
--   mean1            double                   outcome per unit and edition; null before the window is over
--   var1             double                   sample variance between units
--   n0               bigint         not null  units held out
--   mean0            double
--   var0             double
--   holdout_rate     double                   of the draw; null: the editions pooled here were drawn at different rates
--   difference       double                   mean1 - mean0; null unless measured, like all that follows but the draw
--   std_error        double
--   df               double                   degrees of freedom of the wider of Welch's and Student's intervals
--   ci_low           double                   two-sided interval of the difference: the wider of both
--   ci_high          double
--   p_value          double                   two-sided, of no difference; by-rank rows are many looks at one draw
--   lift_rate        double                   difference / mean0; null where mean0 is not above 0
--   lift_low         double                   its interval, by the delta method
--   lift_high        double
--   draw_p_value     double                   that units fell into the arms by holdout_rate; null: too few to say
--   is_draw_suspect  boolean        not null  below 0.001: the draw does not look random, believe nothing here
-- check:   verdict in ('too early', 'not enough data', 'measured')
-- check:   (verdict = 'measured') = (difference is not null)
-- check:   difference is null or (ci_low <= difference and difference <= ci_high)

with

planned as (
    select *
    from effects.arm
    where arm = 'planned'
),

held_out as (
    select *
    from effects.arm
    where arm = 'held_out'
),

rates_per_edition as (
    select campaign, slot, holdout_rate,
    from ops.edition
    where kind = 'campaign'
),

-- Editions of different rates have no one rate to hold the draw against.
rates as (
    select campaign, slot, holdout_rate,
    from rates_per_edition

    union all

    select
        campaign,
        'all' as slot,
        case when min(holdout_rate) = max(holdout_rate) then min(holdout_rate) end as holdout_rate,
    from rates_per_edition
    group by campaign
),

-- A rank may have units in one arm only: it is shown, with the other arm empty.
wide as (
    select
        coalesce(planned.campaign, held_out.campaign) as campaign,
        coalesce(planned.slot, held_out.slot) as slot,
        coalesce(planned.rank, held_out.rank) as rank,
        coalesce(planned.outcome, held_out.outcome) as outcome,
        least(planned.start_on, held_out.start_on) as start_on,
        greatest(planned.end_on, held_out.end_on) as end_on,
        greatest(planned.edition_count, held_out.edition_count) as edition_count,
        coalesce(planned.is_complete, true) and coalesce(held_out.is_complete, true) as is_complete,
        coalesce(least(planned.days_left, held_out.days_left), 0) as days_left,
        coalesce(planned.unit_count, 0) as n1,
        planned.mean_amount as mean1,
        planned.variance_amount as var1,
        coalesce(held_out.unit_count, 0) as n0,
        held_out.mean_amount as mean0,
        held_out.variance_amount as var0,
        coalesce(planned.buyer_count, 0) + coalesce(held_out.buyer_count, 0) as buyer_count,
    from planned
    full join held_out
        on
            held_out.campaign = planned.campaign
            and held_out.slot = planned.slot
            and held_out.rank = planned.rank
)

-- Not enough data: an arm with fewer units than $min_unit_count, or fewer buyers in both together than
-- $min_buyer_count (spending is so skewed that a mean over a handful of buyers has no normal error), or no unit that
-- differs from the others. The window comes first: before its end there is nothing to count.
select
    wide.campaign,
    wide.slot,
    wide.rank,
    wide.outcome,
    wide.start_on,
    wide.end_on,
    wide.edition_count,
    case
        when not wide.is_complete then 'too early'
        when least(wide.n1, wide.n0) < greatest($min_unit_count::bigint, 2) then 'not enough data'
        when wide.buyer_count < $min_buyer_count::bigint then 'not enough data'
        when wide.var1 = 0 and wide.var0 = 0 then 'not enough data'
        else 'measured'
    end as verdict,
    wide.days_left,
    $confidence::double as confidence,
    wide.n1,
    wide.mean1,
    wide.var1,
    wide.n0,
    wide.mean0,
    wide.var0,
    rates.holdout_rate,
from wide
left join rates
    on rates.campaign = wide.campaign and rates.slot = wide.slot
order by wide.campaign, wide.slot, wide.rank
