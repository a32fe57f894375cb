-- segments.dormant: customers who bought before, and nothing for $dormant_days.
-- ja:      休眠顧客
-- grain:   customer_id
-- params:  $dormant_days integer default 180
-- columns:
--   customer_id            varchar        not null  -> core.customers
--   last_ordered_on        date           not null  last completed line
--   recency_days           bigint         not null  since then
--   order_count            bigint         not null  ever
--   lifetime_sales_amount  decimal(18,2)  not null  net sales, ever
--   buy_probability        double                   of any purchase within $dormant_within_days; null: too few purchases to tell
--   reason                 varchar        not null  for people, in English
--   reason_ja              varchar        not null
-- check:   recency_days > 0
-- check:   buy_probability is null or buy_probability between 0 and 1

with

customers as (
    select
        customer_id,
        last_ordered_on,
        recency_days,
        lifetime_order_count,
        lifetime_sales_amount,
    from metrics.customer
    where recency_days >= $dormant_days::int
)

select
    customers.customer_id,
    customers.last_ordered_on,
    customers.recency_days,
    customers.lifetime_order_count as order_count,
    customers.lifetime_sales_amount,
    purchase.buy_probability,
    format(
        'no order for {} days, after {} {}',
        customers.recency_days,
        customers.lifetime_order_count,
        if(customers.lifetime_order_count = 1, 'order', 'orders')
    ) as reason,
    format(
        '{}日間購入なし（それまでに{}回購入）',
        customers.recency_days,
        customers.lifetime_order_count
    ) as reason_ja,
from customers
left join predictions.purchase as purchase
    on purchase.customer_id = customers.customer_id
