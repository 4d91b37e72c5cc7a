package lineage

import (
	"slices"
	"strings"

	"dataflow/ide-go-lib/table"
)

// spot is a column of an output or of a dataset, or all of one.
type spot struct{ node, port, dataset, column string }

func (o Origin) spot() spot { return spot{o.Node, o.Port, o.Dataset, o.Column} }

// Sources gives where a column of an output comes from in the end: columns of datasets, and outputs of nodes that nothing
// comes into. Without a column it is all of the output. What only decides about rows is among them, as what it is.
func (g *Graph) Sources(node, port, column string) []Origin {
	return g.ends([]Origin{{Node: node, Port: port, Column: column, How: []table.How{table.Identity}}}, nil)
}

// SourcesOf is Sources for a dataset that the flow writes.
func (g *Graph) SourcesOf(dataset, column string) []Origin {
	d := g.Dataset(dataset)
	if d == nil {
		return []Origin{}
	}
	var steps []Origin
	for _, c := range d.Columns {
		if column == "" || c.Name == column {
			steps = append(steps, c.From...)
		}
	}
	if len(steps) == 0 {
		steps = d.All
	}
	return g.ends(steps, d.Rows)
}

// Decides gives what decides about the rows of a dataset that the flow writes.
func (g *Graph) Decides(dataset string) []Origin {
	d := g.Dataset(dataset)
	if d == nil {
		return []Origin{}
	}
	var steps []Origin
	for _, c := range d.Columns {
		steps = append(steps, c.From...)
	}
	all := g.ends(append(steps, d.All...), d.Rows)
	out := []Origin{}
	for _, o := range all {
		o.How = slices.DeleteFunc(slices.Clone(o.How), func(h table.How) bool { return !h.OfRows() })
		if len(o.How) > 0 {
			out = append(out, o)
		}
	}
	return out
}

// ends follows values, and what decides about rows, to where nothing lies behind.
func (g *Graph) ends(values, rows []Origin) []Origin {
	found := []Origin{}
	w := walker{g: g, seen: map[visit]bool{}, stop: func(o Origin, how table.How, end bool) bool {
		if end {
			o.How = []table.How{how}
			found = append(found, o)
		}
		return end
	}}
	w.all(values, rows, table.Identity)
	found = combine(found)
	slices.SortFunc(found, func(a, b Origin) int {
		return strings.Compare(a.Dataset+"\x00"+a.Node+"\x00"+a.Port+"\x00"+a.Column, b.Dataset+"\x00"+b.Node+"\x00"+b.Port+"\x00"+b.Column)
	})
	return found
}

// Step gives what a place comes from directly, each once; nil when that is nothing further.
func (g *Graph) Step(o Origin) []Origin {
	values, rows := g.steps(o)
	if next := combine(values, rows); len(next) > 0 {
		return next
	}
	return nil
}

// steps parts what a value comes from and what decides about its row.
func (g *Graph) steps(o Origin) (values, rows []Origin) {
	n := g.Node(o.Node)
	if o.Dataset != "" || n == nil {
		return nil, nil
	}
	p := n.Port(o.Port)
	if p == nil {
		return nil, nil
	}
	c := find(p.Columns, o.Column)
	switch {
	case o.Column != "" && c != nil:
		return c.From, p.Rows
	case p.Columns == nil:
		return p.All, p.Rows
	}
	for _, c := range p.Columns {
		values = append(values, c.From...)
	}
	return values, p.Rows
}

// walker goes back from places, and leaves each again for each way that leads to it.
type walker struct {
	g    *Graph
	seen map[visit]bool
	// stop is told each place, and whether nothing lies behind it; it says whether to go no further.
	stop func(o Origin, how table.How, end bool) bool
}

type visit struct {
	at  spot
	how table.How
}

// all walks on from steps that are not behind another.
func (w *walker) all(values, rows []Origin, how table.How) {
	for _, o := range values {
		for _, h := range o.How {
			w.walk(o, h.Then(how))
		}
	}
	for _, o := range rows { // which rows there are is not changed by what their values go into
		for _, h := range o.How {
			w.walk(o, h)
		}
	}
}

func (w *walker) walk(o Origin, how table.How) {
	v := visit{o.spot(), how}
	if w.seen[v] {
		return
	}
	w.seen[v] = true
	values, rows := w.g.steps(o)
	if w.stop(o, how, len(values)+len(rows) == 0) {
		return
	}
	w.all(values, rows, how)
}

// Targets gives the columns of outputs and datasets that stand on a column of an output, however far.
func (g *Graph) Targets(node, port, column string) []Origin {
	at := spot{node: node, port: port, column: column}
	out := []Origin{}
	reached := func(values, rows []Origin) (how []table.How) {
		w := walker{g: g, seen: map[visit]bool{}, stop: func(o Origin, h table.How, _ bool) bool {
			found := o.spot() == at || o.spot() == spot{node: node, port: port}
			if found {
				how = append(how, h)
			}
			return found
		}}
		w.all(values, rows, table.Identity)
		return table.SortHows(how)
	}
	for _, n := range g.Nodes {
		for _, p := range n.Ports {
			for _, c := range p.Columns {
				if o := (Origin{Node: n.ID, Port: p.Name, Column: c.Name}); o.spot() != at {
					if o.How = reached(g.steps(o)); len(o.How) > 0 {
						out = append(out, o)
					}
				}
			}
		}
	}
	for _, d := range g.Datasets {
		for _, c := range d.Columns {
			if how := reached(c.From, d.Rows); len(how) > 0 {
				out = append(out, Origin{Dataset: d.ID, Column: c.Name, How: how})
			}
		}
	}
	return out
}
