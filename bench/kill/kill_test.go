package main

import (
	"bytes"
	"os/exec"
	"testing"
)

// TestScenes is the short version: every scene, with the real program, on a few thousand recipients. The counts are in
// the log; every broken rule fails the test.
func TestScenes(t *testing.T) {
	if testing.Short() {
		t.Skip("kills the real program some forty times; run without -short")
	}
	dir := t.TempDir()
	program := dir + "/tokui"
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../cmd/tokui").CombinedOutput(); err != nil {
		t.Fatalf("build tokui: %v\n%s", err, out)
	}
	var counts, notes bytes.Buffer
	h := &harness{
		recipients: 3000, kills: 20, lines: 6, dir: dir, tokui: program, out: &counts, note: &notes, ctx: t.Context(),
	}
	broken, err := h.run()
	t.Logf("\n%s%s", &notes, &counts)
	if err != nil {
		t.Fatal(err)
	}
	if broken > 0 {
		t.Errorf("%d rules broken", broken)
	}
}
