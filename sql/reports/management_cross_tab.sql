-- reports.management_cross_tab: what the customers of an attribute buy clearly more, or less, than everybody; the most telling first.
-- ja:      属性別の購買傾向（経営レポート）
-- grain:   position
-- params:  $cross_tab_row_count integer default 10, $cross_tab_attribute_row_count integer default 4
-- columns:
--   position            bigint   not null
--   attribute_name      varchar  not null
--   attribute_name_ja   varchar  not null
--   value               varchar  not null
--   value_name_ja       varchar  not null
--   level               varchar  not null
--   product             varchar  not null
--   product_name        varchar            one product of the category; null: none has a name, or not a category
--   customer_count      bigint   not null
--   buyer_count         bigint   not null
--   penetration         double   not null
--   all_penetration     double   not null
--   lift                double   not null
--   lift_low            double   not null
--   lift_high           double   not null
--   sales_index         double   not null
--   attribute_position  bigint   not null  within the attribute
-- check:   lift_low > 1 or lift_high < 1
--
-- Told apart from chance with all cells of the attribute considered, and the sales say the same as the buyers: not only who
-- buys more of everything. Ranks follow from sales themselves and are left out. At most
-- $cross_tab_attribute_row_count of an attribute.

with

cells as (
    select
        attribute,
        value,
        attribute_name,
        attribute_name_ja,
        value_name_ja,
        level,
        product,
        customer_count,
        buyer_count,
        penetration,
        all_penetration,
        lift,
        lift_low,
        lift_high,
        sales_index,
        -- how far the nearer end of the interval is from everybody's
        if(verdict = 'more', ln(lift_low), -ln(greatest(lift_high, 1e-9))) as distance,
    from metrics.cross_tab
    where
        attribute <> 'rank'
        and (
            verdict = 'more' and lift_low > 1 and sales_index > 1
            or verdict = 'fewer' and lift_high < 1 and sales_index < 1
        )
),

products_per_category as (
    select category, arg_min(name, product_id) as product_name,
    from core.products
    where name is not null and category is not null
    group by category
),

by_attribute as (
    select
        *,
        row_number() over (
            partition by attribute order by distance desc, level asc, product asc, value asc
        ) as attribute_position,
    from cells
),

ranked as (
    select
        *,
        row_number() over (
            order by distance desc, attribute asc, level asc, product asc, value asc
        ) as position,
    from by_attribute
    where attribute_position <= $cross_tab_attribute_row_count::int
)

select
    ranked.position,
    ranked.attribute_name,
    ranked.attribute_name_ja,
    ranked.value,
    ranked.value_name_ja,
    ranked.level,
    ranked.product,
    if(ranked.level = 'category', products_per_category.product_name, null) as product_name,
    ranked.customer_count,
    ranked.buyer_count,
    ranked.penetration,
    ranked.all_penetration,
    ranked.lift,
    ranked.lift_low,
    ranked.lift_high,
    ranked.sales_index,
    ranked.attribute_position,
from ranked
left join products_per_category
    on products_per_category.category = ranked.product
where ranked.position <= $cross_tab_row_count::int
