-- title:   Dormant: who has gone quiet, the largest first | 休眠顧客（売上の大きい順）
-- columns: customer, name, last order, orders>, sales>, of all> | 得意先, 名称, 最終注文, 注文>, 売上>, 全休眠数>
select
    dormant.customer_id,
    coalesce(customers.name, ''),
    dormant.last_ordered_on,
    dormant.order_count,
    round(dormant.lifetime_sales_amount)::bigint,
    count(*) over (),
from segments.dormant as dormant
inner join core.customers as customers on dormant.customer_id = customers.customer_id
order by dormant.lifetime_sales_amount desc, dormant.customer_id
limit 10
