-- rollups.customer_day: what each customer bought on each day.
-- grain:   customer_id, ordered_on
-- columns:
--   customer_id   varchar        not null  -> core.customers
--   ordered_on    date           not null
--   order_count   bigint         not null
--   sales_amount  decimal(18,2)  not null  net
-- check:   order_count > 0
-- check:   total: (select sum(sales_amount) from rollups.customer_day)
--                 = (select sum(amount) from core.sales)
--
-- What follows an empty line is for people: and may hold colons.

select
    customer_id,
    ordered_on,
    count(*) as order_count,
    sum(amount)::decimal(18, 2) as sales_amount,
from core.sales
group by customer_id, ordered_on
