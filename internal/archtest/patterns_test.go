package archtest_test

import (
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Patterns are compiled when they are first used, so that one that is none would be found late.
func TestPatternsAreRegularExpressions(t *testing.T) {
	all, fset := readAll(t)
	constants := map[string]map[string]ast.Expr{} // by package and name
	for _, f := range all {
		if constants[f.pkg] == nil {
			constants[f.pkg] = map[string]ast.Expr{}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && len(v.Names) == len(v.Values) {
				for i, name := range v.Names {
					constants[f.pkg][name.Name] = v.Values[i]
				}
			}
			return true
		})
	}
	found := 0
	for _, f := range all {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || f.test || !isPatternOf(call.Fun) {
				return true
			}
			if text, ok := textOf(call.Args[0], constants[f.pkg]); ok { // others are made of arguments, and tested where they are
				_, err := regexp.Compile(text)
				require.NoError(t, err, fset.Position(call.Pos()))
				found++
			}
			return true
		})
	}
	require.Greater(t, found, 50)
}

// compiledAtStart are the packages whose variables may hold compiled expressions, each with why.
var compiledAtStart = map[string]string{}

// What a package compiles at its start, every process pays for, whether it needs it or not.
func TestNoExpressionIsCompiledAtStart(t *testing.T) {
	all, fset := readAll(t)
	for _, f := range all {
		if f.test || compiledAtStart[f.pkg] != "" {
			continue
		}
		for _, d := range f.ast.Decls {
			vars, ok := d.(*ast.GenDecl)
			if !ok || vars.Tok != token.VAR {
				continue
			}
			ast.Inspect(vars, func(n ast.Node) bool {
				if _, ok := n.(*ast.FuncLit); ok {
					return false // runs when it is called
				}
				sel, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				pkg, ok := sel.X.(*ast.Ident)
				compiles := ok && pkg.Name == "regexp" && (strings.HasPrefix(sel.Sel.Name, "MustCompile") || strings.HasPrefix(sel.Sel.Name, "Compile"))
				require.False(t, compiles, "%s: use pattern.Of, which compiles it when it is first used", fset.Position(n.Pos()))
				return true
			})
		}
	}
}

func isPatternOf(fun ast.Expr) bool {
	sel, ok := fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Of" {
		return false
	}
	pkg, ok := sel.X.(*ast.Ident)
	return ok && pkg.Name == "pattern"
}

// textOf gives the text of an expression of constants.
func textOf(e ast.Expr, constants map[string]ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.Ident:
		value, ok := constants[e.Name]
		if !ok {
			return "", false
		}
		return textOf(value, constants)
	case *ast.BinaryExpr:
		left, ok := textOf(e.X, constants)
		right, also := textOf(e.Y, constants)
		return left + right, ok && also && e.Op == token.ADD
	}
	return "", false
}
