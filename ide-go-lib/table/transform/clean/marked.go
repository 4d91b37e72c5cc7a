package clean

import (
	"encoding/json"
	"fmt"
	"strconv"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Marked is every row as it came, with what the steps make of it and what they have done: the steps are carried out once, and
// all that is to be known of them is read from that.
type Marked struct{ Config }

// Query implements table.Relation.
func (m Marked) Query(inputs map[string]table.Input) (table.Query, error) {
	ch, err := m.chain(inputs)
	if err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	ch.steps(&b)
	b.Text("SELECT ")
	for _, col := range ch.in.Columns {
		b.Name(col.Name).Text(", ")
	}
	for i, col := range ch.in.Columns {
		if ch.present[i] != col.Name {
			b.Name(ch.present[i]).Text(" AS ").Name(ch.mended(i)).Text(", ")
		}
	}
	for i, l := range ch.links {
		l.isChanged(&b)
		b.Text(" AS ").Name(ch.mark("c", i)).Text(", ")
		if l.unread != nil {
			l.unread(&b)
			b.Text(" AS ").Name(ch.mark("u", i)).Text(", ")
		}
	}
	ch.reasons(&b)
	b.Text(" AS ").Name(ch.prefix+"_why").Text(" FROM ", ch.last())
	return b.Query()
}

// mended names the newest values of a column.
func (ch *chain) mended(i int) string { return fmt.Sprintf("%s_m%d", ch.prefix, i) }

// mark names the column that says whether a link has changed a value, or could not read it.
func (ch *chain) mark(what string, link int) string {
	return fmt.Sprintf("%s_%s%d", ch.prefix, what, link)
}

// Parts is what a marked table holds. Columns are those that came in.
type Parts struct {
	Config
	Columns []table.Column
}

// MarkedPort is the input of the parts.
const MarkedPort = "marked"

// ofMarked is a relation over the marked table.
type ofMarked struct {
	Parts
	write func(ch *chain, b *sqltext.Builder)
}

// Query implements table.Relation.
func (p ofMarked) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, MarkedPort)
	if err != nil {
		return table.Query{}, err
	}
	ch, err := p.chain(map[string]table.Input{"table": {Name: in.Name, Columns: p.Columns}})
	if err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	p.write(ch, &b)
	return b.Query()
}

// Mended is the rows of which every value could be read; see Config.Query.
func (p Parts) Mended() table.Relation {
	return ofMarked{p, func(ch *chain, b *sqltext.Builder) {
		b.Text("SELECT ")
		for i, col := range ch.in.Columns {
			if i > 0 {
				b.Text(", ")
			}
			if ch.present[i] != col.Name {
				b.Name(ch.mended(i)).Text(" AS ")
			}
			b.Name(col.Name)
		}
		b.Text(" FROM ", ch.in.Name)
		word := " WHERE NOT ("
		for i, l := range ch.links {
			if l.quarantines {
				b.Text(word).Name(ch.mark("u", i))
				word = " OR "
			}
		}
		if word != " WHERE NOT (" {
			b.Text(")")
		}
	}}
}

// Failed is the rows that are kept back, as they came, with the reasons.
func (p Parts) Failed() table.Relation {
	return ofMarked{p, func(ch *chain, b *sqltext.Builder) {
		b.Text("SELECT ")
		for _, col := range ch.in.Columns {
			b.Name(col.Name).Text(", ")
		}
		why := ch.prefix + "_why"
		b.Name(why).Text(" AS ").Name(columns.Free("reasons", ch.in)).Text(" FROM ", ch.in.Name, " WHERE ").Name(why).Text(" <> ''")
	}}
}

// Came is the rows as they came.
func (p Parts) Came() table.Relation {
	return ofMarked{p, func(ch *chain, b *sqltext.Builder) {
		b.Text("SELECT ")
		for i, col := range ch.in.Columns {
			if i > 0 {
				b.Text(", ")
			}
			b.Name(col.Name)
		}
		b.Text(" FROM ", ch.in.Name)
	}}
}

// counts is Counts.
func (p Parts) counts() table.Relation {
	return ofMarked{p, func(ch *chain, b *sqltext.Builder) {
		ch.tally(b, func(i int, _ link) {
			b.Text(" FILTER (WHERE ").Name(ch.mark("c", i)).Text(")")
		}, func(i int, _ link) {
			b.Text(" FILTER (WHERE ").Name(ch.mark("u", i)).Text(")")
		}, ch.in.Name)
	}}
}

// Look is Config.Look. Marked reads a relation over the marked table, and came one over the rows as they came.
func (p Parts) Look(marked, came func(table.Relation) ([]json.RawMessage, error)) ([]Count, error) {
	return p.look(p.counts(), marked, came)
}

// tally writes the row for each link, counted with the filters that changed and unread write.
func (ch *chain) tally(b *sqltext.Builder, changed, unread func(i int, l link), from string) {
	if len(ch.links) == 0 {
		b.Text("SELECT 0 AS step WHERE false")
		return
	}
	b.Text("SELECT f.* FROM (SELECT unnest([")
	for i, l := range ch.links {
		if i > 0 {
			b.Text(",\n")
		}
		b.Text("{'step': ", strconv.Itoa(l.step), ", 'column': ", sqltext.Literal(l.column), ", 'from': ", sqltext.Literal(l.from), ", 'to': ", sqltext.Literal(l.to), ", 'changed': count(*)")
		changed(i, l)
		b.Text(", 'unreadable': ")
		if l.unread == nil {
			b.Text("0::BIGINT")
		} else {
			b.Text("count(*)")
			unread(i, l)
		}
		b.Text("}")
	}
	b.Text("]) AS f FROM ", from, ")")
}
