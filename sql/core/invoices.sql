-- core.invoices: what customers were asked to pay, and what they paid.
-- ja:      請求
-- grain:   invoice_id
-- columns:
--   invoice_id   varchar        not null
--   customer_id  varchar
--   invoiced_on  date
--   due_on       date                     null: no date agreed
--   amount       decimal(18,2)            in the company's currency
--   paid_on      date                     null: not paid, or not in full
--   paid_amount  decimal(18,2)            in the company's currency; null: nothing yet

with

invoices as (
    select
        invoice_id,
        nullif(trim(customer_id), '') as customer_id,
        invoiced_on,
        due_on,
        amount,
        paid_on,
        paid_amount,
        file,
        line,
    from raw.invoices
),

-- raw holds the newest row of each key; this holds it where trimming has made two keys one
newest as (
    select *,
    from invoices
    where invoice_id <> ''
    qualify row_number() over (
        partition by invoice_id
        order by file desc, line desc
    ) = 1
)

select
    invoice_id,
    customer_id,
    invoiced_on,
    due_on,
    amount,
    paid_on,
    paid_amount,
from newest
