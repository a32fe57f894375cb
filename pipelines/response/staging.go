package response

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/warehouse"
)

// Staging says where the journal and the editions lie.
type Staging struct {
	DataDir, TempDir string
	Keys             edition.Keys
}

// Staged is what Stage found.
type Staged struct {
	NewEvents   int64
	NewEditions int
	// OnlyRuns says that nothing was staged but the run ledger: nothing that ops tells of people or forecasts.
	OnlyRuns bool
	// Damaged names the journal lines that could not be read; what could be was.
	Damaged []string
	// Unread names the kept backtests that could not be read.
	Unread []string
}

// file is one journal segment or edition file, as it was found on disk.
type file struct {
	path     string
	bytes    int64
	modified time.Time
}

// Stage brings what is new in var/journal, var/editions and var/backtests into the staging tables journal.*, in one transaction. Files
// that were staged before and have not changed since are not read again.
func Stage(ctx context.Context, db *warehouse.DB, s Staging) (Staged, error) {
	staged := Staged{OnlyRuns: true}
	err := db.Tx(ctx, func(tx *warehouse.Tx) error {
		known, err := knownFiles(ctx, tx)
		if err != nil {
			return err
		}
		before, err := countEvents(ctx, tx)
		if err != nil {
			return err
		}
		if err := s.stageEvents(ctx, tx, known, &staged); err != nil {
			return err
		}
		if err := s.stageEditions(ctx, tx, known, &staged); err != nil {
			return err
		}
		if err := s.stageBacktests(ctx, tx, known, &staged); err != nil {
			return err
		}
		if err := nameEditions(ctx, tx); err != nil {
			return err
		}
		after, err := countEvents(ctx, tx)
		staged.NewEvents = after - before
		return err
	})
	return staged, err
}

func countEvents(ctx context.Context, tx *warehouse.Tx) (int64, error) {
	var count int64
	if err := tx.One(ctx, "select count(*) from journal.event", nil, &count); err != nil {
		return 0, fmt.Errorf("count staged events: %w", err)
	}
	return count, nil
}

func knownFiles(ctx context.Context, tx *warehouse.Tx) (map[string]file, error) {
	rows, err := tx.Query(ctx, "select file, bytes, modified_at from journal.file")
	if err != nil {
		return nil, fmt.Errorf("read staged files: %w", err)
	}
	defer rows.Close()
	known := map[string]file{}
	for rows.Next() {
		var f file
		if err := rows.Scan(&f.path, &f.bytes, &f.modified); err != nil {
			return nil, fmt.Errorf("read staged files: %w", err)
		}
		known[f.path] = f
	}
	return known, rows.Err()
}

// changed lists the files below a folder that are new or differ from what was staged, sorted by name.
func (s Staging) changed(known map[string]file, pattern ...string) ([]file, error) {
	paths, err := filepath.Glob(filepath.Join(append([]string{s.DataDir}, pattern...)...))
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", filepath.Join(pattern...), err)
	}
	sort.Strings(paths)
	var fresh []file
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("look at %s: %w", path, err)
		}
		rel, err := filepath.Rel(s.DataDir, path)
		if err != nil {
			return nil, fmt.Errorf("look at %s: %w", path, err)
		}
		// DuckDB keeps microseconds
		found := file{path: filepath.ToSlash(rel), bytes: info.Size(), modified: info.ModTime().UTC().Truncate(time.Microsecond)}
		was, ok := known[found.path]
		if !ok || was.bytes != found.bytes || !was.modified.Equal(found.modified) {
			fresh = append(fresh, found)
		}
	}
	return fresh, nil
}

func remember(ctx context.Context, tx *warehouse.Tx, f file) error {
	if _, err := tx.Exec(ctx, "delete from journal.file where file = $file", warehouse.Named("file", f.path)); err != nil {
		return fmt.Errorf("note %s as staged: %w", f.path, err)
	}
	_, err := tx.Exec(ctx, "insert into journal.file values ($file, $bytes, $modified::timestamptz)",
		warehouse.Named("file", f.path), warehouse.Named("bytes", f.bytes), warehouse.Named("modified", f.modified))
	if err != nil {
		return fmt.Errorf("note %s as staged: %w", f.path, err)
	}
	return nil
}

// eventColumns gives read_json the frame: nothing is sniffed.
const eventColumns = `{id: 'varchar', kind: 'varchar', 'at': 'timestamptz', campaign: 'varchar', slot: 'varchar',
	message_key: 'varchar', contact_key: 'varchar', address_key: 'varchar', channel: 'varchar', scope: 'varchar',
	run_id: 'varchar', job: 'varchar', step: 'varchar', code: 'integer', enhanced: 'varchar', detail: 'varchar',
	amount: 'varchar', 'rows': 'bigint', seconds: 'double', basis: 'varchar', method: 'varchar', source: 'varchar',
	wording: 'varchar', until: 'timestamptz', refused: 'varchar[]', every_days: 'integer',
	link: 'integer', agent: 'varchar', network: 'varchar', segment: 'varchar', line: 'bigint'}`

// stagedEvent is an event with its place, as it goes to read_json.
type stagedEvent struct {
	journal.Event
	Segment string `json:"segment"`
	Line    int64  `json:"line"`
}

// stageEvents writes the valid lines of changed segments into one temporary NDJSON file and lets DuckDB read it: the
// journal's reader alone decides what a valid line is.
func (s Staging) stageEvents(ctx context.Context, tx *warehouse.Tx, known map[string]file, staged *Staged) error {
	segments, err := s.changed(known, "journal", "*.ndjson*")
	if err != nil || len(segments) == 0 {
		return err
	}
	temp, err := os.CreateTemp(s.TempDir, "events-*.ndjson")
	if err != nil {
		return fmt.Errorf("stage events: %w", err)
	}
	defer os.Remove(temp.Name())
	defer temp.Close()
	out := bufio.NewWriterSize(temp, 1<<20)
	encode := json.NewEncoder(out)
	for _, segment := range segments {
		if !strings.HasPrefix(filepath.Base(segment.path), "runs-") {
			staged.OnlyRuns = false
		}
		_, err := tx.Exec(ctx, "delete from journal.event where segment = $segment", warehouse.Named("segment", segment.path))
		if err != nil {
			return fmt.Errorf("stage events: %w", err)
		}
		report, err := journal.ReadSegment(filepath.Join(s.DataDir, segment.path), func(e journal.Event, place journal.Place) error {
			return encode.Encode(stagedEvent{Event: e, Segment: segment.path, Line: int64(place.Line)})
		})
		if err != nil {
			return fmt.Errorf("read journal: %w", err)
		}
		for _, damage := range report.Damaged {
			staged.Damaged = append(staged.Damaged, damage.String())
		}
		if err := remember(ctx, tx, segment); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("stage events: %w", err)
	}
	_, err = tx.Exec(ctx, fmt.Sprintf(`
		insert into journal.event
		select
			id, kind, "at", campaign, slot, message_key, contact_key, address_key, channel, scope, run_id, job, step,
			code, enhanced, detail, amount::decimal(18, 2), "rows", seconds, nullif(basis, ''), nullif(method, ''), nullif(source, ''),
			nullif(wording, ''), until, nullif(array_to_string(refused, ','), ''), every_days, link, agent, network, segment, line,
		from read_json(%s, format = 'newline_delimited', columns = %s)
		order by segment, line`, warehouse.Literal(temp.Name()), eventColumns))
	if err != nil {
		return fmt.Errorf("stage events: %w", err)
	}
	return nil
}

// stageEditions reads the manifests, plans and recipients of new editions. The manifest is written last, so a folder
// without one is an edition that was never frozen.
func (s Staging) stageEditions(ctx context.Context, tx *warehouse.Tx, known map[string]file, staged *Staged) error {
	manifests, err := s.changed(known, "editions", "*", "*", "manifest.json")
	if err != nil {
		return err
	}
	for _, f := range manifests {
		dir := filepath.Dir(filepath.Join(s.DataDir, f.path))
		e, err := edition.Open(dir)
		if err != nil {
			return fmt.Errorf("read edition: %w", err)
		}
		if err := stageEdition(ctx, tx, dir, e.Manifest); err != nil {
			return fmt.Errorf("stage edition %s/%s: %w", e.Manifest.Campaign, e.Manifest.Slot, err)
		}
		staged.NewEditions++
		staged.OnlyRuns = false
		if err := remember(ctx, tx, f); err != nil {
			return err
		}
	}
	recipients, err := s.changed(known, "editions", "*", "*", "recipients.parquet")
	if err != nil {
		return err
	}
	for _, f := range recipients {
		staged.OnlyRuns = false
		parts := strings.Split(f.path, "/")
		campaign, slot := parts[1], parts[2]
		if _, err := os.Stat(filepath.Join(filepath.Dir(filepath.Join(s.DataDir, f.path)), "manifest.json")); err != nil {
			continue
		}
		_, err := tx.Exec(ctx, "delete from journal.recipient where campaign = $campaign and slot = $slot",
			warehouse.Named("campaign", campaign), warehouse.Named("slot", slot))
		if err != nil {
			return fmt.Errorf("stage recipients of %s/%s: %w", campaign, slot, err)
		}
		_, err = tx.Exec(ctx, fmt.Sprintf(`
			insert into journal.recipient
			select $campaign, $slot, message_key, contact_id, nullif(address_key, '') from read_parquet(%s)`,
			warehouse.Literal(filepath.Join(s.DataDir, f.path))),
			warehouse.Named("campaign", campaign), warehouse.Named("slot", slot))
		if err != nil {
			return fmt.Errorf("stage recipients of %s/%s: %w", campaign, slot, err)
		}
		if err := remember(ctx, tx, f); err != nil {
			return err
		}
	}
	return nil
}

func stageEdition(ctx context.Context, tx *warehouse.Tx, dir string, m edition.Manifest) error {
	campaign, slot := warehouse.Named("campaign", m.Campaign), warehouse.Named("slot", string(m.Slot))
	for _, table := range []string{"journal.edition", "journal.plan"} {
		if _, err := tx.Exec(ctx, "delete from "+table+" where campaign = $campaign and slot = $slot", campaign, slot); err != nil {
			return err
		}
	}
	cost := m.CostPerMessage
	if cost == "" {
		cost = "0"
	}
	_, err := tx.Exec(ctx, `
		insert into journal.edition values (
			$campaign, $slot, $kind, $channel, $purpose, $slot_at::timestamptz, $slot_on::date, $as_of::date,
			$outcome, $by_category, $window_days, $cost::decimal(18, 2), $holdout_rate, $considered, $excluded, $held_out, $planned
		)`,
		campaign, slot,
		warehouse.Named("kind", m.Kind),
		warehouse.Named("channel", m.Channel),
		warehouse.Named("purpose", m.Purpose),
		warehouse.Named("slot_at", m.SlotAt.UTC()),
		warehouse.Named("slot_on", m.Slot.Date().String()),
		warehouse.Named("as_of", m.AsOf),
		warehouse.Named("outcome", m.Outcome),
		warehouse.Named("by_category", m.OutcomeByCategory),
		warehouse.Named("window_days", m.EffectWindowDays),
		warehouse.Named("cost", cost),
		warehouse.Named("holdout_rate", m.HoldoutRate),
		warehouse.Named("considered", m.Considered),
		warehouse.Named("excluded", m.Excluded),
		warehouse.Named("held_out", m.HeldOut),
		warehouse.Named("planned", m.Planned))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, fmt.Sprintf(`
		insert into journal.plan
		select
			$campaign, $slot, message_key, contact_key, unit,
			nullif(customer_id, ''), nullif(rank, ''), nullif(category, ''), arm, nullif(variant, ''),
			nullif(reason, ''), nullif(basis, ''), nullif(evidence, ''),
		from (
			-- editions that were frozen before there were bases
			select null::varchar as basis, null::varchar as evidence where false
			union all by name select * from read_parquet(%s)
		)`, warehouse.Literal(filepath.Join(dir, "plan.parquet"))), campaign, slot)
	return err
}

// nameEditions gives a response that names only a message, as those of the public endpoints do, the edition of it.
func nameEditions(ctx context.Context, tx *warehouse.Tx) error {
	_, err := tx.Exec(ctx, `
		update journal.event as event
		set
			campaign = plan.campaign,
			slot = plan.slot,
		from journal.plan as plan
		where event.campaign is null and event.message_key = plan.message_key`)
	if err != nil {
		return fmt.Errorf("name the editions of responses: %w", err)
	}
	return nil
}
