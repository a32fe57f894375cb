-- metrics.cross_tab: which customers buy what more, or less, than everybody: attributes of the customers by levels of the products.
-- ja:      属性別購買クロス集計
-- grain:   attribute, value, level, product
-- columns:
--   attribute           varchar        not null  a column of core.customers, rank, age_band, employees_band, has_children, or attributes.NAME: the source's own column
--   value               varchar        not null
--   attribute_name      varchar        not null  for people, in English
--   attribute_name_ja   varchar        not null
--   value_name_ja       varchar        not null  the value as people say it
--   level               varchar        not null  category, group, department
--   product             varchar        not null  the name of the category, group or department
--   customer_count      bigint         not null  with this value, who bought anything in the window
--   buyer_count         bigint         not null  of them, who bought the product in the window; each customer once
--   penetration         double         not null  buyers by customers
--   all_customer_count  bigint         not null  with any value of the attribute; who has none is left out
--   all_buyer_count     bigint         not null
--   all_penetration     double         not null
--   lift                double         not null  penetration by all_penetration; 1: like everybody
--   lift_low            double         not null  95 % interval of this cell alone
--   lift_high           double         not null
--   p_value             double                   that chance alone gives a difference from the others as large; null: not enough data
--   p_adjusted          double                   the same, all cells of the attribute and level considered
--   verdict             varchar        not null  more, fewer, no difference shown, not enough data
--   sales_amount        decimal(18,2)  not null  net, of these customers and this product in the window
--   sales_share         double                   of what these customers bought; null: nothing above 0
--   sales_index         double                   sales_share by the same of everybody; null: nothing to compare
--   reason              varchar        not null  for people, in English
--   reason_ja           varchar        not null
-- check:   verdict in ('more', 'fewer', 'no difference shown', 'not enough data')
-- check:   (verdict = 'not enough data') = (p_value is null)
-- check:   verdict <> 'more' or lift > 1
-- check:   verdict <> 'fewer' or lift < 1
--
-- A description, not a cause. Customers who buy more of everything, as large ones do, have a lift above 1 everywhere;
-- sales_index looks at the mix alone. The test and its rules: predictions.cross_tab_test.

with

cells as (
    select
        attribute,
        value,
        case
            when attribute like 'attributes.%' then substr(attribute, 12)
            when attribute = 'employees_band' then 'number of employees'
            when attribute = 'sales_rep' then 'sales representative'
            else replace(attribute, '_', ' ')
        end as attribute_name,
        case attribute
            when 'kind' then '区分'
            when 'region' then '地域'
            when 'industry' then '業種'
            when 'industry_group' then '業種（中分類）'
            when 'industry_sector' then '業種（大分類）'
            when 'gender' then '性別'
            when 'age_band' then '年代'
            when 'married' then '既婚'
            when 'has_children' then '子どもの有無'
            when 'employees_band' then '従業員数'
            when 'acquired_via' then '獲得経路'
            when 'sales_rep' then '担当者'
            when 'approach' then '対応方針'
            when 'rank' then 'ランク'
            else substr(attribute, 12)
        end as attribute_name_ja,
        case
            when attribute = 'kind' and value = 'company' then '法人'
            when attribute = 'kind' and value = 'person' then '個人'
            when attribute in ('married', 'has_children') then if(value = 'true', 'はい', 'いいえ')
            when attribute = 'age_band' and value = '0-19' then '19歳以下'
            when attribute = 'age_band' and value = '80-' then '80歳以上'
            when attribute = 'age_band' then concat(split_part(value, '-', 1), '代')
            when attribute = 'employees_band' and value = '1000-' then '1,000名以上'
            when attribute = 'employees_band' then concat(replace(value, '-', '～'), '名')
            else value
        end as value_name_ja,
        level,
        product,
        customer_count,
        buyer_count,
        round(buyer_count / customer_count, 6) as penetration,
        all_customer_count,
        all_buyer_count,
        round(all_buyer_count / all_customer_count, 6) as all_penetration,
        lift,
        lift_low,
        lift_high,
        p_value,
        p_adjusted,
        case
            when p_adjusted is null then 'not enough data'
            when p_adjusted > 0.05 or lift = 1 then 'no difference shown'
            when lift > 1 then 'more'
            else 'fewer'
        end as verdict,
        sales_amount,
        if(value_amount > 0, sales_amount / value_amount, null) as sales_share,
        if(all_amount > 0, product_amount / all_amount, null) as all_sales_share,
    from predictions.cross_tab_test
)

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
    all_customer_count,
    all_buyer_count,
    all_penetration,
    lift,
    lift_low,
    lift_high,
    p_value,
    p_adjusted,
    verdict,
    sales_amount,
    round(sales_share, 6) as sales_share,
    round(sales_share / nullif(greatest(all_sales_share, 0), 0), 6) as sales_index,
    concat(
        buyer_count, ' of ', customer_count, ' customers with ', attribute_name, ' ', value, ' bought ', product, ' (',
        round(100 * penetration)::int, '%, of all ', round(100 * all_penetration)::int, '%): ',
        case verdict
            when 'not enough data' then 'not enough data'
            when 'no difference shown' then 'no difference shown'
            else concat(
                format('{:.1f}', lift), ' times the share of all (95% interval ', format('{:.1f}', lift_low), ' to ',
                format('{:.1f}', lift_high), ')'
            )
        end
    ) as reason,
    concat(
        attribute_name_ja, '「', value_name_ja, '」の得意先', customer_count, '件のうち', buyer_count, '件が', product, 'を購入（',
        round(100 * penetration)::int, '%、全体は', round(100 * all_penetration)::int, '%）。',
        case verdict
            when 'not enough data' then 'データ不足のため判定できません'
            when 'no difference shown' then '全体との差は確認できません'
            else concat(
                '全体の', format('{:.1f}', lift), '倍（95％信頼区間 ', format('{:.1f}', lift_low), '～',
                format('{:.1f}', lift_high), '倍）'
            )
        end
    ) as reason_ja,
from cells
