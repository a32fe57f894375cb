-- metrics.customer_hold: whose complaint or repair is open, and whether marketing waits for it.
-- ja:      配信の保留
-- grain:   customer_id, contact_id
-- params:  $as_of date
-- columns:
--   customer_id  varchar            null: of a lead, who is held alone
--   contact_id   varchar            of a lead; null: all contacts of the customer
--   is_held      boolean  not null  marketing waits; false: open, but not waited for, or no longer
--   kind         varchar  not null  complaint, repair
--   since_on     date     not null
--   until_on     date               marketing waits before this day at most; null: until it is resolved, or not at all
--   open_count   bigint   not null  complaints and repairs that are open
--   reason       varchar  not null
--   reason_ja    varchar  not null
-- check:   kind in ('complaint', 'repair')
-- check:   (customer_id is null) <> (contact_id is null)
--
-- What is resolved has a day, interactions.resolved_on, before $as_of. config.hold (hold_back in config.yaml) says what is
-- waited for, and for how many days at most: some systems never close anything. Of several the one shown holds longest.

with

zone as (
    select coalesce(max(timezone), 'UTC') as timezone,
    from config.company
),

troubles as (
    select
        coalesce(interaction.customer_id, contact.customer_id) as customer_id,
        case when coalesce(interaction.customer_id, contact.customer_id) is null then interaction.contact_id end as contact_id,
        interaction.interaction_id,
        interaction.kind,
        timezone(zone.timezone, interaction.occurred_at)::date as since_on,
        interaction.note,
    from core.interactions as interaction
    cross join zone
    left join core.contacts as contact
        on contact.contact_id = interaction.contact_id
    where
        interaction.kind in ('complaint', 'repair')
        and (interaction.resolved_on is null or interaction.resolved_on >= $as_of::date)
),

judged as (
    select
        trouble.customer_id,
        trouble.contact_id,
        trouble.interaction_id,
        trouble.kind,
        trouble.since_on,
        trouble.note,
        trouble.since_on + hold.limit_days as until_on,
        hold.kind is not null
        and (hold.limit_days is null or $as_of::date < trouble.since_on + hold.limit_days) as is_held,
        count(*) over (partition by trouble.customer_id, trouble.contact_id) as open_count,
    from troubles as trouble
    left join config.hold as hold
        on hold.kind = trouble.kind
    where
        trouble.since_on < $as_of::date
        and (trouble.customer_id is not null or trouble.contact_id is not null)
),

worst as (
    select *,
    from judged
    qualify row_number() over (
        partition by customer_id, contact_id
        order by is_held desc, if(is_held, until_on, null) desc nulls first, kind, since_on desc, interaction_id
    ) = 1
)

select
    customer_id,
    contact_id,
    is_held,
    kind,
    since_on,
    until_on,
    open_count,
    format('open {} since {}{}{}', kind, since_on, coalesce(': ' || note, ''), case
        when not is_held and until_on is not null then format('; marketing waited until {}', until_on)
        when not is_held then ''
        when until_on is null then '; marketing waits until it is resolved'
        else format('; marketing waits until it is resolved, at most until {}', until_on)
    end) as reason,
    format('{}から{}が未解決です{}{}', strftime(since_on, '%Y年%-m月%-d日'), if(kind = 'complaint', 'クレーム', '修理'), coalesce('（' || note || '）', ''), case
        when not is_held and until_on is not null then format('。広告の保留は{}に終わりました', strftime(until_on, '%Y年%-m月%-d日'))
        when not is_held then ''
        when until_on is null then '。解決するまで広告をお送りしません'
        else format('。解決するまで（最長で{}まで）広告をお送りしません', strftime(until_on - 1, '%Y年%-m月%-d日'))
    end) as reason_ja,
from worst
