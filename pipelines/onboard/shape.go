package onboard

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
)

// The shapes of config.yaml.
const (
	shapeLines     = "lines"
	shapeFirstLine = "first_line"
	shapeRecords   = "records"
	shapeReport    = "report"
)

// notGoods are words of rows that are no goods: what is charged or taken off beside them.
var notGoods = regexp.MustCompile(`(?i)^(?:送料|配送料|発送料|運賃|配送手数料|手数料|代引手数料|代引き?料|決済手数料|割引|値引き?|お値引き?|クーポン|クーポン割引|ポイント|ポイント利用|ポイント値引|ポイント割引|税|消費税|外税|消費税額|調整|調整額|shipping|discount|tax|sales tax|fee|handling|tip|points?)$`)

// headWords are values that mark the head of an order among rows of several kinds.
var headWords = regexp.MustCompile(`^(?:\*|請求書|納品書|見積書|伝票|本文|ヘッダー?|見出し|H|HEAD|HEADER|ORDER)$`)

// findShape says how orders stand in the table, and which rows are no goods.
func findShape(s *sheet, p *SourcePlan) {
	p.Shape, p.ShapeWhy = shapeLines, ""
	if pr := p.Profile; pr != nil {
		if pr.Shape != "" {
			p.Shape, p.ShapeWhy = pr.Shape, "by the profile "+pr.System
		}
		p.Skip, p.Charges, p.Group, p.Records = slices.Clone(pr.Skip), pr.Charges, pr.Group, pr.Records
		for _, name := range pr.Fill {
			if c := s.column(name); c != nil {
				p.Fill = append(p.Fill, c.Name)
			}
		}
		if c := s.column(p.Records.Column); c != nil {
			p.Records.Column = c.Name
		}
		if p.Shape == shapeFirstLine && len(p.Fill) == 0 {
			p.Shape = shapeLines
		}
	} else if !findReport(s, p) && !findRecords(s, p) {
		findFirstLine(s, p)
	}
	skipTotals(s, p)
	if p.Profile == nil {
		findCharges(s, p)
	}
}

// findReport: rows that say one thing only stand between the others, and name whose they are.
func findReport(s *sheet, p *SourcePlan) bool {
	if len(s.Groups) < 2 || s.pick("customer_id") != nil || s.pick("customer_name") != nil {
		return false
	}
	p.Shape, p.Group = shapeReport, "Group"
	if hasJapanese(strings.Join(s.Header, "")) {
		p.Group = "グループ"
	}
	p.ShapeWhy = fmt.Sprintf("%d rows hold one cell only, such as %q in line %d: they name the rows below", len(s.Groups), s.Groups[0].text, s.Groups[0].line)
	return true
}

// findRecords: a column of few values, under some of which the date stands and under the others the goods.
func findRecords(s *sheet, p *SourcePlan) bool {
	date := s.pick("ordered_on")
	if date == nil || date.facts.Empty == 0 {
		return false
	}
	for _, c := range s.Columns {
		if c == date || c.facts.Empty > 0 || c.facts.Distinct < 2 || c.facts.Distinct > 6 {
			continue
		}
		filled, all := map[string]int{}, map[string]int{}
		for r := range c.cells {
			all[c.at(r)]++
			if date.at(r) != "" {
				filled[c.at(r)]++
			}
		}
		var heads, lines []string
		clean := true
		for _, v := range c.Common(6) {
			switch share := float64(filled[v]) / float64(all[v]); {
			case share >= 0.99:
				heads = append(heads, v)
			case share <= 0.01:
				lines = append(lines, v)
			default:
				clean = false
			}
		}
		if !clean || len(heads) == 0 || len(lines) == 0 {
			continue
		}
		if !slices.ContainsFunc(heads, headWords.MatchString) && s.pick("order_id") != nil && s.pick("order_id").facts.Empty == 0 {
			continue // the order's number stands on every row: rather the first-line shape
		}
		p.Shape = shapeRecords
		p.Records = ProfileRecords{Column: c.Name, Head: heads, Line: lines}
		p.ShapeWhy = fmt.Sprintf("%s stands only where %s is %s (%d rows); the goods stand below it", date.Name, c.Name, strings.Join(heads, ", "), filled[heads[0]])
		return true
	}
	return false
}

// findFirstLine: columns that are filled in the first row of an order and empty in the others.
func findFirstLine(s *sheet, p *SourcePlan) {
	order, date := s.pick("order_id"), s.pick("ordered_on")
	if order == nil || date == nil || date.facts.Empty == 0 {
		return
	}
	further, emptyFurther, emptyFirst := 0, map[*Column]int{}, map[*Column]int{}
	for r := 1; r < s.Rows(); r++ {
		same := order.cells[r] == order.cells[r-1] || order.at(r) == ""
		if same {
			further++
		}
		for _, c := range s.Columns {
			if c.at(r) == "" {
				if same {
					emptyFurther[c]++
				} else {
					emptyFirst[c]++
				}
			}
		}
	}
	if further == 0 || float64(emptyFurther[date]) < 0.95*float64(further) || emptyFirst[date]*20 > s.Rows() {
		return
	}
	for _, c := range s.Columns {
		if emptyFurther[c] == further && c.Filled() > 0 {
			p.Fill = append(p.Fill, c.Name)
		}
	}
	p.Shape = shapeFirstLine
	p.ShapeWhy = fmt.Sprintf("%d further rows of an order leave %s and %d more columns empty", further, date.Name, max(len(p.Fill)-1, 0))
}

// skipTotals leaves out the rows that add up others.
func skipTotals(s *sheet, p *SourcePlan) {
	if len(s.Totals) == 0 {
		return
	}
	proved := 0
	words := map[string]bool{}
	for _, t := range s.Totals {
		if t.Proof != "" {
			proved++
		}
		words[skipPattern(t.Label)] = true
	}
	for _, w := range sortedSet(words) {
		if !slices.Contains(p.Skip, w) {
			p.Skip = append(p.Skip, w)
		}
	}
	last := s.Totals[len(s.Totals)-1]
	p.SkipWhy = fmt.Sprintf("%d rows add up others", len(s.Totals))
	if last.Proof != "" {
		p.SkipWhy += fmt.Sprintf("; proved for %d of them: line %d (%s) is %s", proved, last.Line, last.Label, last.Proof)
	} else {
		p.SkipWhy += fmt.Sprintf("; line %d (%s) could not be proved", last.Line, last.Label)
	}
}

// skipPattern is the pattern for a total's label: the word, or what ends in it.
func skipPattern(label string) string {
	lower := strings.ToLower(label)
	for _, end := range []string{"合計", "小計"} {
		if rest, ok := strings.CutSuffix(label, end); ok && rest != "" && rest != "総" {
			return ".*" + end
		}
	}
	if strings.HasPrefix(lower, "total for ") {
		return "Total for .*"
	}
	if strings.HasSuffix(label, "計") && strings.ContainsAny(label, " 　") {
		return ".*[ 　]計"
	}
	return regexp.QuoteMeta(label)
}

// findCharges tells rows that are no goods, by the words of the column that says of which kind a row is, or of the column
// of the goods' names.
func findCharges(s *sheet, p *SourcePlan) {
	for _, role := range []string{"line_type", "product_name"} {
		c := s.pick(role)
		if c == nil {
			continue
		}
		var words []string
		rows := int64(0)
		for _, v := range c.Common(len(c.values)) {
			if notGoods.MatchString(fold(v)) {
				words = append(words, v)
				rows += c.counts[c.known[v]]
			}
		}
		if len(words) == 0 {
			continue
		}
		slices.Sort(words)
		f := Field{Column: "line_type", Right: c.Name, Sure: Check, From: []*Column{c},
			Evidence: []string{fmt.Sprintf("%d rows are no goods: %s", rows, strings.Join(words, ", "))}}
		text := "case " + quoteName(c.Name)
		for _, w := range words {
			p.Charges = append(p.Charges, regexp.QuoteMeta(w))
			text += fmt.Sprintf(" when '%s' then '%s'", strings.ReplaceAll(w, "'", "''"), chargeOf(w))
		}
		f.Right = text + " else 'goods' end"
		p.lineType = &f
		return
	}
}

// chargeOf is the line_type that a word of charges means.
func chargeOf(word string) string {
	folded := strings.ToLower(fold(word))
	for _, c := range []struct{ part, means string }{
		{"ポイント", "points"}, {"point", "points"}, {"税", "tax"}, {"tax", "tax"}, {"送料", "shipping"}, {"運賃", "shipping"}, {"ship", "shipping"},
		{"割引", "discount"}, {"値引", "discount"}, {"クーポン", "discount"}, {"discount", "discount"}, {"調整", "discount"},
	} {
		if strings.Contains(folded, c.part) {
			return c.means
		}
	}
	return "fee"
}

func sortedSet(set map[string]bool) []string {
	var list []string
	for v := range set {
		list = append(list, v)
	}
	sort.Strings(list)
	return list
}

// reshape gives the rows of goods as the loader will see them: heads merged into their lines, empty cells filled, rows
// that are no data left out.
func reshape(t *Table, p *SourcePlan) *Table {
	skip := compileSkip(slices.Concat(p.Skip, p.Charges))
	if p.Shape == shapeLines && skip == nil {
		return t
	}
	out := &Table{File: t.File, Path: t.Path, Kind: t.Kind, Bytes: t.Bytes, Frame: t.Frame, Groups: t.Groups, Totals: t.Totals}
	out.Header = slices.Clone(t.Header)
	if p.Shape == shapeReport {
		out.Header = append(out.Header, p.Group)
	}
	for i, h := range out.Header {
		out.Columns = append(out.Columns, newColumn(h, i))
	}
	fill := map[int]bool{}
	for _, name := range p.Fill {
		if c := t.column(name); c != nil {
			fill[c.Index] = true
		}
	}
	kind := t.column(p.Records.Column)
	order := -1
	if c := newSheetColumn(t, p); c != nil {
		order = c.Index
	}
	var before, head []string
	group, next := "", 0
	for r := range t.Lines {
		row := make([]string, len(t.Columns), len(out.Columns))
		for i, c := range t.Columns {
			row[i] = c.at(r)
		}
		switch p.Shape {
		case shapeReport:
			for next < len(t.Groups) && t.Groups[next].line < int64(t.Lines[r]) {
				group = t.Groups[next].text
				next++
			}
			row = append(row, group)
		case shapeRecords:
			if kind != nil {
				v := row[kind.Index]
				if slices.Contains(p.Records.Head, v) {
					head = row
					continue
				}
				if len(p.Records.Line) > 0 && !slices.Contains(p.Records.Line, v) {
					continue
				}
				for i := range row {
					if row[i] == "" && head != nil {
						row[i] = head[i]
					}
				}
			}
		case shapeFirstLine:
			if before != nil && (order < 0 || row[order] == "" || row[order] == before[order]) {
				for i := range row {
					if row[i] == "" && fill[i] {
						row[i] = before[i]
					}
				}
			}
			before = row
		}
		if skip != nil && slices.ContainsFunc(row, func(cell string) bool { return cell != "" && skip.MatchString(strings.TrimSpace(cell)) }) {
			continue
		}
		for i, c := range out.Columns {
			c.add(row[i])
		}
		out.Lines = append(out.Lines, t.Lines[r])
	}
	for _, c := range out.Columns {
		c.study()
	}
	return out
}

// newSheetColumn is the column of the order's number: the profile's, or the first by its name.
func newSheetColumn(t *Table, p *SourcePlan) *Column {
	if p.Profile != nil {
		if right, columns, ok := p.Profile.Tables["sales"]["order_id"].resolve(t); ok && right != "" && len(columns) > 0 {
			return columns[0]
		}
	}
	if p.orderColumn != "" {
		return t.column(p.orderColumn)
	}
	return nil
}

func compileSkip(patterns []string) *regexp.Regexp {
	if len(patterns) == 0 {
		return nil
	}
	re, err := regexp.Compile("^(?:" + strings.Join(patterns, "|") + ")$")
	if err != nil {
		return nil
	}
	return re
}
