-- predictions.purchase_history: how often each customer has bought again, until when and for how much, as the purchase laws see it.
-- ja:      得意先別再購買履歴
-- grain:   customer_key
-- params:  $as_of date, $value_days integer default 90
-- columns:
--   customer_key          integer  not null  -> core.customer_key
--   repeat_count          bigint   not null  x: days with a completed line after the first such day, before $as_of
--   last_weeks            double   not null  t_x: from the first to the last of them; 0: never again
--   age_weeks             double   not null  T: from the first to the day before $as_of, the last day observed
--   repeat_amount_mean    double             net sales after the first day, returns taken off, by repeat; null: no repeat, or not above 0
--   earlier_repeat_count  bigint             the same at $as_of - $value_days; null: not bought by then
--   earlier_last_weeks    double
--   earlier_age_weeks     double
--   has_bought_since      boolean  not null  from $as_of - $value_days on, before $as_of
-- check:   repeat_count >= 0 and last_weeks >= 0 and last_weeks <= age_weeks
-- check:   (repeat_count = 0) = (last_weeks = 0)
-- check:   earlier_repeat_count is null or (earlier_repeat_count <= repeat_count and earlier_last_weeks <= earlier_age_weeks)
--
-- Several purchases of a day are one, and the first is not counted. Weeks are days / 7. The day before $as_of ends the
-- age: with CDNOW at 1997-10-01, who first bought on 1997-01-01 is 272 / 7 = 38.857143 weeks old, as published.

with

days as (
    select
        customer_key,
        ordered_on,
        sales_amount,
        completed_line_count > 0 as is_purchase,
        min(ordered_on) filter (completed_line_count > 0) over (partition by customer_key) as first_on,
    from rollups.customer_day
    where ordered_on < $as_of::date
),

customers as (
    select
        customer_key,
        first_on,
        count(*) filter (is_purchase) - 1 as repeat_count,
        max(ordered_on) filter (is_purchase) as last_on,
        sum(sales_amount) filter (ordered_on > first_on) as repeat_amount,
        count(*) filter (
            is_purchase and ordered_on < $as_of::date - $value_days::int
        ) - 1 as earlier_repeat_count,
        max(ordered_on) filter (
            is_purchase and ordered_on < $as_of::date - $value_days::int
        ) as earlier_last_on,
    from days
    where first_on is not null
    group by customer_key, first_on
)

select
    customer_key,
    repeat_count,
    (last_on - first_on) / 7 as last_weeks,
    ($as_of::date - 1 - first_on) / 7 as age_weeks,
    if(repeat_count > 0 and repeat_amount > 0, repeat_amount::double / repeat_count, null) as repeat_amount_mean,
    if(earlier_repeat_count >= 0, earlier_repeat_count, null) as earlier_repeat_count,
    (earlier_last_on - first_on) / 7 as earlier_last_weeks,
    if(earlier_repeat_count >= 0, ($as_of::date - $value_days::int - 1 - first_on) / 7, null) as earlier_age_weeks,
    last_on >= $as_of::date - $value_days::int as has_bought_since,
from customers
