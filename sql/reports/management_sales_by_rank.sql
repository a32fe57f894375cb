-- reports.management_sales_by_rank: what the customers of each rank bought, and what the same ones bought before.
-- ja:      ランク別売上
-- grain:   rank
-- params:  $as_of date
-- columns:
--   rank                   varchar        not null  '' is sales that belong to no customer
--   position               integer        not null  1: the best; '' last
--   customer_count         bigint         not null  of this rank now
--   buyer_count            bigint         not null  of them, who bought in the window
--   sales_amount           decimal(18,2)  not null  net sales in the window
--   sales_share            double                   of the total; null: nothing sold
--   previous_sales_amount  decimal(18,2)  not null  of the same customers, in the window that is compared with
--   gross_profit_amount    decimal(18,2)            of the lines whose cost is known; null: of none
-- check:   buyer_count <= customer_count
-- check:   total: (select sum(sales_amount) from reports.management_sales_by_rank)
--          = (select sales_amount from reports.management_headline)

with

customers as (
    select
        customer_rank.rank,
        customer_rank.rank_position,
        customer.sales_amount,
        customer.previous_sales_amount,
        customer.gross_profit_amount,
        customer.order_count,
    from metrics.customer as customer
    inner join metrics.customer_rank as customer_rank
        on customer_rank.customer_id = customer.customer_id
),

scheme as (
    select rank, position,
    from config.rank
),

customers_per_rank as (
    select
        rank,
        min(rank_position) as position,
        count(*) as customer_count,
        count(*) filter (order_count > 0) as buyer_count,
        sum(sales_amount) as sales_amount,
        sum(previous_sales_amount) as previous_sales_amount,
        sum(gross_profit_amount) as gross_profit_amount,
    from customers
    group by rank
),

days as (
    select
        coalesce(sum(days.sales_amount) filter (days.ordered_on >= windows.from_on), 0) as sales_amount,
        coalesce(sum(days.sales_amount) filter (
            days.ordered_on >= windows.previous_from_on and days.ordered_on < windows.previous_until_on
        ), 0) as previous_sales_amount,
    from metrics.rank_window as windows
    left join rollups.day as days
        on days.ordered_on < windows.as_of_on
    where windows.as_of_on = $as_of::date
),

nobody as (
    select
        (any_value(days.sales_amount) - coalesce(sum(customers.sales_amount), 0)) as sales_amount,
        (any_value(days.previous_sales_amount) - coalesce(sum(customers.previous_sales_amount), 0))
            as previous_sales_amount,
    from days
    left join customers
        on true
),

-- A rank of the scheme that nobody has is shown too: that is a finding.
ranks as (
    select
        coalesce(customers_per_rank.rank, scheme.rank) as rank,
        coalesce(scheme.position, customers_per_rank.position) as position,
        coalesce(customers_per_rank.customer_count, 0) as customer_count,
        coalesce(customers_per_rank.buyer_count, 0) as buyer_count,
        coalesce(customers_per_rank.sales_amount, 0) as sales_amount,
        coalesce(customers_per_rank.previous_sales_amount, 0) as previous_sales_amount,
        customers_per_rank.gross_profit_amount,
    from scheme
    full join customers_per_rank
        on customers_per_rank.rank = scheme.rank

    union all

    select
        '' as rank,
        2147483647 as position,
        0 as customer_count,
        0 as buyer_count,
        sales_amount,
        previous_sales_amount,
        null as gross_profit_amount,
    from nobody
    where sales_amount <> 0 or previous_sales_amount <> 0
)

select
    rank,
    position::integer as position,
    customer_count,
    buyer_count,
    sales_amount::decimal(18, 2) as sales_amount,
    sales_amount::double / nullif((sum(sales_amount) over ())::double, 0) as sales_share,
    previous_sales_amount::decimal(18, 2) as previous_sales_amount,
    gross_profit_amount::decimal(18, 2) as gross_profit_amount,
from ranks
