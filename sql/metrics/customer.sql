-- metrics.customer: everything known about each customer at $as_of, in one row.
-- ja:      得意先別指標
-- grain:   customer_id
-- params:  $as_of date
-- columns:
--   customer_id                    varchar        not null  -> core.customers
--   customer_key                   integer                  null: never seen in sales
--   name                           varchar                  null: not in the master
--   name_kana                      varchar
--   kind                           varchar                  company, person
--   email                          varchar
--   phone                          varchar
--   postal_code                    varchar
--   address                        varchar
--   region                         varchar
--   industry                       varchar
--   industry_group                 varchar
--   industry_sector                varchar
--   employees                      bigint
--   founded_on                     date
--   gender                         varchar
--   birth_date                     date
--   married                        boolean
--   children                       integer
--   acquired_via                   varchar
--   sales_rep                      varchar
--   approach                       varchar
--   rank_override                  varchar
--   situation                      varchar
--   goal                           varchar
--   strategy                       varchar
--   attributes                     varchar
--   sales_amount                   decimal(18,2)  not null  net sales in the window
--   gross_profit_amount            decimal(18,2)            of the lines whose cost is known; null: of none
--   margin_rate                    double                   gross profit by the sales of the same window; null: no cost known, or no sales
--   measure_amount                 decimal(18,2)  not null
--   previous_sales_amount          decimal(18,2)  not null  in the window before
--   previous_gross_profit_amount   decimal(18,2)
--   previous_measure_amount        decimal(18,2)  not null
--   growth                         double                   shrunk; 1: unchanged
--   large                          boolean        not null
--   growing                        boolean        not null
--   is_new                         boolean        not null  first order in the window
--   order_count                    bigint         not null  in the window
--   previous_order_count           bigint         not null
--   completed_line_count           bigint         not null
--   cancelled_line_count           bigint         not null
--   returned_line_count            bigint         not null
--   first_ordered_on               date                     null: never bought
--   last_ordered_on                date
--   recency_days                   bigint
--   purchase_day_count             bigint         not null  ever
--   gap_days_mean                  double                   mean days between purchase days, ever; null: fewer than two
--   lifetime_order_count           bigint         not null
--   lifetime_completed_line_count  bigint         not null
--   lifetime_sales_amount          decimal(18,2)  not null
--   lifetime_completed_amount      decimal(18,2)  not null
-- check:   total: (select count(*) from metrics.customer) = (select count(*) from core.customers)

with

customers as (
    select
        customer_id,
        customer_key,
        name,
        name_kana,
        kind,
        email,
        phone,
        postal_code,
        address,
        region,
        industry,
        industry_group,
        industry_sector,
        employees,
        founded_on,
        gender,
        birth_date,
        married,
        children,
        acquired_via,
        sales_rep,
        approach,
        rank_override,
        situation,
        goal,
        strategy,
        attributes,
    from core.customers
),

periods as (
    select
        customer_id,
        sales_amount,
        gross_profit_amount,
        measure_amount,
        previous_sales_amount,
        previous_gross_profit_amount,
        previous_measure_amount,
        growth,
        large,
        growing,
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
    from metrics.customer_period
    where as_of_on = $as_of::date
)

select
    customers.customer_id,
    customers.customer_key,
    customers.name,
    customers.name_kana,
    customers.kind,
    customers.email,
    customers.phone,
    customers.postal_code,
    customers.address,
    customers.region,
    customers.industry,
    customers.industry_group,
    customers.industry_sector,
    customers.employees,
    customers.founded_on,
    customers.gender,
    customers.birth_date,
    customers.married,
    customers.children,
    customers.acquired_via,
    customers.sales_rep,
    customers.approach,
    customers.rank_override,
    customers.situation,
    customers.goal,
    customers.strategy,
    customers.attributes,
    periods.sales_amount,
    periods.gross_profit_amount,
    round(
        periods.gross_profit_amount / nullif(periods.sales_amount, 0), 6
    ) as margin_rate,
    periods.measure_amount,
    periods.previous_sales_amount,
    periods.previous_gross_profit_amount,
    periods.previous_measure_amount,
    periods.growth,
    periods.large,
    periods.growing,
    periods.is_new,
    periods.order_count,
    periods.previous_order_count,
    periods.completed_line_count,
    periods.cancelled_line_count,
    periods.returned_line_count,
    periods.first_ordered_on,
    periods.last_ordered_on,
    periods.recency_days,
    periods.purchase_day_count,
    round(
        (periods.last_ordered_on - periods.first_ordered_on)
        / nullif(periods.purchase_day_count - 1, 0), 6
    ) as gap_days_mean,
    periods.lifetime_order_count,
    periods.lifetime_completed_line_count,
    periods.lifetime_sales_amount,
    periods.lifetime_completed_amount,
from customers
inner join periods
    on customers.customer_id = periods.customer_id
