package source

import "slices"

// kind says how the text of a cell becomes the value of a contract column.
type kind int

const (
	kindText    kind = iota // trimmed
	kindID                  // trimmed and width-normalised
	kindAddress             // an e-mail address: trimmed and width-normalised, its case kept
	kindMoney               // decimal(18, 2), rounded half away from zero
	kindNumber              // decimal(18, 4)
	kindReal                // double
	kindWhole               // integer or bigint
	kindDay                 // date
	kindInstant             // timestamp with time zone
	kindFlag                // boolean
)

// column is one column of a contract table.
type column struct {
	name     string
	kind     kind
	typ      string   // as DuckDB's describe prints it
	required bool     // null rejects the row
	oneOf    []string // the values allowed, nil for any
	style    string   // how its dates are written, "" for what they say
	comma    bool     // its numbers have a decimal comma
	fallback string   // the value where the column is not mapped, "" for null
}

// table is one contract table of schema raw, without the columns source, file and line that every one ends with.
type table struct {
	name    string
	key     []string // of a row; for sales, of what the newest file owns
	columns []column
	keeps   bool // has a column attributes for what is not mapped
}

// The constructors keep the table below readable as one.

func id(name string) column      { return column{name: name, kind: kindID, typ: "VARCHAR"} }
func text(name string) column    { return column{name: name, kind: kindText, typ: "VARCHAR"} }
func address(name string) column { return column{name: name, kind: kindAddress, typ: "VARCHAR"} }
func money(name string) column   { return column{name: name, kind: kindMoney, typ: "DECIMAL(18,2)"} }
func number(name string) column  { return column{name: name, kind: kindNumber, typ: "DECIMAL(18,4)"} }
func double(name string) column  { return column{name: name, kind: kindReal, typ: "DOUBLE"} }
func whole(name string) column   { return column{name: name, kind: kindWhole, typ: "INTEGER"} }
func long(name string) column    { return column{name: name, kind: kindWhole, typ: "BIGINT"} }
func date(name string) column    { return column{name: name, kind: kindDay, typ: "DATE"} }
func instant(name string) column {
	return column{name: name, kind: kindInstant, typ: "TIMESTAMP WITH TIME ZONE"}
}
func flag(name string) column { return column{name: name, kind: kindFlag, typ: "BOOLEAN"} }

func (c column) needed() column { c.required = true; return c }

func (c column) among(values ...string) column { c.oneOf = values; return c }

func (c column) or(value string) column { c.fallback = value; return c }

// contract is sql/contract/raw.sql as Go sees it; a test holds the two equal. Optional numbers of the masters are
// optional throughout: an export that lacks them is worth loading.
func contract() []table {
	return []table{
		{name: "sales", key: []string{"order_id"}, columns: []column{
			id("order_id").needed(), whole("line_no"), id("customer_id"), id("product_id"), date("ordered_on").needed(),
			number("quantity"), money("amount").needed(), money("cost"),
			text("status").needed().among("completed", "cancelled", "returned").or("completed"),
			text("line_type").needed().among("goods", "shipping", "fee", "tax", "discount", "points").or("goods"),
		}},
		{name: "customers", key: []string{"customer_id"}, keeps: true, columns: []column{
			id("customer_id").needed(), text("name"), text("name_kana"), text("kind").among("company", "person"),
			address("email"), text("phone"), text("postal_code"), text("address"), text("region"), text("industry"),
			text("industry_group"), text("industry_sector"), long("employees"), date("founded_on"), text("gender"),
			date("birth_date"), flag("married"), whole("children"), text("acquired_via"), text("sales_rep"),
			text("approach"), text("rank_override"), text("situation"), text("goal"), text("strategy"),
		}},
		{name: "contacts", key: []string{"contact_id"}, columns: []column{
			id("contact_id").needed(), id("customer_id"), text("name"), text("title"), text("department"),
			flag("decision_maker"), address("email"), text("postal_code"), text("address"), text("acquired_via"),
			date("acquired_on"),
		}},
		{name: "products", key: []string{"product_id"}, columns: []column{
			id("product_id").needed(), text("name"), text("category"), text("category_group"),
			text("category_department"), money("list_price"), money("unit_cost"), whole("replacement_days"),
			date("launched_on"),
		}},
		{name: "invoices", key: []string{"invoice_id"}, columns: []column{
			id("invoice_id").needed(), id("customer_id"), date("invoiced_on"), date("due_on"), money("amount"),
			date("paid_on"), money("paid_amount"),
		}},
		{name: "interactions", key: []string{"interaction_id"}, columns: []column{
			id("interaction_id").needed(), id("customer_id"), id("contact_id"), instant("occurred_at"),
			text("kind").among("inquiry", "complaint", "repair", "visit", "web", "seminar", "reply"),
			id("product_id"), double("score"), text("note"), date("resolved_on"),
		}},
		{name: "deals", key: []string{"deal_id"}, columns: []column{
			id("deal_id").needed(), id("customer_id"), id("contact_id"), date("opened_on"), text("stage"),
			money("amount"), date("expected_on"), date("closed_on"), flag("won"), text("note"),
		}},
		{name: "assets", key: []string{"asset_id"}, columns: []column{
			id("asset_id").needed(), id("customer_id"), id("product_id"), text("category"), text("vendor"),
			text("serial"), date("acquired_on"), date("retired_on"),
		}},
		{name: "interests", key: []string{"contact_id", "topic"}, columns: []column{
			id("contact_id").needed(), text("topic").needed(), date("noted_on"), text("noted_in"),
		}},
		{name: "consents", key: []string{"contact_id", "channel", "granted_at"}, columns: []column{
			id("contact_id").needed(), text("channel").needed().among("email", "postal"),
			instant("granted_at").needed(), flag("granted").needed(),
			text("basis").among("consent", "notified", "business", "published"), text("method"), text("proof"),
		}},
	}
}

// contractTable finds a contract table by name.
func contractTable(name string) (table, bool) {
	tables := contract()
	i := slices.IndexFunc(tables, func(t table) bool { return t.name == name })
	if i < 0 {
		return table{}, false
	}
	return tables[i], true
}
