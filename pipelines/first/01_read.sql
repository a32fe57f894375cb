-- title:   What was read | 読み込んだデータ
-- about:   Rows in the files = kept + skipped (totals, comments, repeated headers) + set aside. | ファイルの行数 = 読み込み + 対象外（合計行・注釈など）+ 除外
-- columns: source, file, rows>, kept>, skipped>, set aside> | データ, ファイル, 行数>, 読み込み>, 対象外>, 除外>
select source, file, row_count + coalesce(skip_count, 0), kept_count, coalesce(skip_count, 0), reject_count
from raw.file
where is_present
order by source, file
