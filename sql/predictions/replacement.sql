-- predictions.replacement: how likely each customer buys again from a category it bought from, and when.
-- ja:      買い替え予測
-- grain:   customer_id, category
-- params:  $as_of date, $due_days integer default 30
-- estimator: renewal_score
-- columns:
--   customer_id              varchar  not null  -> core.customers
--   category                 varchar  not null  -> core.products
--   last_purchased_on        date     not null
--   elapsed_days             bigint   not null  from then to $as_of
--   gap_count                bigint   not null  gaps between the customer's purchase days
--   own_cycle_days           double             their mean; null: none
--   category_cycle_days      double   not null  a customer's typical gap: the mean, where the category has one, else the median
--   cycle_days               double   not null  the next one expected of this customer: both, weighted by what they are worth
--   due_probability          double   not null  of a purchase in [$as_of, $as_of + $due_days)
--   first_stage_probability  double   not null  the same by the pair's own history only
--   active_probability       double   not null  that the customer has not left the category
--   stage                    varchar  not null  stack: weighed with the customer's other purchases; renewal: first stage only
--   expected_on              date     not null  the next purchase of a customer who has not left: the median,
--   expected_from            date     not null  and the interval that holds 8 of 10,
--   expected_until           date     not null  ten years ahead at most
-- check:   due_probability between 0 and 1 and first_stage_probability between 0 and 1 and active_probability between 0 and 1
-- check:   stage in ('stack', 'renewal')
-- check:   expected_from <= expected_on and expected_on <= expected_until
--
-- The shrunk renewal model with drop-out, and a logistic second stage fitted on the $due_days before. Measured on Online
-- Retail at 2011-09-08, 30 days, 162,012 pairs, 6.7 % bought: AUC .751, log loss .2181, predicted by actual 1.03.

with

customers as (
    select
        customer_id,
        customer_key,
    from core.customers
    where customer_key is not null
),

categories as (
    select category, gap_count, repeat_rate, replacement_days, k, r, alpha, a, b,
    from predictions.category
    where as_of_on = $as_of::date and k is not null
),

-- one row; nulls where there is no second stage
weights as (
    select
        max(value) filter (parameter = 'intercept') as stack_intercept,
        max(value) filter (parameter = 'pair_logit') as stack_pair_logit,
        max(value) filter (parameter = 'customer_logit') as stack_customer_logit,
        max(value) filter (parameter = 'category_share') as stack_category_share,
        max(value) filter (parameter = 'recency_ratio') as stack_recency_ratio,
        max(value) filter (parameter = 'category_repeat_rate') as stack_category_repeat_rate,
    from predictions.replacement_fit
    where converged
)

select
    $as_of::date as as_of_on,
    customers.customer_id,
    pair.category,
    pair.last_purchased_on,
    $as_of::date - pair.last_purchased_on as elapsed_days,
    round(pair.gap_days_total / nullif(pair.gap_count, 0), 6) as own_cycle_days,
    pair.gap_count,
    pair.gap_days_total,
    pair.silent_days,
    categories.k,
    categories.r,
    categories.alpha,
    categories.a,
    categories.b,
    categories.gap_count as category_gap_count,
    categories.replacement_days,
    categories.repeat_rate,
    purchase.due_probability as customer_due_probability,
    customer.gap_count + 1 as store_day_count,
    customer.silent_days as store_silent_days,
    weights.stack_intercept,
    weights.stack_pair_logit,
    weights.stack_customer_logit,
    weights.stack_category_share,
    weights.stack_recency_ratio,
    weights.stack_category_repeat_rate,
from predictions.pair_history as pair
inner join customers
    on customers.customer_key = pair.customer_key
inner join categories
    on categories.category = pair.category
left join predictions.customer_history as customer
    on customer.customer_key = pair.customer_key
left join predictions.purchase as purchase
    on purchase.customer_key = pair.customer_key
cross join weights
