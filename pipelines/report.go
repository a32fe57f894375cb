package pipelines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/config"
	"github.com/tokui/tokui/internal/edition"
	"github.com/tokui/tokui/internal/journal"
	"github.com/tokui/tokui/internal/mailbox"
	"github.com/tokui/tokui/internal/warehouse"
	"github.com/tokui/tokui/pipelines/model"
	"github.com/tokui/tokui/pipelines/report"
)

// Report makes a report of a slot once, keeps it as a page, and sends its main figures to its recipients through the
// same transport as any mail: an edition like a campaign's, without a draw.
func (p *Program) Report(ctx context.Context, name string, slot calendar.Slot) (Outcome, error) {
	id := edition.ID{Campaign: name, Slot: slot}
	if err := p.settle(ctx, id); err != nil {
		return Outcome{}, err
	}
	frozen, err := p.frozen(id)
	if err != nil {
		return Outcome{}, err
	}
	if !frozen {
		if err := p.mayLeave("email"); err != nil {
			return Outcome{}, err
		}
		if err := p.freezeReport(ctx, id); err != nil {
			return Outcome{}, err
		}
		return p.deliver(ctx, id)
	}
	// what was sent stays as it is; the tables behind it are kept up to date, also on a warehouse that was made again
	err = p.withWarehouse(ctx, "report "+name, func(db *warehouse.DB) error { return p.buildReport(ctx, db, p.asOf(slot)) })
	if err != nil {
		return Outcome{}, err
	}
	return p.deliver(ctx, id)
}

// buildReport measures the effects and builds the tables of the reports.
func (p *Program) buildReport(ctx context.Context, db *warehouse.DB, asOf calendar.Date) error {
	if err := p.needAnalyzed(ctx, db); err != nil {
		return err
	}
	if err := p.collect(ctx, db, asOf); err != nil {
		return err
	}
	_, err := p.build(ctx, db, asOf, model.Effects, model.Reports)
	return err
}

// ReportNow makes the page as things stand and returns its path; nobody is mailed.
func (p *Program) ReportNow(ctx context.Context, name string) (string, error) {
	path := p.dataPath("reports", name, "latest", "report.html")
	_, err := p.writeReport(ctx, name, "", path)
	return path, err
}

// writeReport builds the report's tables and writes its page.
func (p *Program) writeReport(ctx context.Context, name string, slot calendar.Slot, path string) (report.Document, error) {
	var document report.Document
	err := p.withWarehouse(ctx, "report "+name, func(db *warehouse.DB) error {
		if err := p.buildReport(ctx, db, p.asOf(slot)); err != nil {
			return err
		}
		var err error
		document, err = report.Build(ctx, db, name, report.Options{
			Templates: p.Templates,
			Template:  p.Config.Reports[name].Template,
			Title:     p.Config.Reports[name].Title,
			Company:   p.Config.Company.Name,
			Locale:    p.Config.Locale,
			Currency:  p.Config.Currency,
			Page:      path,
		})
		return err
	})
	if err != nil {
		return document, err
	}
	page, err := document.HTML()
	if err != nil {
		return document, fmt.Errorf("write report %s: %w", name, err)
	}
	return document, writeWhole(path, page)
}

// freezeReport makes the report and an edition of it: one planned row for each address of the configuration.
func (p *Program) freezeReport(ctx context.Context, id edition.ID) error {
	keys, _, err := p.Keys()
	if err != nil {
		return err
	}
	document, err := p.writeReport(ctx, id.Campaign, id.Slot, p.dataPath("reports", id.Campaign, string(id.Slot), "report.html"))
	if err != nil {
		return err
	}
	var content reportMail
	if content.Subject, content.HTML, content.Text, err = document.Mail(); err != nil {
		return fmt.Errorf("write mail of report %s: %w", id.Campaign, err)
	}
	text, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("write mail of report %s: %w", id.Campaign, err)
	}
	dir := edition.Dir(p.dataPath(), id)
	if err := writeWhole(filepath.Join(dir, mailFile), text); err != nil { // before the manifest: it makes the edition
		return err
	}
	plan, recipients, err := reportRows(keys, id, p.Config.Reports[id.Campaign])
	if err != nil {
		return err
	}
	at := id.Slot.In(p.Config.Location)
	err = edition.Write(dir, edition.Manifest{
		Version:   edition.ManifestVersion,
		Campaign:  id.Campaign,
		Slot:      id.Slot,
		Kind:      "report",
		Channel:   "email",
		Purpose:   "internal",
		Template:  p.Config.Reports[id.Campaign].Template,
		SlotAt:    at,
		ExpiresAt: at.Add(p.Config.Reports[id.Campaign].Expires.Std()),
		AsOf:      p.asOf(id.Slot).String(),
	}, plan, recipients)
	if err != nil && !errors.Is(err, edition.ErrFrozen) {
		return fmt.Errorf("freeze %s: %w", id, err)
	}
	return nil
}

func reportRows(keys edition.Keys, id edition.ID, r config.Report) ([]edition.PlanRow, []edition.Recipient, error) {
	var (
		plan       []edition.PlanRow
		recipients []edition.Recipient
		seen       = map[string]bool{}
	)
	for _, text := range r.To {
		name, address, err := mailbox.Parse(text)
		if err != nil {
			return nil, nil, fmt.Errorf("reports.%s.to: %w", id.Campaign, err)
		}
		contact := "report:" + edition.NormaliseAddress(address.String())
		key := keys.Message(id.Campaign, string(id.Slot), contact)
		if seen[key] {
			continue
		}
		seen[key] = true
		contactKey := keys.Contact(contact)
		plan = append(plan, edition.PlanRow{MessageKey: key, ContactKey: contactKey, Unit: "contact:" + contactKey, Arm: edition.ArmPlanned})
		recipients = append(recipients, edition.Recipient{MessageKey: key, ContactID: "report:" + contactKey, Address: address.String(),
			AddressKey: keys.Address(address.String()), Name: name, Fields: "{}"})
	}
	return plan, recipients, nil
}

// writeWhole puts a file in its place, whole and durable.
func writeWhole(path string, content []byte) error {
	var disk journal.Disk
	dir := filepath.Dir(path)
	if err := disk.MakeDir(dir); err != nil {
		return err
	}
	if err := disk.Place(path, content); err != nil {
		return err
	}
	return disk.SyncDir(dir)
}
