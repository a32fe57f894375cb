-- predictions.replacement: how likely each customer buys again from a category, and when: everybody who bought from it, or owns it.
-- ja:      買い替え予測
-- grain:   customer_id, category
-- params:  $as_of date, $due_days integer default 30
-- estimator: renewal_score
-- columns:
--   customer_id              varchar  not null  -> core.customers
--   category                 varchar  not null  -> core.products
--   started_on               date     not null  since when the next one is waited for: the last purchase, or a later asset
--   silent_days              bigint   not null  from then to the day before $as_of, the last day observed
--   gap_count                bigint   not null  gaps between the customer's purchase days
--   gap_days_total           bigint   not null
--   due_probability          double   not null  of a purchase in [$as_of, $as_of + $due_days)
--   first_stage_probability  double   not null  the same by the pair's own history only
--   active_probability       double   not null  that the customer has not left the category; of a competitor's asset: that we win its replacement
--   stage                    varchar  not null  stack: weighed with the customer's other purchases; renewal: first stage only; asset, competitor: the clock started with an asset of ours, of theirs
--   category_cycle_days      double   not null  a customer's typical gap: the mean, where the category has one, else the median
--   cycle_days               double   not null  the next one expected of this customer: both, weighted by what they are worth
--   expected_days            bigint   not null  the next purchase of a customer who has not left, after the last day observed: the median,
--   expected_days_low        bigint   not null  and the interval that holds 8 of 10,
--   expected_days_high       bigint   not null  ten years at most; days of predictions.category_clock, where the category has one
-- check:   due_probability between 0 and 1 and first_stage_probability between 0 and 1 and active_probability between 0 and 1
-- check:   stage in ('stack', 'renewal', 'asset', 'competitor')
-- check:   0 < expected_days_low and expected_days_low <= expected_days and expected_days <= expected_days_high
--
-- The shrunk renewal model with drop-out, and a logistic second stage fitted on the $due_days before. Measured on Online
-- Retail at 2011-09-08, 30 days, 161,922 pairs, 6.7 % bought: AUC .751, log loss .2177, predicted by actual 1.03. What is
-- told to people is made of this in segments.replacement_due. An asset that is still in use is no sign of having left; a
-- competitor's counts by the rate at which we win them (predictions.asset_start).

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

starts as (
    select customer_id, customer_key, category, started_on, win_rate,
    from predictions.asset_start
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
),

-- a pair whose assets are all retired is waited for no more
bought as (
    select
        customers.customer_id,
        pair.customer_key,
        pair.category,
        coalesce(starts.started_on, pair.last_purchased_on) as started_on,
        pair.gap_count,
        pair.gap_days_total,
        starts.category is not null as is_asset,
        starts.win_rate,
    from predictions.pair_history as pair
    inner join customers
        on customers.customer_key = pair.customer_key
    left join starts
        on starts.customer_key = pair.customer_key and starts.category = pair.category
    where starts.category is null or starts.started_on is not null
),

owned as (
    select
        customer_id,
        customer_key,
        category,
        started_on,
        0 as gap_count,
        0 as gap_days_total,
        true as is_asset,
        win_rate,
    from starts
    where
        started_on is not null
        and not exists (
            select 1
            from predictions.pair_history as pair
            where pair.customer_key = starts.customer_key and pair.category = starts.category
        )
),

pairs as (
    select * from bought
    union all by name
    select * from owned
)

select
    pairs.customer_id,
    pairs.category,
    pairs.started_on,
    $as_of::date - 1 - pairs.started_on as silent_days,
    pairs.gap_count,
    pairs.gap_days_total,
    pairs.is_asset,
    pairs.win_rate,
    if(pairs.is_asset, null, clock.gap_total)::double as clock_total,
    if(pairs.is_asset, null, clock.silent)::double as clock_silent,
    if(pairs.is_asset, null, clock.ahead)::double as clock_ahead,
    if(pairs.is_asset, null, clock.stretch)::double as clock_stretch,
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
from pairs
inner join categories
    on categories.category = pairs.category
left join predictions.pair_clock as clock
    on clock.customer_key = pairs.customer_key and clock.category = pairs.category
left join predictions.customer_history as customer
    on customer.customer_key = pairs.customer_key
left join predictions.purchase as purchase
    on purchase.customer_key = pairs.customer_key
cross join weights
