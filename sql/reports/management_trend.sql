-- reports.management_trend: whether the company's sales grow, and which categories gain and lose most, their season taken out.
-- ja:      商品トレンド（経営レポート）
-- grain:   section, position
-- params:  $trend_row_count integer default 5
-- columns:
--   section            varchar        not null  company, rising, falling; largest: of the others
--   position           bigint         not null  within the section, from 1
--   level              varchar        not null  all, category; product: where no product has a category
--   node               varchar        not null
--   name               varchar        not null  the category or the product's name
--   product_name       varchar                  one product of the category; null: none has a name, or not a category
--   verdict            varchar        not null
--   growth_rate        double                   a year; null: not known
--   growth_rate_low    double
--   growth_rate_high   double
--   year_sales_amount  decimal(18,2)  not null
--   reason             varchar        not null
--   reason_ja          varchar        not null
--   looked_at_count    bigint         not null  categories, or products, with a verdict on their growth
--   all_count          bigint         not null  categories, or products, in all
-- check:   section in ('company', 'rising', 'falling', 'largest')
--
-- Rising and falling are ordered by what they gain and lose in a year.

with

trends as (
    select
        level,
        node,
        name,
        verdict,
        growth_rate,
        growth_rate_low,
        growth_rate_high,
        year_sales_amount,
        reason,
        reason_ja,
        -- now less a year before, as the trend has it
        year_sales_amount * growth_rate / (1 + growth_rate) as gained_amount,
    from metrics.product_trend
),

products_per_category as (
    select category, arg_min(name, product_id) as product_name,
    from core.products
    where name is not null and category is not null
    group by category
),

reported as (
    select if(count(*) filter (level = 'category') > 0, 'category', 'product') as level,
    from trends
),

sections as (
    select
        trends.*,
        case
            when trends.level = 'all' then 'company'
            when trends.verdict in ('rising', 'falling') then trends.verdict
            else 'largest'
        end as section,
        count(*) filter (trends.level <> 'all' and trends.growth_rate is not null) over () as looked_at_count,
        count(*) filter (trends.level <> 'all') over () as all_count,
    from trends
    cross join reported
    where trends.level in ('all', reported.level)
),

positioned as (
    select
        *,
        row_number() over (
            partition by section
            order by
                case section
                    when 'rising' then gained_amount
                    when 'falling' then -gained_amount
                    else year_sales_amount
                end desc,
                node asc
        ) as position,
    from sections
    where section <> 'largest' or growth_rate is not null
)

select
    positioned.section,
    positioned.position,
    positioned.level,
    positioned.node,
    positioned.name,
    if(positioned.level = 'category', products_per_category.product_name, null) as product_name,
    positioned.verdict,
    positioned.growth_rate,
    positioned.growth_rate_low,
    positioned.growth_rate_high,
    positioned.year_sales_amount,
    positioned.reason,
    positioned.reason_ja,
    positioned.looked_at_count,
    positioned.all_count,
from positioned
left join products_per_category
    on products_per_category.category = positioned.node
where positioned.position <= $trend_row_count::int
