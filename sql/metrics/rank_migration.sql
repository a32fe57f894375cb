-- metrics.rank_migration: how many customers went from which rank to which, month by month and into $as_of.
-- ja:      ランク移動
-- grain:   to_on, from_rank, to_rank
-- columns:
--   from_on                date           not null  the last month start that is a month or more before to_on
--   to_on                  date           not null  a month start, or $as_of
--   from_rank              varchar        not null  new: bought nothing before from_on
--   to_rank                varchar        not null
--   customer_count         bigint         not null  of those who had bought by to_on
--   previous_sales_amount  decimal(18,2)  not null  their net sales in the window before from_on
--   sales_amount           decimal(18,2)  not null  their net sales in the window before to_on
-- check:   from_on < to_on
-- check:   total: (select coalesce(sum(customer_count), 0) from metrics.rank_migration) = (select count(*) from metrics.rank_history where has_bought and as_of_on in (select to_on from metrics.rank_migration))

with

history as (
    select
        as_of_on,
        customer_id,
        rank,
        sales_amount,
    from metrics.rank_history
    where has_bought
),

dates as (
    select distinct as_of_on,
    from history
),

pairs as (
    select
        earlier.as_of_on as from_on,
        later.as_of_on as to_on,
    from dates as later
    inner join dates as earlier
        on
            earlier.as_of_on
            = date_trunc('month', later.as_of_on - to_months(1))::date
)

select
    pairs.from_on,
    pairs.to_on,
    coalesce(earlier.rank, 'new') as from_rank,
    later.rank as to_rank,
    count(*) as customer_count,
    coalesce(sum(earlier.sales_amount), 0)::decimal(
        18, 2
    ) as previous_sales_amount,
    sum(later.sales_amount)::decimal(18, 2) as sales_amount,
from pairs
inner join history as later
    on pairs.to_on = later.as_of_on
left join history as earlier
    on
        pairs.from_on = earlier.as_of_on
        and later.customer_id = earlier.customer_id
group by pairs.from_on, pairs.to_on, coalesce(earlier.rank, 'new'), later.rank
