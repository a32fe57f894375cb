-- title:   The ten largest customers, ever | 売上上位10社（全期間）
-- columns: customer, name, orders>, last order, sales> | 得意先, 名称, 注文>, 最終注文, 売上>
select customer_id, coalesce(name, ''), lifetime_order_count, last_ordered_on, round(lifetime_sales_amount)::bigint
from metrics.customer
where last_ordered_on is not null
order by lifetime_sales_amount desc, customer_id
limit 10
