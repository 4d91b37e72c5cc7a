package clean

import (
	"encoding/json"
	"fmt"
	"strconv"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// Count is what a step changes in a column that it fits. From and To are types.
type Count struct {
	Step       int // from 0
	Column     string
	From       string
	To         string
	Changed    int64
	Unreadable int64
	Samples    []Sample
	Unread     []string // some of the values that could not be read
}

// Sample is a value and what it becomes; nil is an empty one.
type Sample struct {
	Before *string `json:"before"`
	After  *string `json:"after"`
}

// longest is how many characters of a value are shown.
const longest = "120"

// Count counts what the steps change, by the rows that read gives of a relation over the table called table.
func (c Config) Count(read func(table.Relation) ([]json.RawMessage, error)) ([]Count, error) {
	return countsOf(Counts{c}, read)
}

func countsOf(counts table.Relation, read func(table.Relation) ([]json.RawMessage, error)) ([]Count, error) {
	rows, err := read(counts)
	if err != nil {
		return nil, err
	}
	out := make([]Count, len(rows))
	for i, row := range rows {
		n := &out[i]
		cells := []any{&n.Step, &n.Column, &n.From, &n.To, &n.Changed, &n.Unreadable}
		if err := json.Unmarshal(row, &cells); err != nil {
			return nil, fmt.Errorf("what a step has changed: %w", err)
		}
		n.Samples, n.Unread = []Sample{}, []string{}
	}
	return out, nil
}

// Look counts, and finds samples where something is changed, in a second pass.
func (c Config) Look(read func(table.Relation) ([]json.RawMessage, error)) ([]Count, error) {
	return c.look(Counts{c}, read, read)
}

// look reads the counts in one way and samples of the table in another.
func (c Config) look(counts table.Relation, count, read func(table.Relation) ([]json.RawMessage, error)) ([]Count, error) {
	out, err := countsOf(counts, count)
	if err != nil {
		return nil, err
	}
	var changed []int
	for i, n := range out {
		if n.Changed+n.Unreadable > 0 {
			changed = append(changed, i)
		}
	}
	if len(changed) == 0 {
		return out, nil
	}
	rows, err := read(samples{c, changed})
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		var i int
		var found []Sample
		var unread []string
		cells := []any{&i, &found, &unread}
		if err := json.Unmarshal(row, &cells); err != nil || i >= len(out) {
			return nil, fmt.Errorf("samples of what a step has changed: %w", err)
		}
		out[i].Samples, out[i].Unread = append(out[i].Samples, found...), append(out[i].Unread, unread...)
	}
	return out, nil
}

// Counts is what the steps change: a row for each step at each column that it fits.
type Counts struct{ Config }

// Query implements table.Relation.
func (c Counts) Query(inputs map[string]table.Input) (table.Query, error) {
	ch, err := c.chain(inputs)
	if err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	if len(ch.links) > 0 {
		ch.steps(&b)
	}
	ch.tally(&b, func(_ int, l link) { l.changed(&b) }, func(_ int, l link) { l.unreadable(&b) }, ch.last())
	return b.Query()
}

// samples is some of the values that links change, or cannot read.
type samples struct {
	Config
	links []int
}

// Query implements table.Relation.
func (s samples) Query(inputs map[string]table.Input) (table.Query, error) {
	ch, err := s.chain(inputs)
	if err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	ch.steps(&b)
	b.Text("SELECT f.* FROM (SELECT unnest([")
	for k, i := range s.links {
		if k > 0 {
			b.Text(",\n")
		}
		l := ch.links[i]
		shown := func(name string) string {
			return "left(CAST(" + sqltext.Quote(name) + " AS VARCHAR), " + longest + ")"
		}
		b.Text("{'link': ", strconv.Itoa(i), ", 'samples': ")
		three(&b, "{'before': "+shown(l.before)+", 'after': "+shown(l.after)+"}", shown(l.before), l.changed)
		b.Text(", 'unread': ")
		if l.unread == nil {
			b.Text("[]::VARCHAR[]")
		} else {
			three(&b, shown(l.before), shown(l.before), l.unreadable)
		}
		b.Text("}")
	}
	b.Text("]) AS f FROM ", ch.last(), ")")
	return b.Query()
}

// changed restricts an aggregate to the values that the link changes.
func (l link) changed(b *sqltext.Builder) {
	b.Text(" FILTER (WHERE ")
	l.isChanged(b)
	b.Text(")")
}

// isChanged writes whether the link changes a value.
func (l link) isChanged(b *sqltext.Builder) {
	b.Text("(")
	if l.from == l.to {
		b.Name(l.before).Text(" IS DISTINCT FROM ").Name(l.after)
	} else {
		b.Name(l.before).Text(" IS NOT NULL AND ").Name(l.after).Text(" IS NOT NULL")
	}
	if l.unread != nil {
		b.Text(" AND NOT ")
		l.unread(b)
	}
	b.Text(")")
}

// unreadable restricts an aggregate to the values that the link cannot read.
func (l link) unreadable(b *sqltext.Builder) {
	b.Text(" FILTER (WHERE ")
	l.unread(b)
	b.Text(")")
}

// three writes a list of up to three values: that of the least text, of the greatest, and of one by chance that is always the
// same. They take no memory, whatever the table's size.
func three(b *sqltext.Builder, value, by string, filter func(*sqltext.Builder)) {
	b.Text("list_sort(list_distinct([")
	for i, f := range []string{"arg_min(" + value + ", " + by + ")", "arg_min(" + value + ", hash(" + by + "))", "arg_max(" + value + ", " + by + ")"} {
		if i > 0 {
			b.Text(", ")
		}
		b.Text(f)
		filter(b)
	}
	b.Text("]))")
}
