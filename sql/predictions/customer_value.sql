-- predictions.customer_value: whether each customer still buys, how often, for how much, and what that is worth today.
-- ja:      得意先の将来価値
-- grain:   customer_id
-- params:  $as_of date, $value_days integer default 90, $discount_rate double default 0.15
-- estimator: customer_value
-- columns:
--   customer_id                varchar        not null  -> core.customers  nobody where no purchase law could be fitted
--   customer_key               integer        not null  -> core.customer_key
--   law                        varchar        not null  of purchases: bg_nbd, mbg_nbd, pareto_nbd; nbd: nobody is seen to leave, so all that is for ever is an upper limit
--   chosen_by                  varchar        not null  as in predictions.purchase_law_fit
--   alive_probability          double         not null  still a customer; bg_nbd: 1 for who bought once, so rank by buy_probability
--   alive_low                  double                   every low and high: 95 % of what the fits leave open, not the chance of one customer; null: not converged
--   alive_high                 double
--   buy_probability            double         not null  buys at least once within $value_days
--   buy_low                    double
--   buy_high                   double
--   purchase_count             double         not null  expected within $value_days
--   purchase_count_low         double
--   purchase_count_high        double
--   discounted_purchase_count  double         not null  expected for ever, each discounted at $discount_rate a year
--   discounted_count_low       double
--   discounted_count_high      double
--   spend_amount               decimal(18,2)            expected per purchase; null, as all that follows: spending could not be fitted
--   spend_low                  decimal(18,2)
--   spend_high                 decimal(18,2)
--   margin_rate                double                   the company's gross profit by the sales whose cost is known; 1: no cost known
--   value_amount               decimal(18,2)            spend × discounted purchases × margin: what comes after $as_of, today
--   value_low                  decimal(18,2)
--   value_high                 decimal(18,2)
-- check:   alive_probability between 0 and 1 and (alive_low is null or (alive_low <= alive_probability and alive_probability <= alive_high))
-- check:   buy_probability between 0 and 1 and (buy_low is null or (buy_low <= buy_probability and buy_probability <= buy_high))
-- check:   buy_probability <= alive_probability and buy_probability <= purchase_count + 0.00001
-- check:   purchase_count_high is null or (purchase_count_low <= purchase_count and purchase_count <= purchase_count_high)
-- check:   discounted_count_high is null or (discounted_count_low <= discounted_purchase_count and discounted_purchase_count <= discounted_count_high)
-- check:   spend_high is null or (spend_low <= spend_amount and spend_amount <= spend_high)
-- check:   value_high is null or (value_low <= value_amount and value_amount <= value_high)
--
-- The SELECT has rows of three kinds: the parameters of the chosen law, those of spending, and the customers.

with

margin as (
    select
        coalesce(
            sum(gross_profit_amount)::double / nullif(sum(gross_profit_amount + cost_amount), 0)::double, 1
        ) as margin_rate,
    from rollups.day
    where ordered_on < $as_of::date
),

parameters as (
    select
        law,
        chosen_by,
        parameter,
        value,
        covariance_1,
        covariance_2,
        covariance_3,
        covariance_4,
    from predictions.purchase_law_fit
    where is_chosen

    union all

    select
        'gamma_gamma' as law,
        null as chosen_by,
        parameter,
        value,
        covariance_1,
        covariance_2,
        covariance_3,
        null as covariance_4,
    from predictions.spend_fit
    where value is not null
)

select
    law,
    chosen_by,
    parameter,
    value,
    covariance_1,
    covariance_2,
    covariance_3,
    covariance_4,
    null::varchar as customer_id,
    null::integer as customer_key,
    null::bigint as repeat_count,
    null::double as last_weeks,
    null::double as age_weeks,
    null::double as repeat_amount_mean,
    margin.margin_rate,
from parameters
cross join margin

union all

select
    null as law,
    null as chosen_by,
    null as parameter,
    null as value,
    null as covariance_1,
    null as covariance_2,
    null as covariance_3,
    null as covariance_4,
    customer.customer_id,
    history.customer_key,
    history.repeat_count,
    history.last_weeks,
    history.age_weeks,
    history.repeat_amount_mean,
    null as margin_rate,
from predictions.purchase_history as history
inner join core.customer_key as customer
    on customer.customer_key = history.customer_key
order by law, parameter, customer_key
