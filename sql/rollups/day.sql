-- rollups.day: the company's sales by day, those to nobody in particular included.
-- ja:      日別売上
-- grain:   ordered_on
-- columns:
--   ordered_on             date           not null
--   customer_count         bigint         not null  customers with a completed line
--   order_count            bigint         not null  orders whose first line is completed
--   line_count             bigint         not null  of every status
--   completed_line_count   bigint         not null
--   cancelled_line_count   bigint         not null
--   returned_line_count    bigint         not null
--   quantity               decimal(18,4)  not null  net
--   sales_amount           decimal(18,2)  not null  net sales, those without a customer included
--   unassigned_amount      decimal(18,2)  not null  the part of sales_amount without a customer
--   unassigned_line_count  bigint         not null
--   completed_amount       decimal(18,2)  not null  completed lines above 0 only
--   cost_amount            decimal(18,2)  not null  of the lines in sales_amount whose cost is known
--   gross_profit_amount    decimal(18,2)  not null  of the lines in sales_amount whose cost is known
--   cost_known_line_count  bigint         not null  how many lines these are
-- check:   completed_line_count + cancelled_line_count + returned_line_count = line_count
-- check:   total: (select coalesce(sum(sales_amount - unassigned_amount), 0) from rollups.day) = (select coalesce(sum(sales_amount), 0) from rollups.customer_day)

with

customer_days as (
    select
        ordered_on,
        count(*) filter (completed_line_count > 0) as customer_count,
        sum(order_count) as order_count,
        sum(line_count) as line_count,
        sum(completed_line_count) as completed_line_count,
        sum(cancelled_line_count) as cancelled_line_count,
        sum(returned_line_count) as returned_line_count,
        sum(quantity) as quantity,
        sum(sales_amount) as sales_amount,
        0 as unassigned_amount,
        0 as unassigned_line_count,
        sum(completed_amount) as completed_amount,
        sum(cost_amount) as cost_amount,
        sum(gross_profit_amount) as gross_profit_amount,
        sum(cost_known_line_count) as cost_known_line_count,
    from rollups.customer_day
    group by ordered_on
),

-- net as in rollups.customer_day
unassigned_lines as (
    select
        ordered_on,
        is_first_line,
        status,
        amount,
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
    where customer_key is null
),

unassigned_days as (
    select
        ordered_on,
        0 as customer_count,
        count(*) filter (is_first_line and status = 'completed') as order_count,
        count(*) as line_count,
        count(*) filter (status = 'completed') as completed_line_count,
        count(*) filter (status = 'cancelled') as cancelled_line_count,
        count(*) filter (status = 'returned') as returned_line_count,
        coalesce(sum(net_quantity), 0) as quantity,
        coalesce(sum(net_amount), 0) as sales_amount,
        coalesce(sum(net_amount), 0) as unassigned_amount,
        count(*) as unassigned_line_count,
        coalesce(
            sum(amount) filter (status = 'completed' and amount > 0), 0
        ) as completed_amount,
        coalesce(sum(net_cost), 0) as cost_amount,
        coalesce(sum(net_amount - net_cost), 0) as gross_profit_amount,
        count(net_cost) as cost_known_line_count,
    from unassigned_lines
    group by ordered_on
),

days as (
    select * from customer_days

    union all by name

    select * from unassigned_days
)

select
    ordered_on,
    sum(customer_count)::bigint as customer_count,
    sum(order_count)::bigint as order_count,
    sum(line_count)::bigint as line_count,
    sum(completed_line_count)::bigint as completed_line_count,
    sum(cancelled_line_count)::bigint as cancelled_line_count,
    sum(returned_line_count)::bigint as returned_line_count,
    sum(quantity)::decimal(18, 4) as quantity,
    sum(sales_amount)::decimal(18, 2) as sales_amount,
    sum(unassigned_amount)::decimal(18, 2) as unassigned_amount,
    sum(unassigned_line_count)::bigint as unassigned_line_count,
    sum(completed_amount)::decimal(18, 2) as completed_amount,
    sum(cost_amount)::decimal(18, 2) as cost_amount,
    sum(gross_profit_amount)::decimal(18, 2) as gross_profit_amount,
    sum(cost_known_line_count)::bigint as cost_known_line_count,
from days
group by ordered_on
