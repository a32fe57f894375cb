-- metrics.rfm: how recently, how often and how much each customer bought, in fifths, and what such a customer is called.
-- ja:      RFM分析
-- grain:   customer_id
-- columns:
--   customer_id            varchar        not null  -> core.customers  everybody who ever bought
--   recency_days           bigint         not null  since the last completed line
--   order_count            bigint         not null  ever
--   lifetime_sales_amount  decimal(18,2)  not null  net sales, ever
--   recency_score          integer        not null  5: the fifth that bought last
--   frequency_score        integer        not null  5: the fifth with the most orders
--   monetary_score         integer        not null  5: the fifth with the highest sales
--   rfm_code               varchar        not null  the three scores, 111 to 555
--   rfm_segment            varchar        not null  a name for recency and frequency together
--   rfm_segment_ja         varchar        not null
-- check:   recency_score between 1 and 5 and frequency_score between 1 and 5 and monetary_score between 1 and 5

with

customers as (
    select
        customer_id,
        recency_days,
        lifetime_order_count as order_count,
        lifetime_sales_amount,
    from metrics.customer
    where recency_days is not null
),

-- fifths are of equal size; where values tie, the id decides, so that every run cuts at the same customer
scored as (
    select
        customer_id,
        recency_days,
        order_count,
        lifetime_sales_amount,
        ntile(5) over (
            order by recency_days desc, customer_id asc
        )::integer as recency_score,
        ntile(5) over (
            order by order_count asc, customer_id asc
        )::integer as frequency_score,
        ntile(5) over (
            order by lifetime_sales_amount asc, customer_id asc
        )::integer as monetary_score,
    from customers
),

-- the usual grid of recency and frequency, read from the top left
named as (
    select
        customer_id,
        recency_days,
        order_count,
        lifetime_sales_amount,
        recency_score,
        frequency_score,
        monetary_score,
        case
            when recency_score = 5 and frequency_score >= 4 then 'champions'
            when recency_score >= 3 and frequency_score >= 4 then 'loyal'
            when recency_score >= 4 and frequency_score >= 2
                then 'potential loyal'
            when recency_score = 5 then 'new'
            when recency_score = 4 then 'promising'
            when recency_score = 3 and frequency_score = 3
                then 'need attention'
            when recency_score = 3 then 'about to sleep'
            when frequency_score = 5 then 'cannot lose'
            when frequency_score >= 3 then 'at risk'
            when recency_score = 1 and frequency_score = 1 then 'lost'
            else 'hibernating'
        end as rfm_segment,
    from scored
)

select
    customer_id,
    recency_days,
    order_count,
    lifetime_sales_amount,
    recency_score,
    frequency_score,
    monetary_score,
    concat(
        recency_score, frequency_score, monetary_score
    ) as rfm_code,
    rfm_segment,
    case rfm_segment
        when 'champions' then '最優良'
        when 'loyal' then '優良'
        when 'potential loyal' then '優良候補'
        when 'new' then '新規'
        when 'promising' then '有望'
        when 'need attention' then '要注意'
        when 'about to sleep' then '休眠予備'
        when 'cannot lose' then '失えない'
        when 'at risk' then '離反懸念'
        when 'lost' then '離反'
        else '休眠'
    end as rfm_segment_ja,
from named
