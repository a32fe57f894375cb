-- metrics.customer: each customer's sales in the window before $as_of.
-- grain:   customer_id
-- params:  $as_of date, $window_days integer default 30,
--          $factor decimal(18,2) default 1
-- columns:
--   customer_id   varchar        not null
--   sales_amount  decimal(18,2)  not null
--   share         double                   of all sales; null: there are none
-- check:   share between 0 and 1 or share is null
-- check:   $window_days::int > 0

with

sales as (
    select customer_id, sum(sales_amount * $factor::decimal(18, 2)) as sales_amount,
    from rollups.customer_day
    where
        ordered_on >= $as_of::date - $window_days::int
        and ordered_on < $as_of::date
    group by customer_id
)

select
    customers.customer_id,
    coalesce(sales.sales_amount, 0)::decimal(18, 2) as sales_amount,
    sales.sales_amount / nullif(sum(sales.sales_amount) over (), 0) as share,
from core.customers
left join sales
    on sales.customer_id = customers.customer_id
