-- predictions.cross_tab_test: every attribute of the customers by every level of the products: who bought what, and whether chance explains it.
-- ja:      属性別購買の検定
-- grain:   attribute, value, level, product
-- params:  $as_of date, $window_days integer default 365, $cross_tab_attributes varchar default all,
--          $cross_tab_values integer default 50
-- estimator: cross_tab
-- columns:
--   attribute           varchar        not null  a column of core.customers, rank, age_band, employees_band, has_children, or attributes.NAME: the source's own column
--   value               varchar        not null
--   level               varchar        not null  category, group, department
--   product             varchar        not null  the name of the category, group or department
--   customer_count      bigint         not null  with this value, who bought anything in the window
--   buyer_count         bigint         not null  of them, who bought the product in the window; each customer once
--   all_customer_count  bigint         not null  with any value of the attribute; who has none is left out
--   all_buyer_count     bigint         not null
--   sales_amount        decimal(18,2)  not null  net, of these customers and this product in the window
--   value_amount        decimal(18,2)  not null  of these customers and every product of the level
--   product_amount      decimal(18,2)  not null  of all customers with the attribute and this product
--   all_amount          decimal(18,2)  not null  of all customers with the attribute and every product of the level
--   lift                double         not null  buyers by customers, by the same of all; 1: like everybody
--   lift_low            double         not null  95 % interval of this cell alone
--   lift_high           double         not null
--   p_value             double                   that chance alone gives a difference from the others as large; null: not enough data to test
--   p_adjusted          double                   the same, all cells of the attribute and level considered
-- check:   level in ('category', 'group', 'department')
-- check:   buyer_count <= customer_count and customer_count < all_customer_count
-- check:   lift between lift_low and lift_high
-- check:   p_adjusted >= p_value or p_value is null
-- check:   (p_adjusted is null) = (p_value is null)
--
-- Attributes with 2 to $cross_tab_values values among who bought; or those that $cross_tab_attributes names, between commas.
-- Values that fewer than 10 customers have, and products that fewer than 10 bought, have no rows, as no cell of them could be
-- judged; they count in the sums. A cell is tested where chance alone would give at least 5 buyers and 5 others, among these
-- customers and outside: two proportions, then Benjamini and Hochberg (1995) over the cells of an attribute and level. The
-- interval is that of Donner and Zou (2012), from Wilson's.

with

active as (
    select customer_key,
    from rollups.customer_day
    where
        ordered_on >= $as_of::date - $window_days::int
        and ordered_on < $as_of::date
        and completed_line_count > 0
    group by customer_key
),

ranks as (
    select customer_id, rank,
    from metrics.customer_rank
),

customers as (
    select
        customers.customer_key,
        customers.kind,
        customers.region,
        customers.industry,
        customers.industry_group,
        customers.industry_sector,
        customers.gender,
        date_diff('year', customers.birth_date, $as_of::date) - if(
            strftime(customers.birth_date, '%m%d') > strftime($as_of::date, '%m%d'), 1, 0
        ) as age_years,
        customers.married,
        customers.children,
        customers.employees,
        customers.acquired_via,
        customers.sales_rep,
        customers.approach,
        customers.attributes,
        ranks.rank,
    from core.customers as customers
    semi join active
        on active.customer_key = customers.customer_key
    left join ranks
        on ranks.customer_id = customers.customer_id
),

columns_as_rows as (
    select
        customer_key,
        unnest([
            'kind', 'region', 'industry', 'industry_group', 'industry_sector', 'gender', 'age_band', 'married',
            'has_children', 'employees_band', 'acquired_via', 'sales_rep', 'approach', 'rank'
        ]) as attribute,
        unnest([
            kind, region, industry, industry_group, industry_sector, gender,
            case
                when age_years < 20 then '0-19'
                when age_years < 80 then concat(age_years // 10 * 10, '-', age_years // 10 * 10 + 9)
                when age_years >= 80 then '80-'
            end,
            married::varchar,
            (children > 0)::varchar,
            case
                when employees < 10 then '1-9'
                when employees < 30 then '10-29'
                when employees < 100 then '30-99'
                when employees < 300 then '100-299'
                when employees < 1000 then '300-999'
                when employees >= 1000 then '1000-'
            end,
            acquired_via, sales_rep, approach, rank,
        ]) as value,
    from customers
),

own_columns as (
    select
        customer_key,
        unnest(map_entries(try_cast(try_cast(attributes as json) as map(varchar, varchar)))) as entry,
    from customers
    where attributes is not null
),

customer_values as (
    select customer_key, attribute, value,
    from columns_as_rows
    where value is not null

    union all

    select
        customer_key,
        'attributes.' || entry.key as attribute,
        trim(entry.value) as value,
    from own_columns
    where trim(entry.value) <> ''
),

values_with_counts as (
    select
        attribute,
        value,
        count(*) as customer_count,
    from customer_values
    group by attribute, value
),

-- small keys: what follows joins every value of a customer with everything it bought
attribute_values as (
    select
        attribute,
        value,
        customer_count,
        sum(customer_count) over (partition by attribute) as all_customer_count,
        row_number() over (order by attribute, value)::integer as value_key,
    from values_with_counts
    where
        $cross_tab_attributes::varchar = 'all'
        or list_contains(string_split(replace($cross_tab_attributes::varchar, ', ', ','), ','), attribute)
    qualify
        count(*) over (partition by attribute) >= 2
        and (
            $cross_tab_attributes::varchar <> 'all'
            or count(*) over (partition by attribute) <= $cross_tab_values::int
        )
),

keyed_values as (
    select
        customer_values.customer_key,
        attribute_values.value_key,
    from customer_values
    inner join attribute_values
        on
            attribute_values.attribute = customer_values.attribute
            and attribute_values.value = customer_values.value
),

-- a category belongs to the group and department of most of its products
categories as (
    select
        category,
        category_group,
        category_department,
    from core.products
    where category is not null
    group by category, category_group, category_department
    qualify row_number() over (
        partition by category order by count(*) desc, category_group, category_department
    ) = 1
),

keyed_categories as (
    select
        category,
        category_group,
        category_department,
        row_number() over (order by category)::integer as category_key,
    from categories
),

levels as (
    select
        category_key,
        unnest(['category', 'group', 'department']) as level,
        unnest([category, category_group, category_department]) as product,
    from keyed_categories
),

products as (
    select
        level,
        product,
        row_number() over (order by level, product)::integer as node_key,
    from levels
    where product is not null
    group by level, product
),

pairs as (
    select
        days.customer_key,
        keyed_categories.category_key,
        bool_or(days.is_purchase) as is_buyer,
        sum(days.sales_amount)::decimal(18, 2) as sales_amount,
    from rollups.customer_category_day as days
    inner join keyed_categories
        on keyed_categories.category = days.category
    where
        days.ordered_on >= $as_of::date - $window_days::int
        and days.ordered_on < $as_of::date
    group by days.customer_key, keyed_categories.category_key
),

-- sales of the finest level add up to those of the others; buyers do not
counted_categories as (
    select
        keyed_values.value_key,
        pairs.category_key,
        count(*) filter (pairs.is_buyer) as buyer_count,
        sum(pairs.sales_amount) as sales_amount,
    from pairs
    inner join keyed_values
        on keyed_values.customer_key = pairs.customer_key
    group by keyed_values.value_key, pairs.category_key
),

-- a customer counts once, however many categories of a group it bought
buyers_of_groups as (
    select distinct
        pairs.customer_key,
        products.node_key,
    from pairs
    inner join levels
        on levels.category_key = pairs.category_key
    inner join products
        on
            products.level = levels.level
            and products.product = levels.product
    where pairs.is_buyer and levels.level <> 'category'
),

counted_groups as (
    select
        keyed_values.value_key,
        buyers_of_groups.node_key,
        count(*) as buyer_count,
    from buyers_of_groups
    inner join keyed_values
        on keyed_values.customer_key = buyers_of_groups.customer_key
    group by keyed_values.value_key, buyers_of_groups.node_key
),

sold as (
    select
        counted_categories.value_key,
        products.level,
        products.node_key,
        sum(counted_categories.buyer_count) filter (products.level = 'category') as category_buyer_count,
        sum(counted_categories.sales_amount) as sales_amount,
    from counted_categories
    inner join levels
        on levels.category_key = counted_categories.category_key
    inner join products
        on
            products.level = levels.level
            and products.product = levels.product
    group by counted_categories.value_key, products.level, products.node_key
),

cells as (
    select
        attribute_values.attribute,
        sold.value_key,
        sold.level,
        sold.node_key,
        coalesce(sold.category_buyer_count, counted_groups.buyer_count, 0)::bigint as buyer_count,
        sold.sales_amount,
    from sold
    inner join attribute_values
        on attribute_values.value_key = sold.value_key
    left join counted_groups
        on
            counted_groups.value_key = sold.value_key
            and counted_groups.node_key = sold.node_key
),

value_sums as (
    select
        value_key,
        level,
        sum(sales_amount) as value_amount,
    from cells
    group by value_key, level
),

product_sums as (
    select
        attribute,
        level,
        node_key,
        sum(buyer_count) as all_buyer_count,
        sum(sales_amount) as product_amount,
        sum(sum(sales_amount)) over (partition by attribute, level) as all_amount,
    from cells
    group by attribute, level, node_key
)

-- every product with every value: nobody is zero, not absent
select
    attribute_values.attribute,
    attribute_values.value,
    products.level,
    products.product,
    attribute_values.customer_count,
    coalesce(cells.buyer_count, 0) as buyer_count,
    attribute_values.all_customer_count::bigint as all_customer_count,
    product_sums.all_buyer_count::bigint as all_buyer_count,
    coalesce(cells.sales_amount, 0)::decimal(18, 2) as sales_amount,
    coalesce(value_sums.value_amount, 0)::decimal(18, 2) as value_amount,
    product_sums.product_amount::decimal(18, 2) as product_amount,
    product_sums.all_amount::decimal(18, 2) as all_amount,
from product_sums
inner join attribute_values
    on attribute_values.attribute = product_sums.attribute
inner join products
    on products.node_key = product_sums.node_key
left join value_sums
    on
        value_sums.value_key = attribute_values.value_key
        and value_sums.level = product_sums.level
left join cells
    on
        cells.value_key = attribute_values.value_key
        and cells.node_key = product_sums.node_key
where attribute_values.customer_count >= 10 and product_sums.all_buyer_count >= 10
order by attribute, level, product, value
