package clean

import (
	"encoding/json"
	"fmt"
	"strconv"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// Counts is what the steps change: a row for each step at each column that it fits.
type Counts struct{ Config }

// Count is a row of Counts.
type Count struct {
	Step       int // from 0
	Column     string
	From       string
	To         string
	Rows       int64
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

// Query implements table.Relation.
func (c Counts) Query(inputs map[string]table.Input) (table.Query, error) {
	ch, err := c.chain(inputs)
	if err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	if len(ch.links) == 0 {
		return b.Text("SELECT 0 AS step, '' AS \"column\" WHERE false").Query()
	}
	ch.steps(&b)
	b.Text("SELECT f.* FROM (SELECT unnest([")
	for i, l := range ch.links {
		if i > 0 {
			b.Text(",\n")
		}
		l.count(&b)
	}
	b.Text("]) AS f FROM ", ch.last(), ")")
	return b.Query()
}

// count writes an object of what the link changes.
func (l link) count(b *sqltext.Builder) {
	shown := func(name string) string { return "left(CAST(" + sqltext.Quote(name) + " AS VARCHAR), " + longest + ")" }
	changed := func() {
		b.Text(" FILTER (WHERE ")
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
	unread := func() {
		b.Text(" FILTER (WHERE ")
		l.unread(b)
		b.Text(")")
	}
	b.Text("{'step': ", strconv.Itoa(l.step), ", 'column': ", sqltext.Literal(l.column), ", 'from': ", sqltext.Literal(l.from), ", 'to': ", sqltext.Literal(l.to), ", 'rows': count(*), 'changed': count(*)")
	changed()
	b.Text(", 'unreadable': ")
	if l.unread == nil {
		b.Text("0::BIGINT")
	} else {
		b.Text("count(*)")
		unread()
	}
	// The least, the greatest and one by chance that is always the same: they take no memory, whatever the table's size.
	b.Text(", 'samples': ")
	three(b, "{'before': "+shown(l.before)+", 'after': "+shown(l.after)+"}", shown(l.before), changed)
	b.Text(", 'unread': ")
	if l.unread == nil {
		b.Text("[]::VARCHAR[]")
	} else {
		three(b, shown(l.before), shown(l.before), unread)
	}
	b.Text("}")
}

func three(b *sqltext.Builder, value, by string, filter func()) {
	b.Text("list_sort(list_distinct([")
	for i, f := range []string{"arg_min(" + value + ", " + by + ")", "arg_min(" + value + ", hash(" + by + "))", "arg_max(" + value + ", " + by + ")"} {
		if i > 0 {
			b.Text(", ")
		}
		b.Text(f)
		filter()
	}
	b.Text("]))")
}

// ReadCount reads a row of Counts as the engine gives it.
func ReadCount(row json.RawMessage) (Count, error) {
	var n Count
	cells := []any{&n.Step, &n.Column, &n.From, &n.To, &n.Rows, &n.Changed, &n.Unreadable, &n.Samples, &n.Unread}
	if err := json.Unmarshal(row, &cells); err != nil {
		return n, fmt.Errorf("what a step has changed: %w", err)
	}
	return n, nil
}
