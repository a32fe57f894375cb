-- title:   How well are customers known? | 得意先データの状態
-- about:   Suggested duplicates are never merged by Tokui. | 重複の候補は自動では統合しません
-- columns: what, customers> | 内容, 件数>
with

known as (
    select
        customer_id,
        name,
        email,
        address,
        lower(regexp_replace(nfc_normalize(coalesce(name, '')), '株式会社|有限会社|合同会社|（株）|\(株\)|㈱|㈲|（有）|\(有\)|[ 　・.]|様$|御中$', '', 'g')) as plain_name,
    from core.customers
)

select 'customers | 得意先', count(*) from known
union all
select 'without a name | 名称なし', count(*) from known where name is null
union all
select 'without a mail address | メールアドレスなし', count(*) from known where email is null
union all
select 'without a postal address | 住所なし', count(*) from known where address is null
union all
select 'that share a mail address | 同じメールアドレスを使っている', count(*)
from known
where email in (select email from known where email is not null group by email having count(*) > 1)
union all
select 'of one name but for its form: duplicates? | 名称がほぼ同じ（重複の候補）', count(*)
from known
where plain_name <> '' and plain_name in (select plain_name from known group by plain_name having count(*) > 1)
union all
select 'sale lines without a customer | 得意先のない売上明細', count(*) from core.sales where customer_id is null
