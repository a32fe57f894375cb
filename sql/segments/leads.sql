-- segments.leads: contacts who have not bought: without a customer, or of a customer without a completed sale.
-- ja:      見込み客
-- grain:   contact_id
-- params:  $as_of date
-- columns:
--   contact_id    varchar  not null  -> core.contacts
--   customer_id   varchar            null: of no customer
--   contact_name  varchar
--   has_email     boolean  not null
--   topics        varchar  not null  what the contact is interested in, comma separated, by name; empty: not known
--   acquired_via  varchar
--   acquired_on   date

with

contacts as (
    select
        contact_id,
        customer_id,
        name,
        email,
        acquired_via,
        acquired_on,
    from core.contacts
    -- whoever is met later is not known yet
    where acquired_on < $as_of::date or acquired_on is null
),

buyers as (
    select customer_id,
    from metrics.customer
    where lifetime_completed_line_count > 0
),

topics_per_contact as (
    select
        contact_id,
        string_agg(topic, ', ' order by topic) as topics,
    from core.interests
    where noted_on < $as_of::date or noted_on is null
    group by contact_id
)

select
    contacts.contact_id,
    contacts.customer_id,
    contacts.name as contact_name,
    contacts.email is not null as has_email,
    coalesce(topics_per_contact.topics, '') as topics,
    contacts.acquired_via,
    contacts.acquired_on,
from contacts
anti join buyers
    on contacts.customer_id = buyers.customer_id
left join topics_per_contact
    on contacts.contact_id = topics_per_contact.contact_id
