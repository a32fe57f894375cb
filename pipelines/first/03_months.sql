-- title:   Is this your company? Sales by month | 月別売上（御社の数字と合っていますか）
-- about:   Net sales: what was cancelled or returned is taken off. | 取消・返品を除いた売上です
-- columns: month, orders>, customers>, sales>, | 月, 注文>, 得意先>, 売上>,
with

months as (
    select
        date_trunc('month', ordered_on)::date as month_on,
        count(distinct order_id) filter (status = 'completed') as order_count,
        count(distinct customer_id) filter (status = 'completed') as customer_count,
        sum(if(status = 'completed', amount, least(amount, 0))) as sales_amount,
    from core.sales
    group by month_on
)

select
    strftime(month_on, '%Y-%m'),
    order_count,
    customer_count,
    round(sales_amount)::bigint,
    repeat('▇', greatest(round(30 * sales_amount / nullif(max(sales_amount) over (), 0))::int, 0)),
from months
qualify row_number() over (order by month_on desc) <= 36
order by month_on
