package pipelines

import (
	"context"
	"fmt"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/model"
	"github.com/tokui/tokui/pipelines/response"
)

// Collect brings the journal, the editions and the backtests into ops.*: messages with their states, responses,
// suppressions, consents, runs, and how the forecasts did. It is a transaction of its own, and nothing else writes ops.
func (p *Program) Collect(ctx context.Context, asOf calendar.Date) (Outcome, error) {
	var out Outcome
	err := p.withWarehouse(ctx, "collect", func(db *warehouse.DB) (err error) {
		out, err = p.collectInto(ctx, db, asOf, true)
		return err
	})
	return out, err
}

// collect is Collect on an open warehouse: campaign and report begin with it, so that caps, suppressions and effects
// know of every edition before theirs. Where nothing has happened since ops was built, it stays as it is.
func (p *Program) collect(ctx context.Context, db *warehouse.DB, asOf calendar.Date) error {
	_, err := p.collectInto(ctx, db, asOf, false)
	return err
}

func (p *Program) collectInto(ctx context.Context, db *warehouse.DB, asOf calendar.Date, always bool) (Outcome, error) {
	p.fetchBefore(ctx)
	keys, seed, err := p.Keys()
	if err != nil {
		return Outcome{}, err
	}
	if err := p.gatherSpool(); err != nil {
		return Outcome{}, err
	}
	staged, err := response.Stage(ctx, db, response.Staging{
		DataDir: p.dataPath(),
		TempDir: p.tempDir(),
		Keys:    keys,
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("stage journal: %w", err)
	}
	for _, damage := range staged.Damaged {
		p.Warn("journal: %s", damage)
	}
	for _, unread := range staged.Unread {
		p.Warn("%s; left out", unread)
	}
	if current, err := opsIsCurrent(ctx, db, staged); err != nil {
		return Outcome{}, err
	} else if current && !always {
		return Outcome{}, nil
	}
	if err := p.refreshConsents(ctx, db, asOf); err != nil {
		return Outcome{}, err
	}
	if err := response.StageContacts(ctx, db, seed); err != nil {
		return Outcome{}, err
	}
	if err := response.StageConsents(ctx, db, seed); err != nil {
		return Outcome{}, err
	}
	if err := p.keepLedger(ctx, db, seed, keys); err != nil {
		return Outcome{}, err
	}
	if _, err := p.build(ctx, db, asOf, model.Ops); err != nil {
		return Outcome{}, err
	}
	if err := p.giveUp(ctx, db, asOf, keys); err != nil {
		return Outcome{}, err
	}
	// what a backtest said counts from now on, not from the next analyze on
	runner, err := p.runner(ctx, db, asOf)
	if err != nil {
		return Outcome{}, err
	}
	if _, err := runner.Rebuild(ctx, db, calibrationTable); err != nil {
		return Outcome{}, err
	}
	err = db.Tx(ctx, func(tx *warehouse.Tx) error {
		if _, err := tx.Exec(ctx, "delete from journal.collected"); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "insert into journal.collected select coalesce(max(load_no), 0) from raw.load")
		return err
	})
	if err != nil {
		return Outcome{}, fmt.Errorf("note what was collected: %w", err)
	}
	return Outcome{
		Rows: staged.NewEvents,
		Text: fmt.Sprintf("%d new events, %d new editions", staged.NewEvents, staged.NewEditions),
	}, nil
}

// keepLedger chains the words about consent that came in since the last collect, and stages them again from the ledger:
// plans name its lines as their evidence.
func (p *Program) keepLedger(ctx context.Context, db *warehouse.DB, seed string, keys edition.Keys) error {
	kept, err := response.KeepLedger(ctx, db, seed, func() (*journal.Ledger, error) {
		return p.openLedger(ctx)
	})
	if err != nil || kept == 0 {
		return err
	}
	_, err = response.Stage(ctx, db, response.Staging{DataDir: p.dataPath(), TempDir: p.tempDir(), Keys: keys})
	if err != nil {
		return fmt.Errorf("stage consent ledger: %w", err)
	}
	return nil
}

// giveUp suppresses addresses to which so many messages in a row could not be delivered, and makes ops anew with it.
func (p *Program) giveUp(ctx context.Context, db *warehouse.DB, asOf calendar.Date, keys edition.Keys) error {
	given, err := response.GiveUp(ctx, db, func() (*journal.Writer, error) {
		return journal.OpenWriter(p.JournalDir(), response.DecisionStream, p.Now)
	})
	if err != nil || given == 0 {
		return err
	}
	p.Note("%d addresses given up: their last messages came back, each for a passing reason (mail.bounces.soft)", given)
	if _, err := response.Stage(ctx, db, response.Staging{DataDir: p.dataPath(), TempDir: p.tempDir(), Keys: keys}); err != nil {
		return fmt.Errorf("stage decisions: %w", err)
	}
	_, err = p.build(ctx, db, asOf, model.Ops)
	return err
}

// opsIsCurrent reports whether ops.* knows everything already: nothing that concerns people was staged, and nothing was
// loaded since it was built.
func opsIsCurrent(ctx context.Context, db *warehouse.DB, staged response.Staged) (bool, error) {
	if !staged.OnlyRuns {
		return false, nil
	}
	var current bool
	err := db.One(ctx, `
		select coalesce((select max(load_no) from journal.collected) = (select coalesce(max(load_no), 0) from raw.load), false)
			and (select count(*) = 10 from duckdb_tables() where schema_name = 'ops'
				and table_name in ('consent', 'message', 'suppression', 'edition', 'response', 'backtest', 'opt_in', 'bounce', 'verdict',
					'edition_response'))`, nil, &current)
	if err != nil {
		return false, fmt.Errorf("look what was collected: %w", err)
	}
	return current, nil
}

// refreshConsents builds core.consents and core.contacts from what was loaded last: a withdrawal counts from the load on,
// also when the night's analyze failed. On a warehouse that has never been analyzed it builds all of core, since a
// nightly job collects before it analyzes.
func (p *Program) refreshConsents(ctx context.Context, db *warehouse.DB, asOf calendar.Date) error {
	var built bool
	err := db.One(ctx, "select count(*) > 0 from duckdb_tables() where schema_name = 'core' and table_name = 'customers'", nil, &built)
	if err != nil {
		return fmt.Errorf("look for core: %w", err)
	}
	if !built {
		_, err = p.build(ctx, db, asOf, model.Core)
		return err
	}
	runner, err := p.runner(ctx, db, asOf)
	if err != nil {
		return err
	}
	_, err = runner.Rebuild(ctx, db, "core.consents", "core.contacts")
	return err
}

// collectFirst collects where some table of ops is missing: metrics read ops.*, and whoever only loads and analyzes need not
// know. Otherwise analyze takes ops as the last collect left it.
func (p *Program) collectFirst(ctx context.Context, db *warehouse.DB, asOf calendar.Date) error {
	for _, table := range []string{"response", "backtest"} {
		there, err := hasTable(ctx, db, "ops", table)
		if err != nil {
			return err
		}
		if !there {
			return p.collect(ctx, db, asOf)
		}
	}
	return nil
}
