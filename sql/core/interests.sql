-- core.interests: topics that contacts showed an interest in.
-- ja:      関心
-- grain:   contact_id, topic
-- columns:
--   contact_id  varchar  not null  may name a contact that has vanished from the source
--   topic       varchar  not null
--   noted_on    date
--   noted_in    varchar            seminar, web form, visit and so on

with

interests as (
    select
        contact_id,
        trim(topic) as topic,
        noted_on,
        nullif(trim(noted_in), '') as noted_in,
        file,
        line,
    from raw.interests
),

-- raw holds the newest row of each key; this holds it where trimming has made two keys one
newest as (
    select *,
    from interests
    where
        contact_id <> ''
        and topic <> ''
    qualify row_number() over (
        partition by contact_id, topic
        order by file desc, line desc
    ) = 1
)

select
    contact_id,
    topic,
    noted_on,
    noted_in,
from newest
