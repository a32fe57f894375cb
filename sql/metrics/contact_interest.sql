-- metrics.contact_interest: what each contact is interested in: what it said, what it looked at, what its customer buys.
-- ja:      連絡先の関心
-- grain:   contact_id, topic
-- params:  $as_of date, $interest_days integer default 365, $interest_strength double default 3, $interest_lift double default 1.5
-- columns:
--   contact_id          varchar  not null  -> core.contacts
--   topic               varchar  not null  as it was noted, or a category of products
--   strength            double   not null  0 to 1, by the sources together
--   sources             varchar  not null  declared, seen, bought: those that there are, comma separated
--   position            bigint   not null  of the contact's topics, the strongest first
--   is_declared         boolean  not null  the contact said so
--   declared_on         date
--   seen_count          bigint   not null  pages, inquiries and clicks about it in the $interest_days before
--   last_seen_on        date
--   purchase_day_count  bigint   not null  days in the same time on which the customer bought from it
--   purchase_lift       double             by the days expected if the customer bought like all others, both with $interest_strength days added
--   reason              varchar  not null
--   reason_ja           varchar  not null
-- check:   strength > 0 and strength <= 1
-- check:   is_declared or seen_count > 0 or purchase_day_count > 0
--
-- What was said is worth 0.5; each time that something was looked at a fifth of what is left to 1; purchases count where
-- the customer buys the category at least $interest_lift times as often as others: 1 - 1/lift. The days added keep one
-- purchase of something rare from looking like a passion. The three are put together as 1 - (1 - said)(1 - looked)
-- (1 - bought). What everybody buys is nobody's interest.

with

zone as (
    select coalesce(max(timezone), 'UTC') as timezone,
    from config.company
),

contacts as (
    select
        contact.contact_id,
        customer.customer_key,
    from core.contacts as contact
    left join core.customers as customer
        on customer.customer_id = contact.customer_id
),

declared as (
    select contact_id, topic, noted_on as declared_on,
    from core.interests
    semi join contacts
        on contacts.contact_id = interests.contact_id
    where noted_on < $as_of::date or noted_on is null
),

products as (
    select product_id, category,
    from core.products
    where category is not null
),

looks as (
    select
        interaction.contact_id,
        products.category as topic,
        timezone(zone.timezone, interaction.occurred_at)::date as seen_on,
    from core.interactions as interaction
    cross join zone
    inner join products
        on products.product_id = interaction.product_id
    where interaction.kind in ('web', 'inquiry') and interaction.contact_id is not null

    union all

    -- a click on a mail about a category
    select
        response.contact_id,
        message.category as topic,
        timezone(zone.timezone, response.occurred_at)::date as seen_on,
    from ops.response as response
    cross join zone
    inner join ops.message as message
        on message.message_key = response.message_key
    where
        response.kind = 'click'
        and not response.is_machine
        and response.contact_id is not null
        and message.category is not null
),

seen as (
    select
        looks.contact_id,
        looks.topic,
        count(*) as seen_count,
        max(looks.seen_on) as last_seen_on,
    from looks
    semi join contacts
        on contacts.contact_id = looks.contact_id
    where looks.seen_on < $as_of::date and looks.seen_on >= $as_of::date - $interest_days::int
    group by looks.contact_id, looks.topic
),

purchases as (
    select customer_key, category, count(*) as day_count,
    from rollups.customer_category_day
    where
        ordered_on < $as_of::date
        and ordered_on >= $as_of::date - $interest_days::int
        and is_purchase
        and category is not null
    group by customer_key, category
),

purchases_per_customer as (
    select customer_key, sum(day_count) as day_count,
    from purchases
    group by customer_key
),

category_shares as (
    select category, sum(day_count) / sum(sum(day_count)) over () as share,
    from purchases
    group by category
),

lifts as (
    select
        purchases.customer_key,
        purchases.category,
        purchases.day_count,
        round((purchases.day_count + $interest_strength::double)
            / (purchases_per_customer.day_count * category_shares.share + $interest_strength::double), 6) as lift,
    from purchases
    inner join purchases_per_customer
        on purchases_per_customer.customer_key = purchases.customer_key
    inner join category_shares
        on category_shares.category = purchases.category
),

bought as (
    select
        contacts.contact_id,
        lifts.category as topic,
        lifts.day_count as purchase_day_count,
        lifts.lift as purchase_lift,
    from contacts
    inner join lifts
        on lifts.customer_key = contacts.customer_key
),

pairs as (
    select contact_id, topic,
    from declared

    union

    select contact_id, topic,
    from seen

    union

    select contact_id, topic,
    from bought
    where purchase_lift >= $interest_lift::double
),

weighed as (
    select
        pairs.contact_id,
        pairs.topic,
        declared.topic is not null as is_declared,
        declared.declared_on,
        coalesce(seen.seen_count, 0) as seen_count,
        seen.last_seen_on,
        coalesce(bought.purchase_day_count, 0) as purchase_day_count,
        bought.purchase_lift,
        round(1 - if(declared.topic is null, 1, 0.5)
            * power(0.8, coalesce(seen.seen_count, 0))
            / if(bought.purchase_lift >= $interest_lift::double, bought.purchase_lift, 1), 6) as strength,
    from pairs
    left join declared
        on declared.contact_id = pairs.contact_id and declared.topic = pairs.topic
    left join seen
        on seen.contact_id = pairs.contact_id and seen.topic = pairs.topic
    left join bought
        on bought.contact_id = pairs.contact_id and bought.topic = pairs.topic
)

select
    contact_id,
    topic,
    strength,
    concat_ws(
        ', ',
        if(is_declared, 'declared', null),
        if(seen_count > 0, 'seen', null),
        if(purchase_lift >= $interest_lift::double, 'bought', null)
    ) as sources,
    row_number() over (partition by contact_id order by strength desc, topic) as position,
    is_declared,
    declared_on,
    seen_count,
    last_seen_on,
    purchase_day_count,
    purchase_lift,
    concat_ws(
        ', ',
        if(is_declared, 'said so' || coalesce(format(' on {}', declared_on), ''), null),
        if(seen_count > 0, format('looked at it {} {}, last on {}', seen_count, if(seen_count = 1, 'time', 'times'), last_seen_on), null),
        if(purchase_lift >= $interest_lift::double, format('the customer buys it {:.1f} times as often as others', purchase_lift), null)
    ) as reason,
    concat_ws(
        '、',
        if(is_declared, coalesce(strftime(declared_on, '%Y年%-m月%-d日に'), '') || '本人が回答', null),
        if(seen_count > 0, format('閲覧・お問い合わせ・クリック{}回（最終{}）', seen_count, strftime(last_seen_on, '%Y年%-m月%-d日')), null),
        if(purchase_lift >= $interest_lift::double, format('得意先の購入頻度が平均の{:.1f}倍', purchase_lift), null)
    ) as reason_ja,
from weighed
where strength > 0
