-- predictions.replacement_fit: how much each sign of a coming purchase counts, as the last $due_days have shown.
-- ja:      買い替え予測の重み
-- grain:   parameter
-- params:  $as_of date, $due_days integer default 30, $fit_sample integer default 300000
-- estimator: replacement_fit
-- columns:
--   parameter       varchar  not null  intercept, or the sign; no rows where too few bought, or too few did not
--   value           double   not null  per unit of the sign, in log-odds
--   std_error       double
--   log_likelihood  double   not null
--   n               bigint   not null  pairs of customer and category
--   converged       boolean  not null
-- check:   parameter in ('intercept', 'pair_logit', 'customer_logit', 'category_share', 'recency_ratio', 'category_repeat_rate')
--
-- A logistic regression of who bought in the $due_days before $as_of on what was known then: the log-odds of the pair's own
-- forecast and of the customer's, ln of the category's share of the customer's purchase days, ln of the customer's silence by
-- the pair's, ln of the category's repeat rate. The renewal model knows nothing of whether the customer comes at all; this
-- does, and it corrects the level. Of more pairs than $fit_sample only those of every nth customer are looked at.

with

categories as (
    select category, gap_count, repeat_rate, replacement_days, k, r, alpha, a, b,
    from predictions.category
    where as_of_on = $as_of::date - $due_days::int and k is not null
),

size as (
    select greatest(ceil(count(*) / $fit_sample::int), 1)::int as stride,
    from predictions.pair_history
    where earlier_gap_count is not null
),

pairs as (
    select
        customer_key,
        category,
        earlier_gap_count,
        earlier_gap_days_total,
        earlier_silent_days,
        has_bought_since,
    from predictions.pair_history
    where earlier_gap_count is not null and customer_key % (select size.stride from size) = 0
)

select
    pair.earlier_gap_count as gap_count,
    pair.earlier_gap_days_total as gap_days_total,
    pair.earlier_silent_days as silent_days,
    clock.earlier_gap_total::double as clock_total,
    clock.earlier_silent::double as clock_silent,
    clock.earlier_ahead::double as clock_ahead,
    clock.earlier_stretch as clock_stretch,
    categories.k,
    categories.r,
    categories.alpha,
    categories.a,
    categories.b,
    categories.gap_count as category_gap_count,
    categories.replacement_days,
    categories.repeat_rate,
    purchase.earlier_due_probability as customer_due_probability,
    customer.earlier_gap_count + 1 as store_day_count,
    customer.earlier_silent_days as store_silent_days,
    pair.has_bought_since as has_bought,
from pairs as pair
inner join categories
    on categories.category = pair.category
left join predictions.pair_clock as clock
    on clock.customer_key = pair.customer_key and clock.category = pair.category
inner join predictions.customer_history as customer
    on customer.customer_key = pair.customer_key
inner join predictions.purchase as purchase
    on purchase.customer_key = pair.customer_key
where purchase.earlier_due_probability is not null
order by pair.customer_key, pair.category
