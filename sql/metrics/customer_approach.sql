-- metrics.customer_approach: how each customer is to be treated: as the master says, else by the first rule that holds.
-- ja:      対応方針
-- grain:   customer_id
-- columns:
--   customer_id        varchar  not null  -> core.customers
--   approach           varchar            the one by hand, else the rule's; null: neither
--   approach_position  integer            as in config.approach; behind them: only in the master
--   label              varchar            what people call it, in English; as all that follows, null where there is none
--   label_ja           varchar            and in Japanese
--   is_by_hand         boolean  not null  given by the customer master
--   rule_approach      varchar            what the rules say, also under one by hand
--   rule_position      integer            of the rule that holds; null: none
--   rule               varchar            its condition; null: it has none
-- check:   approach <> '' or approach is null
-- check:   total: (select count(*) from metrics.customer_approach) = (select count(*) from core.customers)

with

customers as (
    select
        customer_id,
        approach,
    from core.customers
),

ruled as (
    select
        customer_id,
        approach,
        rule_position,
    from metrics.approach_rule
),

rules as (
    select
        position,
        condition,
    from config.approach_rule
),

labels as (
    select
        approach,
        position,
        label,
        label_ja,
    from config.approach
),

behind_labels as (
    select coalesce(max(position), 0)::integer + 1 as position
    from labels
),

effective as (
    select
        customers.customer_id,
        coalesce(customers.approach, ruled.approach) as approach,
        customers.approach is not null as is_by_hand,
        ruled.approach as rule_approach,
        ruled.rule_position,
    from customers
    left join ruled
        on customers.customer_id = ruled.customer_id
)

select
    effective.customer_id,
    effective.approach,
    case
        when effective.approach is not null
            then coalesce(labels.position, behind_labels.position)
    end as approach_position,
    coalesce(labels.label, effective.approach) as label,
    coalesce(labels.label_ja, effective.approach) as label_ja,
    effective.is_by_hand,
    effective.rule_approach,
    effective.rule_position,
    rules.condition as rule,
from effective
cross join behind_labels
left join labels
    on effective.approach = labels.approach
left join rules
    on effective.rule_position = rules.position
