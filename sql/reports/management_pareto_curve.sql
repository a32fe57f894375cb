-- reports.management_pareto_curve: how few customers make how much of the sales, point by point.
-- ja:      パレート曲線
-- grain:   position
-- columns:
--   position        bigint         not null  0 to 100: percent of the customers
--   customer_count  bigint         not null  so many, the best first, rounded up
--   customer_share  double         not null  of the customers with net sales above 0 in the window
--   sales_amount    decimal(18,2)  not null  net sales in the window of these together
--   sales_share     double         not null
-- check:   sales_share between 0 and 1.000001

with

customers as (
    select customer_id, sales_amount,
    from metrics.customer
    where sales_amount > 0
),

running as (
    select
        row_number() over (order by sales_amount desc, customer_id) as ordinal,
        sum(sales_amount) over (
            order by sales_amount desc, customer_id
            rows between unbounded preceding and current row
        ) as sales_amount,
    from customers
),

totals as (
    select count(*) as customer_count, max(sales_amount) as sales_amount,
    from running
),

points as (
    select
        points.position,
        (points.position * totals.customer_count + 99) // 100 as customer_count,
        totals.customer_count as all_count,
        totals.sales_amount as all_amount,
    from range(101) as points(position)
    cross join totals
    where totals.customer_count > 0
)

select
    points.position,
    points.customer_count,
    points.customer_count::double / points.all_count as customer_share,
    coalesce(running.sales_amount, 0)::decimal(18, 2) as sales_amount,
    coalesce(running.sales_amount, 0)::double / points.all_amount::double as sales_share,
from points
left join running
    on running.ordinal = points.customer_count
