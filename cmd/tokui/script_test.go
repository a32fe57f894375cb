package main

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
)

// update rewrites what scripts compare with: look at it before committing.
var update = flag.Bool("update", false, "rewrite the golden files in the scripts")

// TestMain lets this test binary be the tokui command: scripts run the real program in processes of its own.
func TestMain(m *testing.M) {
	if os.Getenv("TOKUI_TEST_COMMAND") != "" { // started by tokui() in kill_test.go
		os.Exit(mainWithSignals())
	}
	testscript.Main(m, map[string]func(){
		"tokui": func() { os.Exit(mainWithSignals()) },
	})
}

// TestScripts runs testdata/script/*.txtar: every verb as a user types it. $ROOT is the repository; examples are run
// from a copy whose data folder is the script's own.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("ROOT", root)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"example":  cmdExample,
			"count":    cmdCount,
			"exitcode": cmdExitCode,
			"edit":     cmdEdit,
			"tamper":   cmdTamper,
			"nowhere":  cmdNowhere,
		},
	})
}

// TestHelp holds that every verb explains itself and its exit codes. The help of help and completion is cobra's own.
func TestHelp(t *testing.T) {
	a := &app{stdout: os.Stdout, stderr: os.Stderr}
	var look func(cmd *cobra.Command)
	look = func(cmd *cobra.Command) {
		if cmd.Name() == "help" || cmd.Name() == "completion" {
			return
		}
		if cmd.Short == "" || len(cmd.Long) < len(exitHelp)+100 {
			t.Errorf("%s: its help teaches nothing: %q, %q", cmd.CommandPath(), cmd.Short, cmd.Long)
		}
		if !strings.HasSuffix(cmd.Long, exitHelp) {
			t.Errorf("%s: its help does not end with the exit codes", cmd.CommandPath())
		}
		for _, below := range cmd.Commands() {
			look(below)
		}
	}
	look(a.root())
	if code := run(context.Background(), []string{"no-such-verb"}, os.Stdout, os.Stderr); code != exitUsage {
		t.Errorf("an unknown verb: got exit code %d, want %d", code, exitUsage)
	}
}

func readJSON(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("read json: %v in %s", err, text)
	}
}
