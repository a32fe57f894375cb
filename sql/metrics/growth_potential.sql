-- metrics.growth_potential: what each customer can be expected to buy in a window to come: by its open deals, and by its predicted purchases.
-- ja:      成長余地
-- grain:   customer_id
-- params:  $as_of date, $value_days integer default 90, $deal_prior_count double default 10
-- columns:
--   customer_id           varchar        not null  -> core.customers  whoever has an open deal, or a forecast of purchases
--   open_deal_count       bigint         not null
--   open_deal_amount      decimal(18,2)  not null  what was offered; deals expected after the coming window left out
--   expected_deal_amount  decimal(18,2)            each times the rate at which deals of its stage are won; null: none open, or none closed yet
--   predicted_amount      decimal(18,2)            sales at the rate of the next $value_days, over a window; null: no forecast
--   potential_amount      decimal(18,2)            the greater of the two: a deal that is won is one of the purchases foreseen
--   reason                varchar        not null  for people, in English
--   reason_ja             varchar        not null
-- check:   open_deal_amount >= 0 and coalesce(expected_deal_amount, 0) <= open_deal_amount
-- check:   potential_amount is null or potential_amount >= 0
--
-- The rate of a stage is that of the closed deals which were in it when they closed, shrunk to the rate of all closed deals
-- as if there were $deal_prior_count more of those.

with

windows as (
    select (as_of_on - from_on)::integer as window_days
    from metrics.rank_window
    where as_of_on = $as_of::date
),

-- what became known later is not known yet
deals as (
    select
        coalesce(deals.customer_id, contacts.customer_id) as customer_id,
        coalesce(deals.stage, '') as stage,
        deals.amount,
        deals.expected_on,
        -- some systems say how a deal ended, and not when
        coalesce(
            deals.closed_on < $as_of::date, deals.won is not null
        ) as is_closed,
        coalesce(deals.won, false) as is_won,
    from core.deals as deals
    left join core.contacts as contacts
        on deals.contact_id = contacts.contact_id
    where deals.opened_on < $as_of::date or deals.opened_on is null
),

all_closed as (
    select
        count(*) as closed_count,
        (count(*) filter (is_won))::double / nullif(count(*), 0) as win_rate,
    from deals
    where is_closed
),

closed_by_stage as (
    select
        stage,
        count(*) as closed_count,
        count(*) filter (is_won) as won_count,
    from deals
    where is_closed
    group by stage
),

open_deals as (
    select
        deals.customer_id,
        deals.amount,
        round(
            (
                coalesce(closed_by_stage.won_count, 0)
                + $deal_prior_count::double * all_closed.win_rate
            )
            / nullif(
                coalesce(closed_by_stage.closed_count, 0)
                + $deal_prior_count::double, 0
            ), 6
        )::decimal(9, 6) as win_rate,
    from deals
    cross join windows
    cross join all_closed
    left join closed_by_stage
        on deals.stage = closed_by_stage.stage
    where
        not deals.is_closed
        and deals.amount > 0
        and deals.customer_id is not null
        and coalesce(
            deals.expected_on < $as_of::date + windows.window_days, true
        )
),

deals_per_customer as (
    select
        customer_id,
        count(*) as open_deal_count,
        sum(amount)::decimal(18, 2) as open_deal_amount,
        sum((amount * win_rate)::decimal(18, 2))::decimal(
            18, 2
        ) as expected_deal_amount,
    from open_deals
    group by customer_id
),

forecasts as (
    select
        customer_value.customer_id,
        (
            customer_value.purchase_count * customer_value.spend_amount
            * windows.window_days / $value_days::int
        )::decimal(18, 2) as predicted_amount,
    from predictions.customer_value as customer_value
    cross join windows
    where customer_value.spend_amount is not null
),

potentials as (
    select
        coalesce(
            deals_per_customer.customer_id, forecasts.customer_id
        ) as customer_id,
        coalesce(deals_per_customer.open_deal_count, 0) as open_deal_count,
        coalesce(
            deals_per_customer.open_deal_amount, 0
        )::decimal(18, 2) as open_deal_amount,
        deals_per_customer.expected_deal_amount,
        forecasts.predicted_amount,
        greatest(
            deals_per_customer.expected_deal_amount,
            forecasts.predicted_amount
        ) as potential_amount,
    from deals_per_customer
    full join forecasts
        on deals_per_customer.customer_id = forecasts.customer_id
),

-- a deal may name a customer whom nobody knows
known as (
    select potentials.*
    from potentials
    semi join core.customers as customers
        on potentials.customer_id = customers.customer_id
)

select
    known.customer_id,
    known.open_deal_count,
    known.open_deal_amount,
    known.expected_deal_amount,
    known.predicted_amount,
    known.potential_amount,
    concat_ws(
        '; ',
        case
            when known.open_deal_count > 0 then format(
                '{} open {} of {:,.0f}, {} by the usual rate of winning',
                known.open_deal_count,
                if(known.open_deal_count = 1, 'deal', 'deals'),
                known.open_deal_amount::double,
                coalesce(
                    format('{:,.0f}', known.expected_deal_amount::double),
                    'not known how much of it'
                )
            )
        end,
        case
            when known.predicted_amount is not null then format(
                'expected to buy for {:,.0f} in the next {} days',
                known.predicted_amount::double, windows.window_days
            )
        end
    ) as reason,
    concat_ws(
        '、',
        case
            when known.open_deal_count > 0 then format(
                '進行中の商談{}件・{:,.0f}（受注見込み額{}）',
                known.open_deal_count,
                known.open_deal_amount::double,
                coalesce(
                    format('{:,.0f}', known.expected_deal_amount::double),
                    '不明'
                )
            )
        end,
        case
            when known.predicted_amount is not null then format(
                '今後{}日間の購入見込み{:,.0f}',
                windows.window_days, known.predicted_amount::double
            )
        end
    ) as reason_ja,
from known
cross join windows
