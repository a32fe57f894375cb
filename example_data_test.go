// Package tokui_test holds what is true of the repository as a whole.
package tokui_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestExampleDataRegenerates runs the generators of the examples' invented data as the user would, and compares what
// they write with what is committed: byte for byte, on every machine.
func TestExampleDataRegenerates(t *testing.T) {
	for _, example := range []struct {
		folder string
		files  []string
	}{
		{"testdata/online_retail", []string{"customers.csv", "contacts.csv", "interests.csv", "consents.csv", "products.csv"}},
		{"testdata/ja", []string{"juchu_2023.csv", "juchu_2024.csv", "shohin.csv", "tokuisaki.csv", "renrakusaki.csv", "kyomi.csv", "douki.csv",
			"seikyu.csv", "taiou.csv", "shodan.csv", "hoyu.csv", "anketo.csv", "hannou.csv"}},
	} {
		t.Run(example.folder, func(t *testing.T) {
			to := t.TempDir()
			cmd := exec.Command("go", "run", "./"+example.folder+"/generate", "-to", to)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("generate: %v\n%s", err, out)
			}
			for _, name := range example.files {
				got, err := os.ReadFile(filepath.Join(to, name))
				if err != nil {
					t.Fatal(err)
				}
				want, err := os.ReadFile(filepath.Join(example.folder, name))
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%s differs from what its generator writes: run it again, look at the change, commit it", name)
				}
			}
		})
	}
}
