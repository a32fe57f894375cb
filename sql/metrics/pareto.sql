-- metrics.pareto: the customers from the largest to the smallest, with the share they make together, and their ABC class.
-- ja:      ABC分析
-- grain:   basis, customer_id
-- params:  $class_a_share double default 0.7, $class_b_share double default 0.9
-- columns:
--   basis              varchar        not null  window: net sales in the window; lifetime: completed sales above 0, ever
--   customer_id        varchar        not null  -> core.customers
--   position           bigint         not null  1: the largest; ties by customer_id
--   amount             decimal(18,2)  not null  by basis
--   cumulative_amount  decimal(18,2)  not null  of this one and all larger ones; what is below 0 takes nothing away
--   cumulative_share   double                   of the amount of all that are above 0; null: there are none
--   abc_class          varchar        not null  A, B, C, or none for an amount of 0 or less; the one that crosses a line is in the upper class
-- check:   abc_class = 'none' or amount > 0
-- check:   cumulative_share between 0 and 1 or cumulative_share is null

with

amounts as (
    select
        'window' as basis,
        customer_id,
        sales_amount as amount,
    from metrics.customer

    union all

    select
        'lifetime' as basis,
        customer_id,
        lifetime_completed_amount as amount,
    from metrics.customer
),

cumulated as (
    select
        basis,
        customer_id,
        amount,
        row_number() over in_order as position,
        sum(greatest(amount, 0)) over in_order as cumulative_amount,
        sum(greatest(amount, 0)) over (partition by basis) as total_amount,
    from amounts
    window in_order as (
        partition by basis
        order by amount desc, customer_id asc
        rows between unbounded preceding and current row
    )
),

-- compared as decimals: exact on the line, and wide enough for a product of eight decimals
lines as (
    select
        basis,
        customer_id,
        position,
        amount,
        cumulative_amount,
        total_amount,
        (cumulative_amount - amount)::decimal(18, 2) as larger_amount,
        total_amount::decimal(28, 2)
        * $class_a_share::decimal(9, 6) as a_amount,
        total_amount::decimal(28, 2)
        * $class_b_share::decimal(9, 6) as b_amount,
    from cumulated
)

select
    basis,
    customer_id,
    position,
    amount,
    cumulative_amount::decimal(18, 2) as cumulative_amount,
    round(cumulative_amount / nullif(total_amount, 0), 9) as cumulative_share,
    case
        when amount <= 0 then 'none'
        when larger_amount < a_amount then 'A'
        when larger_amount < b_amount then 'B'
        else 'C'
    end as abc_class,
from lines
