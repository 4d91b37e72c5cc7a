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
	return g.follow(spot{node: node, port: port, column: column})
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
	return g.from(append(slices.Clone(steps), d.Rows...))
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
	all := g.from(append(append(steps, d.All...), d.Rows...))
	out := []Origin{}
	for _, o := range all {
		o.How = slices.DeleteFunc(slices.Clone(o.How), func(h table.How) bool { return h.Direct() || h == table.ByCondition || h == table.ByWindow })
		if len(o.How) > 0 {
			out = append(out, o)
		}
	}
	return out
}

func (g *Graph) follow(at spot) []Origin {
	return g.from([]Origin{{Node: at.node, Port: at.port, Column: at.column, How: []table.How{table.Identity}}})
}

// from follows origins to their ends. Each place is left again for each way that leads to it.
func (g *Graph) from(steps []Origin) []Origin {
	type visit struct {
		at  spot
		how table.How
	}
	seen := map[visit]bool{}
	ends := []Origin{}
	var walk func(o Origin, how table.How)
	walk = func(o Origin, how table.How) {
		v := visit{o.spot(), how}
		if seen[v] {
			return
		}
		seen[v] = true
		next := g.step(o)
		if next == nil {
			ends = append(ends, Origin{Node: o.Node, Port: o.Port, Dataset: o.Dataset, Column: o.Column, How: []table.How{how}})
			return
		}
		for _, n := range next {
			for _, h := range n.How {
				walk(n, h.Then(how))
			}
		}
	}
	for _, o := range steps {
		for _, h := range o.How {
			walk(o, h)
		}
	}
	ends = combine(ends)
	slices.SortFunc(ends, func(a, b Origin) int {
		return strings.Compare(a.Dataset+"\x00"+a.Node+"\x00"+a.Port+"\x00"+a.Column, b.Dataset+"\x00"+b.Node+"\x00"+b.Port+"\x00"+b.Column)
	})
	return ends
}

// step gives what a place comes from directly; nil when that is nothing further.
func (g *Graph) step(o Origin) []Origin {
	if o.Dataset != "" {
		return nil
	}
	n := g.Node(o.Node)
	if n == nil {
		return nil
	}
	p := n.Port(o.Port)
	if p == nil {
		return nil
	}
	next := slices.Clone(p.Rows)
	c := find(p.Columns, o.Column)
	switch {
	case o.Column != "" && c != nil:
		next = append(next, c.From...)
	case p.Columns != nil:
		for _, c := range p.Columns {
			next = append(next, c.From...)
		}
	default:
		next = append(next, p.All...)
	}
	if len(next) == 0 {
		return nil
	}
	return next
}
