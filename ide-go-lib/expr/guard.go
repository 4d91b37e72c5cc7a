package expr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	exprlang "github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm/runtime"
)

// The names behind the scenes; a user's expression cannot hold them.
const (
	nowName    = "__now"
	budgetName = "__budget"
	tickName   = "__tick"
	weighName  = "__weigh"
	scanName   = "__scan"
)

// heavy are the language's own functions that make something about as large as their first argument.
var heavy = map[string]bool{
	"upper": true, "lower": true, "toBase64": true, "fromBase64": true, "keys": true, "values": true, "toPairs": true, "fromPairs": true,
	"sort": true, "reverse": true, "concat": true,
}

// scanning are the operators that look through their left side.
var scanning = map[string]bool{"matches": true, "contains": true, "startsWith": true, "endsWith": true}

// operators are replaced by functions that keep integers exact and stay within the budget.
var operators = map[string]string{
	"+": "__add", "-": "__subtract", "*": "__multiply", "==": "__equal", "!=": "__unequal", "in": "__in",
}

// guard rewrites an expression so that it cannot run away: every round of a predicate is counted, and whatever may
// build or walk large values is told the budget.
type guard struct{}

func (guard) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.PredicateNode:
		n.Node = call(n.Node, tickName, n.Node)
	case *ast.BuiltinNode:
		if heavy[n.Name] {
			for i, arg := range n.Arguments {
				n.Arguments[i] = call(arg, weighName, arg)
			}
		}
	case *ast.BinaryNode:
		if scanning[n.Operator] && !literal(n.Left) {
			n.Left = call(n.Left, scanName, n.Left)
			return
		}
		name, ok := operators[n.Operator]
		if !ok || comparison(n.Operator) && (literal(n.Left) || literal(n.Right) && n.Operator != "in") {
			return
		}
		replace(node, call(n, name, n.Left, n.Right))
	case *ast.CallNode:
		name, ok := n.Callee.(*ast.IdentifierNode)
		if !ok {
			return
		}
		switch f := functions[name.Value]; {
		case name.Value == "now":
			replace(node, identifier(n, nowName))
		case f.guarded:
			n.Arguments = append([]ast.Node{identifier(n, budgetName)}, n.Arguments...)
		}
	}
}

func comparison(operator string) bool {
	return operator == "==" || operator == "!=" || operator == "in"
}

func literal(n ast.Node) bool {
	switch n.(type) {
	case *ast.NilNode, *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.StringNode:
		return true
	}
	return false
}

func call(at ast.Node, name string, args ...ast.Node) ast.Node {
	n := &ast.CallNode{Callee: identifier(at, name), Arguments: append([]ast.Node{identifier(at, budgetName)}, args...)}
	n.SetLocation(at.Location())
	return n
}

func identifier(at ast.Node, name string) ast.Node {
	n := &ast.IdentifierNode{Value: name}
	n.SetLocation(at.Location())
	return n
}

func replace(node *ast.Node, by ast.Node) {
	by.SetLocation((*node).Location())
	*node = by
}

// guarded are the functions behind operators and predicates.
func guardedOptions() []exprlang.Option {
	withBudget := func(name string, f func(b *budget, args []any) (any, error)) exprlang.Option {
		return exprlang.Function(name, func(args ...any) (any, error) {
			b, ok := args[0].(*budget)
			if !ok {
				return nil, errors.New("it is not evaluated within limits")
			}
			return f(b, args[1:])
		})
	}
	return []exprlang.Option{
		withBudget(tickName, func(b *budget, args []any) (any, error) { return args[0], b.step(1) }),
		withBudget(weighName, func(b *budget, args []any) (any, error) { return args[0], weigh(b, args[0]) }),
		withBudget(scanName, func(b *budget, args []any) (any, error) {
			s, _ := args[0].(string)
			return args[0], b.step(1 + len(s)/64)
		}),
		withBudget("__add", func(b *budget, args []any) (any, error) { return add(b, args[0], args[1]) }),
		withBudget("__subtract", func(_ *budget, args []any) (any, error) { return subtract(args[0], args[1]) }),
		withBudget("__multiply", func(_ *budget, args []any) (any, error) { return multiply(args[0], args[1]) }),
		withBudget("__equal", func(b *budget, args []any) (any, error) { return equal(b, args[0], args[1]) }),
		withBudget("__unequal", func(b *budget, args []any) (any, error) {
			same, err := equal(b, args[0], args[1])
			return !same, err
		}),
		withBudget("__in", func(b *budget, args []any) (any, error) { return contains(b, args[0], args[1]) }),
	}
}

// weigh counts the work and memory of copying a value once.
func weigh(b *budget, v any) error {
	size := 0
	switch v := v.(type) {
	case string:
		size = len(v)
	case []any:
		size = 16 * len(v)
	case map[string]any:
		size = 32 * len(v)
	}
	if err := b.grow(size); err != nil {
		return err
	}
	return b.step(1 + size/256)
}

var errOverflow = errors.New("the result is beyond 64-bit integers; write float(x) to calculate with approximate numbers")

func add(b *budget, x, y any) (any, error) {
	if i, j, ok := integers(x, y); ok {
		sum := i + j
		if (sum > i) != (j > 0) && j != 0 {
			return nil, errOverflow
		}
		return sum, nil
	}
	if s, ok := x.(string); ok {
		if t, ok := y.(string); ok {
			if err := b.grow(len(s) + len(t)); err != nil {
				return nil, err
			}
			return s + t, nil
		}
	}
	if err := operands("+", x, y); err != nil {
		return nil, err
	}
	return runtime.Add(x, y), nil
}

func subtract(x, y any) (any, error) {
	if i, j, ok := integers(x, y); ok {
		difference := i - j
		if (difference < i) != (j > 0) && j != 0 {
			return nil, errOverflow
		}
		return difference, nil
	}
	if err := operands("-", x, y); err != nil {
		return nil, err
	}
	return runtime.Subtract(x, y), nil
}

func multiply(x, y any) (any, error) {
	if i, j, ok := integers(x, y); ok {
		product := i * j
		if i != 0 && (product/i != j || i == -1 && j == math.MinInt) {
			return nil, errOverflow
		}
		return product, nil
	}
	if err := operands("*", x, y); err != nil {
		return nil, err
	}
	return runtime.Multiply(x, y), nil
}

func integers(x, y any) (i, j int, ok bool) {
	if i, ok = integer(x); ok {
		j, ok = integer(y)
	}
	return i, j, ok
}

func integer(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case int64:
		return int(v), true
	}
	return 0, false
}

// operands says clearly what the library would put as "invalid operation: <nil> + int".
func operands(operator string, x, y any) error {
	for _, v := range []any{x, y} {
		switch v.(type) {
		case nil:
			return fmt.Errorf("%s %s %s: null cannot be calculated with; write (x ?? 0) for a value that may be null", kindOf(x), operator, kindOf(y))
		case json.Number:
			return errOverflow
		}
	}
	if !calculable(x, y) {
		return fmt.Errorf("%s %s %s cannot be calculated", kindOf(x), operator, kindOf(y))
	}
	return nil
}

func calculable(x, y any) bool {
	_, numberX := asFloat(x)
	_, numberY := asFloat(y)
	return numberX && numberY || temporal(x) && temporal(y)
}

func temporal(v any) bool {
	switch v.(type) {
	case time.Time, time.Duration:
		return true
	}
	return false
}

// equal compares deeply within the budget; 1 and 1.0 are equal.
func equal(b *budget, x, y any) (bool, error) {
	if err := b.step(1); err != nil {
		return false, err
	}
	if i, j, ok := integers(x, y); ok {
		return i == j, nil
	}
	switch x := x.(type) {
	case []any:
		y, ok := y.([]any)
		if !ok || len(x) != len(y) {
			return false, nil
		}
		for i := range x {
			if same, err := equal(b, x[i], y[i]); !same || err != nil {
				return false, err
			}
		}
		return true, nil
	case map[string]any:
		y, ok := y.(map[string]any)
		if !ok || len(x) != len(y) {
			return false, nil
		}
		for k, v := range x {
			other, there := y[k]
			if !there {
				return false, nil
			}
			if same, err := equal(b, v, other); !same || err != nil {
				return false, err
			}
		}
		return true, nil
	}
	return runtime.Equal(x, y), nil
}

func contains(b *budget, item, in any) (any, error) {
	if list, ok := in.([]any); ok {
		for _, v := range list {
			if same, err := equal(b, item, v); same || err != nil {
				return same, err
			}
		}
		return false, nil
	}
	return runtime.In(item, in), nil
}

func isContext(err error) bool {
	return err == context.Canceled || err == context.DeadlineExceeded //nolint:errorlint // the chain is walked by the caller
}
