-- core.consents: every consent given and withdrawn, by channel; the newest decides.
-- ja:      同意
-- grain:   contact_id, channel, granted_at
-- columns:
--   contact_id  varchar                   not null  may name a contact that has vanished from the source
--   channel     varchar                   not null  email, postal
--   granted_at  timestamp with time zone  not null  of the consent, or of its withdrawal
--   granted     boolean                   not null  false: withdrawn, or refused; not known counts as refused
--   basis       varchar                             consent, notified, business, published
--   method      varchar
--   proof       varchar                             where the proof is kept

with

consents as (
    select
        contact_id,
        lower(trim(channel)) as channel,
        granted_at,
        coalesce(granted, false) as granted,
        nullif(trim(basis), '') as basis,
        nullif(trim(method), '') as method,
        nullif(trim(proof), '') as proof,
        file,
        line,
    from raw.consents
),

-- raw holds the newest row of each key; this holds it where trimming has made two keys one; a refusal wins a tie
newest as (
    select *,
    from consents
    where
        contact_id <> ''
        and channel <> ''
        and granted_at is not null
    qualify row_number() over (
        partition by contact_id, channel, granted_at
        order by granted, file desc, line desc
    ) = 1
)

select
    contact_id,
    channel,
    granted_at,
    granted,
    basis,
    method,
    proof,
from newest
