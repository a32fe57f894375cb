package tokui_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestHouseRules holds what no linter that we run holds: every package says what it is for; no init, no package state, no
// grab-bag, no file of many subjects; the clock is read where evidence is made and nowhere else; tests do not sleep.
func TestHouseRules(t *testing.T) {
	out, err := exec.Command("git", "ls-files", "*.go").Output()
	if err != nil {
		t.Skipf("git ls-files: %v: this is no checkout", err)
	}
	documented := map[string]bool{}
	files := strings.Fields(string(out))
	set := token.NewFileSet()
	for _, name := range files {
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		folder := filepath.Dir(name)
		test := strings.HasSuffix(name, "_test.go")
		if !test {
			documented[folder] = documented[folder] || file.Doc != nil
		}
		if grabBag.MatchString(folder) {
			t.Errorf("%s: a folder that is named for nothing", folder)
		}
		if lines := set.Position(file.End()).Line; lines > 600 {
			t.Errorf("%s: got %d lines, want at most 600 with one subject", name, lines)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Name.Name == "init" && n.Recv == nil {
					t.Errorf("%s: an init function", set.Position(n.Pos()))
				}
			case *ast.SelectorExpr:
				if called(n, "time", "Now") && !test && !clock.MatchString(name) {
					t.Errorf("%s: reads the clock; as_of and now are inputs", set.Position(n.Pos()))
				}
				if called(n, "time", "Sleep") {
					t.Errorf("%s: sleeps", set.Position(n.Pos()))
				}
			}
			return true
		})
		for _, decl := range file.Decls {
			if vars, ok := decl.(*ast.GenDecl); ok && vars.Tok == token.VAR && !test {
				checkPackageVars(t, set, vars)
			}
		}
	}
	for folder, ok := range documented {
		if !ok {
			t.Errorf("%s: no package doc", folder)
		}
	}
}

var (
	grabBag = regexp.MustCompile(`(^|/)(util|utils|common|helpers?|misc|shared)(/|$)`)
	clock   = regexp.MustCompile(`^(cmd|bench|jobs|internal/journal|pipelines/delivery|pipelines/response)/`)
)

// checkPackageVars allows what never changes: errors, compiled patterns, embedded files, tables and interface checks.
func checkPackageVars(t *testing.T, set *token.FileSet, vars *ast.GenDecl) {
	t.Helper()
	for _, spec := range vars.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok || vars.Doc != nil && strings.Contains(vars.Doc.Text(), "go:embed") {
			continue
		}
		for _, value := range v.Values {
			if _, isMake := value.(*ast.CallExpr); isMake && called(value.(*ast.CallExpr).Fun, "", "make") {
				t.Errorf("%s: %s is state of the package", set.Position(v.Pos()), v.Names[0])
			}
		}
	}
}

func called(n ast.Node, pkg, name string) bool {
	if pkg == "" {
		id, ok := n.(*ast.Ident)
		return ok && id.Name == name
	}
	s, ok := n.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != name {
		return false
	}
	id, ok := s.X.(*ast.Ident)
	return ok && id.Name == pkg
}
