package audience

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

// byContact reports whether a row of the audience is a contact; a list's rows are customers, handled by the own staff.
func (r Request) byContact() bool { return r.Campaign.Channel != "list" }

func (r Request) keyColumn() string {
	if r.byContact() {
		return "contact_id"
	}
	return "customer_id"
}

// ordinal is the expression for a row's place in the audience. Only a list whose SELECT says its order keeps one: for the
// others it would be whatever order DuckDB finds the rows in, and the same plan would not always be the same bytes.
func (r Request) ordinal(ctx context.Context, tx *warehouse.Tx) (string, error) {
	if r.byContact() {
		return "0", nil
	}
	var ordered bool
	err := tx.One(ctx, `select coalesce(list_contains(json_extract_string(json_serialize_sql($audience::varchar),
		'$.statements[0].node.modifiers[*].type'), 'ORDER_MODIFIER'), false)`,
		[]any{warehouse.Named("audience", r.Campaign.Audience)}, &ordered)
	if err != nil {
		return "", fmt.Errorf("find the order: %w", err)
	}
	if !ordered {
		return "0", nil
	}
	return "row_number() over ()", nil // a table keeps the order that it was created in
}

// named binds the parameters of plan.sql.
func (r Request) named() []any {
	variants := make([]string, 0, len(r.Campaign.Variants))
	for _, v := range r.Campaign.Variants {
		variants = append(variants, v.Name)
	}
	if len(variants) == 0 {
		variants = []string{""}
	}
	names, err := json.Marshal(variants)
	if err != nil {
		names = []byte(`[""]`) // strings always marshal
	}
	marketing := r.Campaign.Purpose == "marketing"
	return []any{
		warehouse.Named("seed", r.Seed),
		warehouse.Named("campaign", r.Name),
		warehouse.Named("slot", string(r.Slot)),
		warehouse.Named("slot_at", r.SlotAt.UTC()),
		warehouse.Named("channel", r.Campaign.Channel),
		warehouse.Named("by_contact", r.byContact()),
		warehouse.Named("needs_address", r.Campaign.Channel == "email"),
		warehouse.Named("needs_consent", marketing && r.byContact()),
		warehouse.Named("scope_marketing", marketing),
		warehouse.Named("holdout_rate", r.Campaign.Holdout.Value),
		warehouse.Named("variants", string(names)),
		warehouse.Named("follow_cadence", r.Campaign.Caps.Cadence == config.Follow),
		warehouse.Named("follow_hold", r.Campaign.HoldBack == config.Follow),
		warehouse.Named("post_from", edition.PostFrom),
		warehouse.Named("post_to", edition.PostTo),
		warehouse.Named("topic", r.Campaign.Topic),
		warehouse.Named("confirms", r.Campaign.Confirms),
		warehouse.Named("all_cap_count", r.allCap(r.Caps.PerContact).Count),
		warehouse.Named("all_cap_seconds", int64(r.allCap(r.Caps.PerContact).Per.Seconds())),
		warehouse.Named("customer_cap_count", r.allCap(r.Caps.PerCustomer).Count),
		warehouse.Named("customer_cap_seconds", int64(r.allCap(r.Caps.PerCustomer).Per.Seconds())),
		warehouse.Named("cap_count", r.Campaign.Caps.PerContact.Count),
		warehouse.Named("cap_seconds", int64(r.Campaign.Caps.PerContact.Per.Seconds())),
	}
}

// allCap is a cap over all campaigns, which counts marketing to people.
func (r Request) allCap(c config.Cap) config.Cap {
	if r.Campaign.Purpose != config.PurposeMarketing || !r.byContact() {
		return config.Cap{}
	}
	return c
}

// bind holds the audience to the whitelist and picks the parameters that it names; one that nobody has is a fault that
// lists those there are.
func (r Request) bind(ctx context.Context, db *warehouse.DB) ([]any, error) {
	statement, err := db.ParseAt(ctx, r.Place, r.Campaign.Audience)
	if err != nil {
		return nil, err
	}
	var (
		args   []any
		faults position.Faults
		bound  = map[string]bool{}
	)
	for _, param := range statement.Params() {
		value, ok := r.Params[param.Name]
		if !ok {
			faults.Add(param.Position, "use one of "+strings.Join(r.paramNames(), ", "),
				"campaigns.%s.audience: got the unknown parameter $%s", r.Name, param.Name)
			continue
		}
		if !bound[param.Name] {
			bound[param.Name] = true
			args = append(args, warehouse.Named(param.Name, value))
		}
	}
	return args, faults.Err()
}

func (r Request) paramNames() []string {
	names := make([]string, 0, len(r.Params))
	for name := range r.Params {
		names = append(names, "$"+name)
	}
	sort.Strings(names)
	return names
}

func describe(ctx context.Context, tx *warehouse.Tx, table string) ([]string, error) {
	rows, err := tx.Query(ctx, "select column_name from (describe "+table+")")
	if err != nil {
		return nil, fmt.Errorf("describe %s: %w", table, err)
	}
	defer rows.Close()
	var columns []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("describe %s: %w", table, err)
		}
		columns = append(columns, name)
	}
	return columns, rows.Err()
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}
