-- predictions.renewal_fit: how regularly customers buy again, and how many leave: the renewal model's parameters by category.
-- ja:      購買周期モデル
-- grain:   as_of_on, level, node, parameter
-- params:  $as_of date, $due_days integer default 30, $fit_pairs integer default 300, $fit_sample integer default 300000
-- estimator: renewal_fit
-- columns:
--   as_of_on        date     not null  fitted on purchases before it: $as_of, and $due_days before
--   level           varchar  not null  customer: purchases of anything; all: pairs of customer and category; department, group, category: those of one
--   node            varchar  not null  its name; customer and all, where it has none
--   parameter       varchar  not null  k: 1 is by chance, more is regular; r, alpha: of the rates; a, b: of leaving
--   value           double   not null  alpha in days (of the category's clock), the others pure numbers
--   std_error       double             null: the data cannot tell, or not a fit of its own
--   log_likelihood  double             null: not a fit of its own
--   n               bigint   not null  customers or pairs that it was fitted on
--   converged       boolean  not null
--   own             boolean  not null  false: fewer than $fit_pairs pairs, and so the numbers of the level above
--   note            varchar            what the fit leaves to a prior; null: nothing
-- check:   level in ('customer', 'all', 'department', 'group', 'category')
-- check:   parameter in ('k', 'r', 'alpha', 'a', 'b')
-- check:   value > 0
--
-- Gaps y between purchase days: y | λ ~ Gamma(k, rate kλ), λ ~ Gamma(r, alpha) over customers; after each purchase one
-- leaves with p ~ Beta(a, b). A category is shrunk towards its group, that towards its department, that towards all; levels
-- that the catalogue does not have are left out. Where there are fewer than 30 gaps, nothing is fitted. Of more pairs than
-- $fit_sample, or a third as many customers, only those of every nth customer are looked at, but never fewer than 5,000.

with

-- every nth customer of a category, so that the night does not grow with the company; of these a third will do at the earlier
-- date, whose fit only the second stage is taught by
sizes as (
    select
        category,
        count(*) as pair_count,
    from predictions.pair_history
    group by category

    union all

    select
        null as category,
        count(*) as pair_count,
    from predictions.customer_history
),

strides as (
    select
        category,
        greatest(1, least(
            ceil(if(category is null, 3 * pair_count, sum(pair_count) over (partition by category is null)) / $fit_sample::int)::int,
            (pair_count // 5000)::int
        )) as stride,
    from sizes
),

-- taken first: what follows sees hundreds of thousands of pairs, however many there are
sampled_pairs as (
    select
        pair.customer_key,
        pair.category,
        pair.gap_count,
        pair.gap_days_total,
        pair.silent_days,
        pair.gap_days_log_total,
        pair.earlier_gap_count,
        pair.earlier_gap_days_total,
        pair.earlier_silent_days,
        pair.earlier_gap_days_log_total,
        strides.stride,
    from predictions.pair_history as pair
    inner join strides
        on strides.category = pair.category
    where pair.customer_key % strides.stride = 0
),

clocked as (
    select
        pair.customer_key,
        pair.category,
        pair.stride,
        pair.gap_count,
        coalesce(clock.gap_total, pair.gap_days_total)::double as gap_days_total,
        coalesce(clock.silent * clock.stretch, pair.silent_days)::double as silent_days,
        coalesce(clock.gap_log_total, pair.gap_days_log_total) as gap_days_log_total,
        pair.earlier_gap_count,
        coalesce(clock.earlier_gap_total, pair.earlier_gap_days_total)::double as earlier_gap_days_total,
        coalesce(clock.earlier_silent * clock.earlier_stretch, pair.earlier_silent_days)::double as earlier_silent_days,
        coalesce(clock.earlier_gap_log_total, pair.earlier_gap_days_log_total) as earlier_gap_days_log_total,
    from sampled_pairs as pair
    left join predictions.pair_clock as clock
        on clock.customer_key = pair.customer_key and clock.category = pair.category

    union all

    select
        customer.customer_key,
        null as category,
        strides.stride,
        customer.gap_count,
        customer.gap_days_total::double as gap_days_total,
        customer.silent_days::double as silent_days,
        customer.gap_days_log_total,
        customer.earlier_gap_count,
        customer.earlier_gap_days_total::double as earlier_gap_days_total,
        customer.earlier_silent_days::double as earlier_silent_days,
        customer.earlier_gap_days_log_total,
    from predictions.customer_history as customer
    inner join strides
        on strides.category is null
    where customer.customer_key % strides.stride = 0
),

histories as (
    select
        $as_of::date as as_of_on,
        category,
        gap_count,
        gap_days_total,
        silent_days,
        gap_days_log_total,
    from clocked

    union all

    select
        $as_of::date - $due_days::int as as_of_on,
        category,
        earlier_gap_count as gap_count,
        earlier_gap_days_total as gap_days_total,
        earlier_silent_days as silent_days,
        earlier_gap_days_log_total as gap_days_log_total,
    from clocked
    where earlier_gap_count is not null and (stride = 1 or customer_key % (3 * stride) = 0)
),

-- the logarithms count by their sum only, so histories alike but for them are one
counted as (
    select
        as_of_on,
        category,
        gap_count,
        gap_days_total,
        silent_days,
        count(*) as pair_count,
        sum(gap_days_log_total)::double as gap_days_log_total,
    from histories
    group by as_of_on, category, gap_count, gap_days_total, silent_days
)

select
    counted.as_of_on,
    if(counted.category is null, 'customer', 'category') as level,
    coalesce(counted.category, 'customer') as node,
    parent.category_group,
    parent.category_department,
    counted.gap_count,
    counted.gap_days_total,
    counted.silent_days,
    counted.pair_count,
    counted.gap_days_log_total,
from counted
left join predictions.category_parent as parent
    on parent.category = counted.category
