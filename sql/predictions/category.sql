-- predictions.category: what the forecast of replacement knows of each category, at $as_of and $due_days before.
-- ja:      カテゴリ別予測前提
-- grain:   as_of_on, category
-- params:  $as_of date, $due_days integer default 30
-- columns:
--   as_of_on          date     not null  purchases before it: $as_of, and $due_days before
--   category          varchar  not null  -> core.products
--   gap_count         bigint   not null  gaps between purchase days, of all customers
--   repeat_rate       double   not null  customers with a gap by customers, upon 20 at the rate of all categories
--   replacement_days  double             what the manufacturer says, the median of its products; null: nothing
--   k                 double             the renewal model of the category, or of the nearest level above; null: too few gaps anywhere
--   r                 double
--   alpha             double
--   a                 double
--   b                 double
-- check:   repeat_rate > 0 and repeat_rate < 1
--
-- Categories that nobody bought from yet are here if somebody owns an asset of them.

with

pairs as (
    select
        $as_of::date as as_of_on,
        category,
        gap_count,
    from predictions.pair_history

    union all

    select
        $as_of::date - $due_days::int as as_of_on,
        category,
        earlier_gap_count as gap_count,
    from predictions.pair_history
    where earlier_gap_count is not null
),

owned as (
    select distinct
        $as_of::date as as_of_on,
        category,
    from predictions.asset_start
    where category in (select parent.category from predictions.category_parent as parent)
),

categories as (
    select
        coalesce(pairs.as_of_on, owned.as_of_on) as as_of_on,
        coalesce(pairs.category, owned.category) as category,
        count(pairs.gap_count) as pair_count,
        count(*) filter (pairs.gap_count > 0) as repeat_count,
        coalesce(sum(pairs.gap_count), 0)::bigint as gap_count,
    from pairs
    full outer join owned
        on owned.as_of_on = pairs.as_of_on and owned.category = pairs.category
    group by all
),

-- nobody ever, or everybody: neither is believed
overall as (
    select
        as_of_on,
        (sum(repeat_count) + 1) / (sum(pair_count) + 2) as repeat_rate,
    from categories
    group by as_of_on
),

parents as (
    select
        category,
        category_group,
        category_department,
        replacement_days,
    from predictions.category_parent
),

parameters as (
    select
        as_of_on,
        level,
        node,
        max(value) filter (parameter = 'k') as k,
        max(value) filter (parameter = 'r') as r,
        max(value) filter (parameter = 'alpha') as alpha,
        max(value) filter (parameter = 'a') as a,
        max(value) filter (parameter = 'b') as b,
    from predictions.renewal_fit
    where level <> 'customer'
    group by as_of_on, level, node
)

select
    categories.as_of_on,
    categories.category,
    categories.gap_count,
    (categories.repeat_count + 20 * overall.repeat_rate) / (categories.pair_count + 20) as repeat_rate,
    parents.replacement_days,
    parameters.k,
    parameters.r,
    parameters.alpha,
    parameters.a,
    parameters.b,
from categories
inner join overall
    on overall.as_of_on = categories.as_of_on
left join parents
    on parents.category = categories.category
left join parameters
    on
        parameters.as_of_on = categories.as_of_on
        and (
            (parameters.level = 'category' and parameters.node = categories.category)
            or (parameters.level = 'group' and parameters.node = parents.category_group)
            or (parameters.level = 'department' and parameters.node = parents.category_department)
            or parameters.level = 'all'
        )
qualify row_number() over (
    partition by categories.as_of_on, categories.category
    order by list_position(['category', 'group', 'department', 'all'], parameters.level)
) = 1
