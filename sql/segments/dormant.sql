-- segments.dormant: customers who bought before and are unlikely to come back, the least likely first.
-- ja:      休眠顧客
-- grain:   customer_id
-- params:  $dormant_rule varchar default 'probability', $dormant_days integer default 180, $dormant_active double default 0.5,
--          $dormant_within_days integer default 90
-- columns:
--   customer_id            varchar        not null  -> core.customers
--   position               bigint         not null  1: the least likely to buy within $dormant_within_days
--   last_ordered_on        date           not null  last completed line
--   recency_days           bigint         not null  since then
--   order_count            bigint         not null  ever
--   lifetime_sales_amount  decimal(18,2)  not null  net sales, ever
--   buy_probability        double                   of any purchase within $dormant_within_days; null: too few purchases to tell
--   active_probability     double                   that the customer has not left; null: too few purchases to tell
--   reason                 varchar        not null  for people, in English
--   reason_ja              varchar        not null
-- check:   recency_days > 0
-- check:   buy_probability is null or buy_probability between 0 and 1
-- check:   $dormant_rule in ('probability', 'days')
-- check:   total: (select count(*) = coalesce(max(position), 0) from segments.dormant)
--
-- $dormant_rule probability: who bought again four times or more is dormant once the chance of still being a customer is below
-- $dormant_active; everybody else, as nothing is known of their own pace, after $dormant_days. days: everybody after
-- $dormant_days, the plain rule.
--
-- Measured as the area under the curve for silence in the next 90 days (CDNOW: 180), before the fact, on Online Retail, a grocer and CDNOW:
-- with four repeats or more, days since the last order .653, .871, .701, the chance of being a customer .713, .880, .702. As a
-- ranking of all, days .687, .936, .759, the probability of buying .738, .927, .754. "Longer than so many times the customer's
-- own gap" was worse than days everywhere, and P(alive) of BG/NBD no better than chance (field-analytics.md, section 3).

with

chances as (
    select
        purchase.customer_id,
        purchase.buy_probability,
        purchase.active_probability,
        history.gap_count >= 4 as is_regular,
    from predictions.purchase as purchase
    inner join predictions.customer_history as history
        on history.customer_key = purchase.customer_key
),

customers as (
    select
        customer.customer_id,
        customer.last_ordered_on,
        customer.recency_days,
        customer.lifetime_order_count,
        customer.lifetime_sales_amount,
        chances.buy_probability,
        chances.active_probability,
        coalesce(chances.is_regular, false) and $dormant_rule::varchar = 'probability' as is_judged_by_pace,
        round(100 * chances.buy_probability)::int as buy_percent,
        round(100 * chances.active_probability)::int as active_percent,
    from metrics.customer as customer
    left join chances
        on chances.customer_id = customer.customer_id
    where customer.recency_days is not null
)

select
    customer_id,
    row_number() over (
        order by buy_probability nulls last, recency_days desc, customer_id
    ) as position,
    last_ordered_on,
    recency_days,
    lifetime_order_count as order_count,
    lifetime_sales_amount,
    buy_probability,
    active_probability,
    concat(
        format(
            'no order for {} days, after {} {}',
            recency_days,
            lifetime_order_count,
            if(lifetime_order_count = 1, 'order', 'orders')
        ),
        if(is_judged_by_pace, format('; {}% chance of still being a customer', active_percent), ''),
        if(
            buy_probability is null, '',
            format('; {}% chance of an order within {} days', if(buy_percent = 0, 'less than 1', buy_percent::varchar), $dormant_within_days::int)
        )
    ) as reason,
    concat(
        format('{}日間購入なし（それまでに{}回購入）', recency_days, lifetime_order_count),
        if(is_judged_by_pace, format('、取引継続の確率は{}%', active_percent), ''),
        if(
            buy_probability is null, '',
            format('、{}日以内に購入する確率は{}', $dormant_within_days::int, if(buy_percent = 0, '1%未満', concat(buy_percent, '%')))
        )
    ) as reason_ja,
from customers
where if(is_judged_by_pace, active_probability < $dormant_active::double, recency_days >= $dormant_days::int)
