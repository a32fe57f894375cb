package onboard

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokui/tokui/bench/exports"
)

// forget takes a system's profile away, and the synonyms that it alone uses.
func (o Options) forget(s exports.System) Options {
	o.Profiles = slices.DeleteFunc(slices.Clone(o.Profiles), func(p Profile) bool { return p.file == s.Name })
	others := map[string]bool{}
	for _, other := range exports.Systems() {
		if other.Name != s.Name {
			for _, c := range other.Columns {
				name, _, _ := strings.Cut(c, "|")
				others[plainName(name)] = true
			}
		}
	}
	for _, c := range s.Columns {
		name, _, _ := strings.Cut(c, "|")
		plain := plainName(name)
		if others[plain] {
			continue
		}
		for _, role := range o.Words.exact[plain] {
			delete(o.Words.rank, role+" "+plain)
		}
		delete(o.Words.exact, plain)
	}
	return o
}

// study makes a system's file and reads it, as if nobody had ever seen that system where it is to be forgotten.
func study(t *testing.T, s exports.System, forget bool) (*Finding, Written) {
	t.Helper()
	o, err := NewOptions()
	if err != nil {
		t.Fatal(err)
	}
	if forget {
		o = o.forget(s)
	}
	dir := t.TempDir()
	text, _ := s.Make()
	path := filepath.Join(dir, s.File)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Study([]string{path}, o)
	if err != nil {
		t.Fatal(err)
	}
	w, err := f.Write(Settings{Dir: dir, Today: time.Date(2026, 4, 20, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return f, w
}

func salesOf(f *Finding) *SourcePlan {
	for _, p := range f.Sources {
		if p.Table == "sales" {
			return p
		}
	}
	return nil
}

// TestSystems holds that every known system is recognised and mapped as its profile says.
func TestSystems(t *testing.T) {
	for _, s := range exports.Systems() {
		t.Run(s.Name, func(t *testing.T) {
			f, w := study(t, s, false)
			p := salesOf(f)
			if p == nil || p.Profile == nil || p.Profile.file != s.Name {
				t.Fatalf("got %+v, want the profile %s; problems %v", p, s.Name, f.Problems)
			}
			for column, want := range s.Right {
				if got := p.field(column); got == nil || got.Right != want {
					t.Errorf("%s: got %+v, want %s", column, got, want)
				}
			}
			for _, open := range w.Open {
				if !(s.NoCustomer && open.Column == "customer_id") {
					t.Errorf("line %d: %s is open, want it mapped", open.Line, open.Column)
				}
			}
			if testing.Verbose() {
				t.Log("\n" + strings.SplitN(w.Text, "# -----", 2)[0])
			}
		})
	}
}

// sameDays reports whether another column than the wanted one says the same day in every row.
func sameDays(p *SourcePlan, f *Field, want string) bool {
	c := p.Of.column(want)
	if c == nil || len(f.From) != 1 || !c.IsDate() || !f.From[0].IsDate() || len(c.cells) != len(f.From[0].cells) {
		return false
	}
	for r := range c.cells {
		if !c.days[c.cells[r]].Equal(f.From[0].days[f.From[0].cells[r]]) {
			return false
		}
	}
	return true
}

// TestLeaveOneOut holds that on a system nobody has described no wrong column is taken silently, and counts how much is
// found by names and values alone.
func TestLeaveOneOut(t *testing.T) {
	right, marked, doubtful, open, wrong := 0, 0, 0, 0, 0
	for _, s := range exports.Systems() {
		f, _ := study(t, s, true)
		p := salesOf(f)
		var parts []string
		for _, column := range contractOrder("sales") {
			want, single := s.Right[column]
			if !single {
				continue
			}
			var got *Field
			if p != nil {
				got = p.field(column)
			}
			switch {
			case got == nil || got.Right == "":
				open++
				parts = append(parts, column+" open")
			case got.Sure >= Likely && (got.Right == want || sameDays(p, got, want)):
				right++
			case got.Right == want || sameDays(p, got, want):
				marked++
				parts = append(parts, column+" CHECK")
			case got.Sure <= Check:
				doubtful++
				parts = append(parts, fmt.Sprintf("%s CHECK %s", column, got.Right))
			default:
				wrong++
				parts = append(parts, fmt.Sprintf("%s WRONG %s (%s), want %s", column, got.Right, got.Sure, want))
				t.Errorf("%s: %s: got %s as %s, want %s", s.Name, column, got.Right, got.Sure, want)
			}
		}
		t.Logf("%-22s %s", s.Name, strings.Join(parts, ", "))
	}
	t.Logf("right %d, right with a mark %d, other column or expression with a mark %d, open or proposed %d, wrong and silent %d", right, marked, doubtful, open, wrong)
	if right+marked < 52 {
		t.Errorf("got %d of %d right, want 52 or more by names and values alone", right+marked, right+marked+doubtful+open+wrong)
	}
}
