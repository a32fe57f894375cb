-- Who gets the edition: one row for each row of the audience, with its arm, its variant and its reason.
--
-- Runs on the temporary tables `audience` (recipient_id, fields as JSON with sorted keys, category or null, position) and
-- `reservation` (recipient_id, slot_at: whom campaigns of a higher priority will want near this slot).
-- Parameters: $seed, $campaign, $slot, $slot_at, $channel, $needs_address, $needs_consent, $scope_marketing,
-- $holdout_rate, $variants (JSON list of names), $topic ('': none), $confirms, $follow_cadence, $follow_hold, and the caps:
-- $cap_count (0: none) and $cap_seconds of this campaign, $all_cap_count and $all_cap_seconds of all, for each contact, and
-- $customer_cap_count and $customer_cap_seconds for all contacts of a customer.
create or replace temp table edition_plan as

with

variants as (
    select from_json($variants::json, '["varchar"]') as names
),

-- Who was planned for, or held out of, other marketing editions near the slot, by whichever channel: before it, and after
-- it where editions are made out of their order. A held-out contact uses up its caps like the others: both arms stay
-- alike. Whom a campaign of a higher priority will want counts as if it had been planned for already.
nearby as (
    select
        message.contact_id,
        message.customer_id,
        abs(epoch(edition.slot_at) - epoch($slot_at::timestamptz)) as distance_seconds,
    from ops.message as message
    inner join journal.edition as edition
        on edition.campaign = message.campaign and edition.slot = message.slot
    where
        message.arm in ('planned', 'held_out')
        and edition.purpose = 'marketing'
        and abs(epoch(edition.slot_at) - epoch($slot_at::timestamptz)) < greatest(
            2 * $cap_seconds::bigint, $all_cap_seconds::bigint, $customer_cap_seconds::bigint,
            86400 * (select coalesce(max(every_days), 0) from ops.preference)
        )
        and not (message.campaign = $campaign and message.slot = $slot)
    union all by name
    select
        reservation.recipient_id as contact_id,
        contact.customer_id,
        abs(epoch(reservation.slot_at) - epoch($slot_at::timestamptz)) as distance_seconds,
    from reservation
    inner join core.contacts as contact
        on contact.contact_id = reservation.recipient_id
),

-- For whom the cadence reduces, the cap's time is twice as long.
recent as (
    select
        contact_id,
        count(*) filter (where distance_seconds < $cap_seconds::bigint) as message_count,
        count(*) filter (where distance_seconds < 2 * $cap_seconds::bigint) as reduced_message_count,
        count(*) filter (where distance_seconds < $all_cap_seconds::bigint) as all_message_count,
        min(distance_seconds) as nearest_seconds,
    from nearby
    where contact_id is not null
    group by contact_id
),

recent_customers as (
    select
        customer_id,
        count(*) as message_count,
    from nearby
    where customer_id is not null and distance_seconds < $customer_cap_seconds::bigint
    group by customer_id
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
        -- A letter's is that of the postal address (edition.Keys.Post); PostFrom and PostTo are bound, so that there is one list.
        case
            when $channel = 'postal' then left(sha256($seed || ':post:'
                || regexp_replace(translate(coalesce(contact.postal_code, ''), $post_from, $post_to), '[^0-9]', '', 'g') || ' '
                || nullif(regexp_replace(
                    translate(contact.address, $post_from || 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', $post_to || 'abcdefghijklmnopqrstuvwxyz'),
                    '[ \t\n\r\x{3000}\x{00a0}]', '', 'g'
                ), '')), 32)
            else left(sha256($seed || ':address:' || lower(trim(contact.email))), 32)
        end as address_key,
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
    select contact_key, granted_at, basis, source, event_id,
    from ops.consent_event
    where channel = '' or channel = $channel
    qualify row_number() over (
        partition by contact_key
        order by granted_at desc, event_id desc
    ) = 1
),

-- The later word counts: what the sales system says, or a consent that came in since.
consented as (
    select
        ranked.recipient_id,
        case
            when
                consent_events.granted_at is not null
                and (consent.contact_id is null or consent.granted_at is null and not consent.granted
                    or consent_events.granted_at > consent.granted_at)
                then {'basis': consent_events.basis, 'proof': consent_events.source, 'evidence': consent_events.event_id}
            when consent.granted
                then {'basis': consent.basis, 'proof': consent.proof, 'evidence': consent.evidence}
        end as word,
    from ranked
    left join ops.consent as consent
        on consent.contact_id = ranked.recipient_id and consent.channel = $channel
    left join consent_events
        on consent_events.contact_key = ranked.contact_key
),

-- A consent without a known basis is none (JP1), and who says that an address was published must say where.
grounds as (
    select
        recipient_id,
        word is not null as is_granted,
        coalesce(
            word.basis in ('consent', 'notified', 'business')
            or (word.basis = 'published' and coalesce(word.proof, '') <> ''),
            false,
        ) as has_basis,
        word.basis as basis,
        word.evidence as evidence,
    from consented
),

-- Who has asked and not confirmed gets the confirmation mail, once a request, and nothing else.
requests as (
    select
        opt_in.contact_key,
        opt_in.evidence,
        opt_in.confirmed_at is not null as is_confirmed,
        opt_in.confirm_by < $slot_at::timestamptz as is_over,
        asked.evidence is not null as is_asked,
    from ops.opt_in as opt_in
    left join (
        select distinct evidence
        from journal.plan
        where campaign = $campaign and slot <> $slot and arm = 'planned' and evidence is not null
    ) as asked
        on asked.evidence = opt_in.evidence
),

-- What people wish about marketing, as contacts and as owners of an address: of two wishes the stricter one holds.
wished as (
    select ranked.recipient_id, preference.paused_until, preference.refused, preference.every_days, preference.channel,
    from ranked
    inner join ops.preference as preference
        on preference.contact_key = ranked.contact_key
    union all by name
    select ranked.recipient_id, preference.paused_until, preference.refused, preference.every_days, preference.channel,
    from ranked
    inner join ops.preference as preference
        on preference.address_key = ranked.address_key
),

wishes as (
    select
        recipient_id,
        coalesce(max(paused_until) > $slot_at::timestamptz, false) as is_paused,
        bool_or($topic <> '' and list_contains(string_split(refused, ','), $topic)) as is_refused,
        max(every_days) as every_days,
    from wished
    where
        $scope_marketing::boolean
        and (channel = '' or channel = $channel)
    group by recipient_id
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
            when $confirms::boolean and request.contact_key is null then 'nothing to confirm'
            when $confirms::boolean and request.is_confirmed then 'confirmed already'
            when $confirms::boolean and request.is_asked then 'asked already'
            when $confirms::boolean and request.is_over then 'not confirmed in time'
            when
                not $confirms::boolean and not grounds.is_granted and not request.is_confirmed
                and ($needs_consent::boolean or ranked.customer_id is null)
                then 'not confirmed'
            when $needs_consent::boolean and not grounds.is_granted then 'no consent'
            when $needs_consent::boolean and not grounds.has_basis then 'no basis'
            when suppressed_contacts.contact_key is not null then 'suppressed'
            when suppressed_addresses.address_key is not null then 'suppressed'
            when suppressed_mailboxes.address_key is not null then 'suppressed'
            when held_customers.kind is not null then 'open ' || held_customers.kind
            when held_leads.kind is not null then 'open ' || held_leads.kind
            when cadences.cadence = 'pause' then 'paused: no response'
            when cadences.cadence = 'change_channel' then 'answers elsewhere'
            when wishes.is_paused then 'paused: own wish'
            when wishes.is_refused then 'topic refused'
            when recent.nearest_seconds < 86400 * coalesce(wishes.every_days, 0) then 'capped: own wish'
            when $cap_count::integer > 0 and coalesce(recent.message_count, 0) >= $cap_count::integer then 'capped'
            when
                $all_cap_count::integer > 0 and coalesce(recent.all_message_count, 0) >= $all_cap_count::integer
                then 'capped: all campaigns'
            when
                cadences.cadence = 'reduce'
                and $cap_count::integer > 0
                and coalesce(recent.reduced_message_count, 0) >= $cap_count::integer
                then 'reduced: fewer responses'
        end as own_reason,
        grounds.basis,
        case when $confirms::boolean then request.evidence when $needs_consent::boolean then grounds.evidence end as evidence,
        recent_customers.message_count as customer_message_count,
    from ranked
    inner join grounds
        on grounds.recipient_id = ranked.recipient_id
    left join requests as request
        on $by_contact::boolean and request.contact_key = ranked.contact_key
    left join wishes
        on $by_contact::boolean and wishes.recipient_id = ranked.recipient_id
    left join recent_customers
        on recent_customers.customer_id = ranked.customer_id
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
        end as single_reason,
    from judged
),

-- Of several contacts of a customer the first by contact_id come under its cap.
rationed as (
    select
        deduplicated.*,
        case
            when single_reason is not null then single_reason
            when
                $customer_cap_count::integer > 0 and customer_id is not null
                and coalesce(customer_message_count, 0) + row_number() over (
                    partition by single_reason, customer_id order by recipient_id
                ) > $customer_cap_count::integer
                then 'capped: customer'
        end as reason,
    from deduplicated
),

-- 13 hex digits are 52 bits: a uniform number in [0, 1) that a double holds exactly.
drawn as (
    select
        rationed.*,
        ('0x' || left(sha256($seed || ':holdout:' || $campaign || ':' || unit), 13))::bigint
            / 4503599627370496.0::double as holdout_draw,
        ('0x' || left(sha256($seed || ':variant:' || $campaign || ':' || $slot || ':' || unit), 13))::bigint
            / 4503599627370496.0::double as variant_draw,
    from rationed
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
    -- on which ground, and shown by what (JP1); a request for a confirmation mail is its own ground
    case
        when $confirms::boolean and evidence is not null then 'consent'
        when $needs_consent::boolean then coalesce(basis, '')
        else ''
    end as basis,
    coalesce(evidence, '') as evidence,
    recipient_id,
    coalesce(address_key, '') as address_key,
    coalesce(address, '') as address,
    coalesce(contact_name, '') as contact_name,
    fields,
    drawn.position,
from drawn
cross join variants
order by message_key
