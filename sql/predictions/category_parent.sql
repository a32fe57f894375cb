-- predictions.category_parent: where each category hangs in the catalogue: whose numbers it borrows while it has too few of its own.
-- ja:      カテゴリ階層
-- grain:   category
-- columns:
--   category             varchar  not null  -> core.products
--   category_group       varchar            null: the catalogue has none above it
--   category_department  varchar            above the group; null: none
--   replacement_days     double             what the manufacturers say, the median of its products; null: nothing
--
-- Where the products of one category name different groups, most of them are right.

with

products as (
    select
        category,
        category_group,
        category_department,
        count(*) as product_count,
    from core.products
    where category is not null
    group by category, category_group, category_department
),

stated as (
    select
        category,
        median(replacement_days) as replacement_days,
    from core.products
    where category is not null and replacement_days > 0
    group by category
)

select
    products.category,
    products.category_group,
    products.category_department,
    stated.replacement_days,
from products
left join stated
    on stated.category = products.category
qualify row_number() over (
    partition by products.category
    order by
        products.product_count desc,
        products.category_group nulls last,
        products.category_department nulls last
) = 1
