-- predictions.purchase_renewal_fit: the renewal model of whole customers as it was known $dormant_within_days before $as_of.
-- ja:      購買周期モデル（検証期間前）
-- grain:   parameter
-- params:  $as_of date, $dormant_within_days integer default 90, $fit_pairs integer default 300,
--          $fit_sample integer default 300000
-- estimator: renewal_fit
-- columns:
--   as_of_on        date     not null  fitted on purchases before it
--   parameter       varchar  not null  as in predictions.renewal_fit; no rows where there were fewer than 30 gaps
--   value           double   not null
--   std_error       double
--   log_likelihood  double
--   n               bigint   not null  customers
--   converged       boolean  not null
--   note            varchar            as in predictions.renewal_fit
-- check:   parameter in ('k', 'r', 'alpha', 'a', 'b')
-- check:   value > 0

with

-- every nth customer, as many as predictions.renewal_fit looks at for its earlier date
size as (
    select greatest(1, ceil(9 * count(*) / $fit_sample::int))::int as stride,
    from predictions.purchase_earlier
),

histories as (
    select
        gap_count,
        gap_days_total,
        silent_days,
        gap_days_log_total,
    from predictions.purchase_earlier
    where customer_key % (select size.stride from size) = 0
)

-- the logarithms count by their sum only, so histories alike but for them are one
select
    $as_of::date - $dormant_within_days::int as as_of_on,
    'customer' as level,
    'customer' as node,
    null::varchar as category_group,
    null::varchar as category_department,
    gap_count,
    gap_days_total,
    silent_days,
    count(*) as pair_count,
    sum(gap_days_log_total)::double as gap_days_log_total,
from histories
group by gap_count, gap_days_total, silent_days
