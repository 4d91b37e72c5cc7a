package clean

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
	"dataflow/ide-go-lib/table/transform/literal"
)

// What may stand for columns of a kind.
var kinds = []string{"*", "*text", "*number", "*time"}

// link is one step at one column.
type link struct {
	step          int
	column        string // of the input
	before, after string // names of the values' columns in the chain
	from, to      string // their types
	quarantines   bool
	unread        func(b *sqltext.Builder) // writes whether the value cannot be read; nil when all can
	why           func(b *sqltext.Builder) // writes what is wrong with one that cannot
}

// chain is a query in which each step adds columns to those that are there: what was before is still there to be compared.
type chain struct {
	in      table.Input
	prefix  string
	levels  [][]assignment
	links   []link
	present []string // the name of each input column's newest values
	types   []string
	count   int
}

// assignment is a new column of a level.
type assignment struct {
	name  string
	write func(b *sqltext.Builder)
}

func (c Config) chain(inputs map[string]table.Input) (*chain, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return nil, err
	}
	check := columns.New(c.Check())
	for i, s := range c.Steps {
		for j, name := range s.Columns {
			if !slices.Contains(kinds, name) {
				check.Column(in, fmt.Sprintf("with.steps[%d].columns[%d]", i, j), name)
			}
		}
	}
	if err := check.Err(); err != nil {
		return nil, err
	}
	ch := &chain{in: in, prefix: "__clean"}
	for slices.ContainsFunc(in.Columns, func(c table.Column) bool { return strings.HasPrefix(strings.ToLower(c.Name), ch.prefix) }) {
		ch.prefix += "_"
	}
	for _, col := range in.Columns {
		ch.present, ch.types = append(ch.present, col.Name), append(ch.types, col.Type)
	}
	for i, s := range c.Steps {
		ch.add(i, s)
	}
	return ch, nil
}

// add writes one step for each of its columns. The stages of all columns go side by side, one level for each.
func (ch *chain) add(step int, s Step) {
	level := len(ch.levels)
	for _, i := range s.chosen(ch.in, ch.types) {
		t, ok := s.treat(ch.types[i], fmt.Sprintf("with.steps[%d]", step))
		if !ok {
			continue
		}
		stages := ch.stages(level, t)
		l := link{step: step, column: ch.in.Columns[i].Name, before: ch.present[i], from: ch.types[i], to: t.typ, quarantines: s.policy() == Quarantine && t.unread != nil}
		at := places{before: l.before, stages: stages}
		for k, stage := range t.stages {
			ch.levels[level+k] = append(ch.levels[level+k], assignment{stages[k], func(b *sqltext.Builder) { stage(b, at) }})
		}
		l.after = stages[len(stages)-1]
		if t.unread != nil {
			l.unread = func(b *sqltext.Builder) { t.unread(b, at) }
			l.why = func(b *sqltext.Builder) { t.why(b, at) }
		}
		ch.links = append(ch.links, l)
		ch.present[i], ch.types[i] = l.after, t.typ
	}
}

// stages makes names, and room for what is written to them.
func (ch *chain) stages(level int, t treatment) []string {
	names := make([]string, len(t.stages))
	for k := range names {
		ch.count++
		names[k] = fmt.Sprintf("%s%d", ch.prefix, ch.count)
		if level+k == len(ch.levels) {
			ch.levels = append(ch.levels, nil)
		}
	}
	return names
}

// chosen gives the indexes of the columns that the step is for.
func (s Step) chosen(in table.Input, types []string) []int {
	var out []int
	for _, name := range s.Columns {
		for i, col := range in.Columns {
			if !slices.Contains(out, i) && (strings.EqualFold(col.Name, name) || name == "*" && s.bounds(types[i]) || name == "*text" && types[i] == text ||
				name == "*number" && columns.Numeric(types[i]) || name == "*time" && columns.Temporal(types[i])) {
				out = append(out, i)
			}
		}
	}
	slices.Sort(out)
	return out
}

// bounds says whether the bounds of a step, if it has some, are of the kind of a column that nobody has named.
func (s Step) bounds(typ string) bool {
	if s.Do != Clamp {
		return true
	}
	for _, bound := range []literal.Value{s.Min, s.Max} {
		if bound.IsZero() {
			continue
		}
		if _, err := strconv.ParseFloat(bound.String(), 64); (err == nil) != columns.Numeric(typ) {
			return false
		}
	}
	return true
}

func (ch *chain) level(i int) string {
	if i == 0 {
		return ch.in.Name
	}
	return sqltext.Quote(fmt.Sprintf("%s_l%d", ch.prefix, i))
}

func (ch *chain) last() string { return ch.level(len(ch.levels)) }

// steps writes the WITH that adds the columns of all levels.
func (ch *chain) steps(b *sqltext.Builder) {
	for i, level := range ch.levels {
		b.Text(map[bool]string{true: "WITH ", false: ",\n"}[i == 0], ch.level(i+1), " AS (SELECT *")
		for _, a := range level {
			b.Text(", ")
			a.write(b)
			b.Text(" AS ").Name(a.name)
		}
		b.Text(" FROM ", ch.level(i), ")")
	}
	if len(ch.levels) > 0 {
		b.Text("\n")
	}
}
