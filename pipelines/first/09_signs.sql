-- title:   Cancelled, returned, negative, zero | 取消・返品・マイナス・0円
-- columns: lines, count>, amount> | 明細, 行数>, 金額>
select 'completed | 売上', count(*), coalesce(round(sum(amount))::bigint, 0) from core.sales where status = 'completed'
union all
select 'cancelled | 取消', count(*), coalesce(round(sum(amount))::bigint, 0) from core.sales where status = 'cancelled'
union all
select 'returned | 返品', count(*), coalesce(round(sum(amount))::bigint, 0) from core.sales where status = 'returned'
union all
select 'negative, of all | うちマイナス', count(*), coalesce(round(sum(amount))::bigint, 0) from core.sales where amount < 0
union all
select 'zero, of all | うち0円', count(*), 0 from core.sales where amount = 0
