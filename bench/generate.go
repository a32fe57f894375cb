package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/warehouse"
)

// shop is the company whose sales are made up.
type shop struct {
	dir   string
	lines int64
	// slots are places that one customer takes after the other: a customer stays for a while, then another comes.
	slots int64
	seed  int64
	// until is the day after the last sale of the first file; the sales of the second file are of that day.
	until time.Time
}

const (
	days     = 4 * 365
	products = 2000
)

// categories are what the company sells: each name with its group, twelve names to a department.
const categories = `トナー インク 感光ドラム コピー用紙 印画紙 ロール紙 ラベル用紙 封筒 ノート 付箋 ファイル バインダー
ボールペン 万年筆 シャープペン 鉛筆 消しゴム 修正テープ 蛍光ペン マーカー 定規 はさみ カッター のり
ホチキス 針 クリップ 輪ゴム 粘着テープ 電池 電球 延長コード 充電器 ケーブル マウス キーボード
机 椅子 書棚 ロッカー 衝立 照明器具 洗剤 ごみ袋 手袋 雑巾 石鹸 消毒液
緑茶 珈琲 紅茶 水 紙コップ 菓子 名札 印鑑 朱肉 電卓 時計 暦`

// generate writes the first files: sales, customers, products and contacts.
func (s shop) generate(ctx context.Context) error {
	db, err := warehouse.OpenMemory(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := s.copy(ctx, db, "products.csv", s.productRows()); err != nil {
		return err
	}
	if err := s.copy(ctx, db, "sales_1.csv", s.saleRows(fmt.Sprintf("range(%d) as lines(line)", s.lines), "false")); err != nil {
		return err
	}
	seen := "read_csv(" + warehouse.Literal(filepath.Join(s.dir, "sales_1.csv")) + ", all_varchar = true)"
	customer := `select distinct "得意先コード" as id, hash("得意先コード") as h from ` + seen + ` where "得意先コード" is not null`
	if err := s.copy(ctx, db, "customers.csv", `
		select
			id as "得意先コード",
			'株式会社' || ['みなと', 'あさひ', 'さくら', 'ひかり', '大和', '中央', '東海', '北斗'][(h % 8 + 1)::int] || '商会 ' || id as "得意先名",
			['東京', '大阪', '愛知', '福岡', '北海道', '宮城', '広島'][(h // 8 % 7 + 1)::int] as "地域",
			['製造', '小売', '建設', '医療', '教育', '官公庁'][(h // 56 % 6 + 1)::int] as "業種",
			'担当' || (h // 336 % 40) as "担当者",
		from (`+customer+`) order by id`); err != nil {
		return err
	}
	return s.copy(ctx, db, "contacts.csv", `
		select
			'T' || id as "担当者コード",
			id as "得意先コード",
			'窓口 ' || id as "氏名",
			lower(id) || '@example.co.jp' as "メール",
		from (`+customer+`) where h % 10 < 3 order by id`)
}

// generateDelta writes what comes in on the next day: one customer in 125 orders, and as many old orders as a fifth of
// those come again, cancelled. About 1 % of the customers are touched.
func (s shop) generateDelta(ctx context.Context) error {
	db, err := warehouse.OpenMemory(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	fresh := s.slots * 3 / 125
	fresh -= fresh % 2
	query := s.saleRows(fmt.Sprintf("(select %d + lines.line as line from range(%d * 5 // 2) as lines(line)) as lines", s.lines, fresh), "true") + `
		union all
		select * replace ('取消' as "区分") from (` + s.saleRows(fmt.Sprintf(`(
			select orders.number * 5 // 2 + lines.line as line
			from (select distinct (hash(n, 'again', %d) %% %d)::bigint * 2 as number from range(%d) as picks(n)) as orders, range(2) as lines(line)
			) as lines`, s.seed, s.lines/5, fresh/5), "false") + `)`
	return s.copy(ctx, db, "sales_2.csv", query)
}

// saleRows is a SELECT of the export's rows for line numbers; even orders have three lines, odd ones two. It is a pure function of
// the number, so that an order comes out alike in every file. Orders follow each other by date, more of them each year.
func (s shop) saleRows(lines, isDelta string) string {
	orders := s.lines * 2 / 5
	u := func(what, of string) string { // even on [0, 1)
		return fmt.Sprintf("(hash(%s, '%s', %d) %% 1000000007 / 1000000007.0)", of, what, s.seed)
	}
	return strings.NewReplacer(
		"$slots", fmt.Sprint(s.slots), "$orders", fmt.Sprint(orders), "$days", fmt.Sprint(days), "$products", fmt.Sprint(products),
		"$start", warehouse.Literal(s.until.AddDate(0, 0, -days).Format(time.DateOnly)), "$lines", lines, "$delta", isDelta,
		"$u_customer", u("customer", "number"), "$u_nobody", u("nobody", "number"), "$u_status", u("status", "number"),
		"$u_tenants", u("tenants", "slot"), "$u_phase", u("phase", "slot"),
		"$u_product", u("product", "line"), "$u_quantity", u("quantity", "line"), "$u_return", u("return", "line"),
	).Replace(`
		select
			'S' || lpad(number::varchar, 9, '0') as "受注番号",
			case when $u_nobody >= 0.005 then 'C' || lpad((slot * 4 + tenant)::varchar, 7, '0') end as "得意先コード",
			'P' || lpad(product::varchar, 4, '0') as "商品コード",
			strftime(date $start + day::int, '%Y/%m/%d') as "受注日",
			if(is_return, -quantity, quantity) as "数量",
			price as "単価",
			if(is_return, -1, 1) * quantity * (price * (0.5 + product % 30 / 100.0))::bigint as "原価",
			case when is_return then '返品' when $u_status < 0.015 then '取消' else '受注' end as "区分",
		from (
			select
				*,
				floor(least(part, 0.999999) * (1 + floor(3 * $u_tenants)) + $u_phase)::bigint as tenant,
				100 + product * 7919 % 20000 as price,
			from (
				select
					line,
					number,
					if($delta, $days, floor($days * part)) as day,
					part,
					floor($slots * pow($u_customer, if($delta, 1, 2.2)))::bigint as slot,
					floor($products * pow($u_product, 1.8))::bigint as product,
					1 + floor(5 * pow($u_quantity, 2))::bigint as quantity,
					$u_return < 0.015 as is_return,
				from (
					select line, line * 2 // 5 as number, least(pow((line * 2 // 5) / $orders.0, 0.9), 1) as part from $lines
				)
			)
		)`)
}

func (s shop) productRows() string {
	names := "['" + strings.Join(strings.Fields(categories), "', '") + "']"
	return fmt.Sprintf(`
		select
			'P' || lpad(product::varchar, 4, '0') as "商品コード",
			%[1]s[category + 1] || ' ' || (product // 60 + 1) || '型' as "商品名",
			%[1]s[category + 1] as "分類",
			'分類群' || (category // 4 + 1) as "中分類",
			'部門' || (category // 12 + 1) as "大分類",
			if(category %% 3 = 0, 30 * (1 + category %% 7), null) as "交換日数",
		from (select product, (60 * pow((hash(product, %[2]d) %% 1000003) / 1000003.0, 1.5))::int %% 60 as category from range(%[3]d) as products(product))
		order by product`, names, s.seed, products)
}

// copy writes a query's rows as CSV, in place of nothing: a file that is there is one of the same seed.
func (s shop) copy(ctx context.Context, db *warehouse.DB, name, query string) error {
	path := filepath.Join(s.dir, name)
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if _, err := db.Exec(ctx, "copy (\n"+query+"\n) to "+warehouse.Literal(path+".part")+" (format csv, header)"); err != nil {
		return fmt.Errorf("generate %s: %w", name, err)
	}
	return os.Rename(path+".part", path)
}
