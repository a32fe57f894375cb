-- reports.management_headline: the figures that a manager reads first.
-- ja:      主要指標
-- grain:   one row
-- params:  $as_of date, $compare_last_year boolean default false, $due_probability double default 0.5,
--          $dormant_days integer default 180
-- columns:
--   as_of_on                   date           not null  sales strictly before it
--   window_days                bigint         not null  from from_on to as_of_on
--   from_on                    date           not null  first day of the window
--   previous_from_on           date           not null  first day of the window that is compared with
--   compares_last_year         boolean        not null  that window is a year earlier; false: just before
--   data_from_on               date                     first day with a sale line; null: there are none
--   data_until_on              date                     last day with a sale line
--   has_previous               boolean        not null  the window that is compared with is covered by data, but for a fiftieth at most
--   sales_amount               decimal(18,2)  not null  net sales in the window, lines without a customer included
--   previous_sales_amount      decimal(18,2)            null: not covered by data
--   unattributed_amount        decimal(18,2)  not null  of sales_amount, what belongs to no customer
--   gross_profit_amount        decimal(18,2)            of the lines whose cost is known; null: of none
--   order_count                bigint         not null  in the window, of customers
--   customer_count             bigint         not null  customers who bought in the window
--   previous_customer_count    bigint                   null: not covered by data
--   new_customer_count         bigint         not null  first order in the window
--   known_customer_count       bigint         not null  everybody in the master or in sales
--   large_customer_count       bigint         not null  the fewest that make the large share of the measure
--   large_sales_amount         decimal(18,2)  not null  their net sales
--   best_rank                  varchar                  the first rank of the scheme; null: no scheme
--   best_rank_customer_count   bigint         not null
--   best_rank_previous_count   bigint                   a month before; null: not known
--   best_rank_sales_amount     decimal(18,2)  not null
--   dormant_days               bigint         not null
--   dormant_count              bigint         not null
--   dormant_lifetime_amount    decimal(18,2)  not null  what they bought in all
--   revived_count              bigint         not null  bought in the last 30 days, after $dormant_days without
--   due_probability            double         not null  above which a replacement counts as due
--   due_customer_count         bigint         not null
--   due_count                  bigint         not null  customers times categories
-- check:   customer_count >= new_customer_count

with

windows as (
    select
        as_of_on,
        from_on,
        previous_from_on,
        previous_until_on,
    from metrics.rank_window
    where as_of_on = $as_of::date
),

days as (
    select
        windows.from_on,
        windows.previous_from_on,
        coalesce(sum(days.sales_amount) filter (days.ordered_on >= windows.from_on), 0) as sales_amount,
        coalesce(sum(days.sales_amount) filter (
            days.ordered_on >= windows.previous_from_on
            and days.ordered_on < windows.previous_until_on
        ), 0) as previous_sales_amount,
        min(days.ordered_on) as data_from_on,
        max(days.ordered_on) as data_until_on,
        -- an export that begins on the first working day still covers its year
        coalesce(
            min(days.ordered_on)
            <= windows.previous_from_on + (windows.as_of_on - windows.from_on)::int // 50, false
        ) as has_previous,
    from windows
    left join rollups.day as days
        on days.ordered_on < windows.as_of_on
    group by windows.as_of_on, windows.from_on, windows.previous_from_on
),

customers as (
    select
        customer.customer_id,
        customer.sales_amount,
        customer.gross_profit_amount,
        customer.order_count,
        customer.previous_order_count,
        customer.is_new,
        customer.large,
        customer_rank.rank,
        customer_rank.previous_rank,
    from metrics.customer as customer
    inner join metrics.customer_rank as customer_rank
        on customer_rank.customer_id = customer.customer_id
),

best_ranks as (
    select arg_min(rank, position) as rank,
    from config.rank
),

totals as (
    select
        coalesce(sum(customers.sales_amount), 0) as sales_amount,
        sum(customers.gross_profit_amount) as gross_profit_amount,
        coalesce(sum(customers.order_count), 0) as order_count,
        count(*) filter (customers.order_count > 0) as customer_count,
        count(*) filter (customers.previous_order_count > 0) as previous_customer_count,
        count(*) filter (customers.is_new and customers.order_count > 0) as new_customer_count,
        count(*) as known_customer_count,
        count(*) filter (customers.large) as large_customer_count,
        coalesce(sum(customers.sales_amount) filter (customers.large), 0) as large_sales_amount,
        count(*) filter (customers.rank = best_ranks.rank) as best_rank_customer_count,
        case
            when count(customers.previous_rank) > 0
                then count(*) filter (customers.previous_rank = best_ranks.rank)
        end as best_rank_previous_count,
        coalesce(sum(customers.sales_amount) filter (customers.rank = best_ranks.rank), 0) as best_rank_sales_amount,
    from customers
    cross join best_ranks
),

dormant as (
    select
        count(*) as dormant_count,
        coalesce(sum(lifetime_sales_amount), 0) as dormant_lifetime_amount,
    from segments.dormant
),

-- the same customers as the rows of reports.management_revived
purchases as (
    select
        customer_key,
        ordered_on,
        lag(ordered_on) over (partition by customer_key order by ordered_on) as previous_on,
    from rollups.customer_day
    where completed_line_count > 0 and ordered_on < $as_of::date
),

revived as (
    select count(distinct customer_key) as revived_count,
    from purchases
    where ordered_on >= $as_of::date - 30 and ordered_on - previous_on >= $dormant_days::int
),

due as (
    select
        count(*) as due_count,
        count(distinct customer_id) as due_customer_count,
    from segments.replacement_due
    where due_probability > $due_probability::double
)

select
    $as_of::date as as_of_on,
    $as_of::date - days.from_on as window_days,
    days.from_on,
    days.previous_from_on,
    $compare_last_year::boolean as compares_last_year,
    days.data_from_on,
    days.data_until_on,
    days.has_previous,
    days.sales_amount::decimal(18, 2) as sales_amount,
    case when days.has_previous then days.previous_sales_amount::decimal(18, 2) end as previous_sales_amount,
    (days.sales_amount - totals.sales_amount)::decimal(18, 2) as unattributed_amount,
    totals.gross_profit_amount::decimal(18, 2) as gross_profit_amount,
    totals.order_count::bigint as order_count,
    totals.customer_count,
    case when days.has_previous then totals.previous_customer_count end as previous_customer_count,
    totals.new_customer_count,
    totals.known_customer_count,
    totals.large_customer_count,
    totals.large_sales_amount::decimal(18, 2) as large_sales_amount,
    best_ranks.rank as best_rank,
    totals.best_rank_customer_count,
    totals.best_rank_previous_count,
    totals.best_rank_sales_amount::decimal(18, 2) as best_rank_sales_amount,
    $dormant_days::bigint as dormant_days,
    dormant.dormant_count,
    dormant.dormant_lifetime_amount::decimal(18, 2) as dormant_lifetime_amount,
    revived.revived_count,
    $due_probability::double as due_probability,
    due.due_customer_count,
    due.due_count,
from days
cross join totals
cross join best_ranks
cross join dormant
cross join revived
cross join due
