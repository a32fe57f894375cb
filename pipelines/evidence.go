package pipelines

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/audience"
)

// needEvidence refuses a plan of marketing in which somebody's evidence is no line of the consent ledger (JP1): nobody
// could show later why they were written to. Collect has brought every consent that it knows of into the ledger, so this
// means that the ledger or the tables were tampered with, or that the ledger could not be read.
func needEvidence(ctx context.Context, db *warehouse.DB, m edition.Manifest, plan audience.Plan) error {
	if !m.NeedsBasis() {
		return nil
	}
	missing, err := audience.WithoutEvidence(ctx, db, plan)
	if err != nil {
		return err
	}
	if missing > 0 {
		return fmt.Errorf("campaign %s, slot %s: the consent of %d contacts stands nowhere in the consent ledger; nothing was frozen "+
			"or sent (JP1); try: tokui run collect, then tokui check", m.Campaign, m.Slot, missing)
	}
	return nil
}

// openLedger opens the consent ledger, and waits a little for another process: it holds it for moments.
func (p *Program) openLedger(ctx context.Context) (*journal.Ledger, error) {
	ctx, cancel := context.WithTimeout(ctx, max(p.Wait, ledgerWait))
	defer cancel()
	tick := time.NewTicker(ledgerWait / 100)
	defer tick.Stop()
	for {
		ledger, err := journal.OpenLedger(p.JournalDir(), p.Now)
		if !errors.Is(err, journal.ErrLedgerHeld) {
			return ledger, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-tick.C:
		}
	}
}

// ledgerWait is the least time that a process waits for the consent ledger.
const ledgerWait = 10 * time.Second

// CheckLedger follows the consent ledger from end to end, and looks for the lines that editions were planned under (JP2).
func (p *Program) CheckLedger() (journal.LedgerReport, error) {
	ids, err := edition.List(p.dataPath())
	if err != nil {
		return journal.LedgerReport{}, fmt.Errorf("list editions: %w", err)
	}
	anchors := map[string]string{}
	for _, id := range ids {
		e, err := edition.Open(edition.Dir(p.dataPath(), id))
		if err != nil {
			return journal.LedgerReport{}, fmt.Errorf("read edition %s: %w", id, err)
		}
		if head := e.Manifest.ConsentHead; head != "" {
			anchors[head] = "edition " + id.String()
		}
	}
	return journal.VerifyLedger(p.JournalDir(), anchors)
}
