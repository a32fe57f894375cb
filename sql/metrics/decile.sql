-- metrics.decile: the customers with sales in ten groups, of equal count and of equal sales.
-- ja:      デシル分析
-- grain:   basis, customer_id
-- columns:
--   basis         varchar        not null  window: net sales in the window; lifetime: completed sales above 0, ever
--   customer_id   varchar        not null  -> core.customers  only those with sales above 0
--   amount        decimal(18,2)  not null  by basis
--   amount_share  double         not null  of all customers' amount
--   count_decile  integer        not null  1: the tenth of the customers that bought most; ties by customer_id
--   sales_decile  integer        not null  1: those who make the first tenth of sales, the one that crosses the line included
-- check:   amount > 0
-- check:   count_decile between 1 and 10 and sales_decile between 1 and 10

with

amounts as (
    select
        'window' as basis,
        customer_id,
        sales_amount as amount,
    from metrics.customer
    where sales_amount > 0

    union all

    select
        'lifetime' as basis,
        customer_id,
        lifetime_completed_amount as amount,
    from metrics.customer
    where lifetime_completed_amount > 0
),

ranked as (
    select
        basis,
        customer_id,
        amount,
        row_number() over (
            partition by basis
            order by amount desc, customer_id asc
        ) as position,
        count(*) over (partition by basis) as customer_count,
        sum(amount) over (
            partition by basis
            order by amount desc, customer_id asc
            rows between unbounded preceding and current row
        ) - amount as larger_amount,
        sum(amount) over (partition by basis) as total_amount,
    from amounts
)

select
    basis,
    customer_id,
    amount,
    round(amount / nullif(total_amount, 0), 9) as amount_share,
    -- not ntile, which makes the first groups the larger ones: cut at the nearest customer
    (
        10 * (position - 1) // customer_count + 1
    )::integer as count_decile,
    -- in whole hundredths: a quotient of doubles may fall on the wrong side of a line
    (
        (larger_amount * 1000)::hugeint
        // (total_amount * 100)::hugeint + 1
    )::integer as sales_decile,
from ranked
