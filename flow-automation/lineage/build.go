package lineage

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
	"dataflow/ide-go-lib/table"
)

// World is what is known around a document.
type World interface {
	// Type gives the type of a node; nil when nobody knows it.
	Type(n *flow.Node) *node.Type
	// Config gives the configuration with its expressions resolved, as far as that can be done without a run.
	Config(ctx context.Context, n *flow.Node) (json.RawMessage, error)
	// Written gives the configuration as it is written, in the present version of the type.
	Written(n *flow.Node) json.RawMessage
	// Refs gives what the expressions of a node refer to.
	Refs(n *flow.Node) []expr.Ref
	// Problems gives what is wrong with the document, as far as that can be told without a run.
	Problems() []flow.Problem
	// Columns gives those of an output that nothing but its source or an earlier run can tell; how is Read or LastRun. Lost
	// says that the source is not there, whatever an earlier run has seen.
	Columns(ctx context.Context, n *flow.Node, port string) (columns []table.Column, how string, lost error)
	// Found says where the node has found a table that it names without a schema; the zero Found is that nobody knows.
	Found(n *flow.Node) node.Found
	// Trace is that of table.Engine.
	Trace(ctx context.Context, r table.Relation, inputs map[string]table.Input, past []table.Column) (table.Lineage, error)
	// Mentioned is that of table.Engine.
	Mentioned(ctx context.Context, sql string) (tables []table.Named, ok bool, err error)
	// Leads says what is wrong with the way to a dataset, such as a connection that is not there.
	Leads(ctx context.Context, d node.Dataset) error
	// Name gives the namespace and the name by which the world knows a dataset.
	Name(ctx context.Context, d node.Dataset) (namespace, name string)
	// Flow gives another flow with its own world; errs code flow_not_found.
	Flow(ctx context.Context, name string, version int) (*flow.Document, World, error)
}

// mostDeep bounds flows within flows.
const mostDeep = 8

// Build tells the lineage of a document. Only a failure of the world is an error; what is not known is a gap.
func Build(ctx context.Context, doc *flow.Document, w World) (*Graph, error) {
	b := &builder{doc: doc, world: w, out: &Graph{}, datasets: map[string]int{}}
	b.problems()
	err := b.level(ctx, doc.Spec.Nodes, "")
	b.finish()
	return b.out, err
}

type builder struct {
	doc      *flow.Document
	world    World
	out      *Graph
	datasets map[string]int
	broken   map[string]bool // nodes of which it is said already that something is wrong with them
	item     []*place        // what the containers around hand to their bodies, outermost first
	depth    int             // of flows around this one
}

// place is an output of a node.
type place struct{ node, port string }

// incoming is what comes in at an input: by the names that relations know.
type incoming struct {
	from  map[string]place
	ports map[string]*Port
}

func (in incoming) names() []string { return slices.Sorted(maps.Keys(in.from)) }

// all is everything that comes in.
func (in incoming) all(how table.How) []Origin {
	if len(in.from) == 0 {
		return nil
	}
	list := make([]Origin, 0, len(in.from))
	for _, name := range in.names() {
		at := in.from[name]
		list = append(list, Origin{Node: at.node, Port: at.port, How: []table.How{how}})
	}
	return list
}

func (b *builder) level(ctx context.Context, nodes []flow.Node, parent string) error {
	order, cycle := flow.Order(nodes)
	if cycle != nil {
		for i := range nodes {
			order = append(order, nodes[i].ID)
		}
	}
	done := map[string]bool{}
	for _, id := range order {
		if done[id] {
			continue // ids that are there twice are a problem of the document
		}
		done[id] = true
		i := slices.IndexFunc(nodes, func(n flow.Node) bool { return n.ID == id })
		if err := b.node(ctx, &nodes[i], parent); err != nil {
			return err
		}
	}
	return nil
}

// problems has what is wrong with the document be gaps: what a node that is broken stands on and gives is not told.
func (b *builder) problems() {
	b.broken = map[string]bool{}
	for _, p := range b.world.Problems() {
		if p.Severity != flow.Error {
			continue
		}
		b.broken[p.Node] = true
		text := p.Message
		if p.Field != "" {
			text = p.Field + ": " + text
		}
		b.out.Gaps = append(b.out.Gaps, Gap{Node: p.Node, Code: Broken, Message: text})
	}
}

func (b *builder) gap(n *flow.Node, port, code, format string, args ...any) {
	if code == ConfigUnknown && b.broken[n.ID] {
		return // it follows from what is said already
	}
	b.out.Gaps = append(b.out.Gaps, Gap{Node: n.ID, Port: port, Code: code, Message: fmt.Sprintf(format, args...)})
}

func (b *builder) node(ctx context.Context, n *flow.Node, parent string) error {
	at := len(b.out.Nodes)
	b.out.Nodes = append(b.out.Nodes, Node{ID: n.ID, Type: n.Type, Title: n.Title, Parent: parent, Ports: []Port{}})
	b.edges(n)
	t := b.world.Type(n)
	if t == nil {
		b.gap(n, "", ConfigUnknown, "There is no node type %q.", n.Type)
		return nil
	}
	in := b.incoming(n)
	ports, err := b.ports(ctx, n, t, in)
	if err != nil {
		return err
	}
	for i, p := range ports {
		if c, ok := n.Contract[p.Name]; ok {
			ports[i] = agreed(p, c)
		}
	}
	// What expressions say of other nodes decides what this one does.
	for _, ref := range b.world.Refs(n) {
		if ref.Root != "nodes" || len(ref.Path) == 0 || b.doc.Spec.Find(ref.Path[0]) == nil {
			continue
		}
		o := Origin{Node: ref.Path[0], How: []table.How{table.ByCondition}}
		if len(ref.Path) > 1 {
			o.Port = ref.Path[1]
		}
		for i := range ports {
			ports[i].Rows = combine(ports[i].Rows, []Origin{o})
		}
	}
	b.out.Nodes[at].Ports = ports
	return b.touches(ctx, n, t, in, at)
}

// incoming finds what comes in at each port.
func (b *builder) incoming(n *flow.Node) incoming {
	in := incoming{map[string]place{}, map[string]*Port{}}
	for _, port := range slices.Sorted(maps.Keys(n.In)) {
		for i, source := range n.In[port] {
			at, p := b.source(source)
			if p == nil {
				b.open(n, port, source)
				continue
			}
			name := node.SourceName(port, i)
			in.from[name], in.ports[name] = at, p
		}
	}
	return in
}

// open says of a source that a run alone can tell that it is not known; of one that is wrong it is said already.
func (b *builder) open(n *flow.Node, port, source string) {
	id, name := flow.SplitSource(source)
	up := b.doc.Spec.Find(id)
	if up == nil || b.out.Node(id) == nil {
		return
	}
	if t := b.world.Type(up); t != nil && t.OpenOutputs {
		b.gap(n, "", InputsUnknown, "Whether %s gives %s, which comes in at %s, is known in a run.", id, name, port)
	}
}

func (b *builder) source(source string) (place, *Port) {
	id, port := flow.SplitSource(source)
	if id == flow.Item {
		if len(b.item) == 0 || b.item[len(b.item)-1] == nil {
			return place{}, nil
		}
		at := *b.item[len(b.item)-1]
		return at, b.out.Node(at.node).Port(at.port)
	}
	up := b.out.Node(id)
	if up == nil {
		return place{}, nil
	}
	p := up.Port(port)
	if p == nil {
		return place{}, nil
	}
	return place{id, p.Name}, p
}

// ports tells the outputs of a node.
func (b *builder) ports(ctx context.Context, n *flow.Node, t *node.Type, in incoming) ([]Port, error) {
	switch {
	case t.Container != nil:
		return b.container(ctx, n, t, in)
	case t.Name == runsFlow:
		return b.child(ctx, n, t)
	}
	var relations map[string]table.Relation
	var wrong error
	if t.Relation != nil || t.Alike != nil {
		relations, wrong = b.relations(ctx, n, t)
	}
	var ports []Port
	for _, out := range t.OutputPorts(b.world.Written(n), false) {
		relation := relations[out.Name]
		tabular := t.Relation != nil || relation != nil
		switch {
		case wrong != nil && tabular:
			b.gap(n, out.Name, ConfigUnknown, "%s", message(wrong))
		case relation != nil && len(in.from) > 0:
			p, told, err := b.traced(ctx, n, out.Name, relation, in)
			if err != nil {
				return nil, err
			}
			if told {
				ports = append(ports, p)
				continue
			}
		}
		ports = append(ports, b.opaque(ctx, n, t, out, in))
	}
	return ports, nil
}

func (b *builder) relations(ctx context.Context, n *flow.Node, t *node.Type) (map[string]table.Relation, error) {
	config, err := b.world.Config(ctx, n)
	if err != nil {
		return nil, err
	}
	if t.Alike != nil {
		return t.Alike(config)
	}
	r, err := t.Relation(config)
	if err != nil {
		return nil, err
	}
	return map[string]table.Relation{t.OutputPorts(config, false)[0].Name: r}, nil
}

// traced tells an output that is a relation over what comes in; false when it cannot be told.
func (b *builder) traced(ctx context.Context, n *flow.Node, port string, r table.Relation, in incoming) (Port, bool, error) {
	inputs := map[string]table.Input{}
	for name, p := range in.ports {
		if p.Columns == nil {
			if _, handed := r.(node.Handed); !handed { // a value that is handed on has no columns, and that is no gap
				b.gap(n, port, InputsUnknown, "The columns that come in at %s are not known before a run.", name)
			}
			return Port{}, false, nil
		}
		columns := make([]table.Column, len(p.Columns))
		for i, c := range p.Columns {
			columns[i] = table.Column{Name: c.Name, Type: c.Type}
		}
		inputs[name] = table.Input{Port: name, Columns: columns}
	}
	past, _, _ := b.world.Columns(ctx, n, port)
	l, err := b.world.Trace(ctx, r, inputs, past)
	if err != nil {
		e := errs.From(err)
		if e.Status >= 500 {
			return Port{}, false, err
		}
		code := ConfigUnknown
		if e.Code == ColumnsUnknown {
			code = ColumnsUnknown
		}
		if !(code == ConfigUnknown && b.broken[n.ID]) {
			b.out.Gaps = append(b.out.Gaps, Gap{Node: n.ID, Port: port, Code: code, Message: message(err), Wrong: err})
		}
		return Port{}, false, nil
	}
	p := Port{Name: port, Known: Told, Opaque: l.Opaque, Rows: in.origins(l.Rows)}
	if l.Opaque {
		b.gap(n, port, Opaque, "The query could not be taken apart, so that every column may come from all that comes in.")
	}
	for _, c := range l.Columns {
		p.Columns = append(p.Columns, Column{Name: c.Name, Type: c.Type, From: in.origins(c.From)})
	}
	return p, true, nil
}

// origins puts nodes in the place of inputs.
func (in incoming) origins(from []table.Origin) []Origin {
	list := make([]Origin, 0, len(from))
	for _, o := range from {
		at := in.from[o.Port]
		list = append(list, Origin{Node: at.node, Port: at.port, Column: o.Column, How: o.How})
	}
	return combine(list, nil)
}

// opaque tells an output that may be made of anything that comes in.
func (b *builder) opaque(ctx context.Context, n *flow.Node, t *node.Type, out node.Port, in incoming) Port {
	p := Port{Name: out.Name, All: in.all(table.Transformation)}
	columns, how, lost := b.world.Columns(ctx, n, out.Name)
	for _, c := range columns {
		p.Columns = append(p.Columns, Column{Name: c.Name, Type: c.Type, From: p.All})
	}
	if lost != nil {
		b.gap(n, out.Name, SourceMissing, "%s", message(lost))
	}
	if columns != nil {
		p.Known = how
	}
	reads := t.Datasets != nil && slices.ContainsFunc(t.Datasets(b.world.Written(n)), func(d node.Dataset) bool { return !d.Writes && d.Port == out.Name })
	if reads {
		return p
	}
	p.Opaque = len(in.from) > 0
	if t.Pool == node.Python {
		b.gap(n, out.Name, Opaque, "What the code does cannot be told, so that every column may come from all that comes in.")
	}
	if columns == nil && out.Kind == value.Table && t.Relation == nil {
		b.gap(n, out.Name, ColumnsUnknown, "The columns are known after a run.")
	}
	return p
}

// edges notes what a node stands on.
func (b *builder) edges(n *flow.Node) {
	add := func(e Edge) {
		if e.From != "" && !slices.Contains(b.out.Edges, e) {
			b.out.Edges = append(b.out.Edges, e)
		}
	}
	for _, port := range slices.Sorted(maps.Keys(n.In)) {
		for _, source := range n.In[port] {
			id, _ := flow.SplitSource(source)
			if id == flow.Item && len(b.item) > 0 && b.item[len(b.item)-1] != nil {
				id = b.item[len(b.item)-1].node
			}
			if id != flow.Item {
				add(Edge{From: id, To: n.ID, Port: port, Kind: "data"})
			}
		}
	}
	for _, id := range n.After {
		add(Edge{From: id, To: n.ID, Kind: "after"})
	}
	for _, ref := range b.world.Refs(n) {
		switch {
		case ref.Root == "nodes" && len(ref.Path) > 0 && b.doc.Spec.Find(ref.Path[0]) != nil:
			add(Edge{From: ref.Path[0], To: n.ID, Kind: "expression"})
		case ref.Root == "params" && len(ref.Path) > 0:
			b.input("param", ref.Path[0], n.ID)
		case ref.Root == "trigger":
			b.input("trigger", strings.Join(ref.Path, "."), n.ID)
		}
	}
}

func (b *builder) input(kind, name, id string) {
	for i := range b.out.Inputs {
		if in := &b.out.Inputs[i]; in.Kind == kind && in.Name == name {
			if !slices.Contains(in.Nodes, id) {
				in.Nodes = append(in.Nodes, id)
			}
			return
		}
	}
	b.out.Inputs = append(b.out.Inputs, Input{Kind: kind, Name: name, Nodes: []string{id}})
}

// finish puts everything in an order that does not change from one time to the next.
func (b *builder) finish() {
	g := b.out
	slices.SortStableFunc(g.Datasets, func(x, y Dataset) int { return strings.Compare(x.ID, y.ID) })
	slices.SortStableFunc(g.Inputs, func(x, y Input) int { return strings.Compare(x.Kind+x.Name, y.Kind+y.Name) })
	for i := range g.Nodes {
		for j := range g.Nodes[i].Ports {
			listed(g.Nodes[i].Ports[j].Columns)
		}
	}
	for i := range g.Datasets {
		listed(g.Datasets[i].Columns)
	}
	if g.Nodes == nil {
		g.Nodes = []Node{}
	}
	if g.Edges == nil {
		g.Edges = []Edge{}
	}
	if g.Datasets == nil {
		g.Datasets = []Dataset{}
	}
	if g.Inputs == nil {
		g.Inputs = []Input{}
	}
	if g.Gaps == nil {
		g.Gaps = []Gap{}
	}
	g.Complete = len(g.Gaps) == 0
}

// listed makes columns that come from nothing say so with an empty list.
func listed(columns []Column) {
	for i := range columns {
		if columns[i].From == nil {
			columns[i].From = []Origin{}
		}
	}
}

// message is the most telling text of an error.
func message(err error) string {
	e := errs.From(err)
	if len(e.Details) > 0 && e.Details[0].Message != "" {
		return e.Details[0].Message
	}
	return e.Message
}

// Combine puts origins together, each place once.
func Combine(from []Origin) []Origin { return combine(from) }

// combine puts origins together, each place once.
func combine(lists ...[]Origin) []Origin {
	out := []Origin{}
	at := map[spot]int{}
	for _, list := range lists {
		for _, o := range list {
			i, there := at[o.spot()]
			if !there {
				at[o.spot()] = len(out)
				o.How = slices.Clone(o.How)
				out = append(out, o)
				continue
			}
			out[i].How = table.SortHows(append(out[i].How, o.How...))
		}
	}
	return out
}
