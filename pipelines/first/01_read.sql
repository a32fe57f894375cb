-- title:   What was read | 読み込んだデータ
-- about:   Rows in the files = kept + set aside. | ファイルの行数 = 読み込んだ行 + 除いた行
-- columns: source, file, rows>, kept>, set aside> | データ, ファイル, 行数>, 読み込み>, 除外>
select source, file, row_count, kept_count, reject_count
from raw.file
where is_present
order by source, file
