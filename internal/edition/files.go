package edition

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tokui/tokui/internal/calendar"
	"github.com/tokui/tokui/internal/journal"
)

// ManifestVersion is written into every manifest.
const ManifestVersion = 1

// ErrFrozen says that an edition exists already: it is never planned again.
var ErrFrozen = errors.New("edition is frozen already")

// ErrNotFrozen says that a folder holds no frozen edition.
var ErrNotFrozen = errors.New("no frozen edition")

// Dir is the folder of an edition: DATA_DIR/editions/CAMPAIGN/SLOT.
func Dir(dataDir string, id ID) string {
	return filepath.Join(dataDir, "editions", id.Campaign, string(id.Slot))
}

// Freeze makes an edition of two finished Parquet files, which it moves into dir. When it returns nil, everything is
// durable; when the process is killed before, there is no edition, and freezing again is right. It refuses with ErrFrozen
// where one exists, and whatever does not balance, or plans marketing to somebody without basis and evidence (JP1).
func Freeze(dir string, m Manifest, planParquet, recipientsParquet string) error {
	_, err := os.Stat(filepath.Join(dir, ManifestFile))
	if m.NeedsBasis() && errors.Is(err, fs.ErrNotExist) {
		if err := verifyBasis(planParquet); err != nil {
			return fmt.Errorf("freeze %s/%s: %w", m.Campaign, m.Slot, err)
		}
	}
	return freezeOn(journal.Disk{}, dir, m, planParquet, recipientsParquet)
}

func freezeOn(disk journal.Disk, dir string, m Manifest, planParquet, recipientsParquet string) error {
	if _, err := os.Stat(filepath.Join(dir, ManifestFile)); err == nil {
		return fmt.Errorf("freeze %s/%s: %w", m.Campaign, m.Slot, ErrFrozen)
	}
	m.Version = ManifestVersion
	if err := verify(m, planParquet, recipientsParquet); err != nil {
		return fmt.Errorf("freeze %s/%s: %w", m.Campaign, m.Slot, err)
	}
	if err := disk.MakeDir(dir); err != nil {
		return fmt.Errorf("freeze %s/%s: %w", m.Campaign, m.Slot, err)
	}
	for _, move := range [][2]string{{planParquet, PlanFile}, {recipientsParquet, RecipientsFile}} {
		if err := bring(disk, move[0], filepath.Join(dir, move[1])); err != nil {
			return fmt.Errorf("freeze %s/%s: %w", m.Campaign, m.Slot, err)
		}
	}
	if err := disk.SyncDir(dir); err != nil {
		return fmt.Errorf("freeze %s/%s: %w", m.Campaign, m.Slot, err)
	}
	manifest, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("freeze %s/%s: %w", m.Campaign, m.Slot, err)
	}
	if err := disk.Place(filepath.Join(dir, ManifestFile), append(manifest, '\n')); err != nil {
		return fmt.Errorf("freeze %s/%s: %w", m.Campaign, m.Slot, err)
	}
	return disk.SyncDir(dir)
}

// Write freezes an edition of rows in memory: report editions and tests. It sorts them, and fills in the manifest's
// counts.
func Write(dir string, m Manifest, plan []PlanRow, recipients []Recipient) (err error) {
	plan, recipients = slices.Clone(plan), slices.Clone(recipients)
	slices.SortFunc(plan, func(a, b PlanRow) int { return strings.Compare(a.MessageKey, b.MessageKey) })
	slices.SortFunc(recipients, func(a, b Recipient) int { return strings.Compare(a.MessageKey, b.MessageKey) })
	m.Considered, m.Excluded, m.HeldOut, m.Planned = len(plan), 0, 0, 0
	for _, row := range plan {
		switch row.Arm {
		case ArmExcluded:
			m.Excluded++
		case ArmHeldOut:
			m.HeldOut++
		case ArmPlanned:
			m.Planned++
		}
	}
	parent := filepath.Dir(dir)
	if err := (journal.Disk{}).MakeDir(parent); err != nil {
		return fmt.Errorf("write edition: %w", err)
	}
	temp, err := os.MkdirTemp(parent, ".writing-")
	if err != nil {
		return fmt.Errorf("write edition: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	planPath, recipientsPath := filepath.Join(temp, PlanFile), filepath.Join(temp, RecipientsFile)
	err = planTable(planPath).write(func(yield func(row) bool) {
		for _, r := range plan {
			if !yield(row{texts: []string{r.MessageKey, r.ContactKey, r.Unit, r.CustomerID, r.Rank, r.Category, r.Arm, r.Variant, r.Reason, r.Basis, r.Evidence}}) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	err = recipientsTable(recipientsPath).write(func(yield func(row) bool) {
		for _, r := range recipients {
			texts := []string{r.MessageKey, r.ContactID, r.AddressKey, r.Address, r.Name, r.Fields}
			if !yield(row{texts: texts, numbers: []int32{r.Position}}) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return freezeOn(journal.Disk{}, dir, m, planPath, recipientsPath)
}

// verifyBasis holds every planned and held-out row to a known basis with its evidence (JP1): both arms alike.
func verifyBasis(planParquet string) error {
	for row, err := range readRows(planTable(planParquet), planRow) {
		if err != nil {
			return err
		}
		if row.Arm != ArmExcluded && (!journal.KnownBasis(row.Basis) || row.Evidence == "") {
			return fmt.Errorf("plan: got basis %q and evidence %q of message %s, want one of %s and a line of the consent ledger (JP1)",
				row.Basis, row.Evidence, row.MessageKey, strings.Join(journal.Bases(), ", "))
		}
	}
	return nil
}

// verify reads both files once: sorted, unique, balanced, and a recipient for every planned row.
func verify(m Manifest, planParquet, recipientsParquet string) error {
	var got Manifest
	last := ""
	next, stop := pullKeys(recipientsParquet)
	defer stop()
	key, err := next()
	for row, planErr := range readRows(planTable(planParquet), planRow) {
		if planErr != nil {
			return planErr
		}
		if row.MessageKey <= last {
			return fmt.Errorf("plan: got message_key %q after %q, want rising ones", row.MessageKey, last)
		}
		last = row.MessageKey
		got.Considered++
		switch row.Arm {
		case ArmExcluded:
			got.Excluded++
		case ArmHeldOut:
			got.HeldOut++
		case ArmPlanned:
			got.Planned++
		default:
			return fmt.Errorf("plan: got arm %q of message %s, want planned, held_out or excluded", row.Arm, row.MessageKey)
		}
		for err == nil && key != "" && key < row.MessageKey {
			key, err = next()
		}
		if err != nil {
			return err
		}
		if row.Arm == ArmPlanned && key != row.MessageKey {
			return fmt.Errorf("recipients: got none for the planned message %s, want one", row.MessageKey)
		}
	}
	for err == nil && key != "" { // the order holds to the end
		key, err = next()
	}
	if err != nil {
		return err
	}
	if got.Considered != m.Considered || got.Excluded != m.Excluded || got.HeldOut != m.HeldOut || got.Planned != m.Planned {
		return fmt.Errorf("plan: got %d considered = %d excluded + %d held out + %d planned, want %d = %d + %d + %d as the manifest says",
			got.Considered, got.Excluded, got.HeldOut, got.Planned, m.Considered, m.Excluded, m.HeldOut, m.Planned)
	}
	return nil
}

// pullKeys reads the recipients' keys one by one; "" is the end.
func pullKeys(path string) (next func() (string, error), stop func()) {
	pull, stop := iter.Pull2(readRows(recipientsTable(path), recipient))
	last := ""
	return func() (string, error) {
		r, err, ok := pull()
		if err != nil || !ok {
			return "", err
		}
		if r.MessageKey <= last {
			return "", fmt.Errorf("recipients: got message_key %q after %q, want rising ones", r.MessageKey, last)
		}
		last = r.MessageKey
		return last, nil
	}, stop
}

// bring syncs a file and gives it its place; across file systems it is copied.
func bring(disk journal.Disk, from, to string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	if err := f.Chmod(0o600); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := disk.Sync(f); err != nil {
		return errors.Join(err, f.Close())
	}
	err = disk.Move(from, to)
	if err == nil {
		return f.Close()
	}
	data, readErr := io.ReadAll(f)
	if closeErr := f.Close(); readErr != nil || closeErr != nil {
		return errors.Join(err, readErr, closeErr)
	}
	if err := disk.Place(to, data); err != nil {
		return err
	}
	return os.Remove(from)
}

// Open reads a frozen edition's manifest. Where there is none the error is ErrNotFrozen.
func Open(dir string) (*Edition, error) {
	data, err := os.ReadFile(filepath.Join(dir, ManifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open %s: %w", dir, ErrNotFrozen)
	}
	if err != nil {
		return nil, fmt.Errorf("open edition: %w", err)
	}
	e := &Edition{Dir: dir}
	if err := json.Unmarshal(data, &e.Manifest); err != nil {
		return nil, fmt.Errorf("open edition: %s: %w", filepath.Join(dir, ManifestFile), err)
	}
	if e.Manifest.Version > ManifestVersion {
		return nil, fmt.Errorf("open edition: %s: got version %d, want at most %d; try: run the version of Tokui that planned it",
			filepath.Join(dir, ManifestFile), e.Manifest.Version, ManifestVersion)
	}
	return e, nil
}

// List names the frozen editions of a data folder by slot, then campaign.
func List(dataDir string) ([]ID, error) {
	manifests, err := filepath.Glob(filepath.Join(escapeGlob(dataDir), "editions", "*", "*", ManifestFile))
	if err != nil {
		return nil, fmt.Errorf("list editions: %w", err)
	}
	var ids []ID
	for _, path := range manifests {
		dir := filepath.Dir(path)
		slot, err := calendar.ParseSlot(filepath.Base(dir))
		if err != nil {
			continue
		}
		ids = append(ids, ID{Campaign: filepath.Base(filepath.Dir(dir)), Slot: slot})
	}
	slices.SortFunc(ids, func(a, b ID) int {
		if c := strings.Compare(string(a.Slot), string(b.Slot)); c != 0 {
			return c
		}
		return strings.Compare(a.Campaign, b.Campaign)
	})
	return ids, nil
}

// escapeGlob keeps Glob from reading a folder's own name as a pattern.
func escapeGlob(path string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `\`, `\\`).Replace(path)
}
