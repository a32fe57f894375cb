package source

import (
	"context"
	"fmt"
	"strings"

	"github.com/tokui/tokui/internal/warehouse"
)

// The macros that mappings are written with. They exist within one transaction only: day() hides DuckDB's own function
// of that name, and a connection that kept the macro would change what models mean.
//
// num reads a number: 1,000  １０００  ¥1,000  1,000円  △500  (500)  500-  -5.25  1e3; null where the text is no number. It is a
// double, and money is rounded to six decimals before it is rounded to two: that gives the exact cents of every result
// with up to six decimals below a thousand million, and of whole numbers up to 2^53. (Products of decimal(18, 6)
// overflow at a million; wider decimals are exact and cost DuckDB 5 µs a cell against 0.05, measured.) A column that
// is mapped without an expression never passes through a double. day reads a date, with or without a time of day: 2026-04-01  2026/4/1  2026.4.1  20260401  2026年4月1日
// 令和8年4月1日  R8.4.1; a time with an offset counts in the company's time zone. Two-digit years, and the dates that
// spreadsheets make of empty cells, are null.
//
// The common forms come first, through casts that cost little; regular expressions see only what is left.
func macros(timezone, decimal string) []string {
	zone := warehouse.Literal(timezone)
	const (
		amount   = `(?:[0-9]{1,3}(?:,[0-9]{3})+(?:[.][0-9]*)?|[0-9]+(?:[.][0-9]*)?|[.][0-9]+)`
		currency = `(?:[¥$£€\\] *)?`
		written  = `^(?:[-+△▲−–]? *` + currency + amount + ` *円?|[¥$£€\\] *[-+△▲−–] *` + amount + ` *円?|` +
			amount + ` *円? *-|\( *` + currency + amount + ` *円? *\))$`

		clock = `(?:[T ]*([0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]*)?)?))?$`
		solid = `^([0-9]{4})([0-9]{2})([0-9]{2})` + clock
		parts = ` *[-/.年] *([0-9]{1,2}) *[-/.月] *([0-9]{1,2}) *日? *(?:[(][日月火水木金土](?:曜日?)?[)])?` + clock
		civil = `^([0-9]{4})` + parts
		era   = `^(令和|平成|昭和|大正|明治|[㋿㍻㍼㍽㍾]|[RHSTMrhstm])[. ]?([0-9]{1,2}|元)` + parts
		six   = `^([RHSTMrhstm])([0-9]{2})([0-9]{2})([0-9]{2})$`
	)
	list := []string{
		`create or replace temp macro tokui_fold(x) as trim(` + foldWidth("x") + `, ` + spaces + `)`,

		`create or replace temp macro tokui_number(f) as case when regexp_matches(f, '` + written + `') then try_cast(
			concat(case when regexp_matches(f, '[-△▲−–(]') then '-' end, regexp_replace(f, '[^0-9.]', '', 'g')) as double) end`,
		`create or replace temp macro tokui_double(x) as case when isfinite(try_cast(x as double)) then try_cast(x as double) end`,
		`create or replace temp macro num(x) as coalesce(
			tokui_double(x),
			case when regexp_full_match(x::varchar, '[-+]?[0-9]{1,3}(,[0-9]{3})+([.][0-9]*)?')
				then try_cast(replace(x::varchar, ',', '') as double) end,
			case when x is not null then tokui_number(tokui_fold(x::varchar)) end)`,
		`create or replace temp macro tokui_decimal(d) as coalesce(try_cast(d as decimal(18, 6)), try_cast(d as decimal(38, 6)))`,

		// tokui_written brings the written forms of a date into YYYY-MM-DD with the time of day behind it.
		`create or replace temp macro tokui_era(f) as concat(
			case when regexp_extract(f, '` + era + `', 2) = '元' then 1 else try_cast(regexp_extract(f, '` + era + `', 2) as integer) end +
			case regexp_extract(f, '` + era + `', 1)[1]
				when '令' then 2018 when '㋿' then 2018 when '㍻' then 1988 when '㍼' then 1925 when '㍽' then 1911 when 'R' then 2018 when 'r' then 2018 when '平' then 1988 when 'H' then 1988 when 'h' then 1988
				when '昭' then 1925 when 'S' then 1925 when 's' then 1925 when '大' then 1911 when 'T' then 1911 when 't' then 1911
				else 1867 end,
			regexp_replace(f, '` + era + `', '-\3-\4 \5'))`,
		`create or replace temp macro tokui_written(f) as try_cast(trim(case
			when regexp_matches(f, '` + era + `') then tokui_era(f)
			when regexp_matches(f, '` + six + `') then tokui_era(regexp_replace(f, '` + six + `', '\1\2.\3.\4'))
			else regexp_replace(regexp_replace(f, '` + solid + `', '\1-\2-\3 \4'), '` + civil + `', '\1-\2-\3 \4') end) as timestamp)`,
		`create or replace temp macro tokui_offset(f) as case when regexp_matches(f, '[0-9]:[0-9.:]+ ?(Z|z|[+-][0-9]{2}(:?[0-9]{2})?)$')
			then try_cast(regexp_replace(regexp_replace(regexp_replace(f, ' ?([+-][0-9]{2}):?([0-9]{2})?$', '\1:\2'), ':$', ':00'),
				'([T ][0-9]{1,2}:[0-9]{2}) ?([-+Zz])', '\1:00\2') as timestamptz) end`,
		// tokui_moment is the local time of a text. Binding a macro repeats its argument wherever it is named; the list
		// of one text binds it once.
		`create or replace temp macro tokui_slow(x) as list_transform([tokui_fold(x)], lambda f:
			coalesce(timezone(` + zone + `, tokui_offset(f)), tokui_written(f), case when regexp_matches(f, '[A-Za-z]{3}')
				then try_strptime(f, ['%b %d, %Y', '%B %d, %Y', '%d %b %Y', '%d-%b-%Y', '%d %B %Y', '%a %b %d %Y'])::timestamp end))[1]`,
		`create or replace temp macro tokui_moment(x) as coalesce(
			case when strlen(x) <= 10 or strlen(x) = 19 and substr(x, 17, 1) = ':' then try_cast(x as timestamp) end,
			case when x is not null then tokui_slow(x) end)`,
		`create or replace temp macro tokui_plausible(d) as
			case when d between date '1000-01-01' and date '2999-12-31' and d not between date '1899-12-30' and date '1900-03-01' then d end`,
		`create or replace temp macro day(x) as tokui_plausible(tokui_moment(x::varchar)::date)`,
		`create or replace temp macro tokui_instant(x) as
			case when tokui_plausible(tokui_moment(x)::date) is not null then timezone(` + zone + `, tokui_moment(x)) end`,

		// trim with a set of characters costs ten times as much as without, and most cells hold no spaces but blanks.
		`create or replace temp macro tokui_plain(x) as strlen(x) = length(x) and not contains(x, chr(9)) and not contains(x, chr(10))`,
		`create or replace temp macro tokui_text(x) as nullif(case
			when tokui_plain(x) then trim(x)
			when contains(x, chr(12288)) or contains(x, chr(160)) or contains(x, chr(9)) or contains(x, chr(10)) then trim(x, ` + spaces + `)
			else trim(x) end, '')`,
		// An apostrophe in front is how a spreadsheet is told that 007 is text; it is not part of the id.
		`create or replace temp macro tokui_id(x) as nullif(case
			when tokui_plain(x) and not contains(x, '''') then trim(x)
			else trim(regexp_replace(tokui_fold(x), '^''', ''), ` + spaces + `) end, '')`,
		`create or replace temp macro tokui_address(x) as nullif(case
			when tokui_plain(x) then trim(x) else trim(` + foldAddress("x") + `, ` + warehouse.Literal(addressSpaces) + `) end, '')`,
		`create or replace temp macro tokui_cell(x) as case
			when x is null then '' when regexp_matches(x, '[",\r\n]') then '"' || replace(x, '"', '""') || '"' else x end`,
		`create or replace temp macro tokui_flag(x) as case
			when lower(tokui_fold(x)) in ('true', 't', 'yes', 'y', '1', 'on', 'はい', '有', '有り', 'あり', '○', '〇', '◯', '可') then true
			when lower(tokui_fold(x)) in ('false', 'f', 'no', 'n', '0', 'off', 'いいえ', '無', '無し', 'なし', '×', '不可') then false
			end`,
	}
	if decimal == "," {
		// num is made anew upon itself: 1.234,56 becomes 1234.56 first, and what has its signs otherwise is no number.
		list = append(list, `create or replace temp macro tokui_point(x) as case
			when regexp_full_match(x, '[^.,]*?([0-9]{1,3}([.][0-9]{3})+|[0-9]*)(,[0-9]*)?[^.,0-9]*')
			then replace(replace(x, '.', ''), ',', '.') end`)
		for i, m := range list {
			if strings.Contains(m, " macro num(x) ") {
				list[i] = strings.Replace(m, " num(x) ", " tokui_num(x) ", 1)
			}
		}
		list = append(list, `create or replace temp macro num(x) as tokui_num(tokui_point(x::varchar))`)
	}
	return append(list, styleMacros()...)
}

// spaces are what trim takes away: blank, tab, line ends, no-break and ideographic space.
const spaces = "' \t\n\r\u00a0\u3000'"

// foldWidth is SQL that gives full-width ASCII, yen and minus signs their usual width.
func foldWidth(x string) string {
	var from, to strings.Builder
	for r := rune(0xff01); r <= 0xff5e; r++ {
		from.WriteRune(r)
		to.WriteRune(r - 0xff01 + '!')
	}
	from.WriteString("\u3000￥￡")
	to.WriteString(" ¥£")
	return fmt.Sprintf("translate(%s, %s, %s)", x, warehouse.Literal(from.String()), warehouse.Literal(to.String()))
}

// withMacros runs fn in a transaction in which the macros exist, and takes them away again.
func withMacros(ctx context.Context, db *warehouse.DB, timezone, decimal string, fn func(tx *warehouse.Tx) error) error {
	list := macros(timezone, decimal)
	return db.Tx(ctx, func(tx *warehouse.Tx) error {
		for _, m := range list {
			if _, err := tx.Exec(ctx, m); err != nil {
				return fmt.Errorf("define macros: %w", err)
			}
		}
		if err := fn(tx); err != nil {
			return err // and the roll back takes the macros away
		}
		for i := len(list) - 1; i >= 0; i-- {
			name, _, _ := strings.Cut(strings.TrimPrefix(list[i], "create or replace temp macro "), "(")
			if _, err := tx.Exec(ctx, "drop macro temp."+name); err != nil {
				return fmt.Errorf("drop macros: %w", err)
			}
		}
		return nil
	})
}
