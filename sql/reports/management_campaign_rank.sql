-- reports.management_campaign_rank: what each campaign brought in each rank, over all editions whose window is over.
-- ja:      ランク別の施策効果
-- grain:   campaign, rank
-- columns:
--   campaign      varchar   not null
--   rank          varchar   not null  as mailed; '' is none
--   rank_position integer   not null  1: the best; '' last
--   verdict       varchar   not null  measured, not enough data
--   outcome       varchar   not null  sales, gross_profit, orders
--   n1            bigint    not null  units planned
--   n0            bigint    not null  units held out
--   mean1         double              outcome per unit and edition
--   mean0         double
--   difference    double              null unless measured, like all that follows
--   ci_low        double
--   ci_high       double
--   p_value       double
--   lift_rate     double

with

-- Campaigns that reached one rank only say nothing more here than in all; those too early, nothing at all.
estimates as (
    select campaign, rank, verdict, outcome, n1, n0, mean1, mean0, difference, ci_low, ci_high, p_value, lift_rate,
    from effects.estimate
    where slot = 'all' and rank <> 'all' and verdict <> 'too early'
    qualify count(*) over (partition by campaign) > 1
),

scheme as (
    select rank, position,
    from config.rank
)

select
    estimates.campaign,
    estimates.rank,
    case
        when estimates.rank = '' then 2147483647
        else coalesce(scheme.position, 1000000)
    end::integer as rank_position,
    estimates.verdict,
    estimates.outcome,
    estimates.n1,
    estimates.n0,
    estimates.mean1,
    estimates.mean0,
    estimates.difference,
    estimates.ci_low,
    estimates.ci_high,
    estimates.p_value,
    estimates.lift_rate,
from estimates
left join scheme
    on scheme.rank = estimates.rank
