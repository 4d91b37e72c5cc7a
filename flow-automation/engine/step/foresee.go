package step

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/lineage"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/table"
)

// codeColumn is the code of a column that is not there.
const codeColumn = "column_unknown"

// Foresee warns of columns that nodes name and that are not there, as far as what comes in is known without a run: by what
// is written down, what lies in files, and contracts. The error says why nothing could be told.
func (x *Executor) Foresee(ctx context.Context, tenant string, doc *flow.Document) ([]flow.Problem, error) {
	world := &foreseen{lineageWorld: &lineageWorld{x: x, task: engine.Task{
		Tenant: tenant, Document: doc, Attempt: 1, Scope: engine.Scope{Vars: doc.Spec.Vars, Params: map[string]any{}, Run: map[string]any{}, Nodes: engine.NodeOutputs{}},
	}}}
	g, err := lineage.Build(ctx, doc, world)
	if err != nil {
		return nil, err
	}
	var problems []flow.Problem
	for _, gap := range g.Gaps {
		n := doc.Spec.Find(gap.Node)
		if gap.Wrong == nil || n == nil {
			continue
		}
		for _, p := range world.wrong(n, gap.Wrong) {
			if !slices.ContainsFunc(problems, func(o flow.Problem) bool { return reflect.DeepEqual(o, p) }) { // outputs may have it in common
				problems = append(problems, p)
			}
		}
	}
	eachNode(doc.Spec.Nodes, func(n *flow.Node) {
		problems = append(append(problems, world.named(g, n)...), world.doubts(ctx, g, n)...)
	})
	return problems, nil
}

// foreseen is the world without runs. What an expression decides is not known in it; but a value that SQL has bound decides
// nothing about columns.
type foreseen struct{ *lineageWorld }

var errUndecided = errors.New("an expression decides")

// decided says whether all is written down that columns may depend on.
func (f *foreseen) decided(n *flow.Node) bool {
	c := f.x.compiled(n)
	if c.err != nil {
		return false
	}
	decided := true
	for _, tree := range []*expr.Tree{c.tree, c.round} {
		tree.Walk(func(_ string, text *expr.Template) { decided = decided && text.Mode() == expr.SQL })
	}
	return decided && len(c.perItem) == 0
}

// Config implements lineage.World.
func (f *foreseen) Config(_ context.Context, n *flow.Node) (json.RawMessage, error) {
	c := f.x.compiled(n)
	if c.err != nil {
		return nil, c.err
	}
	if !f.decided(n) {
		return nil, errs.Invalid("config_undecided", "It is decided in a run.").Wrap(errUndecided)
	}
	config, err := c.tree.Open(func(string) bool { return false })
	if err != nil {
		return nil, errs.Internal(err)
	}
	return config, nil
}

// Columns implements lineage.World.
func (f *foreseen) Columns(ctx context.Context, n *flow.Node, port string) ([]table.Column, string, error) {
	t := f.Type(n)
	if t == nil || t.Container != nil {
		return nil, "", nil
	}
	if c, ok := n.Contract[port]; ok && closed(c) {
		columns := make([]table.Column, len(c.Columns))
		for i, col := range c.Columns {
			columns[i] = table.Column{Name: col.Name, Type: col.Type}
		}
		return columns, lineage.Told, nil
	}
	if f.x.compiled(n).fixed == nil && !f.decided(n) {
		return nil, "", nil
	}
	if pinned := n.Pin[port]; len(n.Pin) > 0 || pinned != nil {
		return nil, "", nil // only tests go by it
	}
	columns, how, err := f.lineageWorld.Columns(ctx, n, port)
	if columns != nil || t.Look == nil {
		return columns, how, err
	}
	config, undecided := f.Config(ctx, n)
	if undecided != nil {
		return nil, "", undecided
	}
	columns, err = f.work(n).seen(ctx, f.x.compiled(n), config, port)
	return columns, lineage.LastRun, err
}

// closed says whether a table under the contract has exactly the columns that are agreed on.
func closed(c flow.Contract) bool {
	holds := func(policy string) bool { return policy == flow.DriftFail || policy == flow.DriftIgnore }
	return holds(c.New) && holds(cmp.Or(c.Missing, flow.DriftFail)) && holds(cmp.Or(c.Retyped, flow.DriftFail))
}

// Mentioned implements lineage.World: which tables a database is asked for does not matter here.
func (f *foreseen) Mentioned(context.Context, string) ([]table.Named, bool, error) {
	return nil, false, nil
}

// wrong tells what does not fit the columns that come in.
func (f *foreseen) wrong(n *flow.Node, err error) (problems []flow.Problem) {
	e := errs.From(err)
	static := f.x.compiled(n).tree.Static()
	for _, d := range e.Details {
		missing := d.Code == codeColumn || strings.HasPrefix(d.Message, "There is no column ")
		if d.Field == "" || !missing && !static { // the null in an expression's place may be what does not fit
			continue
		}
		code := d.Code
		if missing {
			code = codeColumn
		}
		at, zh := inText(d.Place)
		message := told(d.Message, e.Hint)
		p := flow.Warnf(code, n.ID, d.Field, "%s%s", at, message)
		if missing {
			p = p.In(zh + inChinese(message))
		}
		problems = append(problems, p)
	}
	return problems
}

// inChinese is what columns.Checker and the table engine say of a column that is not there, in Chinese.
func inChinese(message string) string {
	said, hint, _ := strings.Cut(strings.TrimPrefix(message, "There is no column "), ". ")
	out := "没有列 " + strings.TrimSuffix(said, ".") + "。"
	for _, h := range []struct{ en, zh string }{{"Did you mean ", "您是指 %s 吗？"}, {"There are ", "现有 %s。"}, {"There is ", "现有 %s。"}} {
		if rest, ok := strings.CutPrefix(hint, h.en); ok {
			rest = strings.TrimRight(rest, "?.")
			rest = strings.NewReplacer(" or ", " 或 ", " and more", " 等", ", ", "、").Replace(rest)
			return out + fmt.Sprintf(h.zh, rest)
		}
	}
	return out
}

// named checks the fields with columns of a node that is no query, such as one that writes to a database.
func (f *foreseen) named(g *lineage.Graph, n *flow.Node) (problems []flow.Problem) {
	c := f.x.compiled(n)
	if c.err != nil || c.typ.Relation != nil || c.typ.Alike != nil {
		return nil
	}
	have, known := f.incoming(g, n, c.typ)
	if !known {
		return nil
	}
	unused := c.typ.Config.Unused(n.With)
	for _, field := range c.typ.Config.Fields() {
		at := "with." + field.Path
		if field.Widget != "column" && field.Widget != "columns" || slices.ContainsFunc(unused, func(d errs.Detail) bool { return d.Field == at }) {
			continue
		}
		places := writtenAt(n.With[field.Path], at)
		for _, place := range slices.Sorted(maps.Keys(places)) {
			name := places[place]
			if name == "" || expr.Has(name) || slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(h, name) }) {
				continue
			}
			message := told(fmt.Sprintf("There is no column %q.", name), near.Hint(name, have))
			problems = append(problems, flow.Warnf(codeColumn, n.ID, place, "%s", message).In(inChinese(message)))
		}
	}
	return problems
}

// doubts warns of columns whose types are probably not meant to meet in a table node.
func (f *foreseen) doubts(ctx context.Context, g *lineage.Graph, n *flow.Node) (problems []flow.Problem) {
	t := f.Type(n)
	if t == nil || t.Relation == nil {
		return nil
	}
	config, err := f.Config(ctx, n)
	if err != nil {
		return nil // it is said already, or decided in a run
	}
	relation, err := t.Relation(config)
	if err != nil {
		return nil
	}
	inputs := map[string]table.Input{}
	for port, sources := range n.In {
		for i, source := range sources {
			id, from := flow.SplitSource(source)
			name := node.SourceName(port, i)
			in := table.Input{Port: name}
			if up := g.Node(id); up != nil && up.Port(from) != nil {
				for _, c := range up.Port(from).Columns {
					in.Columns = append(in.Columns, table.Column{Name: c.Name, Type: c.Type})
				}
			}
			inputs[name] = in
		}
	}
	for _, d := range doubtsOf(relation, inputs) {
		problems = append(problems, flow.Problem{Severity: flow.Warning, Code: d.Code, Node: n.ID, Field: d.Field, Message: d.Message, Said: d.Said})
	}
	return problems
}

func doubtsOf(r table.Relation, inputs map[string]table.Input) []errs.Detail {
	if d, ok := r.(table.Doubting); ok {
		return d.Doubts(inputs)
	}
	return nil
}

// incoming gives the columns of the one table that comes in; false when they are not known.
func (f *foreseen) incoming(g *lineage.Graph, n *flow.Node, t *node.Type) (names []string, known bool) {
	for name, sources := range n.In {
		port, ok := t.InputPort(name)
		if !ok || port.Kind != value.Table {
			continue
		}
		if names != nil {
			return nil, false // which of them a field is about, only the node knows
		}
		for _, source := range sources {
			id, from := flow.SplitSource(source)
			up := g.Node(id)
			if up == nil || up.Port(from) == nil || up.Port(from).Columns == nil || id == flow.Item {
				return nil, false
			}
			for _, c := range up.Port(from).Columns {
				names = append(names, c.Name)
			}
		}
	}
	return names, names != nil
}

// writtenAt gives the names in a field, which is a text or a list of texts, by their places.
func writtenAt(v any, field string) map[string]string {
	out := map[string]string{}
	switch v := v.(type) {
	case string:
		out[field] = v
	case []any:
		for i, item := range v {
			if text, ok := item.(string); ok {
				out[fmt.Sprintf("%s[%d]", field, i)] = text
			}
		}
	}
	return out
}
