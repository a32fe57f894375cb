-- title:   What cannot be computed yet | まだ計算できないもの
-- columns: what, needs | 内容, 必要なデータ
select 'ranks by gross profit | 粗利によるランク', 'sales.cost | sales の cost（原価）' where not exists (select 1 from core.sales where cost is not null)
union all
select 'replacement reminders | 交換時期のご案内', 'products.category | products の category（商品分類）' where not exists (select 1 from core.products where category is not null)
union all
select 'mails | メール配信', 'contacts.email | contacts の email（メールアドレス）' where not exists (select 1 from core.contacts where email is not null)
union all
select 'marketing mails | 広告メール', 'consents | consents（同意の記録）' where not exists (select 1 from core.consents)
union all
select 'risk of late payment | 支払いの遅れ', 'invoices | invoices（請求と入金）' where not exists (select 1 from core.invoices)
union all
select 'lists by sales person | 担当者別のリスト', 'customers.sales_rep | customers の sales_rep（担当者）' where not exists (select 1 from core.customers where sales_rep is not null)
