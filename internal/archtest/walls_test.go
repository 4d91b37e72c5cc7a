package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/internal/archtest"
)

// root is the repository's folder.
const root = "../.."

type goFile struct {
	path, pkg string
	test      bool
	ast       *ast.File
}

func readAll(t *testing.T) (all []goFile, fset *token.FileSet) {
	t.Helper()
	fset = token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata" || name == "dist") {
				return fs.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(fset, rel, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		all = append(all, goFile{rel, filepath.ToSlash(filepath.Dir(rel)), strings.HasSuffix(name, "_test.go"), f})
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all, fset
}

func TestWallsStand(t *testing.T) {
	all, _ := readAll(t)
	walls := archtest.Walls()
	for _, f := range all {
		if f.test { // a test may put together what the code may not
			continue
		}
		for _, spec := range f.ast.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			for _, w := range walls {
				if w.Forbids(f.pkg, imported) {
					t.Errorf("%s imports %s: %s (%s)", f.path, imported, w.Name, w.Why)
				}
			}
			if archtest.Neighbours(f.pkg, imported) {
				t.Errorf("%s imports %s: nodes never import each other", f.path, imported)
			}
		}
	}
}

// clockUses are what a pure package may not take from package time.
var clockUses = map[string]bool{"Now": true, "Since": true, "Until": true, "Sleep": true, "After": true, "AfterFunc": true, "Tick": true, "NewTimer": true, "NewTicker": true}

func TestPurePackagesHaveNoClock(t *testing.T) {
	all, fset := readAll(t)
	pure := map[string]bool{}
	for _, p := range archtest.Pure() {
		pure[p] = true
	}
	for _, f := range all {
		if f.test || !pure[f.pkg] {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && clockUses[sel.Sel.Name] {
				t.Errorf("%s uses time.%s, but %s is pure; time comes in as an argument", fset.Position(sel.Pos()), sel.Sel.Name, f.pkg)
			}
			return true
		})
	}
}

func TestNoInitAndNoLooseExits(t *testing.T) {
	all, fset := readAll(t)
	for _, f := range all {
		if f.test {
			continue
		}
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: func init; registries are values that are built where they are used", fset.Position(fn.Pos()))
			}
		}
		if f.ast.Name.Name == "main" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && (x.Name == "os" && sel.Sel.Name == "Exit" || x.Name == "log" && strings.HasPrefix(sel.Sel.Name, "Fatal")) {
				t.Errorf("%s ends the process; return an error", fset.Position(sel.Pos()))
			}
			return true
		})
	}
}

func TestTheWallsThemselves(t *testing.T) {
	forbidden := func(pkg, imported string) bool {
		for _, w := range archtest.Walls() {
			if w.Forbids(pkg, imported) {
				return true
			}
		}
		return archtest.Neighbours(pkg, imported)
	}
	for _, c := range []struct {
		pkg, imported string
		want          bool
	}{
		{"flow-automation/flow", "os", true},
		{"flow-automation/flow", "encoding/json", false},
		{"flow-automation/run", "net/http", true},
		{"ide-go-lib/errs", "net/http", false},
		{"ide-go-lib/errs", "net", true},
		{"ide-go-lib/httpd", "dataflow/flow-automation/flow", true},
		{"flow-automation/nodes/table/filter", "dataflow/flow-automation/engine", true},
		{"flow-automation/nodes/table/filter", "dataflow/flow-automation/nodes/table", false},
		{"flow-automation/nodes/table/filter", "dataflow/flow-automation/nodes/chart", true},
		{"flow-automation/nodes/python", "dataflow/coderunner/client", true},
		{"flow-automation/nodes/python", "dataflow/flow-automation/node", false},
		{"flow-automation/api", "dataflow/flow-automation/engine", false},
		{"flow-automation/api", "dataflow/flow-automation/engine/local", true},
		{"flow-automation", "dataflow/flow-automation/engine/local", false},
		{"flow-automation", "dataflow/coderunner/client", true},
		{"coderunner/client", "dataflow/flow-automation/node", false},
		{"coderunner/client", "dataflow/flow-automation/engine", true},
		{"cmd/dataflow/cli", "dataflow/coderunner/client", false},
		{"ide-go-lib/table", "github.com/duckdb/duckdb-go/v2", true},
		{"ide-go-lib/table/duck", "github.com/duckdb/duckdb-go/v2", false},
	} {
		require.Equal(t, c.want, forbidden(c.pkg, c.imported), "%s → %s", c.pkg, c.imported)
	}
}
