package read

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/tabular"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// width is how many tables are put below each other at once: a query over more would take memory for each of them.
const width = 64

// stack keeps the tables of objects until all are there, for only then it is known which columns there are and of which
// types, and puts them below each other, width at a time, and what comes of that likewise.
type stack struct {
	c        Config
	call     *node.Call
	folders  *folders
	made     []table.Column // of folders
	pieces   []piece
	like     map[string][]table.Column // the columns of pieces, each list of them once
	met      columnsMet
	rejected int64
}

// piece is the table of an object, or of several.
type piece struct {
	table  table.Table
	object string // "" is several, whose table has the columns of names and folders
}

// add reads an object.
func (s *stack) add(ctx context.Context, o connector.Object, path string) error {
	how := s.c.How
	if how.Format == "auto" {
		how.Format = tabular.FormatOf(value.FileMeta{Name: o.Name, MediaType: o.MediaType})
	}
	opts := how.Options(o.Name)
	opts.LooseTypes = true
	t, err := tabular.Import(ctx, s.call, path, opts, nil)
	if err != nil {
		return s.placed(err)
	}
	if i := slices.IndexFunc(t.Meta.Columns, func(c table.Column) bool { return strings.EqualFold(c.Name, s.c.Source) }); i >= 0 {
		return node.FieldError("column_twice", "with.source", "%s has a column %q already; call the one for the object's name something else", o.Name, t.Meta.Columns[i].Name)
	}
	for _, c := range t.Meta.Columns {
		if !s.folders.is(c.Name) {
			s.met.meet(c, t.Meta.Rows > 0)
		}
	}
	if len(s.made)+len(s.met.list) > mostColumns {
		return tooManyColumns(s.c.field(), o.Name)
	}
	s.rejected += t.Rejected
	t.Meta.Columns = s.once(t.Meta.Columns)
	s.pieces = append(s.pieces, piece{table.Table{Artifact: t.Artifact, Meta: t.Meta}, o.Name})
	return nil
}

// once gives a list of columns that is shared by all that have the same ones.
func (s *stack) once(columns []table.Column) []table.Column {
	var key strings.Builder
	for _, c := range columns {
		fmt.Fprintf(&key, "%q%q", c.Name, c.Type)
	}
	if known, ok := s.like[key.String()]; ok {
		return known
	}
	if s.like == nil {
		s.like = map[string][]table.Column{}
	}
	s.like[key.String()] = columns
	return columns
}

// placed names the field that an error of reading is about.
func (s *stack) placed(err error) error {
	if errs.From(err).Code == "type_unknown" {
		return node.At("with.types", err)
	}
	return node.At(s.c.field(), err)
}

// table gives all that was added.
func (s *stack) table(ctx context.Context) (table.Table, error) {
	pieces := s.pieces
	if len(pieces) == 1 && s.c.Source == "" && len(s.folders.columns) == 0 {
		return pieces[0].table, nil
	}
	columns, err := s.columns(ctx)
	if err != nil {
		return table.Table{}, err
	}
	for len(pieces) > width {
		next := make([]piece, 0, len(pieces)/width+1)
		for some := range slices.Chunk(pieces, width) {
			t, err := s.below(ctx, columns, some)
			if err != nil {
				return t, err
			}
			next = append(next, piece{table: t})
		}
		pieces = next
	}
	return s.below(ctx, columns, pieces)
}

// below puts tables below each other.
func (s *stack) below(ctx context.Context, columns []table.Column, pieces []piece) (table.Table, error) {
	plan := table.Plan{Inputs: map[string]table.Source{}, Node: s.call.NodeID}
	for i, p := range pieces {
		plan.Inputs[node.SourceName("object", i)] = table.Source{Artifact: p.table.Artifact}
	}
	plan.Relation = &below{source: s.c.Source, folders: s.folders, made: s.made, columns: columns, pieces: pieces}
	t, err := s.call.Env.Tables.Run(ctx, s.call.Tenant, plan, nil)
	return t, node.At("with.types", err)
}

// below is the relation of pieces below each other.
type below struct {
	source  string // a column for the object's name; "" is none
	folders *folders
	made    []table.Column // of folders
	columns []table.Column // of the pieces
	pieces  []piece
}

// Query implements table.Relation.
func (r *below) Query(inputs map[string]table.Input) (table.Query, error) {
	var b sqltext.Builder
	for i, p := range r.pieces {
		if i > 0 {
			b.Text("\nUNION ALL ")
		}
		r.one(&b, p, inputs[node.SourceName("object", i)].Name)
	}
	return b.Query()
}

// one selects all columns of one piece, and refuses numbers that would lose digits.
func (r *below) one(b *sqltext.Builder, p piece, name string) {
	b.Text("SELECT ")
	comma := ""
	column := func(value func(), typ, as string) {
		b.Text(comma, "CAST(")
		value()
		b.Text(" AS ", typ, ") AS ").Name(as)
		comma = ", "
	}
	null := func() { b.Text("NULL") }
	if p.object == "" { // it has columns of names and folders, and the types of all objects
		for _, c := range r.leading() {
			column(func() { b.Name(c.Name) }, c.Type, c.Name)
		}
	} else {
		if r.source != "" {
			column(func() { b.Arg(p.object) }, "VARCHAR", r.source)
		}
		for i, v := range r.folders.values(p.object) {
			value := null
			if v != nil {
				value = func() { b.Arg(*v) }
			}
			column(value, r.made[i].Type, r.made[i].Name)
		}
	}
	var inexact []table.Column
	for _, c := range r.columns {
		at := slices.IndexFunc(p.table.Meta.Columns, func(have table.Column) bool { return strings.EqualFold(have.Name, c.Name) })
		if at < 0 {
			column(null, c.Type, c.Name)
			continue
		}
		have := p.table.Meta.Columns[at]
		if c.Type == "DOUBLE" && inexactFrom(have.Type) {
			inexact = append(inexact, have)
		}
		value := func() { b.Name(have.Name) }
		if c.Type == "JSON" && have.Type != "JSON" {
			value = func() { b.Text("to_json(").Name(have.Name).Text(")") }
		}
		column(value, c.Type, c.Name)
	}
	b.Text(" FROM ", name)
	r.refuse(b, p, inexact)
}

// leading are the columns before those of the objects.
func (r *below) leading() []table.Column {
	if r.source == "" {
		return r.made
	}
	return slices.Concat([]table.Column{{Name: r.source, Type: "VARCHAR"}}, r.made)
}

// refuse ends the query at a number that DOUBLE cannot keep: one that is another when it comes back.
func (r *below) refuse(b *sqltext.Builder, p piece, columns []table.Column) {
	before := " WHERE "
	for _, c := range columns {
		b.Text(before, "CASE WHEN TRY_CAST(CAST(").Name(c.Name).Text(" AS DOUBLE) AS ", c.Type, ") IS DISTINCT FROM ").Name(c.Name).Text(" THEN ")
		b.Raise("type_mismatch", "with.types", func() {
			b.Text("concat(", sqltext.Literal("The number "), ", ").Name(c.Name).Text(", ",
				sqltext.Literal(fmt.Sprintf(" in the column %q of %s has more digits than DOUBLE keeps, which the column is in other objects. Set the type of the column, such as DECIMAL(38,6) or VARCHAR.", c.Name, p.object)), ")")
		})
		b.Text(" ELSE true END")
		before = " AND "
	}
}
