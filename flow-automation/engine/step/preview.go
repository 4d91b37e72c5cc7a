package step

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// How much a preview looks at: so that it comes while somebody types, whatever the size of the tables.
const (
	previewRows   = 200
	previewLooked = 10_000
	previewSample = 200_000
	previewNodes  = 100                 // of one query
	previewKept   = flow.Duration("1h") // what reading a source gave
)

// Preview finds out what the task's node would take and give, without a run: table nodes are computed on the first rows
// of what they stand on, sources of data and cheap nodes are carried out, and of anything else is taken what the task's
// scope has of an earlier run. What is known is given even with an error.
func (x *Executor) Preview(ctx context.Context, t engine.Task, look engine.Look) (engine.Preview, error) {
	p := &previewer{x: x, task: t, inputsOnly: look.Inputs, port: look.Port, outside: look.Outside, anew: look.Anew, empty: true, ran: t.Scope, made: map[string]value.Outputs{}, found: map[string]map[string][]table.Column{}}
	out, err := p.preview(ctx)
	out.Looked = p.looked
	if err != nil {
		w := p.work(t.Node)
		err = w.place(ctx, errs.From(err))
	}
	return out, err
}

// Input gives the table that would come in at a port of the task's node, with the node's configuration, without a run.
func (x *Executor) Input(ctx context.Context, t engine.Task, port string) (table.Source, json.RawMessage, error) {
	p := &previewer{x: x, task: t, ran: t.Scope, made: map[string]value.Outputs{}, found: map[string]map[string][]table.Column{}}
	source, config, err := p.input(ctx, port)
	if err != nil {
		return source, nil, p.work(t.Node).place(ctx, errs.From(err))
	}
	return source, config, nil
}

func (p *previewer) input(ctx context.Context, port string) (table.Source, json.RawMessage, error) {
	n := p.task.Node
	c := p.x.compiled(n)
	if c.err != nil {
		return table.Source{}, nil, c.err
	}
	if err := p.before(ctx, n, c); err != nil {
		return table.Source{}, nil, err
	}
	if len(n.In[port]) == 0 {
		return table.Source{}, nil, node.InputMissing(port)
	}
	w := p.work(n)
	v, there := w.source(n.In[port][0])
	if !there {
		return table.Source{}, nil, node.InputMissing(port)
	}
	if v.Kind == value.JSON {
		var err error
		if v, err = w.table(ctx, v); err != nil {
			return table.Source{}, nil, err
		}
	}
	config, err := w.config(ctx, c.tree, c.refs)
	if err != nil {
		return table.Source{}, nil, err
	}
	source, err := p.x.Source(ctx, p.task.Tenant, v)
	return source, config, err
}

type previewer struct {
	x    *Executor
	task engine.Task
	// inputsOnly is for those who only want to know what comes in.
	inputsOnly bool
	port       string // whose rows are shown; empty is the first
	outside    bool   // sources may be asked over the network
	anew       bool   // whatever is kept of them
	empty      bool   // a table without rows will do where only its columns are known
	looked     []engine.Looked

	ran  engine.Scope // with the outputs of an earlier run
	made map[string]value.Outputs
	// found has the columns before contracts, by node and port.
	found map[string]map[string][]table.Column
	// fused counts the table nodes among them that are to be computed in one query.
	fused int
}

// Outputs implements engine.Outputs.
func (p *previewer) Outputs(id string) value.Outputs {
	if out, ok := p.made[id]; ok {
		return out
	}
	return p.ran.Of(id)
}

func (p *previewer) work(n *flow.Node) *work {
	t := p.task
	t.Node, t.Scope.Nodes, t.Keep, t.Test = n, p, true, true
	return &work{x: p.x, task: &t, preview: true, lenient: p.inputsOnly}
}

func (p *previewer) preview(ctx context.Context) (out engine.Preview, err error) {
	out.Inputs = []engine.PreviewInput{}
	n := p.task.Node
	c := p.x.compiled(n)
	if c.err != nil {
		return out, p.takes(ctx, n, &out)
	}
	if err := p.before(ctx, n, c); err != nil {
		return out, err
	}
	if c.typ.Look != nil || c.typ.Scan != nil {
		return out, p.beginning(ctx, n, c, &out)
	}
	relation, err := p.shown(c.typ, &out)
	if err != nil {
		return out, err
	}
	if err := p.takes(ctx, n, &out); err != nil || relation == nil || p.inputsOnly {
		return out, err
	}
	w := p.work(n)
	config, err := w.config(ctx, c.tree, c.refs)
	if err != nil {
		return out, err
	}
	inputs, err := w.inputs(ctx, c.typ)
	if err != nil {
		return out, err
	}
	plan, _, err := w.plan(ctx, relation, config, inputs)
	if err != nil {
		return out, err
	}
	if plan, err = w.agreedPlan(ctx, out.Port, plan); err != nil {
		return out, err
	}
	rows, err := p.x.env.Tables.Preview(ctx, p.task.Tenant, plan, table.PreviewOptions{Limit: previewRows, Sample: previewSample, Profile: previewLooked})
	if err != nil {
		return out, err
	}
	rows.Sampled = rows.Sampled || p.part()
	out.Table = &rows
	return out, nil
}

// shown is what gives the rows of the output that is looked at; nil when there are none to be seen without a run.
func (p *previewer) shown(t *node.Type, out *engine.Preview) (func(json.RawMessage) (table.Relation, error), error) {
	by := t.Shows
	if t.Relation != nil {
		by = map[string]func(json.RawMessage) (table.Relation, error){tablePort(t): t.Relation}
	}
	for _, port := range t.Outputs {
		if by[port.Name] != nil {
			out.Ports = append(out.Ports, port.Name)
		}
	}
	if len(out.Ports) == 0 {
		if p.port == "" {
			return t.Relation, nil
		}
	} else {
		out.Port = cmp.Or(p.port, out.Ports[0])
	}
	if p.port != "" && by[p.port] == nil {
		return nil, portUnknown(p.port, out.Ports)
	}
	return by[out.Port], nil
}

func portUnknown(port string, ports []string) error {
	return errs.Invalid("port_unknown", "A preview cannot show the output %q of this node.", port).
		With(errs.Detail{Code: "port_unknown", Message: "leave it out, or give one of " + strings.Join(ports, ", "), Place: errs.Place{Field: "body.port"}})
}

// takes describes the tables that come in.
func (p *previewer) takes(ctx context.Context, n *flow.Node, out *engine.Preview) error {
	for _, port := range slices.Sorted(maps.Keys(n.In)) {
		for _, source := range n.In[port] {
			id, from := flow.SplitSource(source)
			up := p.task.Document.Spec.Find(id)
			if up != nil {
				if err := p.make(ctx, up); err != nil {
					return err
				}
				if from == "" {
					if c := p.x.compiled(up); c.err == nil {
						from = tablePort(c.typ)
					}
				}
			}
			v, there := p.work(n).source(source)
			if !there || v.Kind != value.Table {
				continue
			}
			columns, err := p.columns(ctx, v)
			if err != nil {
				return err
			}
			out.Inputs = append(out.Inputs, engine.PreviewInput{Port: port, Source: source, Columns: columns, Found: p.found[id][from]})
		}
	}
	return nil
}

func (p *previewer) columns(ctx context.Context, v value.Value) ([]table.Column, error) {
	if v.Table != nil {
		return v.Table.Columns, nil
	}
	source, err := p.x.Source(ctx, p.task.Tenant, v)
	if err != nil || source.Plan == nil {
		return nil, err
	}
	found, err := p.x.env.Tables.Preview(ctx, p.task.Tenant, *source.Plan, table.PreviewOptions{ColumnsOnly: true, Sample: previewSample})
	return found.Columns, err
}

// before makes what the node reads.
func (p *previewer) before(ctx context.Context, n *flow.Node, c *compiled) error {
	for _, id := range p.x.reads(n, c) {
		if up := p.task.Document.Spec.Find(id); up != nil {
			if err := p.make(ctx, up); err != nil {
				return err
			}
		}
	}
	return nil
}

// make finds what a node upstream would give.
func (p *previewer) make(ctx context.Context, n *flow.Node) error {
	if _, done := p.made[n.ID]; done {
		return nil
	}
	p.made[n.ID] = nil // what it stands on and stands on it finds nothing there
	w := p.work(n)
	out, err := p.outputs(ctx, w, n)
	p.found[n.ID] = w.found
	if err != nil {
		return w.place(ctx, errs.From(err))
	}
	p.made[n.ID] = out
	return nil
}

func (p *previewer) outputs(ctx context.Context, w *work, n *flow.Node) (value.Outputs, error) {
	c := p.x.compiled(n)
	switch {
	case c.err != nil:
		return nil, c.err
	case len(n.Pin) > 0:
		return w.pinned(ctx, c)
	case c.typ.Relation == nil && !cheap(c):
		if ran := p.ran.Of(n.ID); ran != nil {
			return ran, nil
		}
		if p.canLook(c) {
			out, err := p.look(ctx, w, c)
			if err == nil || !p.inputsOnly || c.fixed == nil || ctx.Err() != nil {
				return out, err
			} // the node itself tells it; who asks for columns alone need not wait until it answers
		}
		if p.empty && c.fixed != nil {
			return p.columnsAlone(ctx, w, n, c)
		}
		return nil, node.Unseen("What this node gives is only known after a run.")
	}
	if err := p.before(ctx, n, c); err != nil {
		return nil, err
	}
	if c.typ.Scan != nil && len(n.Contract) == 0 {
		config, err := w.config(ctx, c.tree, c.refs)
		if err != nil {
			return nil, err
		}
		if v, ok, err := w.scanned(ctx, c.typ, w.call(c, config, nil)); ok || err != nil {
			return value.Outputs{tablePort(c.typ): v}, err
		}
	}
	if c.typ.Relation == nil {
		defer w.abandon() // nobody's run has read it
		out, err := w.do(ctx)
		return out.Outputs, err
	}
	config, err := w.config(ctx, c.tree, c.refs)
	if err != nil {
		return nil, err
	}
	inputs, err := w.inputs(ctx, c.typ)
	if err != nil {
		return nil, err
	}
	plan, _, err := w.plan(ctx, c.typ.Relation, config, inputs)
	if err != nil {
		return nil, err
	}
	if plan, err = w.agreedPlan(ctx, tablePort(c.typ), plan); err != nil {
		return nil, err
	}
	if p.fused++; p.fused > previewNodes {
		return nil, node.Unseen("So many table nodes lead here that it takes a run to compute them.")
	}
	return value.Outputs{tablePort(c.typ): {Kind: value.Table, Ready: &plan}}, nil
}

// cheap says whether a node may be carried out for a preview: it changes nothing, and is quick or read from a source that
// is kept.
func cheap(c *compiled) bool {
	return c.typ.Run != nil && c.effect == node.Pure && (c.typ.Pool == node.Inline || c.typ.Pool == node.SQL)
}
