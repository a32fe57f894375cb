-- core.deals: offers under negotiation, and how they ended.
-- ja:      商談
-- grain:   deal_id
-- columns:
--   deal_id      varchar        not null
--   customer_id  varchar                  null: with a lead
--   contact_id   varchar
--   opened_on    date
--   stage        varchar
--   amount       decimal(18,2)            offered, in the company's currency
--   expected_on  date
--   closed_on    date                     null: still open
--   won          boolean                  null: still open
--   note         varchar

with

deals as (
    select
        deal_id,
        nullif(trim(customer_id), '') as customer_id,
        nullif(trim(contact_id), '') as contact_id,
        opened_on,
        nullif(trim(stage), '') as stage,
        amount,
        expected_on,
        closed_on,
        won,
        nullif(trim(note), '') as note,
        file,
        line,
    from raw.deals
),

-- raw holds the newest row of each key; this holds it where trimming has made two keys one
newest as (
    select *,
    from deals
    where deal_id <> ''
    qualify row_number() over (
        partition by deal_id
        order by file desc, line desc
    ) = 1
)

select
    deal_id,
    customer_id,
    contact_id,
    opened_on,
    stage,
    amount,
    expected_on,
    closed_on,
    won,
    note,
from newest
