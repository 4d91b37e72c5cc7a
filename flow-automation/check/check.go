// Package check finds out what is wrong with a flow before it runs, and which ports its nodes have. It is pure: it knows
// the document and the types of nodes and triggers, nothing else.
package check

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/trigger"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
	"dataflow/ide-go-lib/spec"
)

// Analysis is what is known of a document without running it.
type Analysis struct {
	Problems []flow.Problem   `json:"problems"`
	Nodes    map[string]Ports `json:"nodes" doc:"By node id"`
}

// Ports are those of one node with its present configuration.
type Ports struct {
	Inputs  []node.Port `json:"inputs"`
	Outputs []node.Port `json:"outputs"`
}

// Err gives the errors among the problems as one error, or nil.
func (a Analysis) Err() error {
	if e := flow.AsError(a.Problems); e != nil {
		return e
	}
	return nil
}

// Checker checks documents against the types of an installation. It is safe for concurrent use.
type Checker struct {
	nodes    *node.Registry
	triggers *trigger.Registry
}

// New makes a checker.
func New(nodes *node.Registry, triggers *trigger.Registry) *Checker {
	return &Checker{nodes: nodes, triggers: triggers}
}

// Analyze checks a document. Places gives the problems their lines and columns; it may be nil.
func (c *Checker) Analyze(doc *flow.Document, places *flow.Places) Analysis {
	a := &analysis{Checker: c, doc: doc, types: map[string]*node.Type{}, configs: map[string]map[string]any{}, before: map[string]map[string]bool{}}
	a.out = Analysis{Problems: flow.Validate(doc, places), Nodes: map[string]Ports{}}
	a.params()
	a.limits()
	a.checkTriggers()
	a.eachLevel(doc.Spec.Nodes, func(n *flow.Node, _ int) { a.ports(n) })
	a.order(doc.Spec.Nodes, nil)
	a.eachLevel(doc.Spec.Nodes, func(n *flow.Node, depth int) {
		a.node(n, depth)
		a.container(n, depth)
		a.edges(n)
	})
	a.warnings()
	places.Put(a.out.Problems)
	flow.SortProblems(a.out.Problems)
	if a.out.Problems == nil {
		a.out.Problems = []flow.Problem{}
	}
	return a.out
}

// analysis is the work on one document.
type analysis struct {
	*Checker
	doc     *flow.Document
	out     Analysis
	types   map[string]*node.Type
	configs map[string]map[string]any  // upgraded to the present version, by node
	before  map[string]map[string]bool // by node, all that comes before it: upstream of it, or of a container it is in
}

// eachLevel visits every node with how many containers it is in.
func (a *analysis) eachLevel(nodes []flow.Node, visit func(n *flow.Node, depth int)) {
	var walk func(nodes []flow.Node, depth int)
	walk = func(nodes []flow.Node, depth int) {
		for i := range nodes {
			visit(&nodes[i], depth)
			for _, body := range nodes[i].Bodies() {
				walk(body.Nodes, depth+1)
			}
		}
	}
	walk(nodes, 0)
}

// order notes what comes before each node.
func (a *analysis) order(nodes []flow.Node, around map[string]bool) {
	ancestors := flow.Ancestors(nodes)
	for i := range nodes {
		n := &nodes[i]
		before := maps.Clone(around)
		if before == nil {
			before = map[string]bool{}
		}
		maps.Copy(before, ancestors[n.ID])
		a.before[n.ID] = before
		for _, body := range n.Bodies() {
			a.order(body.Nodes, before)
		}
	}
}

func (a *analysis) add(p flow.Problem) { a.out.Problems = append(a.out.Problems, p) }

func (a *analysis) details(nodeID, prefix string, details []errs.Detail) {
	for _, d := range details {
		code := d.Code
		if code == "" {
			code = node.CodeConfigInvalid
		}
		a.add(flow.Problem{Severity: flow.Error, Code: code, Message: d.Message, Said: d.Told(), Node: nodeID, Field: prefix + d.Field})
	}
}

// ports resolves a node's type and what its ports are.
func (a *analysis) ports(n *flow.Node) {
	ports := Ports{Inputs: []node.Port{}, Outputs: []node.Port{}}
	defer func() { a.out.Nodes[n.ID] = ports }()
	if n.Type == "" {
		return
	}
	t := a.nodes.Get(n.Type)
	if t == nil {
		a.add(flow.Errorf("unknown_type", n.ID, "type", "There is no node type %q%s", n.Type, flow.DidYouMean(n.Type, a.nodes.Names())))
		return
	}
	config, err := t.Upgraded(n.Version, n.With)
	if err != nil {
		a.add(flow.Errorf("version", n.ID, "version", "%v", err))
		return
	}
	a.types[n.ID], a.configs[n.ID] = t, config
	ports.Inputs = append(ports.Inputs, t.Inputs...)
	for _, name := range slices.Sorted(maps.Keys(n.In)) {
		if p, ok := t.InputPort(name); ok && !slices.ContainsFunc(t.Inputs, func(q node.Port) bool { return q.Name == name }) {
			ports.Inputs = append(ports.Inputs, p)
		}
	}
	ports.Outputs = append(ports.Outputs, t.OutputPorts(rawConfig(config), n.OnError == "port")...)
}

func rawConfig(config map[string]any) json.RawMessage {
	if config == nil {
		return json.RawMessage("{}")
	}
	raw, err := expr.AppendJSON(nil, config)
	if err != nil {
		return json.RawMessage("{}")
	}
	return raw
}

// node checks a node's configuration and the expressions in it.
func (a *analysis) node(n *flow.Node, depth int) {
	t := a.types[n.ID]
	if t == nil {
		return
	}
	config := a.configs[n.ID]
	found := t.Config.Validate(config)
	a.details(n.ID, "", found)
	for _, d := range t.Config.Unused(config) {
		a.add(flow.Warnf(d.Code, n.ID, d.Field, "%s", d.Message))
	}
	a.contracts(n)
	if t.Check != nil && len(found) == 0 {
		a.details(n.ID, "", t.Check(rawConfig(config)))
	}
	tree, problems := expr.CompileTree(config, Mode(t.Config))
	a.details(n.ID, "with.", problems)
	tree.Walk(func(path string, text *expr.Template) {
		inside := depth > 0 || eachRound(t, path) || text.Mode() == expr.Item
		for _, ref := range text.Refs() {
			if problem := a.reference(n, ref, inside); problem != "" {
				a.add(flow.Errorf("unknown_reference", n.ID, "with."+path, "{{ %s }}, column %d: %s", ref.Text, ref.Column, problem))
			}
		}
	})
}

// contracts checks that there are tables to have contracts about.
func (a *analysis) contracts(n *flow.Node) {
	outputs := a.out.Nodes[n.ID].Outputs
	for _, port := range slices.Sorted(maps.Keys(n.Contract)) {
		i := slices.IndexFunc(outputs, func(p node.Port) bool { return p.Name == port })
		switch t := a.types[n.ID]; {
		case t.Container != nil || t.Suspend != nil:
			a.add(flow.Errorf("contract_unsupported", n.ID, "contract."+port, "What leaves a node that holds others, or waits, is not held against a contract; put it on the node that makes the table"))
		case i < 0 && !t.OpenOutputs:
			names := make([]string, len(outputs))
			for i, p := range outputs {
				names[i] = p.Name
			}
			a.add(flow.Errorf("unknown_port", n.ID, "contract."+port, "The node has no output %q%s", port, flow.DidYouMean(port, names)))
		case i >= 0 && outputs[i].Kind != value.Table && outputs[i].Kind != "":
			a.add(flow.Errorf("contract_no_table", n.ID, "contract."+port, "The output %s gives a %s; only tables have columns to agree on", port, outputs[i].Kind))
		}
	}
}

// WidgetItem is the widget of fields whose expressions the node evaluates itself, once for each item.
const WidgetItem = "item"

// Mode tells how the texts of a configuration are to be taken: SQL where the widget is sql, JSON where it is document, not at all where it is
// python, for each item at and below a field whose widget is item, else as templates.
func Mode(schema *spec.Schema) func(path string) expr.Mode {
	return func(path string) expr.Mode {
		if end := strings.IndexAny(path, ".["); end > 0 && schema.Widget(path[:end]) == WidgetItem {
			return expr.Item
		}
		switch schema.Widget(path) {
		case WidgetItem:
			return expr.Item
		case "sql":
			return expr.SQL
		case "document":
			if schema.Of(path) == "filter" {
				return expr.Filter
			}
			return expr.JSON
		case "python":
			return expr.Literal
		}
		return expr.Text
	}
}

// runFields are what expressions see of the run.
var runFields = []string{"by", "callback_url", "flow", "id", "started_at", "version"}

// reference says what is wrong with a reference of node n, or "".
func (a *analysis) reference(n *flow.Node, ref expr.Ref, inside bool) string {
	if ref.Root == "item" || ref.Root == "index" {
		if inside {
			return ""
		}
		return ref.Root + " is there only inside of a container"
	}
	if len(ref.Path) == 0 {
		return ""
	}
	name := ref.Path[0]
	unknown := func(what string, names []string) string {
		if slices.Contains(names, name) {
			return ""
		}
		if hint := flow.DidYouMean(name, names); hint != "" || len(names) == 0 {
			return fmt.Sprintf("there is no %s %s%s", what, name, hint)
		}
		return fmt.Sprintf("there is no %s %s; there are %s", what, name, strings.Join(names, ", "))
	}
	switch ref.Root {
	case "params":
		return unknown("parameter", a.doc.Spec.Params.Names())
	case "vars":
		return unknown("variable", a.variables(n))
	case "run":
		return unknown("field of run", runFields)
	case "nodes":
		return a.nodeReference(n, ref.Path)
	}
	return ""
}

// variables names those that a node sees: the flow's, and those that nodes before it set.
func (a *analysis) variables(n *flow.Node) []string {
	names := slices.Collect(maps.Keys(a.doc.Spec.Vars))
	for id := range a.before[n.ID] {
		if set := a.doc.Spec.Find(id); set != nil && set.Type == "variables.set" {
			if values, ok := set.With["values"].(map[string]any); ok {
				names = slices.AppendSeq(names, maps.Keys(values))
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (a *analysis) nodeReference(n *flow.Node, path []string) string {
	id, port := path[0], path[1]
	if _, there := a.out.Nodes[id]; !there {
		return fmt.Sprintf("there is no node %s%s", id, flow.DidYouMean(id, slices.Sorted(maps.Keys(a.out.Nodes))))
	}
	if id == n.ID {
		return "a node cannot see its own outputs"
	}
	if !a.before[n.ID][id] {
		return fmt.Sprintf("the node %s does not come before this one; connect it, or add it to after", id)
	}
	if a.types[id] == nil {
		return ""
	}
	p, problem := outputPort(id, port, a.out.Nodes[id].Outputs, a.types[id])
	if problem != "" || len(path) < 3 {
		return problem
	}
	fields := map[string][]string{"table": {"columns", "rows"}, "file": {"media_type", "name", "size"}}[string(p.Kind)]
	if fields != nil && !slices.Contains(fields, path[2]) {
		return fmt.Sprintf("of a %s, expressions see %s, not %s", p.Kind, strings.Join(fields, " and "), path[2])
	}
	return ""
}

// params has nothing to add to what the document says by itself except expressions that cannot be there.
func (a *analysis) params() {
	for _, name := range slices.Sorted(maps.Keys(a.doc.Spec.Vars)) {
		if holds(a.doc.Spec.Vars[name]) {
			a.add(flow.Warnf("var_expression", "", "spec.vars."+name, "Variables are taken as they are written; the expression in %s is not evaluated", name))
		}
	}
}

func holds(v any) bool {
	switch v := v.(type) {
	case string:
		return expr.Has(v)
	case []any:
		return slices.ContainsFunc(v, holds)
	case map[string]any:
		for _, item := range v {
			if holds(item) {
				return true
			}
		}
	}
	return false
}

func (a *analysis) checkTriggers() {
	paths := map[string]string{}
	for i, t := range a.doc.Spec.Triggers {
		field := fmt.Sprintf("spec.triggers[%d].", i)
		if t.Type == "" {
			continue
		}
		kind := a.triggers.Get(t.Type)
		if kind == nil {
			a.add(flow.Errorf("unknown_trigger_type", "", field+"type", "There is no trigger type %q%s", t.Type, flow.DidYouMean(t.Type, a.triggers.Names())))
			continue
		}
		found := kind.Config.Validate(t.With)
		if kind.Check != nil && len(found) == 0 {
			found = kind.Check(rawConfig(t.With))
		}
		a.details("", field, found)
		if path, ok := t.With["path"].(string); ok {
			if other := paths[t.Type+path]; other != "" {
				a.add(flow.Errorf("webhook_path_twice", "", field+"with.path", "The triggers %s and %s have the same path", other, t.ID))
			}
			paths[t.Type+path] = t.ID
		}
	}
}

// warnings finds what runs but is probably not meant.
func (a *analysis) warnings() {
	nodes := a.doc.Spec.Nodes
	if len(nodes) == 0 {
		a.add(flow.Warnf("no_nodes", "", "spec.nodes", "The flow has no nodes yet"))
		return
	}
	used := map[string]bool{}
	for i := range nodes {
		for _, up := range nodes[i].Upstream() {
			used[up] = true
		}
	}
	for i := range nodes {
		n := &nodes[i]
		if len(nodes) > 1 && !used[n.ID] && len(n.Upstream()) == 0 {
			a.add(flow.Warnf("alone", n.ID, "", "The node %s is not connected to any other", n.ID))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(a.doc.Spec.Layout)) {
		if a.doc.Spec.Find(id) == nil {
			a.add(flow.Warnf("layout_unknown", "", "spec.layout."+id, "The layout has a position for %s, which is not there", id))
		}
	}
}
