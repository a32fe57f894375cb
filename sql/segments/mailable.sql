-- segments.mailable: the best contact of each customer who has bought; whether it may be written to is decided later.
-- ja:      送付先
-- grain:   customer_id
-- params:  $as_of date
-- columns:
--   customer_id         varchar        not null  -> core.customers
--   contact_id          varchar        not null  -> core.contacts
--   contact_name        varchar
--   contact_title       varchar
--   contact_department  varchar
--   has_email           boolean        not null  false: no contact of this customer has one
--   customer_name       varchar                  null: not in the master
--   rank                varchar        not null
--   sales_rep           varchar
--   approach            varchar                  by hand, else by rule; null: neither
--   risk                varchar        not null  low, watch, high: `risk <> 'high'` keeps perks from who does not pay
--   region              varchar
--   industry            varchar
--   last_ordered_on     date           not null
--   sales_amount        decimal(18,2)  not null  net sales in the window

with

contacts as (
    select
        contact_id,
        customer_id,
        name,
        title,
        department,
        decision_maker,
        email,
        acquired_on,
    from core.contacts
    -- whoever is met later is not known yet
    where
        customer_id is not null
        and (acquired_on < $as_of::date or acquired_on is null)
),

-- the contacts of other customers are leads
buyers as (
    select
        customer_id,
        name,
        sales_rep,
        region,
        industry,
        last_ordered_on,
        sales_amount,
    from metrics.customer
    where lifetime_completed_line_count > 0
),

ranks as (
    select
        customer_id,
        rank,
    from metrics.customer_rank
),

approaches as (
    select
        customer_id,
        approach,
    from metrics.customer_approach
),

risks as (
    select
        customer_id,
        risk,
    from metrics.customer_risk
),

best_contacts as (
    select
        contact_id,
        customer_id,
        name,
        title,
        department,
        email is not null as has_email,
    from contacts
    qualify row_number() over (
        partition by customer_id
        order by
            email is not null desc,
            coalesce(decision_maker, false) desc,
            acquired_on asc nulls last,
            contact_id asc
    ) = 1
)

select
    buyers.customer_id,
    best_contacts.contact_id,
    best_contacts.name as contact_name,
    best_contacts.title as contact_title,
    best_contacts.department as contact_department,
    best_contacts.has_email,
    buyers.name as customer_name,
    ranks.rank,
    buyers.sales_rep,
    approaches.approach,
    coalesce(risks.risk, 'low') as risk,
    buyers.region,
    buyers.industry,
    buyers.last_ordered_on,
    buyers.sales_amount,
from buyers
inner join best_contacts
    on buyers.customer_id = best_contacts.customer_id
inner join ranks
    on buyers.customer_id = ranks.customer_id
left join approaches
    on buyers.customer_id = approaches.customer_id
left join risks
    on buyers.customer_id = risks.customer_id
