-- metrics.risk_count: how often things went wrong with each customer, out of how many times: payments late, lines cancelled, lines returned.
-- ja:      リスク事象の件数
-- grain:   customer_id, kind
-- params:  $as_of date, $risk_days integer default 730, $late_grace_days integer default 0
-- columns:
--   customer_id   varchar        not null  -> core.customers
--   kind          varchar        not null  payment: of the invoices that fell due in the last $risk_days; cancellation, return: of the sale lines of those days
--   bad_count     bigint         not null  payment: paid more than $late_grace_days after the day it was due, or still open then
--   trial_count   bigint         not null
--   bad_amount    decimal(18,2)            of invoices; null, as trial_amount: not counted in money
--   trial_amount  decimal(18,2)
--   late_days     bigint                   of payment: days late of the late ones together, each at most 90; null: no payment
-- check:   kind in ('payment', 'cancellation', 'return')
-- check:   bad_count between 0 and trial_count and trial_count >= 1

with

customers as (
    select
        customer_id,
        customer_key,
    from core.customers
),

-- a payment after $as_of is not known yet; an invoice paid in part is open
due_invoices as (
    select
        customer_id,
        amount,
        least(
            greatest(
                coalesce(
                    case when paid_on < $as_of::date then paid_on end,
                    $as_of::date
                ) - due_on, 0
            ), 90
        ) as late_days,
    from core.invoices
    where
        amount > 0
        and customer_id is not null
        and due_on < $as_of::date
        and due_on >= $as_of::date - $risk_days::int
        and coalesce(invoiced_on < $as_of::date, true)
),

payments as (
    select
        customer_id,
        'payment' as kind,
        count(*) filter (late_days > $late_grace_days::int) as bad_count,
        count(*) as trial_count,
        coalesce(
            sum(amount) filter (late_days > $late_grace_days::int), 0
        )::decimal(18, 2) as bad_amount,
        sum(amount)::decimal(18, 2) as trial_amount,
        coalesce(
            sum(late_days) filter (late_days > $late_grace_days::int), 0
        )::bigint as late_days,
    from due_invoices
    group by customer_id
),

lines as (
    select
        customer_key,
        sum(completed_line_count)::bigint as completed_count,
        sum(cancelled_line_count)::bigint as cancelled_count,
        sum(returned_line_count)::bigint as returned_count,
    from rollups.customer_day
    where
        ordered_on < $as_of::date
        and ordered_on >= $as_of::date - $risk_days::int
    group by customer_key
),

-- each against the lines that were not undone: a line that takes another back stands beside it in most exports
line_counts as (
    select
        customer_key,
        'cancellation' as kind,
        cancelled_count as bad_count,
        completed_count + cancelled_count as trial_count,
    from lines

    union all

    select
        customer_key,
        'return' as kind,
        returned_count as bad_count,
        completed_count + returned_count as trial_count,
    from lines
),

counts as (
    select
        customers.customer_id,
        payments.kind,
        payments.bad_count,
        payments.trial_count,
        payments.bad_amount,
        payments.trial_amount,
        payments.late_days,
    from payments
    inner join customers
        on payments.customer_id = customers.customer_id

    union all by name

    select
        customers.customer_id,
        line_counts.kind,
        line_counts.bad_count,
        line_counts.trial_count,
    from line_counts
    inner join customers
        on line_counts.customer_key = customers.customer_key
    where line_counts.trial_count > 0
)

select
    customer_id,
    kind,
    bad_count,
    trial_count,
    bad_amount,
    trial_amount,
    late_days,
from counts
