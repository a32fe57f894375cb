package source

import (
	"strings"

	"github.com/tokui/tokui/internal/warehouse"
)

// styled is SQL for the moment of a text whose column says how it writes its dates: the style's reading first, then what
// day() knows without being told, which no style reads otherwise.
func styled(style, x string) string {
	if strings.Contains(style, "%") {
		return "coalesce(try_strptime(trim(" + x + "), " + warehouse.Literal(style) + ")::timestamp, tokui_moment(" + x + "))"
	}
	return "coalesce(tokui_" + style + "(" + x + "), tokui_moment(" + x + "))"
}

// styleMacros are the styles: each makes a moment of a text, or null. A year of two digits is of the years from 1970 on.
// Eras are counted on where the year of the system's has ended: 平成37 is 2025, as accounting systems go on writing.
func styleMacros() []string {
	const (
		clock = `(?:[T ]+([0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]*)?)?))?$`
		sep   = ` *[-/.] *`
		two   = `([0-9]{1,2})`
		year  = `([0-9]{4}|[0-9]{2})`
		ymd   = `^` + year + sep + two + sep + two + clock
		solid = `^([0-9]{2})([0-9]{2})([0-9]{2})$`
		mdy   = `^` + two + sep + two + sep + year + clock
		era   = `^` + two + `(?: *[-/.年] *` + two + ` *[-/.月] *` + two + `日?|([ 0-9][0-9])([ 0-9][0-9]))` + clock
	)
	// date puts the groups of a match together; the year of two digits gets its century.
	date := func(f, pattern string, y, m, d, t string) string {
		part := func(n string) string { return "regexp_extract(" + f + ", '" + pattern + "', " + n + ")" }
		century := "case when length(" + part(y) + ") = 2 then case when " + part(y) + " < '70' then '20' else '19' end else '' end"
		when := ""
		if t != "" {
			when = ", ' ', " + part(t)
		}
		return "case when regexp_matches(" + f + ", '" + pattern + "') then try_cast(trim(concat(" + century + ", " + part(y) +
			", '-', " + part(m) + ", '-', " + part(d) + when + ")) as timestamp) end"
	}
	fold := func(name, body string) string {
		return "create or replace temp macro " + name + "(x) as list_transform([tokui_fold(x)], lambda f: " + body + ")[1]"
	}
	list := []string{
		fold("tokui_ymd", "coalesce("+date("f", ymd, "1", "2", "3", "4")+", "+date("f", solid, "1", "2", "3", "")+")"),
		fold("tokui_mdy", date("f", mdy, "3", "1", "2", "4")),
		fold("tokui_dmy", date("f", mdy, "3", "2", "1", "4")),
		// The day number 60 is a 29 February that never was; those before it are what spreadsheets make of empty cells.
		`create or replace temp macro tokui_serial(x) as case when try_cast(x as double) between 61 and 200000
			then timestamp '1899-12-30' + to_seconds(round(try_cast(x as double) * 86400)) end`,
	}
	for _, e := range []struct{ name, first string }{{"reiwa", "2018"}, {"heisei", "1988"}, {"showa", "1925"}} {
		part := func(n string) string { return "trim(regexp_extract(f, '" + era + "', " + n + "))" }
		either := func(a, b string) string { return "coalesce(nullif(" + part(a) + ", ''), " + part(b) + ")" }
		list = append(list, fold("tokui_"+e.name, "case when regexp_matches(f, '"+era+"') then try_cast(trim(concat(try_cast("+part("1")+
			" as integer) + "+e.first+", '-', "+either("2", "4")+", '-', "+either("3", "5")+", ' ', "+part("6")+")) as timestamp) end"))
	}
	return list
}
