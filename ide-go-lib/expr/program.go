package expr

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	exprlang "github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/spec"
)

// program is one compiled expression.
type program struct {
	text string
	refs []Ref
	code *vm.Program
	path []string // of an expression that is nothing but a.b.c; it needs no machine
}

const maxExpression = 16 << 10

func compile(text string) (*program, error) {
	if len(text) > maxExpression {
		return nil, errs.Invalid(CodeInvalid, "The expression {{ %s }} has %d bytes; at most %d are allowed", brief(text), len(text), maxExpression)
	}
	tree, err := parse(text)
	if err != nil {
		return nil, syntax(text, err)
	}
	f := &finder{text: text}
	f.walk(tree.Node, nil)
	if f.err != nil {
		return nil, f.err
	}
	p := &program{text: text, refs: f.refs, path: plainPath(tree.Node)}
	if p.path != nil {
		return p, nil
	}
	if p.code, err = exprlang.Compile(text, options...); err != nil {
		return nil, syntax(text, err)
	}
	return p, nil
}

// parse reads an expression. Where it nests too deep for the library's recursion, it is refused beforehand.
func parse(text string) (*parser.Tree, error) {
	if depth(text) > 200 {
		return nil, errors.New("it is nested too deep")
	}
	config := conf.CreateNew()
	for _, option := range options {
		option(config)
	}
	for name := range config.Disabled {
		delete(config.Builtins, name)
	}
	return parser.ParseWithConfig(text, config)
}

// depth is an upper bound for how deep an expression nests.
func depth(text string) int {
	open, most, prefix := 0, 0, 0
	for i := range len(text) {
		switch text[i] {
		case '(', '[', '{':
			open++
		case ')', ']', '}':
			open--
		case '!', '-', '+', '?':
			prefix++
		}
		most = max(most, open)
	}
	return most + prefix/4
}

// plainPath gives a.b.c as its names, or nil for anything else.
func plainPath(n ast.Node) []string {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return []string{n.Value}
	case *ast.MemberNode:
		if s, ok := n.Property.(*ast.StringNode); ok && !n.Optional && !n.Method {
			if path := plainPath(n.Node); path != nil {
				return append(path, s.Value)
			}
		}
	}
	return nil
}

var machines = sync.Pool{New: func() any { return &vm.VM{} }}

func (p *program) run(scope *Scope) (any, error) {
	if p.path != nil {
		if v, ok := follow(scope.env, p.path); ok {
			return v, nil
		}
		return nil, p.lost(scope.env)
	}
	machine := machines.Get().(*vm.VM)
	v, err := machine.Run(p.code, scope.env)
	clear(machine.Stack[:cap(machine.Stack)])
	machines.Put(machine)
	if err != nil {
		return nil, p.failed(err, 0)
	}
	return v, nil
}

// follow takes a path through mappings; a name that is not there is null, as everywhere in the language.
func follow(v any, path []string) (any, bool) {
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		v = m[name]
	}
	return v, true
}

// lost says at which step a path ended.
func (p *program) lost(v any) error {
	for i, name := range p.path {
		m, ok := v.(map[string]any)
		if !ok {
			return p.failed(fmt.Errorf("%s is %s and has no %s", strings.Join(p.path[:i], "."), kindOf(v), name), 1)
		}
		v = m[name]
	}
	return nil
}

// failed gives the error of an evaluation, with the column where the library knows it.
func (p *program) failed(err error, column int) error {
	message := err.Error()
	var at *file.Error
	if errors.As(err, &at) {
		message, column = at.Message, at.Column+1
	}
	var limit limitError
	code := CodeFailed
	if errors.As(err, &limit) {
		code = CodeLimit
	}
	if strings.Contains(message, "memory budget exceeded") {
		code, message = CodeLimit, "it takes too much memory; work on large data with a table or Python node"
	}
	message = plainWords(message)
	return errs.Invalid(code, "The expression {{ %s }} failed", brief(p.text)).
		With(errs.Detail{Code: code, Message: message, Place: errs.Place{Column: max(column, 1)}}).Wrap(contextCause(err))
}

// contextCause keeps a cancellation recognisable; nothing else of the library's errors is of use.
func contextCause(err error) error {
	for e := err; e != nil; e = errors.Unwrap(e) {
		if isContext(e) {
			return e
		}
	}
	return nil
}

// syntax gives the error of a compilation.
func syntax(text string, err error) error {
	var own *errs.Error
	if errors.As(err, &own) {
		return own
	}
	column, message := 1, err.Error()
	var at *file.Error
	if errors.As(err, &at) {
		column, message = at.Column+1, at.Message
	}
	return invalid(text, column, "%s", plainWords(message))
}

var words = strings.NewReplacer(
	"<nil>", "null", "interface {}", "any value", "map[string]any value", "object", "[]any value", "array",
	"map[string]interface {}", "object", "[]interface {}", "array", "float64", "number", "int64", "integer",
	"json.Number", "integer beyond 64 bits", "time.Time", "date", "time.Duration", "duration",
)

// plainWords says types as users know them.
func plainWords(message string) string {
	if text, ok := conversion(message); ok {
		return text
	}
	message = words.Replace(message)
	if message == "unexpected token EOF" {
		return "it ends where something is still missing"
	}
	if rest, ok := strings.CutPrefix(message, "cannot fetch "); ok {
		if name, of, ok := strings.Cut(rest, " from "); ok {
			return fmt.Sprintf("there is no %s in %s", name, of)
		}
	}
	return message
}

// conversions are the functions that make a number of something, with what they make.
var conversions = map[string]string{"int": "a whole number", "int64": "a whole number", "float": "a number"}

// conversion says what could not be made a number, and what to do; the library says "invalid operation: int(abc)".
func conversion(message string) (string, bool) {
	if message == "reflect: call of reflect.Value.Type on zero Value" { // of int(nil)
		message = "invalid operation: int(<nil>)"
	}
	rest, _ := strings.CutPrefix(message, "invalid operation: ")
	name, given, _ := strings.Cut(rest, "(")
	made, known := conversions[name]
	given, closed := strings.CutSuffix(given, ")")
	if rest == message || !known || !closed {
		return "", false
	}
	cannot := func(what, advice string) (string, bool) {
		return fmt.Sprintf("%s cannot be made %s by %s(); %s", what, made, name, advice), true
	}
	if given == "<nil>" {
		return cannot("null", fmt.Sprintf("say what to take in its place, such as %s(value ?? 0)", name))
	}
	if kind := words.Replace(given); kind != given || given == "bool" { // the library names the type of what is no text
		return cannot("a value of type "+strings.Replace(kind, "bool", "boolean", 1), "give a number or a text of one")
	}
	if _, err := strconv.ParseFloat(given, 64); err == nil {
		return cannot(fmt.Sprintf("the text %q", brief(given)), fmt.Sprintf("%s(float(value)) cuts off what comes after the point", name))
	}
	return cannot(fmt.Sprintf("the text %q", brief(given)), fmt.Sprintf(`mend the value, or test it before, such as value matches "^[0-9]+$" ? %s(value) : 0`, name))
}

func didYouMean(name string, candidates []string) string {
	if near := spec.Nearest(name, candidates); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}
