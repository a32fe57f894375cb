-- ops.consent: the last word of each contact about each channel, as the company's own systems hold it.
-- ja:      同意
-- grain:   contact_id, channel
-- columns:
--   contact_id  varchar                   not null
--   channel     varchar                   not null  email, postal
--   granted     boolean                   not null  false: refused or taken back
--   basis       varchar                             consent, notified, business, published
--   granted_at  timestamp with time zone            null: not known, and older than whatever is
--   method      varchar                             how it was given
--   proof       varchar                             where that can be seen
--   evidence    varchar                             the line of the consent ledger that says the same

with

consents as (
    select contact_id, channel, granted, basis, granted_at, method, proof, evidence,
    from journal.consent
)

-- A refusal wins over a consent of the same instant.
select
    contact_id,
    channel,
    coalesce(granted, false) as granted,
    basis,
    granted_at,
    method,
    proof,
    evidence,
from consents
qualify row_number() over (
    partition by contact_id, channel
    order by granted_at desc nulls last, granted nulls first, basis, method, proof
) = 1
