package lineage

import (
	"cmp"
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

// ValuesOf gives where the values of each column of a dataset come from that the flow writes, as SourcesOf does without what
// decides about rows. What any of them may be made of all of, such as what comes into code, is told once, as whole: of a
// thousand columns that each may come from a thousand, a list of each would be a million long.
func (g *Graph) ValuesOf(d *Dataset) (columns map[string][]Origin, whole []Origin) {
	columns = make(map[string][]Origin, len(d.Columns))
	for _, o := range d.All {
		whole = append(whole, Origin{Node: o.Node, Port: o.Port, Dataset: o.Dataset, Column: o.Column, How: o.How})
	}
	for _, c := range d.Columns {
		var found []Origin
		w := walker{g: g, seen: map[visit]bool{}, values: true, stop: func(o Origin, how table.How, end bool) bool {
			o.How = []table.How{how}
			switch {
			case o.Column == "":
				whole = append(whole, o)
				return true
			case end:
				found = append(found, o)
			}
			return end
		}}
		w.all(c.From, nil, table.Identity)
		columns[c.Name] = ordered(combine(found))
		if len(whole) > 2*len(d.Columns)+100 { // mostly the same
			whole = combine(whole)
		}
	}
	var found []Origin
	w := walker{g: g, seen: map[visit]bool{}, values: true, stop: func(o Origin, how table.How, end bool) bool {
		if end {
			o.How = []table.How{how}
			found = append(found, o)
		}
		return end
	}}
	w.all(combine(whole), nil, table.Identity)
	return columns, ordered(combine(found))
}

// Decides gives what decides about the rows of a dataset that the flow writes.
func (g *Graph) Decides(dataset string) []Origin {
	d := g.Dataset(dataset)
	if d == nil {
		return []Origin{}
	}
	return g.decides(d)
}

func (g *Graph) decides(d *Dataset) []Origin {
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
	return ordered(combine(found))
}

func ordered(found []Origin) []Origin {
	slices.SortFunc(found, func(a, b Origin) int {
		return cmp.Or(strings.Compare(a.Dataset, b.Dataset), strings.Compare(a.Node, b.Node), strings.Compare(a.Port, b.Port), strings.Compare(a.Column, b.Column))
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
	c := g.column(n, p, o.Column)
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

// column finds a column of an output. Of wide ones it keeps where each is.
func (g *Graph) column(n *Node, p *Port, name string) *Column {
	const wide = 16
	if len(p.Columns) < wide || name == "" {
		return find(p.Columns, name)
	}
	at := spot{node: n.ID, port: p.Name}
	places := g.columns[at]
	if places.of != len(p.Columns) {
		places = index{len(p.Columns), make(map[string]int, len(p.Columns))}
		for i := range p.Columns {
			if _, twice := places.at[p.Columns[i].Name]; !twice {
				places.at[p.Columns[i].Name] = i
			}
		}
		if g.columns == nil {
			g.columns = map[spot]index{}
		}
		g.columns[at] = places
	}
	if i, there := places.at[name]; there {
		return &p.Columns[i]
	}
	return nil
}

// index says where in so many columns each is.
type index struct {
	of int
	at map[string]int
}

// walker goes back from places, and leaves each again for each way that leads to it.
type walker struct {
	g    *Graph
	seen map[visit]bool
	// stop is told each place, and whether nothing lies behind it; it says whether to go no further.
	stop func(o Origin, how table.How, end bool) bool
	// values leaves out what decides about rows.
	values bool
}

type visit struct {
	at  spot
	how table.How
}

// all walks on from steps that are not behind another.
func (w *walker) all(values, rows []Origin, how table.How) {
	for _, o := range values {
		for _, h := range o.How {
			if then := h.Then(how); !w.values || !then.OfRows() {
				w.walk(o, then)
			}
		}
	}
	for _, o := range rows { // which rows there are is not changed by what their values go into
		for _, h := range o.How {
			if !w.values || !h.OfRows() {
				w.walk(o, h)
			}
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
