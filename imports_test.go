package tokui_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const modulePath = "github.com/tokui/tokui"

// TestImportRule holds the rule of DESIGN section 4: a stage imports internal/ and the stages before it in the line;
// internal/ imports no stage; warehouse alone knows DuckDB, and who sends or answers the public does not know warehouse.
func TestImportRule(t *testing.T) {
	stages := []string{"source", "onboard", "predict", "model", "audience", "message", "delivery", "response", "effect", "report", "explain"}
	position := func(path string) int {
		name, ok := strings.CutPrefix(path, modulePath+"/pipelines/")
		if !ok {
			return -1
		}
		return slices.Index(stages, name)
	}
	for _, p := range listPackages(t) {
		for _, imported := range p.Imports {
			from, to := strings.TrimPrefix(p.ImportPath, modulePath+"/"), strings.TrimPrefix(imported, modulePath+"/")
			switch {
			case strings.Contains(imported, "duckdb-go") && from != "internal/warehouse":
				t.Errorf("%s imports %s: only internal/warehouse may", from, imported)
			case !strings.HasPrefix(imported, modulePath):
			case strings.HasPrefix(from, "internal/") && !strings.HasPrefix(to, "internal/"):
				t.Errorf("%s imports %s: internal/ stands on nothing of ours but itself", from, to)
			case position(p.ImportPath) >= 0 && position(imported) >= 0 && position(imported) >= position(p.ImportPath):
				t.Errorf("%s imports %s: a stage imports only those before it", from, to)
			case position(p.ImportPath) >= 0 && position(imported) < 0 && !strings.HasPrefix(to, "internal/"):
				t.Errorf("%s imports %s: a stage knows no pipeline, job or command", from, to)
			case from == "jobs" && !strings.HasPrefix(to, "internal/"):
				t.Errorf("%s imports %s: jobs says when, and knows no stage", from, to)
			case strings.HasPrefix(to, "cmd/"):
				t.Errorf("%s imports %s: nothing stands right of cmd", from, to)
			case to == "internal/warehouse" && (from == "internal/edition" || from == "internal/journal" ||
				from == "pipelines/message" || from == "pipelines/delivery"):
				t.Errorf("%s imports %s: sending needs no database", from, to)
			}
		}
	}
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 15 {
		t.Fatalf("go list named %d packages, want all", len(all))
	}
	return all
}
