-- rollups.customer_category_day: what each customer bought and gave back, by category and day.
-- ja:      得意先カテゴリ別日別売上
-- grain:   customer_key, category, ordered_on
-- rebuild: customer_key
-- follows: core.products (product_key, category)
-- columns:
--   customer_key           integer        not null  -> core.customer_key
--   category               varchar        not null  -> core.products  lines of products without one are not here
--   ordered_on             date           not null
--   is_purchase            boolean        not null  more was bought than given back that day
--   gap_days               bigint                   since the purchase day before; null: the first one, or not a purchase day
--   order_count            bigint         not null  1 on a purchase day: the orders of one day count as one
--   line_count             bigint         not null  of every status
--   quantity               decimal(18,4)  not null  net, by the rule for sales_amount
--   sales_amount           decimal(18,2)  not null  net sales: completed lines, less what cancelled and returned ones take back
--   gross_profit_amount    decimal(18,2)  not null  of the lines in sales_amount whose cost is known
--   cost_known_line_count  bigint         not null  how many lines these are
-- check:   gap_days > 0 or gap_days is null

with

products as (
    select
        product_key,
        category,
    from core.products
    where product_key is not null and category is not null
),

-- net as in rollups.customer_day
lines as (
    select
        customer_key,
        product_key,
        ordered_on,
        case
            when status = 'completed' then amount
            else least(amount, 0)
        end as net_amount,
        case
            when status = 'completed' then coalesce(quantity, sign(amount))
            else least(coalesce(quantity, sign(amount)), 0)
        end as net_quantity,
        case
            when status = 'completed' then cost
            when amount < 0 then -abs(cost)
        end as net_cost,
    from core.sales
    where customer_key is not null
),

days as (
    select
        lines.customer_key,
        products.category,
        lines.ordered_on,
        count(*) as line_count,
        coalesce(sum(lines.net_quantity), 0)::decimal(18, 4) as quantity,
        coalesce(sum(lines.net_amount), 0)::decimal(18, 2) as sales_amount,
        coalesce(
            sum(lines.net_amount - lines.net_cost), 0
        )::decimal(18, 2) as gross_profit_amount,
        count(lines.net_cost) as cost_known_line_count,
    from lines
    inner join products
        on lines.product_key = products.product_key
    group by lines.customer_key, products.category, lines.ordered_on
),

-- two windows: the days that only gave back stand aside
gaps as (
    select
        customer_key,
        category,
        ordered_on,
        line_count,
        quantity,
        sales_amount,
        gross_profit_amount,
        cost_known_line_count,
        quantity > 0 as is_purchase,
        ordered_on - lag(ordered_on) over (
            partition by customer_key, category, quantity > 0
            order by ordered_on
        ) as gap_days,
    from days
)

select
    customer_key,
    category,
    ordered_on,
    is_purchase,
    if(is_purchase, gap_days, null) as gap_days,
    if(is_purchase, 1, 0)::bigint as order_count,
    line_count,
    quantity,
    sales_amount,
    gross_profit_amount,
    cost_known_line_count,
from gaps
