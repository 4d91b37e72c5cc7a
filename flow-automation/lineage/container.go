package lineage

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
	"dataflow/ide-go-lib/table"
)

// runsFlow is the node type that carries out another flow.
const runsFlow = "control.flow"

// returns is the one that says what a flow gives.
const returns = "control.return"

// container goes through the bodies of a node. What it hands to them is an output of its own, called item; what the last
// node of each gives is what it gives.
func (b *builder) container(ctx context.Context, n *flow.Node, t *node.Type, in incoming) ([]Port, error) {
	at := b.out.Node(n.ID)
	item := Port{Name: flow.Item, All: in.all(table.Identity)}
	if names := in.names(); len(names) > 0 { // the first is what is handed on
		p, from := in.ports[names[0]], in.from[names[0]]
		for _, c := range p.Columns {
			item.Columns = append(item.Columns, Column{Name: c.Name, Type: c.Type, From: []Origin{{Node: from.node, Port: from.port, Column: c.Name, How: []table.How{table.Identity}}}})
		}
		item.Known = p.Known
		if item.Columns != nil {
			item.All = nil
		}
	}
	at.Ports = []Port{item}
	b.item = append(b.item, &place{n.ID, flow.Item})
	var results []place
	for _, body := range n.Bodies() {
		if err := b.level(ctx, body.Nodes, n.ID); err != nil {
			return nil, err
		}
		if body.Field == "finally" || len(body.Nodes) == 0 {
			continue
		}
		source := body.Nodes[len(body.Nodes)-1].ID
		if written, ok := n.With["result"].(string); ok && written != "" && body.Field == "nodes" {
			source = written
		}
		if from, p := b.source(source); p != nil {
			results = append(results, from)
		}
	}
	b.item = b.item[:len(b.item)-1]
	var ports []Port
	for i, out := range t.OutputPorts(b.world.Written(n), false) {
		p := Port{Name: out.Name}
		if i > 0 { // counts and errors
			for _, r := range results {
				p.Rows = append(p.Rows, Origin{Node: r.node, Port: r.port, How: []table.How{table.ByCondition}})
			}
			ports = append(ports, p)
			continue
		}
		b.given(&p, results)
		if len(results) > 0 && p.Columns == nil {
			columns, how, _ := b.world.Columns(ctx, n, out.Name)
			for _, c := range columns {
				p.Columns = append(p.Columns, Column{Name: c.Name, Type: c.Type, From: p.All})
			}
			if columns != nil {
				p.Known, p.Opaque = how, true
			}
		}
		ports = append(ports, p)
	}
	return append(ports, item), nil
}

// given has an output be what one of several gives.
func (b *builder) given(p *Port, results []place) {
	for _, r := range results {
		from := b.out.Node(r.node).Port(r.port)
		if from.Columns == nil {
			p.All = append(p.All, Origin{Node: r.node, Port: r.port, How: []table.How{table.Identity}})
		}
		for _, c := range from.Columns {
			o := []Origin{{Node: r.node, Port: r.port, Column: c.Name, How: []table.How{table.Identity}}}
			if have := find(p.Columns, c.Name); have != nil {
				have.From = combine(have.From, o)
				continue
			}
			p.Columns = append(p.Columns, Column{Name: c.Name, Type: c.Type, From: o})
			p.Known = from.Known
		}
	}
	if len(p.All) > 0 { // some of it is not told apart, so nothing is
		for _, r := range results {
			p.All = combine(p.All, []Origin{{Node: r.node, Port: r.port, How: []table.How{table.Identity}}})
		}
		p.Columns, p.Known = nil, ""
	}
}

// child goes through another flow: what it reads and writes is the node's, and what it returns comes from there.
func (b *builder) child(ctx context.Context, n *flow.Node, t *node.Type) ([]Port, error) {
	written := b.world.Written(n)
	outputs := t.OutputPorts(written, false)
	ports := make([]Port, len(outputs))
	for i, out := range outputs {
		ports[i].Name = out.Name
	}
	config, unresolved := b.world.Config(ctx, n)
	if unresolved != nil {
		config = written
	}
	name, version := called(config)
	if name == "" {
		b.gap(n, "", FlowUnknown, "Which flow is run is known only in a run.")
		return ports, nil
	}
	if b.depth >= mostDeep {
		b.gap(n, "", FlowUnknown, "There are more than %d flows within each other.", mostDeep)
		return ports, nil
	}
	doc, world, err := b.world.Flow(ctx, name, version)
	if err != nil {
		if errs.From(err).Status >= 500 {
			return nil, err
		}
		b.gap(n, "", FlowUnknown, "%s", message(err))
		return ports, nil
	}
	inner := &builder{doc: doc, world: world, out: &Graph{}, datasets: map[string]int{}, depth: b.depth + 1}
	inner.problems()
	if err := inner.level(ctx, doc.Spec.Nodes, ""); err != nil {
		return nil, err
	}
	b.adopt(n, inner.out, name)
	for i := range doc.Spec.Nodes { // the last that returns counts
		if last := &doc.Spec.Nodes[i]; last.Type == returns && len(ports) > 0 {
			ports[0] = inner.out.returned(last.ID, ports[0].Name)
		}
	}
	return ports, nil
}

// called gives the flow that a configuration names; no name when only a run knows it.
func called(config json.RawMessage) (name string, version int) {
	var c struct {
		Flow    string
		Version json.Number
	}
	if json.Unmarshal(config, &c) != nil || expr.Has(c.Flow) {
		return "", 0
	}
	version, _ = strconv.Atoi(c.Version.String())
	return c.Flow, version
}

// adopt makes the datasets of another flow those of the node that runs it.
func (b *builder) adopt(n *flow.Node, g *Graph, name string) {
	for at := range g.Datasets {
		d := &g.Datasets[at]
		i, ok := b.datasets[d.ID]
		if !ok {
			i = len(b.out.Datasets)
			b.datasets[d.ID] = i
			b.out.Datasets = append(b.out.Datasets, Dataset{ID: d.ID, Namespace: d.Namespace, Name: d.Name, Kind: d.Kind, Connection: d.Connection})
		}
		set := &b.out.Datasets[i]
		if len(d.Reads) > 0 {
			set.read(n.ID)
		}
		if len(d.Writes) > 0 {
			set.Writes = append(set.Writes, n.ID)
			set.Rows = combine(set.Rows, g.Decides(d.ID))
		}
		sources := g.endsOf(d, func(c string) []Origin { return g.SourcesOf(d.ID, c) })
		for _, c := range d.Columns {
			column := Column{Name: c.Name, Type: c.Type, From: sources(c.Name)}
			if have := find(set.Columns, c.Name); have != nil {
				have.From = combine(have.From, column.From)
				continue
			}
			set.Columns = append(set.Columns, column)
		}
		if len(d.All) > 0 {
			set.All = combine(set.All, leaves(g.SourcesOf(d.ID, "")))
		}
	}
	for _, gap := range g.Gaps {
		where := "In the flow " + name
		if gap.Node != "" {
			where += ", " + gap.Node
		}
		b.gap(n, "", gap.Code, "%s: %s", where, gap.Message)
	}
}

// returned tells what a flow gives in terms of the datasets that it reads.
func (g *Graph) returned(id, port string) Port {
	from := g.Node(id).Port("")
	p := Port{Name: port, Known: from.Known, Opaque: from.Opaque}
	asked := &Dataset{} // as if it were written
	for _, c := range from.Columns {
		asked.Columns = append(asked.Columns, Column{Name: c.Name, From: []Origin{{Node: id, Port: from.Name, Column: c.Name, How: []table.How{table.Identity}}}})
	}
	sources := g.endsOf(asked, func(c string) []Origin { return g.Sources(id, from.Name, c) })
	for _, c := range from.Columns {
		p.Columns = append(p.Columns, Column{Name: c.Name, Type: c.Type, From: sources(c.Name)})
	}
	if from.Columns == nil {
		p.All = leaves(g.Sources(id, from.Name, ""))
	}
	return p
}

// mostTold bounds what is told of the columns of one table one by one.
const mostTold = 20_000

// endsOf tells where the columns of a table end that is written in another flow. Where each may be made of all of wide
// tables, those are named as a whole.
func (g *Graph) endsOf(d *Dataset, one func(column string) []Origin) func(column string) []Origin {
	values, whole := g.ValuesOf(d)
	rows := g.decides(d)
	if len(d.Columns)*(len(whole)+len(rows)) <= mostTold {
		return func(c string) []Origin { return leaves(one(c)) }
	}
	tables := leaves(slices.Concat(whole, rows))
	for i := range tables {
		tables[i].Column = ""
	}
	tables = combine(tables)
	return func(c string) []Origin { return combine(leaves(values[c]), tables) }
}

// leaves keeps the datasets: nodes of another flow mean nothing here.
func leaves(from []Origin) []Origin {
	out := []Origin{}
	for _, o := range from {
		if o.Dataset != "" {
			out = append(out, o)
		}
	}
	return out
}
