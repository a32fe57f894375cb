-- core.customers: everybody in the customer master, and everybody else who was ever seen in sales.
-- ja:      得意先
-- grain:   customer_id
-- columns:
--   customer_id      varchar  not null
--   customer_key     integer            dense key of core.customer_key; null: never seen in sales
--   name             varchar            null, as all that follows: not in the master, or empty there
--   name_kana        varchar
--   kind             varchar            company, person
--   email            varchar            in the case of the source; load has made full-width letters plain
--   phone            varchar
--   postal_code      varchar
--   address          varchar
--   region           varchar
--   industry         varchar            the finest of three levels
--   industry_group   varchar
--   industry_sector  varchar
--   employees        bigint             persons
--   founded_on       date
--   gender           varchar
--   birth_date       date
--   married          boolean
--   children         integer
--   acquired_via     varchar
--   sales_rep        varchar
--   approach         varchar            focus, regular, develop, revive, inform, or the company's own
--   rank_override    varchar            given by hand; wins over the rules
--   situation        varchar
--   goal             varchar
--   strategy         varchar
--   attributes       varchar            JSON object of every other column of the source

with

master as (
    select
        customer_id,
        nullif(trim(name), '') as name,
        nullif(trim(name_kana), '') as name_kana,
        nullif(trim(kind), '') as kind,
        nullif(trim(email, e' \t\r\n' || chr(160) || chr(12288)), '') as email,
        nullif(trim(phone), '') as phone,
        nullif(trim(postal_code), '') as postal_code,
        nullif(trim(address), '') as address,
        nullif(trim(region), '') as region,
        nullif(trim(industry), '') as industry,
        nullif(trim(industry_group), '') as industry_group,
        nullif(trim(industry_sector), '') as industry_sector,
        employees,
        founded_on,
        nullif(trim(gender), '') as gender,
        birth_date,
        married,
        children,
        nullif(trim(acquired_via), '') as acquired_via,
        nullif(trim(sales_rep), '') as sales_rep,
        nullif(trim(approach), '') as approach,
        nullif(trim(rank_override), '') as rank_override,
        nullif(trim(situation), '') as situation,
        nullif(trim(goal), '') as goal,
        nullif(trim(strategy), '') as strategy,
        nullif(trim(attributes), '') as attributes,
    from raw.customers
    where customer_id <> ''
    qualify row_number() over (
        partition by customer_id
        order by file desc, line desc
    ) = 1
),

seen_in_sales as (
    select
        customer_key,
        customer_id,
    from core.customer_key
)

select
    coalesce(master.customer_id, seen_in_sales.customer_id) as customer_id,
    seen_in_sales.customer_key,
    master.name,
    master.name_kana,
    master.kind,
    master.email,
    master.phone,
    master.postal_code,
    master.address,
    master.region,
    master.industry,
    master.industry_group,
    master.industry_sector,
    master.employees,
    master.founded_on,
    master.gender,
    master.birth_date,
    master.married,
    master.children,
    master.acquired_via,
    master.sales_rep,
    master.approach,
    master.rank_override,
    master.situation,
    master.goal,
    master.strategy,
    master.attributes,
from master
full outer join seen_in_sales
    on master.customer_id = seen_in_sales.customer_id
