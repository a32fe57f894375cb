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
--   k                 double             the renewal model of the category, or of all; null: too few gaps anywhere
--   r                 double
--   alpha             double
--   a                 double
--   b                 double
-- check:   repeat_rate > 0 and repeat_rate < 1

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

categories as (
    select
        as_of_on,
        category,
        count(*) as pair_count,
        count(*) filter (gap_count > 0) as repeat_count,
        sum(gap_count)::bigint as gap_count,
    from pairs
    group by as_of_on, category
),

-- nobody ever, or everybody: neither is believed
overall as (
    select
        as_of_on,
        (sum(repeat_count) + 1) / (sum(pair_count) + 2) as repeat_rate,
    from categories
    group by as_of_on
),

products as (
    select
        category,
        median(replacement_days) as replacement_days,
    from core.products
    where category is not null and replacement_days > 0
    group by category
),

parameters as (
    select
        as_of_on,
        node as category,
        max(value) filter (parameter = 'k') as k,
        max(value) filter (parameter = 'r') as r,
        max(value) filter (parameter = 'alpha') as alpha,
        max(value) filter (parameter = 'a') as a,
        max(value) filter (parameter = 'b') as b,
    from predictions.renewal_fit
    where level = 'category'
    group by as_of_on, node
)

select
    categories.as_of_on,
    categories.category,
    categories.gap_count,
    (categories.repeat_count + 20 * overall.repeat_rate) / (categories.pair_count + 20) as repeat_rate,
    products.replacement_days,
    parameters.k,
    parameters.r,
    parameters.alpha,
    parameters.a,
    parameters.b,
from categories
inner join overall
    on overall.as_of_on = categories.as_of_on
left join products
    on products.category = categories.category
left join parameters
    on
        parameters.as_of_on = categories.as_of_on
        and parameters.category = categories.category
