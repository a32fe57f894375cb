-- reports.management_cohort: of the customers who first bought in each of the last months, how many came back in each month since.
-- ja:      コホート別リピート率（経営レポート）
-- grain:   cohort_on, months_since
-- params:  $as_of date
-- columns:
--   cohort_on                      date     not null  the month of the first purchase; the last thirteen
--   months_since                   bigint   not null  at most twelve
--   is_oldest                      boolean  not null  the data begin with it: its customers may have bought before
--   customer_count                 bigint   not null  so far, where the month is not over
--   buyer_count                    bigint             null, as what follows: the month is not over
--   retention                      double
--   retention_low                  double
--   retention_high                 double
--   cumulative_sales_per_customer  double
-- check:   months_since between 0 and 12

with

cells as (
    select
        cohort_on,
        months_since,
        is_oldest,
        customer_count,
        buyer_count,
        retention,
        retention_low,
        retention_high,
        cumulative_sales_per_customer,
    from metrics.cohort_retention
    where
        cohort_on >= (date_trunc('month', $as_of::date - 1) - to_months(12))::date
        and months_since <= 12
)

select
    cohort_on,
    months_since,
    is_oldest,
    customer_count,
    buyer_count,
    retention,
    retention_low,
    retention_high,
    cumulative_sales_per_customer,
from cells
