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
--   reason                 varchar        not null  for people, in English
--   reason_ja              varchar        not null
-- check:   recency_days > 0

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
    customer_id,
    last_ordered_on,
    recency_days,
    lifetime_order_count as order_count,
    lifetime_sales_amount,
    format(
        'no order for {} days, after {} {}',
        recency_days,
        lifetime_order_count,
        if(lifetime_order_count = 1, 'order', 'orders')
    ) as reason,
    format(
        '{}日間購入なし（それまでに{}回購入）',
        recency_days,
        lifetime_order_count
    ) as reason_ja,
from customers
