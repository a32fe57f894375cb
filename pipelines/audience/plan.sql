-- Who gets the edition: one row for each row of the audience, with its arm, its variant and its reason.
--
-- Runs on the temporary table `audience` (recipient_id, fields as JSON with sorted keys, category or null, position).
-- Parameters: $seed, $campaign, $slot, $slot_at, $channel, $needs_address, $needs_consent, $scope_marketing,
-- $holdout_rate, $variants (JSON list of names), $cap_count (0: none), $cap_seconds, $follow_cadence, $follow_hold.
create or replace temp table edition_plan as

with

variants as (
    select from_json($variants::json, '["varchar"]') as names
),

-- How often each contact was planned for, or held out of, other marketing editions near the slot: before it, and after it
-- where editions are made out of their order. A held-out contact uses up its cap like the others: both arms stay alike.
-- For whom the cadence reduces, the cap's time is twice as long.
recent as (
    select
        message.contact_id,
        count(*) filter (
            where
                edition.slot_at > $slot_at::timestamptz - to_seconds($cap_seconds::bigint)
                and edition.slot_at < $slot_at::timestamptz + to_seconds($cap_seconds::bigint)
        ) as message_count,
        count(*) as reduced_message_count,
    from ops.message as message
    inner join journal.edition as edition
        on edition.campaign = message.campaign and edition.slot = message.slot
    where
        message.arm in ('planned', 'held_out')
        and edition.purpose = 'marketing'
        and edition.slot_at > $slot_at::timestamptz - to_seconds(2 * $cap_seconds::bigint)
        and edition.slot_at < $slot_at::timestamptz + to_seconds(2 * $cap_seconds::bigint)
        and not (message.campaign = $campaign and message.slot = $slot)
    group by message.contact_id
),

identified as (
    select
        audience.recipient_id,
        audience.category,
        audience.fields,
        audience.position,
        $by_contact::boolean and contact.contact_id is null as is_unknown,
        case when $by_contact::boolean then contact.customer_id else audience.recipient_id end as customer_id,
        contact.email as address,
        contact.name as contact_name,
        left(sha256($seed || ':contact:' || audience.recipient_id), 32) as contact_key,
        left(
            sha256($seed || ':message:' || $campaign || ':' || $slot || ':' || audience.recipient_id), 32
        ) as message_key,
        -- load has width-folded the address already, as edition.Keys does before it hashes
        left(sha256($seed || ':address:' || lower(trim(contact.email))), 32) as address_key,
    from audience
    left join core.contacts as contact
        on $by_contact::boolean and contact.contact_id = audience.recipient_id
),

ranked as (
    select
        identified.*,
        customer_rank.rank,
        case
            when identified.customer_id is not null then 'customer:' || identified.customer_id
            else 'contact:' || identified.contact_key
        end as unit,
    from identified
    left join metrics.customer_rank as customer_rank
        on customer_rank.customer_id = identified.customer_id
),

consent_events as (
    select
        contact_key,
        max(granted_at) as granted_at,
    from ops.consent_event
    where channel = '' or channel = $channel
    group by contact_key
),

-- The later word counts: what the sales system says, or a consent that came in since.
consented as (
    select
        ranked.recipient_id,
        coalesce(
            consent_events.granted_at > consent.granted_at or consent.granted,
            consent_events.granted_at is not null,
        ) as is_granted,
    from ranked
    left join ops.consent as consent
        on consent.contact_id = ranked.recipient_id and consent.channel = $channel
    left join consent_events
        on consent_events.contact_key = ranked.contact_key
),

suppressed_contacts as (
    select distinct contact_key
    from ops.suppression
    where
        contact_key is not null
        and (channel is null or channel = '' or channel = $channel)
        and (scope = 'all' or $scope_marketing::boolean)
),

suppressed_addresses as (
    select distinct address_key
    from ops.suppression
    where
        address_key is not null
        and (channel is null or channel = '' or channel = $channel)
        and (scope = 'all' or $scope_marketing::boolean)
),

-- Who unsubscribes speaks for the mailbox: another contact with the same address is not written to either.
mailboxes as (
    select
        left(sha256($seed || ':address:' || lower(trim(email))), 32) as address_key,
        left(sha256($seed || ':contact:' || contact_id), 32) as contact_key,
    from core.contacts
    where email is not null
    qualify count(*) over (partition by lower(trim(email))) > 1
),

suppressed_mailboxes as (
    select distinct mailboxes.address_key
    from mailboxes
    inner join suppressed_contacts
        on suppressed_contacts.contact_key = mailboxes.contact_key
),

-- A campaign with a hold-out must not exclude by what its own mails brought: its silent readers would leave one arm and not
-- the other. It excludes by the mails of the others, for both arms alike; whom it never drew has no row of its own. Who is
-- silent to its own mails stays planned, so in its arm, and the mail is withheld.
cadences as (
    select
        contact_id,
        max(cadence) filter (where campaign = '') as over_all,
        coalesce(
            max(cadence) filter (where campaign <> '' and $holdout_rate::double > 0),
            max(cadence) filter (where campaign = ''),
        ) as cadence,
    from metrics.contact_cadence
    where $follow_cadence::boolean and (campaign = '' or campaign = $campaign)
    group by contact_id
),

held_customers as (
    select customer_id, kind,
    from metrics.customer_hold
    where is_held and customer_id is not null and $follow_hold::boolean
),

held_leads as (
    select contact_id, kind,
    from metrics.customer_hold
    where is_held and contact_id is not null and $follow_hold::boolean
),

judged as (
    select
        ranked.*,
        case cadences.over_all
            when 'pause' then 'withheld: no response'
            when 'change_channel' then 'withheld: answers elsewhere'
        end as withheld_reason,
        case
            when ranked.is_unknown then 'unknown contact'
            when $needs_address::boolean and coalesce(ranked.address, '') = '' then 'no address'
            when
                $needs_address::boolean
                -- what internal/mailbox would refuse: no local part or domain, a second @, white space, control characters
                and not regexp_full_match(trim(ranked.address), '[^@,;<>[:space:][:cntrl:]]{1,64}@[^@,;<>()\[\]:"\\[:space:][:cntrl:]]+[.][^@,;<>()\[\]:"\\[:space:][:cntrl:]]+')
                then 'invalid address'
            when $needs_consent::boolean and not consented.is_granted then 'no consent'
            when suppressed_contacts.contact_key is not null then 'suppressed'
            when suppressed_addresses.address_key is not null then 'suppressed'
            when suppressed_mailboxes.address_key is not null then 'suppressed'
            when held_customers.kind is not null then 'open ' || held_customers.kind
            when held_leads.kind is not null then 'open ' || held_leads.kind
            when cadences.cadence = 'pause' then 'paused: no response'
            when cadences.cadence = 'change_channel' then 'answers elsewhere'
            when $cap_count::integer > 0 and coalesce(recent.message_count, 0) >= $cap_count::integer then 'capped'
            when
                cadences.cadence = 'reduce'
                and $cap_count::integer > 0
                and coalesce(recent.reduced_message_count, 0) >= $cap_count::integer
                then 'reduced: fewer responses'
        end as own_reason,
    from ranked
    inner join consented
        on consented.recipient_id = ranked.recipient_id
    left join suppressed_contacts
        on suppressed_contacts.contact_key = ranked.contact_key
    left join suppressed_addresses
        on suppressed_addresses.address_key = ranked.address_key
    left join suppressed_mailboxes
        on suppressed_mailboxes.address_key = ranked.address_key
    left join recent
        on recent.contact_id = ranked.recipient_id
    left join cadences
        on $by_contact::boolean and cadences.contact_id = ranked.recipient_id
    left join held_customers
        on held_customers.customer_id = ranked.customer_id
    left join held_leads
        on $by_contact::boolean and held_leads.contact_id = ranked.recipient_id
),

-- Of several contacts behind one address the first by contact_id stays.
deduplicated as (
    select
        judged.*,
        case
            when own_reason is not null then own_reason
            when $needs_address::boolean and row_number() over (
                partition by own_reason, address_key order by recipient_id
            ) > 1 then 'duplicate address'
        end as reason,
    from judged
),

-- 13 hex digits are 52 bits: a uniform number in [0, 1) that a double holds exactly.
drawn as (
    select
        deduplicated.*,
        ('0x' || left(sha256($seed || ':holdout:' || $campaign || ':' || unit), 13))::bigint
            / 4503599627370496.0::double as holdout_draw,
        ('0x' || left(sha256($seed || ':variant:' || $campaign || ':' || $slot || ':' || unit), 13))::bigint
            / 4503599627370496.0::double as variant_draw,
    from deduplicated
)

select
    message_key,
    contact_key,
    unit,
    coalesce(customer_id, '') as customer_id,
    coalesce(rank, '') as rank,
    coalesce(category, '') as category,
    case
        when reason is not null then 'excluded'
        when holdout_draw < $holdout_rate::double then 'held_out'
        else 'planned'
    end as arm,
    case
        when reason is null
            then variants.names[1 + floor(variant_draw * len(variants.names))::integer]
        else ''
    end as variant,
    case
        when reason is not null then reason
        when holdout_draw < $holdout_rate::double then ''
        else coalesce(withheld_reason, '')
    end as reason,
    recipient_id,
    coalesce(address_key, '') as address_key,
    coalesce(address, '') as address,
    coalesce(contact_name, '') as contact_name,
    fields,
    drawn.position,
from drawn
cross join variants
order by message_key
