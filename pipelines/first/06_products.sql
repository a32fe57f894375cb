-- title:   The ten best-selling articles | 売れ筋上位10品
-- columns: article, name, quantity>, sales> | 商品, 名称, 数量>, 売上>
select
    sales.product_id,
    coalesce(any_value(products.name), ''),
    round(sum(if(sales.status = 'completed', sales.quantity, least(sales.quantity, 0))))::bigint,
    round(sum(if(sales.status = 'completed', sales.amount, least(sales.amount, 0))))::bigint as sales_amount,
from core.sales as sales
left join core.products as products on sales.product_id = products.product_id
where sales.product_id is not null
group by sales.product_id
order by sales_amount desc, sales.product_id
limit 10
