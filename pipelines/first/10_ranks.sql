-- title:   A first result: who matters | 最初の結果：顧客ランク
-- about:   A and B-2 make four fifths of the sales; A and B-1 grow. docs/ranks.md | A と B-2 で売上の 8 割、A と B-1 は伸びている得意先です
-- columns: rank, customers>, sales>, share> | ランク, 得意先>, 売上>, 構成比>
select
    rank,
    count(*),
    round(sum(sales_amount))::bigint,
    concat(round(100 * sum(sales_amount) / nullif(sum(sum(sales_amount)) over (), 0), 1), ' %'),
from metrics.customer_rank
group by rank
order by min(rank_position), rank
