-- core.interactions: what passed between the company and its customers apart from sales.
-- ja:      接触履歴
-- grain:   interaction_id
-- columns:
--   interaction_id  varchar                   not null
--   customer_id     varchar                             null: with a lead
--   contact_id      varchar                             null: not known with whom
--   occurred_at     timestamp with time zone
--   kind            varchar                             inquiry, complaint, repair, visit, web, seminar, reply
--   product_id      varchar                             null: about no product
--   score           double                              as the source has it; null: none given
--   note            varchar
--   resolved_on     date                                of a complaint or repair; null: open, or nothing to resolve

with

interactions as (
    select
        interaction_id,
        nullif(trim(customer_id), '') as customer_id,
        nullif(trim(contact_id), '') as contact_id,
        occurred_at,
        nullif(trim(kind), '') as kind,
        nullif(trim(product_id), '') as product_id,
        score,
        nullif(trim(note), '') as note,
        resolved_on,
        file,
        line,
    from raw.interactions
),

-- raw holds the newest row of each key; this holds it where trimming has made two keys one
newest as (
    select *,
    from interactions
    where interaction_id <> ''
    qualify row_number() over (
        partition by interaction_id
        order by file desc, line desc
    ) = 1
)

select
    interaction_id,
    customer_id,
    contact_id,
    occurred_at,
    kind,
    product_id,
    score,
    note,
    resolved_on,
from newest
