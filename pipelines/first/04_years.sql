-- title:   The last 12 months and the 12 before | 直近12か月とその前の12か月
-- columns: months, orders>, customers>, sales>, mean order> | 期間, 注文>, 得意先>, 売上>, 1注文平均>
with

latest as (
    select max(ordered_on) as last_on
    from core.sales
),

lines as (
    select
        order_id,
        customer_id,
        status,
        if(status = 'completed', amount, least(amount, 0)) as net_amount,
        if(ordered_on > last_on - interval 12 month, 1, 2) as period,
        last_on,
    from core.sales
    cross join latest
    where ordered_on > last_on - interval 24 month
)

select
    if(
        period = 1,
        concat(strftime(any_value(last_on) - interval 12 month + interval 1 day, '%Y-%m-%d'), ' – ', any_value(last_on)),
        concat(strftime(any_value(last_on) - interval 24 month + interval 1 day, '%Y-%m-%d'), ' – ', strftime(any_value(last_on) - interval 12 month, '%Y-%m-%d'))
    ),
    count(distinct order_id) filter (status = 'completed'),
    count(distinct customer_id) filter (status = 'completed'),
    round(sum(net_amount))::bigint,
    round(sum(net_amount) / nullif(count(distinct order_id) filter (status = 'completed'), 0))::bigint,
from lines
group by period
order by period
