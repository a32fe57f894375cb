-- segments.big: customers that bought.
-- grain:   customer_id
-- columns:
--   customer_id  varchar  not null  -> core.customers

select customer_id from metrics.customer where sales_amount > 0
