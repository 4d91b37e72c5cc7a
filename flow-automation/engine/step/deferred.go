package step

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// Neighbouring table nodes become one query: a table that only the next table node reads is not computed but handed on
// as a plan, and computed by whoever needs its rows. What is wrong with a node's configuration is still found in its own
// step; what only its rows show is found where they are computed, and told with the name of the node it is about.

// mostFused bounds how many nodes become one query: planning takes longer than computing when there are many.
const mostFused = 24

// deferrable says whether nobody would notice that the table of the node at work is computed by its one reader, which is a
// table node or an action that takes plans.
func (w *work) deferrable(c *compiled) bool {
	n := w.task.Node
	if c.typ.Relation == nil && c.typ.Scan == nil || c.typ.Probes || c.typ.Strict || w.task.Keep || w.task.Document == nil || n.Keep || len(n.Contract) > 0 || hasOwnRules(n) {
		return false
	}
	spec := &w.task.Document.Spec
	if !slices.ContainsFunc(spec.Nodes, func(s flow.Node) bool { return s.ID == n.ID }) {
		return false // in a container, what a node gives may be what the container gives
	}
	var reader *flow.Node
	for i := range spec.Nodes {
		s := &spec.Nodes[i]
		reads := readsOf(s, n.ID)
		if reads == 0 && !slices.Contains(s.After, n.ID) && !w.x.mentions(s, n.ID) {
			continue
		}
		if reader != nil || reads != 1 {
			return false
		}
		reader = s
	}
	if reader == nil {
		return false
	}
	r := w.x.compiled(reader)
	return r.err == nil && (r.typ.Relation != nil || r.typ.Plans) && !r.typ.Probes && !hasOwnRules(reader) && !slices.Contains(reader.After, n.ID) &&
		!w.x.mentions(reader, n.ID) && w.atOnce(reader, map[string]bool{})
}

// atOnce says whether a node follows soon: whatever it stands on is done, or is itself quick to do and waits for nothing. A
// file could change, or be gone, while the run waits for something slow.
func (w *work) atOnce(n *flow.Node, seen map[string]bool) bool {
	for _, id := range n.Upstream() {
		if seen[id] || w.task.Scope.Of(id) != nil || id == w.task.Node.ID {
			continue
		}
		seen[id] = true
		up := w.task.Document.Spec.Find(id)
		if up == nil {
			continue
		}
		c := w.x.compiled(up)
		quick := c.err == nil && !hasOwnRules(up) && (c.typ.Relation != nil || c.typ.Scan != nil || c.typ.Run != nil && c.typ.Pool == node.Inline)
		if !quick || !w.atOnce(up, seen) {
			return false
		}
	}
	return true
}

// hasOwnRules says whether it matters when, how often or with what outcome the node itself is carried out.
func hasOwnRules(n *flow.Node) bool {
	return n.Retry != nil || n.Timeout != "" || n.Deadline != "" || n.Cache != nil || n.OnError != "" && n.OnError != "fail" ||
		n.Join != "" && n.Join != "all"
}

// readsOf counts the sources of a node that come from id. What the nodes in a container take counts double: they may be
// carried out often.
func readsOf(n *flow.Node, id string) (count int) {
	for _, sources := range n.In {
		for _, source := range sources {
			if from, _ := flow.SplitSource(source); from == id {
				count++
			}
		}
	}
	for _, body := range n.Bodies() {
		for i := range body.Nodes {
			count += 2 * readsOf(&body.Nodes[i], id)
		}
	}
	return count
}

// mentions says whether an expression of the node, or of a node in it, names id.
func (x *Executor) mentions(n *flow.Node, id string) bool {
	c := x.compiled(n)
	for _, ref := range slices.Concat(c.refs, c.rounds) {
		if ref.Root == "nodes" && len(ref.Path) > 0 && ref.Path[0] == id {
			return true
		}
	}
	for _, body := range n.Bodies() {
		for i := range body.Nodes {
			if x.mentions(&body.Nodes[i], id) {
				return true
			}
		}
	}
	return false
}

// deferred gives the table as a plan; false when it is too large to be handed on.
func (w *work) deferred(ctx context.Context, t *node.Type, config json.RawMessage, inputs map[string][]value.Value, plan table.Plan) (value.Value, bool, error) {
	data, err := w.handedOn(t, config, inputs)
	if err != nil {
		return value.Value{}, false, err
	}
	if len(data) > value.InlineMax || bytes.Count(data, []byte(`"node":`)) > mostFused {
		return value.Value{}, false, nil
	}
	columns, err := w.x.env.Tables.Describe(ctx, w.task.Tenant, plan)
	if err != nil {
		return value.Value{}, false, err
	}
	return value.Value{Kind: value.Table, Data: data, Table: &table.Meta{Columns: columns, Rows: value.Uncounted}}, true, nil
}

func (w *work) handedOn(t *node.Type, config json.RawMessage, inputs map[string][]value.Value) (json.RawMessage, error) {
	sources := make(map[string]value.Value, len(inputs))
	for port, values := range inputs {
		for i, v := range values {
			sources[node.SourceName(port, i)] = v
		}
	}
	data, err := json.Marshal(value.Plan{Node: w.task.Node.ID, Type: t.Name, Config: config, Sources: sources})
	if err != nil {
		return nil, errs.Internal(err)
	}
	return data, nil
}

// deferredFile is scanned for a run, in which a value that is not of its column's type ends the step whatever is read later: files with types
// that are set are read by the step itself.
func (w *work) deferredFile(ctx context.Context, t *node.Type, call *node.Call) (value.Value, bool, error) {
	file, err := t.Scan(ctx, call)
	if err != nil || file.Options.Checks() {
		return value.Value{}, false, err
	}
	return w.scannedFile(ctx, t, call, file)
}

// scanned gives a table that is in a file as a plan; false when the file cannot be read in place.
func (w *work) scanned(ctx context.Context, t *node.Type, call *node.Call) (value.Value, bool, error) {
	file, err := t.Scan(ctx, call)
	if err != nil {
		return value.Value{}, false, err
	}
	return w.scannedFile(ctx, t, call, file)
}

func (w *work) scannedFile(ctx context.Context, t *node.Type, call *node.Call, file table.File) (value.Value, bool, error) {
	columns, ok, err := w.x.env.Tables.Scan(ctx, call.Tenant, file)
	if err != nil || !ok {
		return value.Value{}, false, err
	}
	state, err := t.Key(ctx, call)
	if err != nil {
		return value.Value{}, false, err
	}
	data, err := json.Marshal(value.Plan{Node: w.task.Node.ID, Type: t.Name, Config: call.Config, State: state})
	if err != nil {
		return value.Value{}, false, errs.Internal(err)
	}
	return value.Value{Kind: value.Table, Data: data, Table: &table.Meta{Columns: columns, Rows: value.Uncounted}}, true, nil
}

// file gives the file that a plan was made for; whoever reads it finds out whether it is still the same.
func (x *Executor) file(ctx context.Context, tenant string, t *node.Type, p value.Plan) (table.Source, error) {
	call := &node.Call{Tenant: tenant, NodeID: p.Node, Config: p.Config, Env: x.env}
	file, err := t.Scan(ctx, call)
	if err != nil {
		return table.Source{}, inNode(err, p.Node)
	}
	file.Check = func(ctx context.Context) error {
		state, err := t.Key(ctx, call)
		if err != nil {
			return inNode(err, p.Node)
		}
		if state == p.State {
			return nil
		}
		return errs.Conflict("file_changed", "The file was changed while the run was at work.").WithHint("Run the flow again.").
			With(errs.Detail{Code: "file_changed", Message: "changed since this node looked at it", Place: errs.Place{Node: p.Node, Field: "with.path"}})
	}
	file.Node = p.Node
	return table.Source{File: &file}, nil
}

// inNode names the node that an error is about, where it names none.
func inNode(err error, id string) error {
	e := *errs.From(err)
	e.Details = slices.Clone(e.Details)
	for i := range e.Details {
		if e.Details[i].Node == "" {
			e.Details[i].Node = id
		}
	}
	return &e
}

// Source gives a table as what a query reads, whether it is computed already or not.
func (x *Executor) Source(ctx context.Context, tenant string, v value.Value) (table.Source, error) {
	if !v.Deferred() {
		if v.Artifact == nil {
			return table.Source{}, errs.Internal(fmt.Errorf("a table without an artifact"))
		}
		return table.Source{Artifact: *v.Artifact}, nil
	}
	if v.Ready != nil {
		return table.Source{Plan: v.Ready}, nil
	}
	var p value.Plan
	if err := json.Unmarshal(v.Data, &p); err != nil {
		return table.Source{}, errs.Internal(fmt.Errorf("the plan of a table: %w", err))
	}
	t := x.registry.Get(p.Type)
	if t != nil && t.Scan != nil {
		return x.file(ctx, tenant, t, p)
	}
	if t == nil || t.Relation == nil {
		return table.Source{}, errs.Internal(fmt.Errorf("the plan of a table is of the type %q", p.Type))
	}
	relation, err := t.Relation(p.Config)
	if err != nil {
		return table.Source{}, err
	}
	plan := &table.Plan{Node: p.Node, Relation: relation, Inputs: make(map[string]table.Source, len(p.Sources))}
	for _, name := range slices.Sorted(maps.Keys(p.Sources)) {
		if plan.Inputs[name], err = x.Source(ctx, tenant, p.Sources[name]); err != nil {
			return table.Source{}, err
		}
	}
	return table.Source{Plan: plan}, nil
}

// Compute gives a table with its rows, for those who need them.
func (x *Executor) Compute(ctx context.Context, tenant string, v value.Value, progress table.Progress) (value.Value, error) {
	if !v.Deferred() {
		return v, nil
	}
	source, err := x.Source(ctx, tenant, v)
	if err != nil {
		return value.Value{}, err
	}
	if source.File != nil {
		t, err := x.imported(ctx, tenant, source.File, progress)
		return fromTable(t), err
	}
	t, err := x.env.Tables.Run(ctx, tenant, *source.Plan, progress)
	if err != nil {
		return value.Value{}, err
	}
	return fromTable(t), nil
}

// imported reads a file that nothing else is to be done with.
func (x *Executor) imported(ctx context.Context, tenant string, file *table.File, progress table.Progress) (table.Table, error) {
	if err := file.Check(ctx); err != nil {
		return table.Table{}, err
	}
	t, err := x.env.Tables.Import(ctx, tenant, file.Path, file.Options, progress)
	if err != nil {
		e := errs.From(err)
		if len(e.Details) == 0 {
			return table.Table{}, e.With(e.At(errs.Place{Node: file.Node}))
		}
		return table.Table{}, inNode(err, file.Node)
	}
	return t, file.Check(ctx)
}
