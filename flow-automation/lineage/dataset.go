package lineage

import (
	"context"
	"slices"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// touches notes the datasets that a node reads and writes.
func (b *builder) touches(ctx context.Context, n *flow.Node, t *node.Type, in incoming, at int) error {
	if t.Datasets == nil {
		return nil
	}
	config, err := b.world.Config(ctx, n)
	if err != nil {
		config = b.world.Written(n) // names with expressions in them still tell something
	}
	written := t.Datasets(b.world.Written(n))
	for i, d := range t.Datasets(config) {
		if d.Unknown != "" {
			b.gap(n, d.Port, ConfigUnknown, "%s is known in a run.", d.Unknown)
			continue
		}
		if d.Name == "" {
			continue // not filled in yet
		}
		if found := b.world.Found(n); d.Kind == node.DatasetTable && d.Schema == "" && d.Name == found.Table {
			d.Schema = found.Schema
		}
		if wrong := b.world.Leads(ctx, d); wrong != nil {
			if errs.From(wrong).Status >= 500 {
				return wrong
			}
			b.lost(n, d.Port, wrong)
		}
		if d.Kind == node.DatasetURL && i < len(written) {
			d.Template = written[i].Name
		}
		switch {
		case d.Writes:
			b.writes(ctx, n, d, in)
		case d.Kind == node.DatasetQuery:
			err = b.query(ctx, n, d, at)
			if err != nil {
				return err
			}
		default:
			b.reads(ctx, n, d, at)
		}
	}
	return nil
}

// lost says once of a node that what it reads or writes cannot be reached.
func (b *builder) lost(n *flow.Node, port string, wrong error) {
	text := message(wrong)
	if !slices.ContainsFunc(b.out.Gaps, func(g Gap) bool { return g.Node == n.ID && g.Message == text }) {
		b.gap(n, port, SourceMissing, "%s", text)
	}
}

// dataset gives the one of that name.
func (b *builder) dataset(ctx context.Context, d node.Dataset) *Dataset {
	namespace, name := b.world.Name(ctx, d)
	id := namespace + " " + name
	i, ok := b.datasets[id]
	if !ok {
		i = len(b.out.Datasets)
		b.datasets[id] = i
		b.out.Datasets = append(b.out.Datasets, Dataset{ID: id, Namespace: namespace, Name: name, Kind: d.Kind, Connection: d.Connection})
	}
	return &b.out.Datasets[i]
}

func (d *Dataset) read(by string) {
	if !slices.Contains(d.Reads, by) {
		d.Reads = append(d.Reads, by)
	}
}

// reads has an output hold the columns of a dataset as they are.
func (b *builder) reads(ctx context.Context, n *flow.Node, d node.Dataset, at int) {
	set := b.dataset(ctx, d)
	set.read(n.ID)
	p := b.out.Nodes[at].Port(d.Port)
	if d.Port == "" || p == nil {
		return
	}
	if d.Made {
		b.made(n, p, set.ID)
		return
	}
	for i := range p.Columns {
		c := &p.Columns[i]
		if slices.Contains(d.Adds, c.Name) {
			continue
		}
		c.From = combine(c.From, []Origin{{Dataset: set.ID, Column: c.Name, How: []table.How{table.Identity}}})
		if find(set.Columns, c.Name) == nil {
			set.Columns = append(set.Columns, Column{Name: c.Name, Type: c.Type, From: []Origin{}})
		}
	}
	if p.Columns == nil {
		p.All = combine(p.All, []Origin{{Dataset: set.ID, How: []table.How{table.Identity}}})
		b.gap(n, d.Port, ColumnsUnknown, "The columns of %s are known after a run.", set.Name)
	}
}

// made has every column of an output come from a dataset, none as it is there.
func (b *builder) made(n *flow.Node, p *Port, id string) {
	first := !p.Opaque
	p.Opaque = true
	p.All = combine(p.All, []Origin{{Dataset: id, How: []table.How{table.Transformation}}})
	for i := range p.Columns {
		p.Columns[i].From = p.All
	}
	if !first {
		return
	}
	b.gap(n, p.Name, Opaque, "What is read is made there, so that every column may come from all that it is made of.")
	if p.Columns == nil {
		b.gap(n, p.Name, ColumnsUnknown, "The columns are known after a run.")
	}
}

// query has an output come from the tables that SQL of another system names; which of their columns, nobody can say here.
func (b *builder) query(ctx context.Context, n *flow.Node, d node.Dataset, at int) error {
	tables, ok, err := b.world.Mentioned(ctx, d.Name)
	if err != nil {
		return err
	}
	var from []Origin
	for _, t := range tables {
		set := b.dataset(ctx, node.Dataset{Kind: node.DatasetTable, Connection: d.Connection, Schema: t.Schema, Name: t.Table})
		set.read(n.ID)
		from = append(from, Origin{Dataset: set.ID, How: []table.How{table.Transformation}})
	}
	if !ok || len(tables) == 0 {
		set := b.dataset(ctx, d)
		set.read(n.ID)
		from = append(from, Origin{Dataset: set.ID, How: []table.How{table.Transformation}})
		b.gap(n, d.Port, QueryUnread, "Which tables the query reads could not be told.")
	} else {
		b.gap(n, d.Port, Opaque, "The query is in the database's own SQL, so that every column may come from all columns of its tables.")
	}
	p := b.out.Nodes[at].Port(d.Port)
	if p == nil {
		return nil
	}
	p.Opaque = true
	p.All = combine(p.All, from)
	for i := range p.Columns {
		p.Columns[i].From = p.All
	}
	if p.Columns == nil {
		b.gap(n, d.Port, ColumnsUnknown, "The columns of the query are known after a run.")
	}
	return nil
}

// writes has a dataset hold what comes in.
func (b *builder) writes(ctx context.Context, n *flow.Node, d node.Dataset, in incoming) {
	set := b.dataset(ctx, d)
	if !slices.Contains(set.Writes, n.ID) {
		set.Writes = append(set.Writes, n.ID)
	}
	p, at := in.ports[d.Port], in.from[d.Port]
	if p == nil {
		return
	}
	if d.Filter != nil {
		for _, c := range d.Filter {
			set.Rows = combine(set.Rows, []Origin{{Node: at.node, Port: at.port, Column: c, How: []table.How{table.ByFilter}}})
		}
		return
	}
	if d.Made {
		set.All = combine(set.All, []Origin{{Node: at.node, Port: at.port, How: []table.How{table.Transformation}}})
		return
	}
	identity := []table.How{table.Identity}
	for _, c := range p.Columns {
		from := []Origin{{Node: at.node, Port: at.port, Column: c.Name, How: identity}}
		if have := find(set.Columns, c.Name); have != nil {
			have.From = combine(have.From, from)
			continue
		}
		set.Columns = append(set.Columns, Column{Name: c.Name, Type: c.Type, From: from})
	}
	if p.Columns == nil {
		set.All = combine(set.All, []Origin{{Node: at.node, Port: at.port, How: identity}})
	}
}
