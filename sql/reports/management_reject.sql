-- reports.management_reject: rows of the sources that could not be read, by reason.
-- ja:      取込除外データ
-- grain:   source, column_name, reason
-- columns:
--   source        varchar  not null
--   column_name   varchar  not null  '' is the whole row
--   reason        varchar  not null
--   reject_count  bigint   not null
--   example_file  varchar            where the first one stands
--   example_line  bigint
--   example_value varchar            what stood there
-- check:   reject_count > 0

with

rejects as (
    select
        source,
        coalesce(column_name, '') as column_name,
        coalesce(reason, '') as reason,
        file,
        line,
        value,
    from raw.reject
)

select
    source,
    column_name,
    reason,
    count(*) as reject_count,
    min(file) as example_file,
    arg_min(line, (file, line)) as example_line,
    arg_min(value, (file, line)) as example_value,
from rejects
group by source, column_name, reason
