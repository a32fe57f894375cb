-- metrics.customer_risk: what speaks against giving a customer credit and perks: late payments, overdue invoices, cancellations and returns.
-- ja:      得意先リスク
-- grain:   customer_id
-- params:  $as_of date, $payment_watch_rate double default 0.3, $payment_high_rate double default 0.5,
--          $cancellation_watch_rate double default 0.1, $cancellation_high_rate double default 0.2,
--          $return_watch_rate double default 0.1, $return_high_rate double default 0.2,
--          $overdue_watch_days integer default 30, $overdue_high_days integer default 90,
--          $overdue_high_share double default 0.1, $risk_least_count integer default 2
-- columns:
--   customer_id             varchar        not null  -> core.customers
--   risk                    varchar        not null  low, watch, high: the worst of the four below; low too where nothing is known
--   payment_risk            varchar                  by the rate of late payments; null: no invoice fell due
--   overdue_risk            varchar                  by the days of the oldest overdue invoice; null: no invoice at all
--   cancellation_risk       varchar                  by the rate of cancelled lines; null: no lines
--   return_risk             varchar                  by the rate of returned lines; null: no lines
--   due_invoice_count       bigint         not null  that fell due in the last $risk_days
--   late_invoice_count      bigint         not null
--   late_days_mean          double                   of the late ones, each at most 90; null: none
--   late_amount_rate        double                   late by amount; null: none fell due
--   late_rate               double                   shrunk to the company's; null: none fell due
--   late_rate_high          double                   its own rate is below it, by $risk_level
--   open_amount             decimal(18,2)  not null  invoiced and not paid, due or not
--   overdue_amount          decimal(18,2)  not null  of it, past due
--   overdue_days            bigint                   of the oldest; null: nothing overdue
--   overdue_share           double                   of what fell due in the last $risk_days, by amount; null: nothing did
--   expected_loss_amount    decimal(18,2)            open_amount by late_rate_high, what may come late; null: not known
--   line_count              bigint         not null  completed and cancelled
--   cancelled_line_count    bigint         not null
--   cancellation_rate       double                   shrunk; null: no lines
--   cancellation_rate_high  double
--   returned_line_count     bigint         not null
--   return_rate             double                   shrunk; null: no lines
--   return_rate_high        double
--   reason                  varchar        not null  for people, in English
--   reason_ja               varchar        not null
-- check:   risk in ('low', 'watch', 'high')
-- check:   late_invoice_count <= due_invoice_count and overdue_amount <= open_amount
-- check:   total: (select count(*) from metrics.customer_risk) = (select count(*) from core.customers)
--
-- A rate counts by its upper bound, and only where the customer does worse than the company's others: high above the
-- high rate after $risk_least_count cases or more, so that one case condemns nobody, watch above the other. What is overdue
-- for more than $overdue_high_days is high where it is at least $overdue_high_share of what fell due: a small bill that
-- somebody has forgotten is watched only.

with

customers as (
    select customer_id
    from core.customers
),

judged as (
    select
        counts.customer_id,
        counts.kind,
        counts.bad_count,
        counts.trial_count,
        counts.bad_amount,
        counts.trial_amount,
        counts.late_days,
        risk.shrunk_rate,
        risk.rate_high,
        case
            when risk.shrunk_rate <= risk.company_rate then 1
            when
                counts.bad_count >= $risk_least_count::int
                and risk.rate_high > case counts.kind
                    when 'payment' then $payment_high_rate::double
                    when 'cancellation' then $cancellation_high_rate::double
                    else $return_high_rate::double
                end
                then 3
            when
                risk.rate_high > case counts.kind
                    when 'payment' then $payment_watch_rate::double
                    when 'cancellation' then $cancellation_watch_rate::double
                    else $return_watch_rate::double
                end
                then 2
            else 1
        end as band,
    from metrics.risk_count as counts
    inner join predictions.risk as risk
        on
            counts.kind = risk.kind
            and counts.bad_count = risk.bad_count
            and counts.trial_count = risk.trial_count
),

-- a payment after $as_of is not known yet, so what it pays is still open
open_invoices as (
    select
        customer_id,
        due_on,
        case
            when paid_on < $as_of::date then 0
            when paid_on is null
                then greatest(amount - coalesce(paid_amount, 0), 0)
            else amount
        end as open_amount,
    from core.invoices
    where
        amount > 0
        and customer_id is not null
        and coalesce(invoiced_on < $as_of::date, true)
),

open_per_customer as (
    select
        customer_id,
        sum(open_amount)::decimal(18, 2) as open_amount,
        coalesce(
            sum(open_amount) filter (due_on < $as_of::date), 0
        )::decimal(18, 2) as overdue_amount,
        $as_of::date - min(due_on) filter (
            due_on < $as_of::date and open_amount > 0
        ) as overdue_days,
    from open_invoices
    group by customer_id
),

bands as (
    select
        customers.customer_id,
        payment.band as payment_band,
        case
            when open_per_customer.customer_id is null then null
            when
                open_per_customer.overdue_days > $overdue_high_days::int
                and coalesce(
                    open_per_customer.overdue_amount
                    / nullif(payment.trial_amount, 0)
                    >= $overdue_high_share::double, true
                )
                then 3
            when
                open_per_customer.overdue_days > $overdue_watch_days::int
                then 2
            else 1
        end as overdue_band,
        cancellation.band as cancellation_band,
        returned.band as return_band,
        coalesce(payment.trial_count, 0) as due_invoice_count,
        coalesce(payment.bad_count, 0) as late_invoice_count,
        round(
            payment.late_days / nullif(payment.bad_count, 0), 6
        ) as late_days_mean,
        round(
            payment.bad_amount / nullif(payment.trial_amount, 0), 6
        ) as late_amount_rate,
        payment.shrunk_rate as late_rate,
        payment.rate_high as late_rate_high,
        coalesce(
            open_per_customer.open_amount, 0
        )::decimal(18, 2) as open_amount,
        coalesce(
            open_per_customer.overdue_amount, 0
        )::decimal(18, 2) as overdue_amount,
        open_per_customer.overdue_days,
        round(
            open_per_customer.overdue_amount
            / nullif(payment.trial_amount, 0), 6
        ) as overdue_share,
        coalesce(cancellation.trial_count, 0) as line_count,
        coalesce(cancellation.bad_count, 0) as cancelled_line_count,
        cancellation.shrunk_rate as cancellation_rate,
        cancellation.rate_high as cancellation_rate_high,
        coalesce(returned.bad_count, 0) as returned_line_count,
        coalesce(returned.trial_count, 0) as kept_line_count,
        returned.shrunk_rate as return_rate,
        returned.rate_high as return_rate_high,
    from customers
    left join judged as payment
        on
            customers.customer_id = payment.customer_id
            and payment.kind = 'payment'
    left join judged as cancellation
        on
            customers.customer_id = cancellation.customer_id
            and cancellation.kind = 'cancellation'
    left join judged as returned
        on
            customers.customer_id = returned.customer_id
            and returned.kind = 'return'
    left join open_per_customer
        on customers.customer_id = open_per_customer.customer_id
),

reasoned as (
    select
        *,
        -- only what made the band is told
        nullif(concat_ws(
            '; ',
            case when payment_band > 1 then format(
                '{} of {} invoices paid late, by {:.0f} days on average; up to {:.0f}% to be reckoned with',
                late_invoice_count, due_invoice_count, late_days_mean,
                100 * late_rate_high
            ) end,
            case when overdue_band > 1 then format(
                '{:,.0f} overdue, the oldest for {} days',
                overdue_amount::double, overdue_days
            ) end,
            case when cancellation_band > 1 then format(
                '{} of {} lines cancelled; up to {:.0f}% to be reckoned with',
                cancelled_line_count, line_count, 100 * cancellation_rate_high
            ) end,
            case when return_band > 1 then format(
                '{} of {} lines returned; up to {:.0f}% to be reckoned with',
                returned_line_count, kept_line_count, 100 * return_rate_high
            ) end
        ), '') as reason,
        nullif(concat_ws(
            '、',
            case when payment_band > 1 then format(
                '請求{}件中{}件が支払遅延（平均{:.0f}日、遅延率は最大{:.0f}%を想定）',
                due_invoice_count, late_invoice_count, late_days_mean,
                100 * late_rate_high
            ) end,
            case when overdue_band > 1 then format(
                '延滞額{:,.0f}（最長{}日）',
                overdue_amount::double, overdue_days
            ) end,
            case when cancellation_band > 1 then format(
                '明細{}行中{}行が取消（取消率は最大{:.0f}%を想定）',
                line_count, cancelled_line_count, 100 * cancellation_rate_high
            ) end,
            case when return_band > 1 then format(
                '明細{}行中{}行が返品（返品率は最大{:.0f}%を想定）',
                kept_line_count, returned_line_count, 100 * return_rate_high
            ) end
        ), '') as reason_ja,
    from bands
)

select
    customer_id,
    case
        greatest(payment_band, overdue_band, cancellation_band, return_band)
        when 3 then 'high'
        when 2 then 'watch'
        else 'low'
    end as risk,
    case payment_band
        when 1 then 'low' when 2 then 'watch' when 3 then 'high'
    end as payment_risk,
    case overdue_band
        when 1 then 'low' when 2 then 'watch' when 3 then 'high'
    end as overdue_risk,
    case cancellation_band
        when 1 then 'low' when 2 then 'watch' when 3 then 'high'
    end as cancellation_risk,
    case return_band
        when 1 then 'low' when 2 then 'watch' when 3 then 'high'
    end as return_risk,
    due_invoice_count,
    late_invoice_count,
    late_days_mean,
    late_amount_rate,
    late_rate,
    late_rate_high,
    open_amount,
    overdue_amount,
    overdue_days,
    overdue_share,
    (
        open_amount * late_rate_high::decimal(9, 6)
    )::decimal(18, 2) as expected_loss_amount,
    line_count,
    cancelled_line_count,
    cancellation_rate,
    cancellation_rate_high,
    returned_line_count,
    return_rate,
    return_rate_high,
    coalesce(
        reason,
        case
            when coalesce(
                payment_band, overdue_band, cancellation_band, return_band
            ) is null then 'nothing is known'
            else 'nothing out of the ordinary'
        end
    ) as reason,
    coalesce(
        reason_ja,
        case
            when coalesce(
                payment_band, overdue_band, cancellation_band, return_band
            ) is null then '情報なし'
            else '特に問題なし'
        end
    ) as reason_ja,
from reasoned
