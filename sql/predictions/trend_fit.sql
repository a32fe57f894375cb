-- predictions.trend_fit: how fast the sales of each product and category grow, and in which months they sell, one told from the other.
-- ja:      商品売上の季節と成長
-- grain:   level, node
-- params:  $as_of date, $trend_months integer default 36
-- estimator: trend_fit
-- columns:
--   level             varchar  not null  all, category, product
--   node              varchar  not null  all, the category, or the product_id
--   state             varchar  not null  fitted; too early: no season can be told yet; new: too young; ended: nothing for a year; not enough data
--   season_from       varchar            whose months its own are measured by: own, category, all; null, as log_growth to dispersion: not fitted
--   month_count       bigint   not null  complete months used; the one in which it was first sold is not, unless the data begin there
--   sold_month_count  bigint   not null  of them, with sales above 0
--   log_growth        double             logarithm of the growth factor per year, season taken out
--   std_error         double             wider where months follow each other
--   log_growth_low    double             95 % interval (Student)
--   log_growth_high   double
--   p_value           double             that chance alone gives as much growth, or fall
--   p_adjusted        double             the same, all of the level considered (Benjamini and Hochberg)
--   dispersion        double             variance of a month by its mean, in the company's currency
--   pair_count        bigint   not null  months with the same month a year before
--   pair_up_count     bigint   not null  of them, which sold more than a year before
--   pair_down_count   bigint   not null  which sold less
--   year_ratio        double             sales of the last 12 months, or of as many as have the same month a year before, by those; null: fewer than 6, or nothing before
--   year_ratio_low    double             95 % interval
--   year_ratio_high   double
--   year_amount       double   not null  sales of the last 12 complete months, or of as many as there are
--   recent_amount     double             sales of a month, season taken out, over the last 3; null: no season known
--   season_p_value    double             that months of the year which all sell alike look as different by chance
--   season_1          double             sales in January by those of a mean month; null, as the others: not known
--   season_2          double
--   season_3          double
--   season_4          double
--   season_5          double
--   season_6          double
--   season_7          double
--   season_8          double
--   season_9          double
--   season_10         double
--   season_11         double
--   season_12         double
-- check:   level in ('all', 'category', 'product')
-- check:   state in ('fitted', 'too early', 'new', 'ended', 'not enough data')
-- check:   (state = 'fitted') = (log_growth is not null)
-- check:   state <> 'fitted' or (std_error > 0 and log_growth between log_growth_low and log_growth_high)
-- check:   season_1 >= 0 or season_1 is null
--
-- Months are complete: over at $as_of, within the data, at most the last $trend_months. Growth and season are told apart where
-- every month of the year was seen twice, in 24 months; a product of 15 to 23 months is measured by the season of its category,
-- or of all. One of fewer is new. The fit and its limits: pipelines/predict/trend.go.

with

days as (
    select
        min(ordered_on) as from_on,
        max(ordered_on) as until_on,
    from rollups.day
    where ordered_on < $as_of::date
),

-- the data may begin and end within a month: a part of a month is no fall
extents as (
    select
        if(
            from_on > date_trunc('month', from_on)::date + 6,
            (date_trunc('month', from_on) + to_months(1))::date,
            date_trunc('month', from_on)::date
        ) as data_from_on,
        if(
            until_on >= date_trunc('month', $as_of::date)::date - 7,
            date_trunc('month', $as_of::date)::date,
            if(
                until_on >= (date_trunc('month', until_on) + to_months(1))::date - 7,
                (date_trunc('month', until_on) + to_months(1))::date,
                date_trunc('month', until_on)::date
            )
        ) as until_on,
    from days
    where from_on is not null
),

months as (
    select
        month_on::date as month_on,
        date_diff('month', date '1970-01-01', month_on::date) as month_number,
    from extents, unnest(range(
        greatest(
            data_from_on::timestamp, until_on::timestamp - to_months($trend_months::int)
        ),
        until_on::timestamp, to_months(1)
    )) as months(month_on)
),

products as (
    select
        product_key,
        product_id,
        category,
    from core.products
    where product_key is not null
),

product_months as (
    select
        products.product_id,
        products.category,
        product_month.month_on,
        product_month.sales_amount,
    from rollups.product_month as product_month
    inner join products
        on products.product_key = product_month.product_key
    where product_month.month_on < $as_of::date
),

node_months as (
    select
        'product' as level,
        product_id as node,
        coalesce(category, '') as parent,
        month_on,
        sales_amount,
    from product_months

    union all

    select
        'category' as level,
        category as node,
        '' as parent,
        month_on,
        sum(sales_amount) as sales_amount,
    from product_months
    where category is not null
    group by category, month_on

    union all

    select
        'all' as level,
        'all' as node,
        '' as parent,
        date_trunc('month', ordered_on)::date as month_on,
        sum(sales_amount) as sales_amount,
    from rollups.day
    where ordered_on < $as_of::date
    group by date_trunc('month', ordered_on)::date
),

-- the month of a launch is a part of a month too
nodes as (
    select
        node_months.level,
        node_months.node,
        node_months.parent,
        case
            when min(node_months.month_on) <= extents.data_from_on then extents.data_from_on
            else (min(node_months.month_on) + to_months(1))::date
        end as from_on,
    from node_months
    cross join extents
    where node_months.sales_amount > 0
    group by node_months.level, node_months.node, node_months.parent, extents.data_from_on
)

-- every node has a row, with no month where it has none: new since the last complete month
select
    nodes.level,
    nodes.node,
    nodes.parent,
    months.month_number,
    coalesce(node_months.sales_amount, 0)::double as sales_amount,
from nodes
left join months
    on months.month_on >= nodes.from_on
left join node_months
    on
        node_months.level = nodes.level
        and node_months.node = nodes.node
        and node_months.month_on = months.month_on
order by level, node, month_number
