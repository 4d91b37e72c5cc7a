// Package codecheck asks the sandbox what is wrong with the code in a flow before anybody runs it: what does not parse, what
// the tenant's policy refuses, and what the environment has not.
package codecheck

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
)

// Patience is how long one analysis of a flow waits for the sandbox. A sandbox that is not there, or that is busy, keeps
// nobody from saving a flow: it says the same again when the code runs.
const Patience = 2 * time.Second

// kept bounds how many answers are remembered; a flow is analysed at every change, and its code is mostly as it was.
const kept = 1000

// Inspector parses code without running it.
type Inspector interface {
	Inspect(ctx context.Context, tenant, environment, code string) (node.PythonSignature, error)
}

type key struct {
	tenant, policy, environment string
	code                        [sha256.Size]byte
}

// Checker finds what is wrong with code. It is safe for concurrent use.
type Checker struct {
	types     *node.Registry
	inspector Inspector
	log       *slog.Logger

	mu    sync.Mutex
	known map[key]node.PythonSignature
}

// New makes a checker.
func New(types *node.Registry, inspector Inspector, log *slog.Logger) *Checker {
	return &Checker{types: types, inspector: inspector, log: log, known: map[key]node.PythonSignature{}}
}

// program is the code of one node.
type program struct {
	node.Program
	node *flow.Node
}

// Problems gives what is wrong with the code of the flow's nodes, at all depths. Places gives the problems their lines; it
// may be nil. Of code about which the sandbox says nothing in time, a warning says so.
func (c *Checker) Problems(ctx context.Context, tenant string, doc *flow.Document, places *flow.Places) []flow.Problem {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	var problems []flow.Problem
	for _, p := range c.programs(doc) {
		found, err := c.inProgram(ctx, tenant, p)
		if err != nil {
			c.log.DebugContext(ctx, "code is not checked before it runs", "node", p.node.ID, "error", err)
			found = append(found, flow.Warnf("code_unchecked", p.node.ID, p.Field, "The code was not checked: %s It is when it runs.", why(ctx, err)))
		}
		problems = append(problems, found...)
	}
	places.Put(problems)
	return problems
}

// why says in a sentence what kept code from being checked.
func why(ctx context.Context, err error) string {
	if ctx.Err() != nil {
		return fmt.Sprintf("the Python service did not answer within %s.", Patience)
	}
	return strings.TrimRight(errs.From(err).Message, ".") + "."
}

// Check is Problems for a caller that waits for the sandbox. The error says why code could not be checked.
func (c *Checker) Check(ctx context.Context, tenant string, doc *flow.Document, places *flow.Places) ([]flow.Problem, error) {
	var problems []flow.Problem
	for _, p := range c.programs(doc) {
		found, err := c.inProgram(ctx, tenant, p)
		if err != nil {
			return nil, err
		}
		problems = append(problems, found...)
	}
	places.Put(problems)
	return problems, nil
}

// HasCode says whether there is anything to check.
func (c *Checker) HasCode(doc *flow.Document) bool { return len(c.programs(doc)) > 0 }

// Environments gives what the flow's code names as its environments, as it is written.
func (c *Checker) Environments(doc *flow.Document) []string {
	programs := c.programs(doc)
	refs := make([]string, 0, len(programs))
	for _, p := range programs {
		refs = append(refs, p.Environment)
	}
	return refs
}

func (c *Checker) programs(doc *flow.Document) (found []program) {
	var walk func(nodes []flow.Node)
	walk = func(nodes []flow.Node) {
		for i := range nodes {
			n := &nodes[i]
			if p := c.code(n); p.Code != "" {
				found = append(found, program{p, n})
			}
			for _, body := range n.Bodies() {
				walk(body.Nodes)
			}
		}
	}
	walk(doc.Spec.Nodes)
	return found
}

func (c *Checker) code(n *flow.Node) node.Program {
	typ := c.types.Get(n.Type)
	if typ == nil || typ.Code == nil {
		return node.Program{}
	}
	config, err := json.Marshal(n.With)
	if err != nil {
		return node.Program{} // the schema's check says what is wrong with it
	}
	return typ.Code(config)
}

func (c *Checker) inProgram(ctx context.Context, tenant string, p program) ([]flow.Problem, error) {
	signature, err := c.inspect(ctx, tenant, p.Program)
	if err != nil {
		return nil, err
	}
	problems := make([]flow.Problem, 0, len(signature.Findings))
	for _, f := range signature.Findings {
		message := f.Message
		if f.Line > 0 {
			message = fmt.Sprintf("Line %d of the code: %s", f.Line, f.Message)
		}
		problem := flow.Errorf(f.Code, p.node.ID, p.Field, "%s", message)
		problem.Severity = f.Severity
		problems = append(problems, problem)
	}
	return append(problems, unfilled(p.node, signature)...), nil
}

// unfilled are the parameters of main() that nothing is given for, and that have no default.
func unfilled(n *flow.Node, signature node.PythonSignature) (problems []flow.Problem) {
	var params struct{ Required []string }
	if len(signature.Params) == 0 || json.Unmarshal(signature.Params, &params) != nil {
		return nil // the code does not parse, which is said
	}
	args, known := n.With["args"].(map[string]any)
	if n.With["args"] != nil && !known {
		return nil // an expression gives them
	}
	for _, name := range params.Required {
		if _, given := args[name]; given || len(n.In[name]) > 0 {
			continue
		}
		problems = append(problems, flow.Errorf(node.CodeInputMissing, n.ID, "with.args", "main() has the parameter %s, which nothing is given for; connect an input of that name, add it to the arguments, or give it a default", name).
			In(fmt.Sprintf("main() 的参数 %s 没有值；请连接同名输入，在“参数”中添加，或给它默认值", name)))
	}
	return problems
}

func (c *Checker) inspect(ctx context.Context, tenant string, p node.Program) (node.PythonSignature, error) {
	k := key{tenant: tenant, environment: p.Environment, code: sha256.Sum256([]byte(p.Code))}
	if policed, is := c.inspector.(node.Policed); is { // what was found under another policy says nothing
		k.policy = policed.PolicyOf(tenant)
	}
	c.mu.Lock()
	signature, ok := c.known[k]
	c.mu.Unlock()
	if ok {
		return signature, nil
	}
	signature, err := c.inspector.Inspect(ctx, tenant, p.Environment, p.Code)
	if err != nil {
		return signature, err
	}
	// Style is said where the code is edited; here counts what keeps it from running.
	signature.Findings = slices.DeleteFunc(signature.Findings, func(f node.PythonFinding) bool { return f.Severity != flow.Error && !isMissing(f) })
	if slices.ContainsFunc(signature.Findings, isMissing) {
		return signature, nil // until the environment is built with it, which nobody says here
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= kept {
		clear(c.known)
	}
	c.known[k] = signature
	return signature, nil
}

func isMissing(f node.PythonFinding) bool { return f.Code == node.FindingImportMissing }
