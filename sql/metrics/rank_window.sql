-- metrics.rank_window: the dates for which customers are measured, each with its window and the one that it is compared with.
-- ja:      集計期間
-- grain:   as_of_on
-- params:  $as_of date, $window_days integer default 365, $window_months integer default 0,
--          $compare_last_year boolean default false
-- columns:
--   as_of_on           date  not null  $as_of and the 12 month starts before it; data strictly before it
--   from_on            date  not null  first day of the window, which ends before as_of_on
--   previous_from_on   date  not null  first day of the window that it is compared with
--   previous_until_on  date  not null  the day after its last
-- check:   from_on < as_of_on and previous_from_on < previous_until_on and previous_until_on <= from_on
-- check:   total: (select count(*) from metrics.rank_window where as_of_on = $as_of::date) = 1
--
-- Every bound counts from as_of_on by itself: six months before the 31st of August is the end of February, twelve months
-- before it the 31st of August again. $window_days counts where $window_months is 0; with months it is as many days as they
-- have, for models that count in days.

with

dates as (
    select $as_of::date as as_of_on

    union all

    select
        (
            date_trunc('month', $as_of::date - 1)
            - to_months(months.months_ago::integer)
        )::date as as_of_on,
    from range(12) as months(months_ago)
)

select
    as_of_on,
    case
        when $window_months::int > 0
            then (as_of_on - to_months($window_months::int))::date
        else as_of_on - $window_days::int
    end as from_on,
    case
        when $window_months::int > 0 and $compare_last_year::boolean
            then (as_of_on - to_months($window_months::int + 12))::date
        when $window_months::int > 0
            then (as_of_on - to_months(2 * $window_months::int))::date
        when $compare_last_year::boolean
            then (as_of_on - to_months(12))::date - $window_days::int
        else as_of_on - 2 * $window_days::int
    end as previous_from_on,
    case
        when $compare_last_year::boolean
            then (as_of_on - to_months(12))::date
        when $window_months::int > 0
            then (as_of_on - to_months($window_months::int))::date
        else as_of_on - $window_days::int
    end as previous_until_on,
from dates
