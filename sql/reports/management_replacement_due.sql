-- reports.management_replacement_due: what each representative's customers are likely to need again soon, the likeliest for each.
-- ja:      買い替え時期の得意先
-- grain:   customer_id
-- params:  $due_probability double default 0.5, $due_row_count integer default 5
-- columns:
--   sales_rep        varchar   not null  '' is none
--   position         bigint    not null  within the representative's, the likeliest first
--   rep_due_count    bigint    not null  customers of the representative with anything due
--   due_count        bigint    not null  categories due to this customer
--   customer_id      varchar   not null  -> core.customers
--   name             varchar             null: not in the master
--   rank             varchar             null: none
--   category         varchar   not null  the likeliest
--   product_name     varchar             one product of the category; null: none has a name
--   due_probability  double    not null  that it is bought within the horizon of segments.replacement_due
--   expected_on      date                null: not foreseen
--   last_ordered_on  date
-- check:   due_probability between 0 and 1

with

due as (
    select customer_id, category, due_probability, expected_on, last_ordered_on,
    from segments.replacement_due
    where due_probability > $due_probability::double
),

due_per_customer as (
    select
        customer_id,
        category,
        due_probability,
        expected_on,
        last_ordered_on,
        count(*) over (partition by customer_id) as due_count,
    from due
    qualify row_number() over (
        partition by customer_id order by due_probability desc, expected_on, category
    ) = 1
),

customers as (
    select customer_id, name, sales_rep,
    from core.customers
),

ranks as (
    select customer_id, rank, rank_position,
    from metrics.customer_rank
),

products_per_category as (
    select category, arg_min(name, product_id) as product_name,
    from core.products
    where name is not null and category is not null
    group by category
),

ranked as (
    select
        coalesce(customers.sales_rep, '') as sales_rep,
        row_number() over (
            partition by coalesce(customers.sales_rep, '')
            order by due.due_probability desc, ranks.rank_position, due.expected_on, due.customer_id
        ) as position,
        count(*) over (partition by coalesce(customers.sales_rep, '')) as rep_due_count,
        due.due_count,
        due.customer_id,
        customers.name,
        ranks.rank,
        due.category,
        products_per_category.product_name,
        due.due_probability,
        due.expected_on,
        due.last_ordered_on,
    from due_per_customer as due
    left join customers
        on customers.customer_id = due.customer_id
    left join ranks
        on ranks.customer_id = due.customer_id
    left join products_per_category
        on products_per_category.category = due.category
)

select
    sales_rep,
    position,
    rep_due_count,
    due_count,
    customer_id,
    name,
    rank,
    category,
    product_name,
    due_probability,
    expected_on,
    last_ordered_on,
from ranked
where position <= $due_row_count::int
