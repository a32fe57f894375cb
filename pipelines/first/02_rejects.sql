-- title:   Rows that were set aside, by reason | 除いた行とその理由
-- about:   The first place of each; the rest: tokui query "select * from raw.reject" | それぞれ最初の 1 か所。すべては tokui query "select * from raw.reject"
-- columns: place, column, value, reason, rows> | 場所, 項目, 値, 理由, 行数>
select
    first(concat(file, ':', line) order by file, line) as place,
    coalesce(column_name, ''),
    coalesce(left(first(value order by file, line), 40), ''),
    regexp_replace(reason, '0x[0-9A-F]{2} at column [0-9]+', '0x?? at column ?') as reason,
    count(*) as row_count,
from raw.reject
group by source, column_name, regexp_replace(reason, '0x[0-9A-F]{2} at column [0-9]+', '0x?? at column ?')
order by row_count desc, place
limit 12
