-- metrics.rfm: how recently, how often and how much each customer bought, in fifths and by fixed cuts, and what such a customer is called.
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
--   recency_cut            integer        not null  1 to 5 by the fixed cuts of rfm.recency_days
--   frequency_cut          integer        not null  by those of rfm.orders
--   monetary_cut           integer                  by those of rfm.amounts; null: none are set
--   rfm_cut_code           varchar        not null  the three together, - for none
--   rfm_cut_segment        varchar        not null  the name by the fixed cuts
--   rfm_cut_segment_ja     varchar        not null
-- check:   recency_score between 1 and 5 and frequency_score between 1 and 5 and monetary_score between 1 and 5
-- check:   recency_cut between 1 and 5 and frequency_cut between 1 and 5 and coalesce(monetary_cut, 1) between 1 and 5
--
-- Fifths say where a customer stands among the others, and move with them; fixed cuts say the same next year.

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

cuts as (
    select
        max(bound) filter (measure = 'recency' and score = 5) as recency_5,
        max(bound) filter (measure = 'recency' and score = 4) as recency_4,
        max(bound) filter (measure = 'recency' and score = 3) as recency_3,
        max(bound) filter (measure = 'recency' and score = 2) as recency_2,
        max(bound) filter (measure = 'frequency' and score = 2) as frequency_2,
        max(bound) filter (measure = 'frequency' and score = 3) as frequency_3,
        max(bound) filter (measure = 'frequency' and score = 4) as frequency_4,
        max(bound) filter (measure = 'frequency' and score = 5) as frequency_5,
        max(bound) filter (measure = 'monetary' and score = 2) as monetary_2,
        max(bound) filter (measure = 'monetary' and score = 3) as monetary_3,
        max(bound) filter (measure = 'monetary' and score = 4) as monetary_4,
        max(bound) filter (measure = 'monetary' and score = 5) as monetary_5,
    from config.rfm_cut
),

cut as (
    select
        customers.customer_id,
        case
            when customers.recency_days <= cuts.recency_5 then 5
            when customers.recency_days <= cuts.recency_4 then 4
            when customers.recency_days <= cuts.recency_3 then 3
            when customers.recency_days <= cuts.recency_2 then 2
            else 1
        end as recency_score,
        case
            when customers.order_count >= cuts.frequency_5 then 5
            when customers.order_count >= cuts.frequency_4 then 4
            when customers.order_count >= cuts.frequency_3 then 3
            when customers.order_count >= cuts.frequency_2 then 2
            else 1
        end as frequency_score,
        case
            when cuts.monetary_2 is null then null
            when customers.lifetime_sales_amount >= cuts.monetary_5 then 5
            when customers.lifetime_sales_amount >= cuts.monetary_4 then 4
            when customers.lifetime_sales_amount >= cuts.monetary_3 then 3
            when customers.lifetime_sales_amount >= cuts.monetary_2 then 2
            else 1
        end as monetary_score,
    from customers
    cross join cuts
),

scores_by_basis as (
    select
        'fifths' as basis,
        customer_id,
        recency_score,
        frequency_score,
        monetary_score,
    from scored

    union all

    select
        'cuts' as basis,
        customer_id,
        recency_score,
        frequency_score,
        monetary_score,
    from cut
),

-- the usual grid of recency and frequency, read from the top left
named as (
    select
        basis,
        customer_id,
        recency_score,
        frequency_score,
        monetary_score,
        concat(
            recency_score,
            frequency_score,
            coalesce(monetary_score::varchar, '-')
        ) as code,
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
        end as segment,
    from scores_by_basis
),

labelled as (
    select
        *,
        case segment
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
        end as segment_ja,
    from named
)

select
    customers.customer_id,
    customers.recency_days,
    customers.order_count,
    customers.lifetime_sales_amount,
    fifths.recency_score,
    fifths.frequency_score,
    fifths.monetary_score,
    fifths.code as rfm_code,
    fifths.segment as rfm_segment,
    fifths.segment_ja as rfm_segment_ja,
    cuts.recency_score as recency_cut,
    cuts.frequency_score as frequency_cut,
    cuts.monetary_score as monetary_cut,
    cuts.code as rfm_cut_code,
    cuts.segment as rfm_cut_segment,
    cuts.segment_ja as rfm_cut_segment_ja,
from customers
inner join labelled as fifths
    on
        customers.customer_id = fifths.customer_id
        and fifths.basis = 'fifths'
inner join labelled as cuts
    on
        customers.customer_id = cuts.customer_id
        and cuts.basis = 'cuts'
