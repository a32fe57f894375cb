-- predictions.renewal_fit: how regularly customers buy again, and how many leave: the renewal model's parameters by category.
-- ja:      購買周期モデル
-- grain:   as_of_on, level, node, parameter
-- params:  $as_of date, $due_days integer default 30, $fit_pairs integer default 300
-- estimator: renewal_fit
-- columns:
--   as_of_on        date     not null  fitted on purchases before it: $as_of, and $due_days before
--   level           varchar  not null  customer: purchases of anything; all: pairs of customer and category; category: those of one
--   node            varchar  not null  the category; customer and all, where it is not one
--   parameter       varchar  not null  k: 1 is by chance, more is regular; r, alpha: of the rates; a, b: of leaving
--   value           double   not null  alpha in days, the others pure numbers
--   std_error       double             null: the data cannot tell, or not a fit of its own
--   log_likelihood  double             null: not a fit of its own
--   n               bigint   not null  customers or pairs that it was fitted on
--   converged       boolean  not null
--   own             boolean  not null  false: fewer than $fit_pairs pairs, and so the numbers of all
-- check:   level in ('customer', 'all', 'category')
-- check:   parameter in ('k', 'r', 'alpha', 'a', 'b')
-- check:   value > 0
--
-- Gaps y between purchase days: y | λ ~ Gamma(k, rate kλ), λ ~ Gamma(r, alpha) over customers; after each purchase one
-- leaves with p ~ Beta(a, b). A category is shrunk towards all. Where there are fewer than 30 gaps, nothing is fitted.

with

histories as (
    select
        $as_of::date as as_of_on,
        'category' as level,
        category as node,
        gap_count,
        gap_days_total,
        silent_days,
        gap_days_log_total,
    from predictions.pair_history

    union all

    select
        $as_of::date - $due_days::int as as_of_on,
        'category' as level,
        category as node,
        earlier_gap_count as gap_count,
        earlier_gap_days_total as gap_days_total,
        earlier_silent_days as silent_days,
        earlier_gap_days_log_total as gap_days_log_total,
    from predictions.pair_history
    where earlier_gap_count is not null

    union all

    select
        $as_of::date as as_of_on,
        'customer' as level,
        'customer' as node,
        gap_count,
        gap_days_total,
        silent_days,
        gap_days_log_total,
    from predictions.customer_history

    union all

    select
        $as_of::date - $due_days::int as as_of_on,
        'customer' as level,
        'customer' as node,
        earlier_gap_count as gap_count,
        earlier_gap_days_total as gap_days_total,
        earlier_silent_days as silent_days,
        earlier_gap_days_log_total as gap_days_log_total,
    from predictions.customer_history
    where earlier_gap_count is not null
)

-- the logarithms count by their sum only, so histories alike but for them are one
select
    as_of_on,
    level,
    node,
    gap_count,
    gap_days_total,
    silent_days,
    count(*) as pair_count,
    sum(gap_days_log_total)::double as gap_days_log_total,
from histories
group by as_of_on, level, node, gap_count, gap_days_total, silent_days
