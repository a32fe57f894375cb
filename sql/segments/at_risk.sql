-- segments.at_risk: regular customers who have been away for longer than their pace explains, but may still come back.
-- ja:      離反予兆
-- grain:   customer_id
-- params:  $dormant_active double default 0.5, $at_risk_active double default 0.8
-- columns:
--   customer_id         varchar  not null  -> core.customers
--   position            bigint   not null  1: most in danger
--   active_probability  double   not null  that the customer has not left: from $dormant_active to below $at_risk_active
--   buy_probability     double   not null  of any purchase within the days of predictions.purchase
--   last_ordered_on     date     not null  last completed line
--   recency_days        bigint   not null  since then
--   gap_days_mean       double   not null  between the customer's purchase days so far
--   reason              varchar  not null  for people, in English
--   reason_ja           varchar  not null
-- check:   active_probability between 0 and 1 and gap_days_mean > 0
--
-- Only who bought again four times or more: of the others the data cannot tell (field-analytics.md, section 3).

with

chances as (
    select
        purchase.customer_id,
        purchase.active_probability,
        purchase.buy_probability,
        history.gap_days_total / history.gap_count as gap_days_mean,
    from predictions.purchase as purchase
    inner join predictions.customer_history as history
        on history.customer_key = purchase.customer_key
    where
        history.gap_count >= 4
        and purchase.active_probability >= $dormant_active::double
        and purchase.active_probability < $at_risk_active::double
)

select
    chances.customer_id,
    row_number() over (
        order by chances.active_probability, chances.customer_id
    ) as position,
    chances.active_probability,
    chances.buy_probability,
    customer.last_ordered_on,
    customer.recency_days,
    round(chances.gap_days_mean, 6) as gap_days_mean,
    format(
        'no order for {} days, with {} days between orders so far; {}% chance of still being a customer',
        customer.recency_days,
        round(chances.gap_days_mean)::int,
        round(100 * chances.active_probability)::int
    ) as reason,
    format(
        'これまで平均{}日間隔で購入していたが、{}日間購入なし。取引継続の確率は{}%',
        round(chances.gap_days_mean)::int,
        customer.recency_days,
        round(100 * chances.active_probability)::int
    ) as reason_ja,
from chances
inner join metrics.customer as customer
    on customer.customer_id = chances.customer_id
