-- predictions.asset_start: whose clock of replacement starts, or ends, with what stands at the customer and not with a purchase from us.
-- ja:      保有機器による起点
-- grain:   customer_id, category
-- params:  $as_of date, $win_rate double default 0.2, $win_days integer default 90
-- columns:
--   customer_id    varchar  not null  -> core.customers
--   category       varchar  not null  of the asset, or of its product
--   customer_key   integer            null: never in sales
--   started_on     date               the newest asset in use was acquired, later than anything bought from us; null: what there was is retired, nothing is due
--   vendor         varchar            of that asset, where a competitor sold it; null: ours, or retired
--   is_competitor  boolean  not null
--   win_rate       double             the chance that who replaces a competitor's buys ours; null: ours, or retired
-- check:   win_rate is null or (win_rate > 0 and win_rate < 1)
-- check:   is_competitor = (win_rate is not null)
-- check:   started_on is null or started_on < $as_of::date
--
-- An asset is ours if its product is one of ours, or its vendor reads `ours`. The newest of purchase, asset and retirement
-- decides; while any asset is in use, a retirement ends nothing. The win rate is the share of retired competitors' assets
-- around whose end, $win_days to either side, the customer bought from us in the category or got an asset of ours: of the
-- category upon 10 at the rate of all, and that upon 10 at $win_rate, which is an assumption until such cases come.

with

products as (
    select
        product_id,
        category,
    from core.products
),

customers as (
    select
        customer_id,
        customer_key,
    from core.customers
),

assets as (
    select
        customers.customer_id,
        customers.customer_key,
        coalesce(assets.category, products.category) as category,
        coalesce(assets.vendor, '') as vendor,
        products.product_id is null and assets.vendor is distinct from 'ours' as is_competitor,
        assets.acquired_on,
        if(assets.retired_on < $as_of::date, assets.retired_on, null) as retired_on,
        assets.asset_id,
    from core.assets as assets
    inner join customers
        on customers.customer_id = assets.customer_id
    left join products
        on products.product_id = assets.product_id
    where
        assets.acquired_on < $as_of::date
        and coalesce(assets.category, products.category) is not null
),

purchases as (
    select
        pair.customer_key,
        pair.category,
        pair.last_purchased_on,
    from predictions.pair_history as pair
    where pair.customer_key in (select assets.customer_key from assets)
),

retired as (
    select
        customer_id,
        customer_key,
        category,
        retired_on,
    from assets
    where is_competitor and retired_on < $as_of::date - $win_days::int
),

-- what we sold or set up around the end of each
won as (
    select
        retired.category,
        count(*) as retired_count,
        count(*) filter (
            exists (
                select 1
                from rollups.customer_category_day as day
                where
                    day.customer_key = retired.customer_key
                    and day.category = retired.category
                    and day.is_purchase
                    and day.ordered_on between retired.retired_on - $win_days::int and retired.retired_on + $win_days::int
            )
            or exists (
                select 1
                from assets
                where
                    assets.customer_id = retired.customer_id
                    and assets.category = retired.category
                    and not assets.is_competitor
                    and assets.acquired_on between retired.retired_on - $win_days::int and retired.retired_on + $win_days::int
            )
        ) as won_count,
    from retired
    group by retired.category
),

won_overall as (
    select
        (coalesce(sum(won_count), 0) + 10 * $win_rate::double) / (coalesce(sum(retired_count), 0) + 10) as win_rate,
    from won
),

newest as (
    select
        customer_id,
        customer_key,
        category,
        max(acquired_on) as acquired_on,
        arg_max(vendor, (acquired_on, not is_competitor, asset_id)) as vendor,
        arg_max(is_competitor, (acquired_on, not is_competitor, asset_id)) as is_competitor,
    from assets
    where retired_on is null
    group by customer_id, customer_key, category
),

ended as (
    select
        customer_id,
        customer_key,
        category,
        max(retired_on) as retired_on,
    from assets
    group by customer_id, customer_key, category
    having count(*) = count(retired_on)
),

starts as (
    select
        newest.customer_id,
        newest.customer_key,
        newest.category,
        newest.acquired_on as started_on,
        if(newest.is_competitor, newest.vendor, null) as vendor,
        newest.is_competitor,
        purchases.last_purchased_on,
        newest.acquired_on as changed_on,
    from newest
    left join purchases
        on
            purchases.customer_key = newest.customer_key
            and purchases.category = newest.category

    union all

    select
        ended.customer_id,
        ended.customer_key,
        ended.category,
        null as started_on,
        null as vendor,
        false as is_competitor,
        purchases.last_purchased_on,
        ended.retired_on as changed_on,
    from ended
    inner join purchases
        on
            purchases.customer_key = ended.customer_key
            and purchases.category = ended.category
)

select
    starts.customer_id,
    starts.category,
    starts.customer_key,
    starts.started_on,
    starts.vendor,
    starts.is_competitor,
    if(
        starts.is_competitor,
        (coalesce(won.won_count, 0) + 10 * won_overall.win_rate) / (coalesce(won.retired_count, 0) + 10),
        null
    ) as win_rate,
from starts
cross join won_overall
left join won
    on won.category = starts.category
where starts.last_purchased_on is null or starts.changed_on > starts.last_purchased_on
