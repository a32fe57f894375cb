-- predictions.clock_fit: whether gaps between purchases are better measured by stock or season than in days, and how.
-- ja:      購買間隔の季節・数量補正
-- grain:   category, parameter
-- params:  $as_of date, $due_days integer default 30, $clock_sample integer default 100000
-- estimator: clock_fit
-- columns:
--   category           varchar  not null  -> core.products
--   parameter          varchar  not null  usual_quantity; quantity_exponent: 0 stock does not matter, 1 twice as much lasts twice as long; week_01 to week_52: how busy, 1 on average
--   value              double   not null
--   std_error          double             null: of a week or a usual quantity
--   n                  bigint   not null  what it rests on: gaps, or purchase days
--   is_used            boolean  not null  the forecast measures time this way
--   held_out_log_loss  double             of who bought in the last $due_days, with time measured this way; null: too little to tell
--   plain_log_loss     double             the same in days
-- check:   value > 0 or parameter = 'quantity_exponent'
-- check:   value >= 0
--
-- Learnt from what was known $due_days before $as_of. A clock is used where it foretells the days since better than calendar
-- days do, by more than two standard errors of the difference. A season needs two whole years before that; without, there
-- are no weeks. Looks at about $clock_sample purchase days, of every nth customer.

with

totals as (
    select greatest(ceil(sum(purchase_day_count) / $clock_sample::int), 1)::int as stride,
    from rollups.customer_category_gap
),

purchase_days as (
    select
        customer_key,
        category,
        ordered_on,
        quantity,
    from rollups.customer_category_day
    where
        is_purchase
        and ordered_on < $as_of::date
        and customer_key % (select totals.stride from totals) = 0
)

select
    purchase_days.customer_key,
    purchase_days.category,
    parent.category_group,
    parent.category_department,
    purchase_days.ordered_on,
    purchase_days.quantity::double as quantity,
    $as_of::date as as_of_on,
from purchase_days
inner join predictions.category_parent as parent
    on parent.category = purchase_days.category
order by purchase_days.customer_key, purchase_days.category, purchase_days.ordered_on
