package edition

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tokui/tokui/internal/journal"
)

var keys = NewKeys("seed")

// sample is an edition of n planned contacts, one held out and one excluded.
func sample(n int) (Manifest, []PlanRow, []Recipient) {
	m := Manifest{Campaign: "replace-soon", Slot: "20111206T1000", Kind: "campaign", Channel: "email", Purpose: "marketing"}
	var plan []PlanRow
	var recipients []Recipient
	for i := range n + 2 {
		id := fmt.Sprintf("contact-%05d", i)
		key := keys.Message(m.Campaign, string(m.Slot), id)
		row := PlanRow{MessageKey: key, ContactKey: keys.Contact(id), Unit: "customer:" + id, CustomerID: id, Rank: "A", Category: "牛乳", Arm: ArmPlanned, Variant: "plain", Basis: "consent", Evidence: "e" + id}
		r := Recipient{MessageKey: key, ContactID: id, AddressKey: keys.Address(id + "@example.com"), Position: int32(n - i)}
		switch i {
		case n:
			row.Arm = ArmHeldOut
		case n + 1:
			row.Arm, row.Variant, row.Reason = ArmExcluded, "", "no consent"
		default:
			r.Address, r.Name, r.Fields = id+"@example.com", "得意 太郎", `{"category":"牛乳"}`
		}
		plan, recipients = append(plan, row), append(recipients, r)
	}
	return m, plan, recipients
}

func mustWrite(t *testing.T, dir string, n int) *Edition {
	t.Helper()
	m, plan, recipients := sample(n)
	if err := Write(dir, m, plan, recipients); err != nil {
		t.Fatal(err)
	}
	e, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func collect[T any](t *testing.T, rows func(func(T, error) bool)) []T {
	t.Helper()
	var all []T
	for row, err := range rows {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	return all
}

func TestKeys(t *testing.T) {
	// echo -n 'seed:contact:007' | sha256sum | cut -c1-32, and so on
	for _, tt := range []struct{ got, want string }{
		{keys.Contact("007"), "7ac6b87a2ca499d47724847e52935834"},
		{keys.Address(" Taro@ＥＸＡＭＰＬＥ.jp"), "9045234a743f1adbffaf8eaa82b04fbd"},
		{keys.Message("c", "20111206T1000", "007"), "b3338f6a35f1b970523e2e1b87fb7a8c"},
		{keys.Address("  "), ""},
	} {
		if tt.got != tt.want {
			t.Errorf("got %s, want %s", tt.got, tt.want)
		}
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "editions", "replace-soon", "20111206T1000")
	e := mustWrite(t, dir, 10_000) // several batches
	plan := collect(t, e.Plan())
	recipients := collect(t, e.Recipients())
	if len(plan) != 10_002 || len(recipients) != 10_002 {
		t.Fatalf("got %d and %d rows, want 10002", len(plan), len(recipients))
	}
	wantManifest, wantPlan, wantRecipients := sample(10_000)
	wantManifest.Version, wantManifest.Considered, wantManifest.Excluded, wantManifest.HeldOut, wantManifest.Planned = 1, 10_002, 1, 1, 10_000
	if diff := cmp.Diff(wantManifest, e.Manifest); diff != "" {
		t.Error(diff)
	}
	byKey := map[string]int{}
	for i, row := range wantPlan {
		byKey[row.MessageKey] = i
	}
	for i, row := range plan {
		if i > 0 && plan[i-1].MessageKey >= row.MessageKey {
			t.Fatalf("row %d: got %s after %s, want rising keys", i, row.MessageKey, plan[i-1].MessageKey)
		}
		at := byKey[row.MessageKey]
		if row != wantPlan[at] || recipients[i] != wantRecipients[at] {
			t.Fatalf("row %d: got %+v %+v", i, row, recipients[i])
		}
	}
	for _, file := range []string{PlanFile, RecipientsFile, ManifestFile} {
		info, err := os.Stat(filepath.Join(dir, file))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: got mode %v, %v, want 600", file, info.Mode(), err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), ".writing-*")); len(left) != 0 {
		t.Errorf("got %v left behind", left)
	}
}

// TestAnEditionWithoutPositionsIsRead: one that was frozen before recipients had a position.
func TestAnEditionWithoutPositionsIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), RecipientsFile)
	old := recipientsTable(path)
	old.numbers = nil
	want := []Recipient{{MessageKey: "a", ContactID: "1", Fields: "{}"}, {MessageKey: "b", ContactID: "2", Name: "得意"}}
	err := old.write(func(yield func(row) bool) {
		for _, r := range want {
			if !yield(row{texts: []string{r.MessageKey, r.ContactID, r.AddressKey, r.Address, r.Name, r.Fields}}) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, collect(t, readRows(recipientsTable(path), recipient))); diff != "" {
		t.Error(diff)
	}
}

func TestReadingStopsWhenAsked(t *testing.T) {
	e := mustWrite(t, filepath.Join(t.TempDir(), "e"), 10)
	n := 0
	for range e.Planned() {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("got %d rows, want 3", n)
	}
}

func TestPlannedNamesTheForgotten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "e")
	m, plan, recipients := sample(5)
	if err := Write(dir, m, plan, recipients); err != nil {
		t.Fatal(err)
	}
	forgotten := recipients[2].MessageKey
	other := filepath.Join(t.TempDir(), "other")
	kept := append(append([]Recipient{}, recipients[:2]...), recipients[3:]...)
	var keptPlan []PlanRow
	for _, row := range plan {
		if row.MessageKey != forgotten {
			keptPlan = append(keptPlan, row)
		}
	}
	if err := Write(other, m, keptPlan, kept); err != nil { // as forget rewrites the file
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(other, RecipientsFile), filepath.Join(dir, RecipientsFile)); err != nil {
		t.Fatal(err)
	}
	e, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	entries := collect(t, e.Planned())
	if len(entries) != 5 {
		t.Fatalf("got %d entries, want 5", len(entries))
	}
	for _, entry := range entries {
		if entry.Forgotten != (entry.MessageKey == forgotten) {
			t.Errorf("%s: got forgotten %v", entry.MessageKey, entry.Forgotten)
		}
		if !entry.Forgotten && entry.Recipient.MessageKey != entry.MessageKey {
			t.Errorf("got the recipient of %s for %s", entry.Recipient.MessageKey, entry.MessageKey)
		}
	}
}

func TestFrozenIsNeverFrozenAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "e")
	mustWrite(t, dir, 3)
	before, _ := os.ReadFile(filepath.Join(dir, PlanFile))
	m, plan, recipients := sample(4)
	if err := Write(dir, m, plan, recipients); !errors.Is(err, ErrFrozen) {
		t.Errorf("got %v, want ErrFrozen", err)
	}
	if after, _ := os.ReadFile(filepath.Join(dir, PlanFile)); string(after) != string(before) {
		t.Error("the plan has changed")
	}
}

func TestFreezeRefusesWhatDoesNotBalance(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Manifest, *[]PlanRow, *[]Recipient)
		want   string
	}{
		{"planned without recipient", func(_ *Manifest, _ *[]PlanRow, r *[]Recipient) { *r = (*r)[1:] }, "got none for the planned message"},
		{"twice the same message", func(_ *Manifest, p *[]PlanRow, _ *[]Recipient) { *p = append(*p, (*p)[0]) }, "want rising ones"},
		{"recipient twice", func(_ *Manifest, _ *[]PlanRow, r *[]Recipient) { *r = append(*r, (*r)[0]) }, "recipients: got message_key"},
		{"unknown arm", func(_ *Manifest, p *[]PlanRow, _ *[]Recipient) { (*p)[0].Arm = "treated" }, `got arm "treated"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "e")
			m, plan, recipients := sample(3)
			tt.change(&m, &plan, &recipients)
			err := Write(dir, m, plan, recipients)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if _, err := Open(dir); !errors.Is(err, ErrNotFrozen) {
				t.Errorf("got %v, want no edition", err)
			}
		})
	}
	t.Run("JP1: marketing without a basis", func(t *testing.T) {
		from := filepath.Join(t.TempDir(), "from")
		m, plan, recipients := sample(3)
		for i := range plan {
			if plan[i].Arm == ArmPlanned {
				plan[i].Basis = "hope"
				break
			}
		}
		if err := Write(from, m, plan, recipients); err != nil {
			t.Fatal(err)
		}
		m = mustOpen(t, from).Manifest
		freeze := func(m Manifest) error {
			return Freeze(filepath.Join(t.TempDir(), "e"), m, filepath.Join(from, PlanFile), filepath.Join(from, RecipientsFile))
		}
		if err := freeze(m); err == nil || !strings.Contains(err.Error(), "JP1") {
			t.Errorf("got %v, want a refusal that names JP1", err)
		}
		m.Purpose = "service"
		if err := freeze(m); err != nil {
			t.Errorf("service mail: got %v, want no error", err)
		}
	})
	t.Run("counts of the manifest", func(t *testing.T) {
		from := filepath.Join(t.TempDir(), "from")
		e := mustWrite(t, from, 3)
		m := e.Manifest
		m.Planned++
		err := Freeze(filepath.Join(t.TempDir(), "e"), m, filepath.Join(from, PlanFile), filepath.Join(from, RecipientsFile))
		if err == nil || !strings.Contains(err.Error(), "as the manifest says") {
			t.Errorf("got %v, want an error about the counts", err)
		}
	})
}

// TestFreezeOrder proves file sync → rename → folder sync, and that the manifest comes after everything else.
func TestFreezeOrder(t *testing.T) {
	base := t.TempDir()
	from := filepath.Join(base, "from")
	e := mustWrite(t, from, 3)
	var calls []string
	name := func(path string) string {
		base := strings.TrimPrefix(filepath.Base(path), ".")
		if strings.HasPrefix(base, ManifestFile) {
			return ManifestFile
		}
		return base
	}
	disk := journal.Disk{
		SyncFile:   func(f *os.File) error { calls = append(calls, "sync "+name(f.Name())); return f.Sync() },
		Rename:     func(a, b string) error { calls = append(calls, "rename "+name(b)); return os.Rename(a, b) },
		SyncFolder: func(dir string) error { calls = append(calls, "sync folder "+name(dir)); return nil },
	}
	dir := filepath.Join(base, "edition")
	if err := freezeOn(disk, dir, e.Manifest, filepath.Join(from, PlanFile), filepath.Join(from, RecipientsFile)); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"sync folder " + filepath.Base(base),
		"sync plan.parquet", "rename plan.parquet", "sync recipients.parquet", "rename recipients.parquet",
		"sync folder edition", "sync manifest.json", "rename manifest.json", "sync folder edition",
	}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Error(diff)
	}
}

// TestFreezeInterrupted breaks freezing at every step: there is no edition, and freezing again makes a whole one.
func TestFreezeInterrupted(t *testing.T) {
	broken := errors.New("killed")
	for step := range 9 {
		base := t.TempDir()
		m, plan, recipients := sample(3)
		from := filepath.Join(base, "from")
		if err := Write(from, m, plan, recipients); err != nil {
			t.Fatal(err)
		}
		e, err := Open(from)
		if err != nil {
			t.Fatal(err)
		}
		left := step
		tick := func() error {
			if left--; left < 0 {
				return broken
			}
			return nil
		}
		disk := journal.Disk{
			SyncFile: func(f *os.File) error { return tick() },
			Rename: func(a, b string) error {
				if err := tick(); err != nil {
					return err
				}
				return os.Rename(a, b)
			},
			SyncFolder: func(string) error { return tick() },
		}
		dir := filepath.Join(base, "edition")
		err = freezeOn(disk, dir, e.Manifest, filepath.Join(from, PlanFile), filepath.Join(from, RecipientsFile))
		if !errors.Is(err, broken) {
			t.Fatalf("step %d: got %v, want the break", step, err)
		}
		if _, err := Open(dir); step < 8 && !errors.Is(err, ErrNotFrozen) {
			t.Errorf("step %d: got %v, want no edition", step, err)
		}
		if err := Write(dir, m, plan, recipients); err != nil && !(step == 8 && errors.Is(err, ErrFrozen)) {
			t.Errorf("step %d: freeze again: %v", step, err)
		}
		if e, err := Open(dir); err != nil || len(collect(t, e.Planned())) != 3 {
			t.Errorf("step %d: got %v, want a whole edition", step, err)
		}
	}
}

func TestOpenRefusesANewerManifest(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "e")
	e := mustWrite(t, dir, 1)
	e.Manifest.Version = 2
	data, err := json.Marshal(e.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ManifestFile), data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "got version 2, want at most 1") {
		t.Errorf("got %v, want it to refuse version 2", err)
	}
}

func TestListIsBySlot(t *testing.T) {
	data := filepath.Join(t.TempDir(), "v[a]r*") // a folder's name is no pattern
	ids := []ID{{"b", "20111206T1000"}, {"a", "20111207T1000"}, {"c", "20111206T1000"}}
	for _, id := range ids {
		mustWrite(t, Dir(data, id), 1)
	}
	if err := os.MkdirAll(filepath.Join(data, "editions", "d", "20111206T1000"), 0o700); err != nil { // never frozen
		t.Fatal(err)
	}
	got, err := List(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]ID{{"b", "20111206T1000"}, {"c", "20111206T1000"}, {"a", "20111207T1000"}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestPeopleOfMessages(t *testing.T) {
	data := t.TempDir()
	_, plan, recipients := sample(3)
	mustWrite(t, Dir(data, ID{"replace-soon", "20111206T1000"}), 3)
	want := map[string]journal.Person{}
	for _, r := range recipients {
		if r.MessageKey == plan[0].MessageKey {
			want[r.MessageKey] = journal.Person{ContactKey: plan[0].ContactKey, AddressKey: r.AddressKey}
		}
	}
	got, err := People(data, []string{plan[0].MessageKey, "unknown"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestLock also takes the lock in another process and kills it.
func TestLock(t *testing.T) {
	if dir := os.Getenv("TOKUI_TEST_LOCK"); dir != "" {
		if _, err := LockSender(dir); err != nil {
			t.Fatal(err)
		}
		fmt.Println("locked")
		select {}
	}
	dir := t.TempDir()
	release, err := LockSender(dir)
	if err != nil {
		t.Fatal(err)
	}
	var locked *LockedError
	if _, err := LockSender(dir); !errors.As(err, &locked) || locked.PID != os.Getpid() {
		t.Errorf("got %v, want a LockedError that names this process", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	other := exec.Command(os.Args[0], "-test.run=^TestLock$")
	other.Env = append(os.Environ(), "TOKUI_TEST_LOCK="+dir)
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 6)
	if _, err := out.Read(said); err != nil || string(said) != "locked" {
		t.Fatalf("got %q, %v, want locked", said, err)
	}
	if _, err := LockSender(dir); !errors.As(err, &locked) || locked.PID != other.Process.Pid {
		t.Errorf("got %v, want a LockedError that names the other process", err)
	}
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait()
	release, err = LockSender(dir)
	if err != nil {
		t.Fatalf("after the kill: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
}

func mustOpen(t *testing.T, dir string) *Edition {
	t.Helper()
	e, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// AP2: who is erased leaves the recipients, and the accounts stay whole; others' fields can be changed; nothing to change
// leaves the file alone.
func TestAP2Erase(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "e")
	e := mustWrite(t, dir, 5)
	before, err := os.ReadFile(filepath.Join(dir, RecipientsFile))
	if err != nil {
		t.Fatal(err)
	}
	var first Recipient
	for r, err := range e.Recipients() {
		if err != nil {
			t.Fatal(err)
		}
		first = r
		break
	}
	without := func(r Recipient) (Recipient, bool) {
		if r.ContactID == first.ContactID {
			return r, false
		}
		if r.Name != "" {
			r.Name = ""
		}
		return r, true
	}
	same := func(r Recipient) (Recipient, bool) { return r, true }
	for _, dry := range []bool{true, false} {
		if removed, changed, err := e.Erase(dry, same); removed+changed != 0 || err != nil {
			t.Errorf("nothing to change: got %d, %d, %v", removed, changed, err)
		}
	}
	if removed, _, err := e.Erase(true, without); removed != 1 || err != nil {
		t.Errorf("dry: got %d, %v, want 1 removed", removed, err)
	}
	if now, err := os.ReadFile(filepath.Join(dir, RecipientsFile)); err != nil || string(now) != string(before) {
		t.Errorf("a dry run changed the file, %v", err)
	}
	for i, want := range []int{1, 0} { // repeated
		if removed, _, err := e.Erase(false, without); removed != want || err != nil {
			t.Errorf("time %d: got %d removed, %v, want %d", i+1, removed, err, want)
		}
	}
	for r, err := range e.Recipients() {
		if err != nil || r.ContactID == first.ContactID || r.Name != "" {
			t.Errorf("got %+v, %v, want the others without a name", r, err)
		}
	}
	if _, err := Balance(e, NewMessageStates()); err != nil {
		t.Error(err)
	}
	forgotten := 0
	for entry, err := range e.Planned() {
		if err != nil {
			t.Fatal(err)
		}
		if entry.Forgotten {
			forgotten++
		}
	}
	if forgotten > 1 {
		t.Errorf("got %d forgotten of the planned, want at most 1", forgotten)
	}
}
