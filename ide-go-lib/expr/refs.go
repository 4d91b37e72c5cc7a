package expr

import (
	"maps"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"dataflow/ide-go-lib/errs"
)

// Roots are the names that expressions see.
var Roots = [...]string{"params", "trigger", "nodes", "vars", "run", "item", "index"}

// Ref is one reference into the scope, such as nodes.strikes.table.rows.
type Ref struct {
	Root   string
	Path   []string // the names behind the root, as far as they are written out
	Column int      // in the expression, from 1
	Text   string   // the expression
}

// String gives the reference as it is written.
func (r Ref) String() string { return strings.Join(append([]string{r.Root}, r.Path...), ".") }

// References gives what the expressions of a text refer to.
func References(text string) ([]Ref, error) {
	t, err := Compile(text, Text)
	if err != nil {
		return nil, err
	}
	return t.Refs(), nil
}

// finder walks an expression for references and for what is not allowed.
type finder struct {
	text string
	refs []Ref
	err  *errs.Error
}

func (f *finder) refuse(n ast.Node, format string, args ...any) {
	if f.err == nil {
		f.err = invalid(f.text, column(f.text, n.Location().From), format, args...)
	}
}

// walk visits n; locals are the variables that let has declared around it.
func (f *finder) walk(n ast.Node, locals map[string]bool) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		f.name(n, nil, locals)
	case *ast.MemberNode:
		f.member(n, locals)
	case *ast.ChainNode:
		f.walk(n.Node, locals)
	case *ast.UnaryNode:
		f.walk(n.Node, locals)
	case *ast.BinaryNode:
		f.all(locals, n.Left, n.Right)
	case *ast.SliceNode:
		f.all(locals, n.Node, n.From, n.To)
	case *ast.CallNode:
		switch callee := n.Callee.(type) {
		case *ast.IdentifierNode:
			if _, ok := functions[callee.Value]; !ok {
				f.refuse(n, "there is no function %s%s", callee.Value, didYouMean(callee.Value, functionNames()))
			}
		case *ast.MemberNode:
			f.walk(callee.Node, locals)
		default:
			f.refuse(n, "this is not a function")
		}
		f.all(locals, n.Arguments...)
	case *ast.BuiltinNode:
		f.all(locals, n.Arguments...)
	case *ast.PredicateNode:
		f.walk(n.Node, locals)
	case *ast.ConditionalNode:
		f.all(locals, n.Cond, n.Exp1, n.Exp2)
	case *ast.VariableDeclaratorNode:
		f.walk(n.Value, locals)
		if slices.Contains(Roots[:], n.Name) || strings.HasPrefix(n.Name, "__") {
			f.refuse(n, "%s is taken; call the variable otherwise", n.Name)
		}
		inner := maps.Clone(locals)
		if inner == nil {
			inner = map[string]bool{}
		}
		inner[n.Name] = true
		f.walk(n.Expr, inner)
	case *ast.SequenceNode:
		f.all(locals, n.Nodes...)
	case *ast.ArrayNode:
		f.all(locals, n.Nodes...)
	case *ast.MapNode:
		f.all(locals, n.Pairs...)
	case *ast.PairNode:
		f.all(locals, n.Key, n.Value)
	}
}

func (f *finder) all(locals map[string]bool, nodes ...ast.Node) {
	for _, n := range nodes {
		if n != nil {
			f.walk(n, locals)
		}
	}
}

// member follows a.b["c"].d down to the name it begins with.
func (f *finder) member(n *ast.MemberNode, locals map[string]bool) {
	var path []string
	var at ast.Node = n
	for {
		switch m := at.(type) {
		case *ast.MemberNode:
			if s, ok := m.Property.(*ast.StringNode); ok {
				path = append(path, s.Value)
			} else {
				path = path[:0] // what follows a computed step is not known
				f.walk(m.Property, locals)
			}
			at = m.Node
			continue
		case *ast.ChainNode:
			at = m.Node
			continue
		case *ast.IdentifierNode:
			slices.Reverse(path)
			f.name(m, path, locals)
		default:
			f.walk(at, locals)
		}
		return
	}
}

func (f *finder) name(n *ast.IdentifierNode, path []string, locals map[string]bool) {
	switch {
	case locals[n.Value]:
		return
	case !slices.Contains(Roots[:], n.Value):
		f.refuse(n, "there is no %s; there are %s%s", n.Value, strings.Join(Roots[:], ", "), didYouMean(n.Value, Roots[:]))
		return
	case n.Value == "nodes" && len(path) < 2:
		f.refuse(n, "write nodes.<id>.<port>, with both written out")
		return
	}
	f.refs = append(f.refs, Ref{Root: n.Value, Path: path, Column: column(f.text, n.Location().From), Text: f.text})
}

// column turns the parser's offset in characters into a column from 1.
func column(text string, offset int) int {
	column := 1
	for _, r := range text {
		if offset == 0 {
			break
		}
		offset--
		column++
		if r == '\n' {
			column = 1
		}
	}
	return column
}

func functionNames() []string { return slices.Sorted(maps.Keys(functions)) }
