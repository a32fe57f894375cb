-- metrics.customer_state: where each customer stands at $as_of: rank, risk, dormancy, RFM and what is to come; what a rule of approach may ask beside metrics.customer.
-- ja:      得意先の状態
-- grain:   customer_id
-- params:  $as_of date, $dormant_rule varchar default 'probability', $dormant_days integer default 180,
--          $dormant_active double default 0.5
-- columns:
--   customer_id       varchar        not null  -> core.customers
--   rank              varchar        not null  by hand or by rule
--   rank_position     integer        not null  1: the best
--   previous_rank     varchar                  a month or more before; null: had not bought
--   was_large         boolean        not null  one of the large ones at $as_of or at one of the 12 month starts before it
--   is_dormant        boolean        not null  as segments.dormant says by its built-in rule; false: never bought
--   risk              varchar        not null  low, watch, high
--   payment_risk      varchar                  null: no invoice fell due
--   rfm_segment       varchar                  by fifths; null: never bought, as rfm_cut_segment
--   rfm_cut_segment   varchar                  by fixed cuts
--   buy_probability   double                   of any purchase within $dormant_within_days; null: too few purchases to tell
--   potential_amount  decimal(18,2)            what it can be expected to buy in a window to come; null: no forecast
--   potential_growth  double                   that against the window's sales, shrunk
--   value_amount      decimal(18,2)            of all purchases to come, today; null: no forecast
-- check:   risk in ('low', 'watch', 'high')
-- check:   total: (select count(*) from metrics.customer_state) = (select count(*) from core.customers)

with

chances as (
    select
        purchase.customer_id,
        purchase.buy_probability,
        purchase.active_probability,
        history.gap_count >= 4 as is_regular,
    from predictions.purchase as purchase
    inner join predictions.customer_history as history
        on purchase.customer_key = history.customer_key
),

customers as (
    select
        customer.customer_id,
        chances.buy_probability,
        coalesce(
            customer.recency_days is not null
            and if(
                chances.is_regular and $dormant_rule::varchar = 'probability',
                chances.active_probability < $dormant_active::double,
                customer.recency_days >= $dormant_days::int
            ), false
        ) as is_dormant,
    from metrics.customer as customer
    left join chances
        on customer.customer_id = chances.customer_id
),

large_ever as (
    select
        customer_id,
        bool_or(large) as was_large,
        max(potential_growth) filter (
            as_of_on = $as_of::date
        ) as potential_growth,
    from metrics.customer_period
    group by customer_id
)

select
    customers.customer_id,
    customer_rank.rank,
    customer_rank.rank_position,
    customer_rank.previous_rank,
    coalesce(large_ever.was_large, false) as was_large,
    customers.is_dormant,
    coalesce(customer_risk.risk, 'low') as risk,
    customer_risk.payment_risk,
    rfm.rfm_segment,
    rfm.rfm_cut_segment,
    customers.buy_probability,
    growth_potential.potential_amount,
    large_ever.potential_growth,
    customer_value.value_amount,
from customers
inner join metrics.customer_rank as customer_rank
    on customers.customer_id = customer_rank.customer_id
left join large_ever
    on customers.customer_id = large_ever.customer_id
left join metrics.customer_risk as customer_risk
    on customers.customer_id = customer_risk.customer_id
left join metrics.rfm as rfm
    on customers.customer_id = rfm.customer_id
left join metrics.growth_potential as growth_potential
    on customers.customer_id = growth_potential.customer_id
left join predictions.customer_value as customer_value
    on customers.customer_id = customer_value.customer_id
