-- core.assets: what customers own, ours or a competitor's.
-- ja:      保有設備
-- grain:   asset_id
-- columns:
--   asset_id     varchar  not null
--   customer_id  varchar
--   product_id   varchar            null: not one of our products
--   category     varchar            null: that of the product
--   vendor       varchar            ours, or the competitor
--   serial       varchar
--   acquired_on  date
--   retired_on   date               null: still in use

with

assets as (
    select
        asset_id,
        nullif(trim(customer_id), '') as customer_id,
        nullif(trim(product_id), '') as product_id,
        nullif(trim(category), '') as category,
        nullif(trim(vendor), '') as vendor,
        nullif(trim(serial), '') as serial,
        acquired_on,
        retired_on,
        file,
        line,
    from raw.assets
),

-- raw holds the newest row of each key; this holds it where trimming has made two keys one
newest as (
    select *,
    from assets
    where asset_id <> ''
    qualify row_number() over (
        partition by asset_id
        order by file desc, line desc
    ) = 1
)

select
    asset_id,
    customer_id,
    product_id,
    category,
    vendor,
    serial,
    acquired_on,
    retired_on,
from newest
