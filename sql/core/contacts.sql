-- core.contacts: the people that can be written to, at customers or as leads.
-- ja:      担当者
-- grain:   contact_id
-- columns:
--   contact_id      varchar  not null
--   customer_id     varchar            null: a lead; may name a customer that is neither in the master nor in sales
--   name            varchar
--   title           varchar
--   department      varchar
--   decision_maker  boolean            null: not known
--   email           varchar            in the case of the source; load has made full-width letters plain; null: none
--   postal_code     varchar
--   address         varchar            postal address
--   acquired_via    varchar
--   acquired_on     date               null: not known

with

contacts as (
    select
        contact_id,
        nullif(trim(customer_id), '') as customer_id,
        nullif(trim(name), '') as name,
        nullif(trim(title), '') as title,
        nullif(trim(department), '') as department,
        decision_maker,
        nullif(trim(email, e' \t\r\n' || chr(160) || chr(12288)), '') as email,
        nullif(trim(postal_code), '') as postal_code,
        nullif(trim(address), '') as address,
        nullif(trim(acquired_via), '') as acquired_via,
        acquired_on,
        file,
        line,
    from raw.contacts
),

-- raw holds the newest row of each key; this holds it where trimming has made two keys one
newest as (
    select *,
    from contacts
    where contact_id <> ''
    qualify row_number() over (
        partition by contact_id
        order by file desc, line desc
    ) = 1
)

select
    contact_id,
    customer_id,
    name,
    title,
    department,
    decision_maker,
    email,
    postal_code,
    address,
    acquired_via,
    acquired_on,
from newest
