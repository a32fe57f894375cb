-- rollups.product_month: what was sold of each product, month by month, to whomever.
-- ja:      商品別月別売上
-- grain:   product_key, month_on
-- rebuild: product_key, month_on
-- columns:
--   product_key          integer        not null  -> core.product_key
--   month_on             date           not null  its first day
--   line_count           bigint         not null  of every status
--   customer_count       bigint         not null  customers with a completed line
--   quantity             decimal(18,4)  not null  net
--   sales_amount         decimal(18,2)  not null  net sales: completed lines, less what cancelled and returned ones take back
--   gross_profit_amount  decimal(18,2)  not null  of the lines in sales_amount whose cost is known
-- check:   day(month_on) = 1

with

-- net as in rollups.customer_day
lines as (
    select
        product_key,
        customer_key,
        date_trunc('month', ordered_on)::date as month_on,
        customer_key is not null and status = 'completed' as is_bought,
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
    where product_key is not null
),

-- by customer first: counting distinct customers over lines costs three times as much
customer_months as (
    select
        product_key,
        customer_key,
        month_on,
        count(*) as line_count,
        bool_or(is_bought) as is_bought,
        sum(net_quantity) as quantity,
        sum(net_amount) as sales_amount,
        sum(net_amount - net_cost) as gross_profit_amount,
    from lines
    group by product_key, customer_key, month_on
)

select
    product_key,
    month_on,
    sum(line_count)::bigint as line_count,
    count(*) filter (is_bought) as customer_count,
    coalesce(sum(quantity), 0)::decimal(18, 4) as quantity,
    coalesce(sum(sales_amount), 0)::decimal(18, 2) as sales_amount,
    coalesce(
        sum(gross_profit_amount), 0
    )::decimal(18, 2) as gross_profit_amount,
from customer_months
group by product_key, month_on
