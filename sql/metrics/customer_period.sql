-- metrics.customer_period: what each customer did in the window before a date and in the one that is compared with it, at $as_of and at the 12 month starts before it.
-- ja:      得意先別期間実績
-- grain:   as_of_on, customer_id
-- params:  $as_of date, $measure varchar default sales, $sales_weight double default 1,
--          $gross_profit_weight double default 0, $order_weight double default 0, $large_share double default 0.8,
--          $growth_threshold double default 1.1, $shrinkage double default 1, $growing_by varchar default growth,
--          $new_is_growing boolean default false
-- columns:
--   as_of_on                       date           not null  data strictly before it; month starts go back to where there is data
--   customer_id                    varchar        not null  -> core.customers  everybody at $as_of; whoever had a sale line by then at the month starts
--   sales_amount                   decimal(18,2)  not null  net sales in the window: metrics.rank_window
--   gross_profit_amount            decimal(18,2)            of the lines whose cost is known; null: of none
--   measure_amount                 decimal(18,2)  not null  by $measure: sales, gross_profit where any cost is known at all, or score, the weighted sum
--   previous_sales_amount          decimal(18,2)  not null  the same in the window that is compared with
--   previous_gross_profit_amount   decimal(18,2)
--   previous_measure_amount        decimal(18,2)  not null
--   growth                         double                   of the measure, both windows shrunk by $shrinkage mean orders; 1: unchanged; null: nothing to compare with
--   potential_growth               double                   what it can be expected to buy in a window to come, against the window's sales, shrunk alike; null: no forecast, or a month start
--   deal_growth                    double                   the window's sales and on top what its open deals can be expected to bring, against these sales, shrunk alike; null: no such deal, or a month start
--   large                          boolean        not null  one of the fewest customers that make $large_share of the positive measure
--   growing                        boolean        not null  bought, and growth above $growth_threshold, or with $growing_by deals or potential what is to come; who came after the compared window only if $new_is_growing
--   is_new                         boolean        not null  first order in the window
--   order_count                    bigint         not null  in the window
--   previous_order_count           bigint         not null
--   completed_line_count           bigint         not null  in the window
--   cancelled_line_count           bigint         not null  in the window
--   returned_line_count            bigint         not null  in the window
--   first_ordered_on               date                     first completed line; null: never
--   last_ordered_on                date                     last completed line; null: never
--   recency_days                   bigint                   from last_ordered_on to as_of_on
--   purchase_day_count             bigint         not null  days with a completed line, ever
--   lifetime_order_count           bigint         not null  ever, as all that follows
--   lifetime_completed_line_count  bigint         not null
--   lifetime_sales_amount          decimal(18,2)  not null  net sales
--   lifetime_completed_amount      decimal(18,2)  not null  completed lines above 0 only
-- check:   as_of_on > first_ordered_on or first_ordered_on is null
-- check:   not (large or growing) or measure_amount > 0

with

customers as (
    select
        customer_id,
        customer_key,
    from core.customers
),

customer_days as not materialized (
    select
        customer_key,
        ordered_on,
        order_count,
        completed_line_count,
        cancelled_line_count,
        returned_line_count,
        sales_amount,
        completed_amount,
        gross_profit_amount,
        cost_known_line_count,
    from rollups.customer_day
    where ordered_on < $as_of::date
),

windows as (
    select
        as_of_on,
        from_on,
        previous_from_on,
        previous_until_on,
    from metrics.rank_window
),

-- gross profit is a measure only where the company knows any cost
measures as (
    select
        $measure::varchar = 'gross_profit'
        and coalesce(sum(cost_known_line_count), 0) > 0 as is_gross_profit,
    from customer_days
),

-- as decimals, so that a score is an exact sum too
weights as (
    select
        $sales_weight::decimal(12, 4) as sales,
        $gross_profit_weight::decimal(12, 4) as gross_profit,
        $order_weight::decimal(12, 4) as orders,
),

-- the days of the calendar with the dates that know of them: joined by equality, the lines of a customer stay together
day_dates as (
    select
        days.ordered_on,
        windows.as_of_on,
        days.ordered_on >= windows.from_on as is_current,
        days.ordered_on >= windows.previous_from_on
        and days.ordered_on < windows.previous_until_on as is_previous,
    from (select distinct ordered_on from customer_days) as days
    inner join windows
        on days.ordered_on < windows.as_of_on
),

days_by_date as not materialized (
    select
        day_dates.as_of_on,
        day_dates.is_current,
        day_dates.is_previous,
        customer_days.customer_key,
        customer_days.ordered_on,
        customer_days.completed_line_count > 0 as is_purchase,
        customer_days.cost_known_line_count > 0 as is_cost_known,
        customer_days.order_count,
        customer_days.completed_line_count,
        customer_days.cancelled_line_count,
        customer_days.returned_line_count,
        customer_days.sales_amount,
        customer_days.completed_amount,
        customer_days.gross_profit_amount,
    from customer_days
    inner join day_dates
        on customer_days.ordered_on = day_dates.ordered_on
),

sums as (
    select
        as_of_on,
        customer_key,
        sum(sales_amount) filter (is_current) as sales_amount,
        sum(gross_profit_amount) filter (
            is_current and is_cost_known
        ) as gross_profit_amount,
        sum(sales_amount) filter (is_previous) as previous_sales_amount,
        sum(gross_profit_amount) filter (
            is_previous and is_cost_known
        ) as previous_gross_profit_amount,
        sum(order_count) filter (is_current) as order_count,
        sum(order_count) filter (is_previous) as previous_order_count,
        sum(completed_line_count) filter (is_current) as completed_line_count,
        sum(cancelled_line_count) filter (is_current) as cancelled_line_count,
        sum(returned_line_count) filter (is_current) as returned_line_count,
        min(ordered_on) filter (is_purchase) as first_ordered_on,
        max(ordered_on) filter (is_purchase) as last_ordered_on,
        count(*) filter (is_purchase) as purchase_day_count,
        sum(order_count) as lifetime_order_count,
        sum(completed_line_count) as lifetime_completed_line_count,
        sum(sales_amount) as lifetime_sales_amount,
        sum(completed_amount) as lifetime_completed_amount,
    from days_by_date
    group by as_of_on, customer_key
),

-- who bought nothing before $as_of stands at $as_of alone
customer_sums as (
    select
        sums.as_of_on,
        customers.customer_id,
        sums.customer_key,
        coalesce(sums.sales_amount, 0)::decimal(18, 2) as sales_amount,
        sums.gross_profit_amount::decimal(18, 2) as gross_profit_amount,
        coalesce(
            case
                when $measure::varchar = 'score'
                    then
                        coalesce(sums.sales_amount, 0) * weights.sales
                        + coalesce(sums.gross_profit_amount, 0)
                        * weights.gross_profit
                        + coalesce(sums.order_count, 0) * weights.orders
                when measures.is_gross_profit then sums.gross_profit_amount
                else sums.sales_amount
            end, 0
        )::decimal(18, 2) as measure_amount,
        coalesce(
            sums.previous_sales_amount, 0
        )::decimal(18, 2) as previous_sales_amount,
        sums.previous_gross_profit_amount::decimal(
            18, 2
        ) as previous_gross_profit_amount,
        coalesce(
            case
                when $measure::varchar = 'score'
                    then
                        coalesce(sums.previous_sales_amount, 0) * weights.sales
                        + coalesce(sums.previous_gross_profit_amount, 0)
                        * weights.gross_profit
                        + coalesce(sums.previous_order_count, 0)
                        * weights.orders
                when measures.is_gross_profit
                    then sums.previous_gross_profit_amount
                else sums.previous_sales_amount
            end, 0
        )::decimal(18, 2) as previous_measure_amount,
        coalesce(
            sums.first_ordered_on >= windows.from_on, false
        ) as is_new,
        coalesce(
            sums.first_ordered_on >= windows.previous_until_on, false
        ) as is_incomparable,
        coalesce(sums.order_count, 0)::bigint as order_count,
        coalesce(sums.previous_order_count, 0)::bigint as previous_order_count,
        coalesce(sums.completed_line_count, 0)::bigint as completed_line_count,
        coalesce(sums.cancelled_line_count, 0)::bigint as cancelled_line_count,
        coalesce(sums.returned_line_count, 0)::bigint as returned_line_count,
        sums.first_ordered_on,
        sums.last_ordered_on,
        sums.as_of_on - sums.last_ordered_on as recency_days,
        sums.purchase_day_count,
        sums.lifetime_order_count::bigint as lifetime_order_count,
        sums.lifetime_completed_line_count::bigint
            as lifetime_completed_line_count,
        sums.lifetime_sales_amount::decimal(18, 2) as lifetime_sales_amount,
        sums.lifetime_completed_amount::decimal(
            18, 2
        ) as lifetime_completed_amount,
    from sums
    inner join customers
        on sums.customer_key = customers.customer_key
    inner join windows
        on sums.as_of_on = windows.as_of_on
    cross join measures
    cross join weights

    union all by name

    select
        $as_of::date as as_of_on,
        customers.customer_id,
        customers.customer_key,
        0 as sales_amount,
        0 as measure_amount,
        0 as previous_sales_amount,
        0 as previous_measure_amount,
        false as is_new,
        false as is_incomparable,
        0 as order_count,
        0 as previous_order_count,
        0 as completed_line_count,
        0 as cancelled_line_count,
        0 as returned_line_count,
        0 as purchase_day_count,
        0 as lifetime_order_count,
        0 as lifetime_completed_line_count,
        0 as lifetime_sales_amount,
        0 as lifetime_completed_amount,
    from customers
    where
        customers.customer_key is null
        or customers.customer_key not in (
            select customer_key
            from customer_days
        )
),

-- the measure by itself, for what compares customers: narrow, since there are thirteen rows a customer
current_sums as (
    select
        day_dates.as_of_on,
        customer_days.customer_key,
        sum(customer_days.sales_amount) as sales_amount,
        sum(customer_days.gross_profit_amount) filter (
            customer_days.cost_known_line_count > 0
        ) as gross_profit_amount,
        sum(customer_days.order_count) as order_count,
    from customer_days
    inner join day_dates
        on customer_days.ordered_on = day_dates.ordered_on
    where day_dates.is_current
    group by day_dates.as_of_on, customer_days.customer_key
),

current_measures as (
    select
        current_sums.as_of_on,
        current_sums.customer_key,
        current_sums.sales_amount,
        current_sums.order_count,
        coalesce(
            case
                when $measure::varchar = 'score'
                    then
                        current_sums.sales_amount * weights.sales
                        + coalesce(current_sums.gross_profit_amount, 0)
                        * weights.gross_profit
                        + current_sums.order_count * weights.orders
                when measures.is_gross_profit
                    then current_sums.gross_profit_amount
                else current_sums.sales_amount
            end, 0
        )::decimal(18, 2) as measure_amount,
    from current_sums
    cross join measures
    cross join weights
),

potentials as (
    select
        $as_of::date as as_of_on,
        customer_id,
        expected_deal_amount,
        potential_amount,
    from metrics.growth_potential
    where potential_amount is not null
),

totals as (
    select
        as_of_on,
        sum(greatest(measure_amount, 0))::decimal(18, 2) as positive_amount,
        -- what shrinkage adds: so many mean orders, never less than nothing
        $shrinkage::double * greatest(
            coalesce(sum(measure_amount) / nullif(sum(order_count), 0), 0), 0
        ) as shrinkage_amount,
        $shrinkage::double * greatest(
            coalesce(sum(sales_amount) / nullif(sum(order_count), 0), 0), 0
        ) as sales_shrinkage_amount,
    from current_measures
    group by as_of_on
),

cumulated as (
    select
        measured.as_of_on,
        measured.customer_key,
        measured.measure_amount,
        sum(measured.measure_amount) over (
            partition by measured.as_of_on
            order by
                measured.measure_amount desc,
                customers.customer_id asc
            rows between unbounded preceding and current row
        ) - measured.measure_amount as larger_amount,
    from current_measures as measured
    inner join customers
        on measured.customer_key = customers.customer_key
    where measured.measure_amount > 0
),

-- the customer that crosses the line belongs to the large ones
large_customers as (
    select
        cumulated.as_of_on,
        cumulated.customer_key,
    from cumulated
    inner join totals
        on cumulated.as_of_on = totals.as_of_on
    where
        cumulated.larger_amount::decimal(18, 2)
        < totals.positive_amount::decimal(28, 2) * $large_share::decimal(9, 6)
),

-- a date on which nobody had bought anything in the window has no totals
shrinkages as (
    select
        windows.as_of_on,
        coalesce(totals.shrinkage_amount, 0) as shrinkage_amount,
        coalesce(totals.sales_shrinkage_amount, 0) as sales_shrinkage_amount,
    from windows
    left join totals
        on windows.as_of_on = totals.as_of_on
),

compared as (
    select
        customer_sums.*,
        round(
            (customer_sums.measure_amount + totals.shrinkage_amount)
            / nullif(
                greatest(
                    customer_sums.previous_measure_amount
                    + totals.shrinkage_amount, 0
                ), 0
            ), 6
        ) as growth,
        round(
            (potentials.potential_amount + totals.sales_shrinkage_amount)
            / nullif(
                greatest(
                    customer_sums.sales_amount
                    + totals.sales_shrinkage_amount, 0
                ), 0
            ), 6
        ) as potential_growth,
        round(
            (
                customer_sums.sales_amount + potentials.expected_deal_amount
                + totals.sales_shrinkage_amount
            )
            / nullif(
                greatest(
                    customer_sums.sales_amount
                    + totals.sales_shrinkage_amount, 0
                ), 0
            ), 6
        ) as deal_growth,
        large_customers.customer_key is not null as large,
    from customer_sums
    inner join shrinkages as totals
        on customer_sums.as_of_on = totals.as_of_on
    left join large_customers
        on
            customer_sums.as_of_on = large_customers.as_of_on
            and customer_sums.customer_key = large_customers.customer_key
    left join potentials
        on
            customer_sums.as_of_on = potentials.as_of_on
            and customer_sums.customer_id = potentials.customer_id
)

select
    as_of_on,
    customer_id,
    sales_amount,
    gross_profit_amount,
    measure_amount,
    previous_sales_amount,
    previous_gross_profit_amount,
    previous_measure_amount,
    growth,
    potential_growth,
    deal_growth,
    large,
    -- without anything to compare with, whatever was bought is growth
    measure_amount > 0
    and case
        when is_incomparable then $new_is_growing::boolean
        when
            $growing_by::varchar in ('deals', 'potential')
            and deal_growth > $growth_threshold::double
            then true
        when
            $growing_by::varchar = 'potential'
            and potential_growth > $growth_threshold::double
            then true
        else coalesce(growth > $growth_threshold::double, true)
    end as growing,
    is_new,
    order_count,
    previous_order_count,
    completed_line_count,
    cancelled_line_count,
    returned_line_count,
    first_ordered_on,
    last_ordered_on,
    recency_days,
    purchase_day_count,
    lifetime_order_count,
    lifetime_completed_line_count,
    lifetime_sales_amount,
    lifetime_completed_amount,
from compared
