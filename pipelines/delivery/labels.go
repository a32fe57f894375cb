package delivery

import "strings"

// japanese is whether a locale is written in Japanese.
func japanese(locale string) bool { return locale == "ja" }

// heading is a field's name as a column's heading: in ja from the table of the known fields, in en as words, "Last ordered
// on". A name that an audience gave in another script than Latin ("as 売上") is a heading already.
func heading(field, locale string) string {
	if strings.IndexFunc(field, func(r rune) bool { return r > 0x7f }) >= 0 {
		return field
	}
	if japanese(locale) {
		if label, ok := japaneseLabels()[field]; ok {
			return label
		}
	}
	words := strings.Fields(strings.ReplaceAll(field, "_", " "))
	for i, word := range words {
		switch word {
		case "id", "abc", "rfm", "vip":
			words[i] = strings.ToUpper(word)
		}
	}
	text := strings.Join(words, " ")
	if text == "" {
		return field
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// japaneseLabels are the headings of the columns that the built-in tables have.
func japaneseLabels() map[string]string {
	return map[string]string{
		"abc_class":              "ABC区分",
		"acquired_on":            "獲得日",
		"acquired_via":           "獲得経路",
		"address":                "住所",
		"amount":                 "金額",
		"amount_share":           "構成比",
		"approach":               "アプローチ",
		"basis":                  "根拠",
		"cancelled_line_count":   "取消行数",
		"category":               "分類",
		"category_department":    "部門",
		"category_gap_days_mean": "分類の平均購入間隔（日）",
		"category_group":         "分類グループ",
		"contact_department":     "担当者の部署",
		"contact_id":             "担当者コード",
		"contact_name":           "担当者名",
		"contact_title":          "担当者の役職",
		"cost_amount":            "原価",
		"count_decile":           "件数デシル",
		"cumulative_amount":      "累計金額",
		"cumulative_share":       "累計構成比",
		"customer_count":         "得意先数",
		"customer_id":            "得意先コード",
		"customer_name":          "得意先名",
		"days_since":             "経過日数",
		"deal_id":                "商談番号",
		"department":             "部署",
		"due_on":                 "予定日",
		"due_probability":        "購入確率",
		"email":                  "メール",
		"employees":              "従業員数",
		"expected_on":            "予想日",
		"first_ordered_on":       "初回購入日",
		"first_purchased_on":     "初回購入日",
		"frequency_score":        "購入頻度スコア",
		"from_rank":              "変更前ランク",
		"gap_count":              "購入間隔の数",
		"gap_days":               "購入間隔（日）",
		"gap_days_mean":          "平均購入間隔（日）",
		"gap_days_median":        "購入間隔の中央値（日）",
		"gender":                 "性別",
		"goal":                   "目標",
		"gross_profit_amount":    "粗利",
		"growth":                 "伸び率",
		"industry":               "業種",
		"industry_group":         "業種グループ",
		"industry_sector":        "業界",
		"invoice_id":             "請求番号",
		"kind":                   "区分",
		"last_ordered_on":        "最終購入日",
		"last_purchased_on":      "最終購入日",
		"lifetime_order_count":   "累計注文回数",
		"lifetime_sales_amount":  "累計売上",
		"line_count":             "明細行数",
		"list_price":             "定価",
		"margin_rate":            "粗利率",
		"monetary_score":         "購入金額スコア",
		"name":                   "名称",
		"name_kana":              "フリガナ",
		"note":                   "備考",
		"order_count":            "注文回数",
		"ordered_on":             "注文日",
		"own_gap_days_mean":      "自社平均購入間隔（日）",
		"phone":                  "電話",
		"postal_code":            "郵便番号",
		"previous_order_count":   "前期注文回数",
		"previous_rank":          "前回ランク",
		"previous_sales_amount":  "前期売上",
		"product_id":             "商品コード",
		"product_name":           "商品名",
		"purchase_day_count":     "購入日数",
		"quantity":               "数量",
		"rank":                   "ランク",
		"rank_position":          "ランク順",
		"reason":                 "理由",
		"reason_ja":              "理由",
		"reasons":                "理由",
		"recency_days":           "経過日数",
		"recency_score":          "最終購入スコア",
		"region":                 "地域",
		"replacement_days":       "交換周期（日）",
		"returned_line_count":    "返品行数",
		"rfm_code":               "RFMコード",
		"rfm_segment":            "RFM区分",
		"rfm_segment_ja":         "RFM区分",
		"sales_amount":           "売上",
		"sales_decile":           "売上デシル",
		"sales_rep":              "担当",
		"score":                  "スコア",
		"serial":                 "製造番号",
		"stage":                  "商談段階",
		"strategy":               "方針",
		"title":                  "役職",
		"to_rank":                "変更後ランク",
		"topic":                  "関心",
		"topics":                 "関心",
		"unit_cost":              "原価単価",
		"vendor":                 "仕入先",
	}
}

// numberFormat is how the numbers of a field are shown; the number in the cell stays whole. "" shows them as they are.
// Names say what is counted, as in the built-in tables; amounts have their parts in en only, since the yen has none.
func numberFormat(field, locale string) string {
	last := field[strings.LastIndexByte(field, '_')+1:]
	switch last {
	case "amount", "price", "cost":
		if japanese(locale) {
			return "#,##0"
		}
		return "#,##0.00"
	case "probability", "rate", "share", "growth":
		return "0.0%"
	case "mean", "median":
		return "#,##0.0"
	case "count", "days", "quantity", "employees":
		return "#,##0"
	}
	for _, suffix := range []string{"売上", "売上高", "金額", "粗利", "原価", "数量", "回数", "件数"} {
		if strings.HasSuffix(field, suffix) {
			return "#,##0"
		}
	}
	return ""
}

// dateFormat is how days are shown.
func dateFormat(locale string) string {
	if japanese(locale) {
		return "yyyy/mm/dd"
	}
	return "yyyy-mm-dd"
}

// sheetName makes a title fit to name a sheet: 1 to 31 UTF-16 units, none of : \ / ? * [ ] and not Excel's own History.
// An apostrophe becomes a typographic one: it would have to be doubled in formulas that name the sheet.
func sheetName(title, locale string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`:\/?*[]`, r):
			return '_'
		case r == '\'':
			return '’'
		case r < ' ' || r == 0x7f || r == 0xFFFE || r == 0xFFFF:
			return -1
		}
		return r
	}, strings.TrimSpace(strings.ToValidUTF8(title, "")))
	units := 0
	for i, r := range name {
		if r > 0xFFFF {
			units++
		}
		if units++; units > 31 {
			name = name[:i]
			break
		}
	}
	if name = strings.TrimSpace(name); name == "" || strings.EqualFold(name, "history") {
		if japanese(locale) {
			return "一覧"
		}
		return "List"
	}
	return name
}
