-- rollups.customer_day: what each customer bought and gave back, day by day.
-- ja:      得意先別日別売上
-- grain:   customer_key, ordered_on
-- rebuild: customer_key
-- columns:
--   customer_key           integer        not null  -> core.customer_key
--   ordered_on             date           not null
--   order_count            bigint         not null  orders whose first line is completed; each on its first line's day
--   line_count             bigint         not null  of every status
--   completed_line_count   bigint         not null
--   cancelled_line_count   bigint         not null
--   returned_line_count    bigint         not null
--   quantity               decimal(18,4)  not null  net, by the rule for sales_amount; 1 a line where the source has none
--   sales_amount           decimal(18,2)  not null  net sales: completed lines, less what cancelled and returned ones take back
--   completed_amount       decimal(18,2)  not null  completed lines above 0 only, nothing taken back
--   cost_amount            decimal(18,2)  not null  of the lines in sales_amount whose cost is known
--   gross_profit_amount    decimal(18,2)  not null  of the lines in sales_amount whose cost is known
--   cost_known_line_count  bigint         not null  how many lines these are
-- check:   completed_line_count + cancelled_line_count + returned_line_count = line_count
--
-- The days of a customer stand together, so that whoever sums them by customer finds the sum it adds to still at hand:
-- metrics.customer_period takes half the time. Nothing relies on the order.

with

lines as (
    select
        customer_key,
        ordered_on,
        is_first_line,
        status,
        quantity,
        amount,
        -- a cancelled or returned line takes back what is negative; a positive one was never a sale
        case
            when status = 'completed' then amount
            else least(amount, 0)
        end as net_amount,
        -- an export without quantities: each line counts as one
        case
            when status = 'completed' then coalesce(quantity, sign(amount))
            else least(coalesce(quantity, sign(amount)), 0)
        end as net_quantity,
        -- goods that come back bring their cost back, whichever sign the source gives it
        case
            when status = 'completed' then cost
            when amount < 0 then -abs(cost)
        end as net_cost,
    from core.sales
    where customer_key is not null
)

select
    customer_key,
    ordered_on,
    count(*) filter (is_first_line and status = 'completed') as order_count,
    count(*) as line_count,
    count(*) filter (status = 'completed') as completed_line_count,
    count(*) filter (status = 'cancelled') as cancelled_line_count,
    count(*) filter (status = 'returned') as returned_line_count,
    coalesce(sum(net_quantity), 0)::decimal(18, 4) as quantity,
    coalesce(sum(net_amount), 0)::decimal(18, 2) as sales_amount,
    coalesce(
        sum(amount) filter (status = 'completed' and amount > 0), 0
    )::decimal(18, 2) as completed_amount,
    coalesce(sum(net_cost), 0)::decimal(18, 2) as cost_amount,
    coalesce(
        sum(net_amount - net_cost), 0
    )::decimal(18, 2) as gross_profit_amount,
    count(net_cost) as cost_known_line_count,
from lines
group by customer_key, ordered_on
order by customer_key, ordered_on
