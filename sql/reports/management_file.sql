-- reports.management_file: the files behind the numbers: how old they are and how much of them was read.
-- ja:      取込ファイル
-- grain:   source, file
-- params:  $as_of date
-- columns:
--   source        varchar  not null
--   position      integer  not null  of the source in the configuration
--   file          varchar  not null
--   modified_at   timestamp with time zone  not null
--   age_days      bigint   not null  from the file's date to as_of; 0 where it is newer
--   row_count     bigint   not null  read
--   kept_count    bigint   not null
--   reject_count  bigint   not null
--   reject_rate   double             of the rows read; null: none were
--   is_present    boolean  not null  false: the file has vanished since; its rows are kept
-- check:   age_days >= 0

with

files as (
    select source, file, modified_at, row_count, kept_count, reject_count, is_present,
    from raw.file
),

sources as (
    select source, position,
    from config.source
)

select
    files.source,
    coalesce(sources.position, 2147483647)::integer as position,
    files.file,
    files.modified_at,
    greatest($as_of::date - files.modified_at::date, 0) as age_days,
    coalesce(files.row_count, 0) as row_count,
    coalesce(files.kept_count, 0) as kept_count,
    coalesce(files.reject_count, 0) as reject_count,
    files.reject_count::double / nullif(files.row_count, 0) as reject_rate,
    coalesce(files.is_present, true) as is_present,
from files
left join sources
    on sources.source = files.source
