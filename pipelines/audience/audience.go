package audience

import (
	"context"
	_ "embed"
	"fmt"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/position"
	"github.com/tokui/tokui/internal/warehouse"
)

//go:embed plan.sql
var planSQL string

// Request is one edition to be planned.
type Request struct {
	Name     string
	Campaign config.Campaign
	Slot     calendar.Slot
	SlotAt   time.Time
	// Seed keys the draw and the hashes; see edition.Keys, which makes the same ones in Go.
	Seed string
	// Params are bound where the audience SELECT names them; as_of is the slot's date.
	Params map[string]any
	// Place is where the audience's text begins in config.yaml.
	Place position.Position
	// Caps are those of all campaigns together.
	Caps config.AllCaps
	// Reserved are campaigns of a higher priority with a slot near this one: whom they want counts under the caps as if
	// they had been planned already.
	Reserved []Reservation
	// TempDir receives the two Parquet files.
	TempDir string
}

// Reservation is a coming edition of a campaign of a higher priority.
type Reservation struct {
	Name     string
	Audience string
	SlotAt   time.Time
	Params   map[string]any
	Place    position.Position
}

// Plan is what was decided, frozen in two files that the caller moves into the edition's folder or deletes.
type Plan struct {
	PlanFile, RecipientsFile string
	// Fields are the audience's columns: what a template may use.
	Fields                                 []string
	Considered, Excluded, HeldOut, Planned int
	ByRank                                 []RankCount
	ByReason                               []Count
	ByVariant                              []Count
	// ByWithheld counts, by reason, the planned rows whose message the sender withholds.
	ByWithheld []Count
}

// Withheld is how many planned messages will not be sent.
func (p Plan) Withheld() int {
	n := 0
	for _, c := range p.ByWithheld {
		n += c.Count
	}
	return n
}

// RankCount is one rank's share of a plan; Rank is "lead" for contacts without a customer.
type RankCount struct {
	Rank     string `json:"rank"`
	Planned  int    `json:"planned"`
	HeldOut  int    `json:"held_out"`
	Excluded int    `json:"excluded"`
}

// Count is how many rows have a name: a reason of exclusion, a variant.
type Count struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// Make plans an edition from the tables of db. It changes nothing but the two files in Request.TempDir.
func Make(ctx context.Context, db *warehouse.DB, r Request) (Plan, error) {
	var plan Plan
	args, err := r.bind(ctx, db)
	if err != nil {
		return plan, err
	}
	reservations := make([][]any, len(r.Reserved))
	for i, coming := range r.Reserved {
		other := Request{Name: coming.Name, Campaign: config.Campaign{Audience: coming.Audience}, Params: coming.Params, Place: coming.Place}
		if reservations[i], err = other.bind(ctx, db); err != nil {
			return plan, err
		}
	}
	err = db.Tx(ctx, func(tx *warehouse.Tx) error {
		columns, err := selectAudience(ctx, tx, r, args)
		if err != nil {
			return err
		}
		plan.Fields = columns
		if err := reserve(ctx, tx, r.Reserved, reservations); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, planSQL, r.named()...); err != nil {
			return fmt.Errorf("plan %s: %w", r.Name, err)
		}
		if err := plan.count(ctx, tx); err != nil {
			return fmt.Errorf("count plan of %s: %w", r.Name, err)
		}
		return plan.write(ctx, tx, r)
	})
	return plan, err
}

// selectAudience runs the campaign's SELECT into the temporary table audience: who, and the fields as JSON with sorted
// keys, so that the same row is always the same bytes.
func selectAudience(ctx context.Context, tx *warehouse.Tx, r Request, args []any) ([]string, error) {
	place := "campaigns." + r.Name + ".audience"
	if _, err := tx.Exec(ctx, "create or replace temp table audience_row as "+r.Campaign.Audience, args...); err != nil {
		return nil, fmt.Errorf("%s: %w", place, err)
	}
	columns, err := describe(ctx, tx, "audience_row")
	if err != nil {
		return nil, err
	}
	key := r.keyColumn()
	if !contains(columns, key) {
		return nil, fmt.Errorf("%s: got the columns %s, want a column %s (channel %s needs one row for each)",
			place, strings.Join(columns, ", "), key, r.Campaign.Channel)
	}
	if err := unique(ctx, tx, place, key); err != nil {
		return nil, err
	}
	sorted := append([]string(nil), columns...)
	sort.Strings(sorted)
	pairs := make([]string, len(sorted))
	for i, name := range sorted {
		pairs[i] = warehouse.Literal(name) + ", " + warehouse.Ident(name)
	}
	category := "null::varchar"
	if contains(columns, "category") {
		category = "category::varchar"
	}
	ordinal, err := r.ordinal(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", place, err)
	}
	_, err = tx.Exec(ctx, fmt.Sprintf(`create or replace temp table audience as
		select %s::varchar as recipient_id, %s as category, json_object(%s)::varchar as fields, (%s)::integer as position
		from audience_row`, warehouse.Ident(key), category, strings.Join(pairs, ", "), ordinal))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", place, err)
	}
	return columns, nil
}

// reserve runs the audiences of coming editions of a higher priority into the temporary table reservation.
func reserve(ctx context.Context, tx *warehouse.Tx, coming []Reservation, args [][]any) error {
	if _, err := tx.Exec(ctx, "create or replace temp table reservation (recipient_id varchar, slot_at timestamptz)"); err != nil {
		return fmt.Errorf("reserve: %w", err)
	}
	for i, r := range coming {
		if _, err := tx.Exec(ctx, "create or replace temp table reserved_row as "+r.Audience, args[i]...); err != nil {
			return fmt.Errorf("campaigns.%s.audience: %w", r.Name, err)
		}
		_, err := tx.Exec(ctx, "insert into reservation select distinct contact_id::varchar, $slot_at::timestamptz from reserved_row",
			warehouse.Named("slot_at", r.SlotAt.UTC()))
		if err != nil {
			return fmt.Errorf("campaigns.%s.audience: %w", r.Name, err)
		}
	}
	return nil
}

// unique refuses a missing key and a second row for the same one: which of the two would be mailed is nobody's guess.
func unique(ctx context.Context, tx *warehouse.Tx, place, key string) error {
	rows, err := tx.Query(ctx, fmt.Sprintf(`select coalesce(%[1]s::varchar, '(null)'), count(*)
		from audience_row group by %[1]s having count(*) > 1 or %[1]s is null order by 2 desc, 1 limit 3`,
		warehouse.Ident(key)))
	if err != nil {
		return fmt.Errorf("%s: %w", place, err)
	}
	defer rows.Close()
	var samples []string
	for rows.Next() {
		var id string
		var n int64
		if err := rows.Scan(&id, &n); err != nil {
			return fmt.Errorf("%s: %w", place, err)
		}
		samples = append(samples, fmt.Sprintf("%s (%d rows)", id, n))
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("%s: %w", place, err)
	}
	if len(samples) > 0 {
		return fmt.Errorf("%s: got more than one row, or no %s, for %s; want exactly one row for each %s; "+
			"try: qualify row_number() over (partition by %s order by ...) = 1",
			place, key, strings.Join(samples, ", "), key, key)
	}
	return nil
}

// WithoutEvidence counts the rows of a plan, both arms, whose evidence is no line of the consent ledger (JP1).
func WithoutEvidence(ctx context.Context, db *warehouse.DB, p Plan) (int64, error) {
	var missing int64
	err := db.One(ctx, `
		select count(*)
		from read_parquet(`+warehouse.Literal(p.PlanFile)+`) as plan
		where arm <> 'excluded' and not exists (
			select 1 from journal.event as event
			where event.event_id = plan.evidence and event.segment like 'journal/`+journal.LedgerStream+`-%'
		)`, nil, &missing)
	if err != nil {
		return 0, fmt.Errorf("look for the evidence of consents: %w", err)
	}
	return missing, nil
}

func (p *Plan) count(ctx context.Context, tx *warehouse.Tx) error {
	rows, err := tx.Query(ctx, `
		select
			case when rank <> '' then rank when customer_id = '' then 'lead' else '-' end as rank,
			count(*) filter (where arm = 'planned'),
			count(*) filter (where arm = 'held_out'),
			count(*) filter (where arm = 'excluded'),
		from edition_plan
		left join config.rank using (rank)
		group by 1, rank.position
		order by coalesce(rank.position, 1000), 1`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var c RankCount
		if err := rows.Scan(&c.Rank, &c.Planned, &c.HeldOut, &c.Excluded); err != nil {
			return err
		}
		p.ByRank = append(p.ByRank, c)
		p.Planned += c.Planned
		p.HeldOut += c.HeldOut
		p.Excluded += c.Excluded
	}
	if err := rows.Err(); err != nil {
		return err
	}
	p.Considered = p.Planned + p.HeldOut + p.Excluded
	if p.ByReason, err = counts(ctx, tx, `select reason, count(*) from edition_plan where arm = 'excluded' group by 1 order by 2 desc, 1`); err != nil {
		return err
	}
	if p.ByWithheld, err = counts(ctx, tx, `select reason, count(*) from edition_plan where arm = 'planned' and reason <> '' group by 1 order by 2 desc, 1`); err != nil {
		return err
	}
	p.ByVariant, err = counts(ctx, tx, `select variant, count(*) from edition_plan where arm = 'planned' group by 1 order by 1`)
	return err
}

func counts(ctx context.Context, tx *warehouse.Tx, query string) ([]Count, error) {
	rows, err := tx.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []Count{}
	for rows.Next() {
		var c Count
		if err := rows.Scan(&c.Name, &c.Count); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

func (p *Plan) write(ctx context.Context, tx *warehouse.Tx, r Request) error {
	p.PlanFile = filepath.Join(r.TempDir, r.Name+"-"+string(r.Slot)+".plan.parquet")
	p.RecipientsFile = filepath.Join(r.TempDir, r.Name+"-"+string(r.Slot)+".recipients.parquet")
	err := tx.SelectParquet(ctx, p.PlanFile, `
		select message_key, contact_key, unit, customer_id, rank, category, arm, variant, reason, basis, evidence
		from edition_plan order by message_key`)
	if err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	err = tx.SelectParquet(ctx, p.RecipientsFile, `
		select
			message_key, recipient_id as contact_id, address_key,
			case when arm = 'planned' then address else '' end as address,
			case when arm = 'planned' then contact_name else '' end as name,
			case when arm = 'planned' then fields else '' end as fields,
			edition_plan.position,
		from edition_plan order by message_key`)
	if err != nil {
		return fmt.Errorf("write recipients: %w", err)
	}
	return nil
}
