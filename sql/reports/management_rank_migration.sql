-- reports.management_rank_migration: from which rank to which the customers moved since the last month start.
-- ja:      ランク推移
-- grain:   from_rank, to_rank
-- columns:
--   from_on         date           not null  the earlier date
--   to_on           date           not null  the later date: as_of
--   from_rank       varchar        not null  new: had bought nothing yet
--   from_position   integer        not null  1: the best; new last
--   to_rank         varchar        not null
--   to_position     integer        not null
--   customer_count  bigint         not null  0 where nobody moved so: the matrix is complete
--   from_count      bigint         not null  of from_rank in all
--   sales_amount    decimal(18,2)  not null  of the movers, net, in the window before to_on
-- check:   customer_count <= from_count

with

moves as (
    select from_on, to_on, from_rank, to_rank, customer_count, sales_amount,
    from metrics.rank_migration
    qualify to_on = max(to_on) over ()
),

dates as (
    select max(from_on) as from_on, max(to_on) as to_on,
    from moves
    having count(*) > 0
),

scheme as (
    select rank, position,
    from config.rank
),

-- nobody moves to new
arrivals as (
    select to_rank as rank, from moves
    union
    select rank, from scheme
),

seen as (
    select rank, from arrivals
    union
    select from_rank as rank, from moves
),

ranks as (
    select
        seen.rank,
        case
            when scheme.position is not null then scheme.position
            when seen.rank = 'new' then 2147483647
            when seen.rank = 'other' then 1000001
            else 1000000
        end::integer as position,
    from seen
    left join scheme
        on scheme.rank = seen.rank
),

cells as (
    select
        dates.from_on,
        dates.to_on,
        from_ranks.rank as from_rank,
        from_ranks.position as from_position,
        to_ranks.rank as to_rank,
        to_ranks.position as to_position,
        coalesce(sum(moves.customer_count), 0) as customer_count,
        coalesce(sum(moves.sales_amount), 0) as sales_amount,
    from dates
    cross join ranks as from_ranks
    cross join ranks as to_ranks
    left join moves
        on
            moves.from_on = dates.from_on
            and moves.from_rank = from_ranks.rank
            and moves.to_rank = to_ranks.rank
    where to_ranks.rank in (select rank from arrivals)
    group by all
)

select
    from_on,
    to_on,
    from_rank,
    from_position,
    to_rank,
    to_position,
    customer_count::bigint as customer_count,
    (sum(customer_count) over (partition by from_rank))::bigint as from_count,
    sales_amount::decimal(18, 2) as sales_amount,
from cells
