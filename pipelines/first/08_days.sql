-- title:   Days that are missing? | 売上のない日（抜けはありませんか）
-- about:   Weekdays that usually have sales, and had none: holidays, or a file that is not complete. | ふだん売上のある曜日なのに売上のない日。休業日か、ファイルの抜けです
-- columns: from, to, days> | 開始, 終了, 日数>
with

span as (
    select min(ordered_on) as first_on, max(ordered_on) as last_on
    from core.sales
),

days as (
    select unnest(range(first_on::timestamp, last_on::timestamp + interval 1 day, interval 1 day))::date as day_on
    from span
),

sold as (
    select distinct ordered_on
    from core.sales
),

marked as (
    select
        days.day_on,
        sold.ordered_on is not null as has_sales,
        avg((sold.ordered_on is not null)::int) over (partition by dayofweek(days.day_on)) as usual_share,
    from days
    left join sold on days.day_on = sold.ordered_on
),

missing as (
    select day_on, day_on - row_number() over (order by day_on)::int as run
    from marked
    where not has_sales and usual_share >= 0.8
)

select min(day_on), max(day_on), count(*) as day_count
from missing
group by run
order by day_count desc, min(day_on)
limit 8
