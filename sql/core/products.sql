-- core.products: everything in the product master, and everything else that was ever sold.
-- ja:      商品
-- grain:   product_id
-- columns:
--   product_id           varchar        not null
--   product_key          integer                  dense key of core.product_key; null: never sold
--   name                 varchar                  null, as all that follows: not in the master, or empty there
--   category             varchar                  the finest of three levels; replacement is predicted at this one
--   category_group       varchar
--   category_department  varchar
--   list_price           decimal(18,2)            of one, in the company's currency
--   unit_cost            decimal(18,2)            of one, in the company's currency
--   replacement_days     integer                  what the manufacturer says
--   launched_on          date

with

master as (
    select
        product_id,
        nullif(trim(name), '') as name,
        nullif(trim(category), '') as category,
        nullif(trim(category_group), '') as category_group,
        nullif(trim(category_department), '') as category_department,
        list_price,
        unit_cost,
        replacement_days,
        launched_on,
    from raw.products
    where product_id <> ''
    qualify row_number() over (
        partition by product_id
        order by file desc, line desc
    ) = 1
),

seen_in_sales as (
    select
        product_key,
        product_id,
    from core.product_key
)

select
    coalesce(master.product_id, seen_in_sales.product_id) as product_id,
    seen_in_sales.product_key,
    master.name,
    master.category,
    master.category_group,
    master.category_department,
    master.list_price,
    master.unit_cost,
    master.replacement_days,
    master.launched_on,
from master
full outer join seen_in_sales
    on master.product_id = seen_in_sales.product_id
