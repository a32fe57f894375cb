-- metrics.cohort_retention: of the customers who first bought in a month, how many bought in each month since, and for how much.
-- ja:      コホート別リピート率
-- grain:   cohort_on, months_since
-- params:  $as_of date
-- columns:
--   cohort_on                      date           not null  the month of the first purchase: its first day
--   months_since                   bigint         not null  0: that month itself
--   month_on                       date           not null  the month that the row is about
--   is_complete                    boolean        not null  the month was over at $as_of, and the sales reach its last week
--   is_oldest                      boolean        not null  the data begin with this cohort: its customers may have bought before
--   customer_count                 bigint         not null  in the cohort; not final while its own month is not complete
--   buyer_count                    bigint                   with a completed line in the month; null, as all that follows: the month is not complete
--   retention                      double                   buyers by customers
--   retention_low                  double                   95 % interval (Wilson)
--   retention_high                 double
--   sales_amount                   decimal(18,2)            net sales to the cohort in the month
--   cumulative_sales_amount        decimal(18,2)            from the first month to this one
--   cumulative_sales_per_customer  double                   by all customers of the cohort, those who never came back included
-- check:   months_since >= 0 and (months_since > 0 or month_on = cohort_on)
-- check:   (buyer_count is null) = not is_complete
-- check:   buyer_count between 0 and customer_count or buyer_count is null
-- check:   buyer_count = customer_count or months_since > 0 or not is_complete
-- check:   retention between retention_low and retention_high or not is_complete
-- check:   total: (select coalesce(sum(customer_count), 0) from metrics.cohort_retention where months_since = 0) = (select count(*) from metrics.customer where first_ordered_on is not null)
--
-- A cell that nobody can know yet is null; a cell in which nobody bought is zero. What was only given back before the first
-- purchase is nowhere.

with

customer_months as (
    select
        customer_key,
        date_trunc('month', ordered_on)::date as month_on,
        bool_or(completed_line_count > 0) as is_buyer,
        sum(sales_amount) as sales_amount,
    from rollups.customer_day
    where ordered_on < $as_of::date
    group by customer_key, date_trunc('month', ordered_on)::date
),

customers as (
    select
        customer_key,
        min(month_on) as cohort_on,
    from customer_months
    where is_buyer
    group by customer_key
),

cohorts as (
    select
        cohort_on,
        count(*) as customer_count,
    from customers
    group by cohort_on
),

bought as (
    select
        customers.cohort_on,
        customer_months.month_on,
        count(*) filter (customer_months.is_buyer) as buyer_count,
        sum(customer_months.sales_amount) as sales_amount,
    from customer_months
    inner join customers
        on customers.customer_key = customer_months.customer_key
    where customer_months.month_on >= customers.cohort_on
    group by customers.cohort_on, customer_months.month_on
),

extents as (
    select
        date_trunc('month', min(ordered_on))::date as from_month_on,
        max(ordered_on) as until_on,
    from rollups.day
    where ordered_on < $as_of::date
),

-- sales that were not loaded are not customers who stayed away
months as (
    select
        month_on::date as month_on,
        (month_on + to_months(1))::date <= $as_of::date
        and extents.until_on >= (month_on + to_months(1))::date - 7 as is_complete,
    from extents, unnest(range(
        extents.from_month_on::timestamp, $as_of::timestamp, to_months(1)
    )) as months(month_on)
    where extents.from_month_on is not null
),

cells as (
    select
        cohorts.cohort_on,
        months.month_on,
        months.is_complete,
        cohorts.customer_count,
        coalesce(bought.buyer_count, 0) as buyer_count,
        coalesce(bought.sales_amount, 0) as sales_amount,
        sum(coalesce(bought.sales_amount, 0)) over (
            partition by cohorts.cohort_on order by months.month_on
        ) as cumulative_sales_amount,
    from cohorts
    inner join months
        on months.month_on >= cohorts.cohort_on
    left join bought
        on
            bought.cohort_on = cohorts.cohort_on
            and bought.month_on = months.month_on
),

-- Wilson (1927): the middle and the half width of the interval, with z = 1.96
intervals as (
    select
        cohort_on,
        month_on,
        (buyer_count + 1.920729) / (customer_count + 3.841459) as middle,
        1.959964 / (customer_count + 3.841459) * sqrt(
            buyer_count * (customer_count - buyer_count) / customer_count + 0.960365
        ) as half_width,
    from cells
)

select
    cells.cohort_on,
    date_diff('month', cells.cohort_on, cells.month_on) as months_since,
    cells.month_on,
    cells.is_complete,
    cells.cohort_on = extents.from_month_on as is_oldest,
    cells.customer_count,
    case when cells.is_complete then cells.buyer_count end as buyer_count,
    case
        when cells.is_complete
            then round(cells.buyer_count / cells.customer_count, 6)
    end as retention,
    case
        when cells.is_complete
            then round(greatest(intervals.middle - intervals.half_width, 0), 6)
    end as retention_low,
    case
        when cells.is_complete
            then round(least(intervals.middle + intervals.half_width, 1), 6)
    end as retention_high,
    case
        when cells.is_complete then cells.sales_amount
    end::decimal(18, 2) as sales_amount,
    case
        when cells.is_complete then cells.cumulative_sales_amount
    end::decimal(18, 2) as cumulative_sales_amount,
    case
        when cells.is_complete
            then round(cells.cumulative_sales_amount / cells.customer_count, 6)
    end as cumulative_sales_per_customer,
from cells
inner join intervals
    on
        intervals.cohort_on = cells.cohort_on
        and intervals.month_on = cells.month_on
cross join extents
