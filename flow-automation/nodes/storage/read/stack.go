package read

import (
	"context"
	"encoding/json"
	"errors"
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

// stack puts the tables of objects below each other, width at a time, and what comes of that likewise.
type stack struct {
	c        Config
	call     *node.Call
	folders  *folders
	made     []table.Column  // of folders
	levels   [][]piece       // the later ones are made of the earlier ones, and come before them
	seen     map[string]bool // the columns so far, in small letters
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
	if err := s.few(o.Name, t.Meta.Columns); err != nil {
		return err
	}
	s.rejected += t.Rejected
	return s.put(ctx, 0, piece{t, o.Name})
}

// few makes sure that there are not too many columns with those of an object.
func (s *stack) few(object string, columns []table.Column) error {
	if s.seen == nil {
		s.seen = map[string]bool{}
		for _, c := range s.made {
			s.seen[strings.ToLower(c.Name)] = true
		}
	}
	for _, c := range columns {
		s.seen[strings.ToLower(c.Name)] = true
	}
	if len(s.seen) > mostColumns {
		return tooManyColumns(s.c.field(), object)
	}
	return nil
}

// placed names the field that an error of reading is about.
func (s *stack) placed(err error) error {
	if errs.From(err).Code == "type_unknown" {
		return node.At("with.types", err)
	}
	return node.At(s.c.field(), err)
}

func (s *stack) put(ctx context.Context, level int, p piece) error {
	if level == len(s.levels) {
		s.levels = append(s.levels, nil)
	}
	if s.levels[level] = append(s.levels[level], p); len(s.levels[level]) < width {
		return nil
	}
	t, err := s.below(ctx, s.levels[level])
	if err != nil {
		return err
	}
	s.levels[level] = nil
	return s.put(ctx, level+1, piece{table: t})
}

// table gives all that was added.
func (s *stack) table(ctx context.Context) (table.Table, error) {
	var all []piece
	for _, level := range slices.Backward(s.levels) {
		all = append(all, level...)
	}
	if len(all) == 1 && (all[0].object == "" || s.c.Source == "" && len(s.folders.columns) == 0) {
		return all[0].table, nil
	}
	return s.below(ctx, all)
}

// below puts tables below each other.
func (s *stack) below(ctx context.Context, pieces []piece) (table.Table, error) {
	r := &below{source: s.c.Source, folders: s.folders, made: s.made, pieces: pieces}
	plan := table.Plan{Inputs: map[string]table.Source{}, Node: s.call.NodeID, Relation: r}
	for i, p := range pieces {
		plan.Inputs[node.SourceName("object", i)] = table.Source{Artifact: p.table.Artifact}
	}
	var err error
	if r.columns, err = s.columns(ctx, pieces); err != nil {
		return table.Table{}, err
	}
	t, err := s.call.Env.Tables.Run(ctx, s.call.Tenant, plan, nil)
	return t, node.At("with.types", err)
}

// columns gives those of all pieces, each with a type that holds its values in all of them.
func (s *stack) columns(ctx context.Context, pieces []piece) ([]table.Column, error) {
	var out []table.Column
	at := map[string]int{}
	differ := map[string]bool{}
	for _, p := range pieces {
		for _, c := range p.table.Meta.Columns {
			if p.object != "" && s.folders.is(c.Name) {
				continue
			}
			key := strings.ToLower(c.Name)
			if i, known := at[key]; !known {
				at[key] = len(out)
				out = append(out, c)
			} else if out[i].Type != c.Type {
				differ[key] = true
			}
		}
	}
	if len(differ) == 0 {
		return out, nil
	}
	for key := range differ {
		out[at[key]].Type = ""
	}
	for _, p := range pieces {
		full, err := s.full(ctx, p, differ)
		if err != nil {
			return nil, err
		}
		for _, c := range full {
			switch have := &out[at[strings.ToLower(c.Name)]].Type; *have {
			case "":
				*have = c.Type
			default:
				*have = common(*have, c.Type)
			}
		}
	}
	for i := range out {
		if out[i].Type == "" { // it is empty everywhere
			out[i].Type = "VARCHAR"
		}
	}
	return out, nil
}

// full gives those of the columns in question that have any value: the type of an empty one means nothing.
func (s *stack) full(ctx context.Context, p piece, differ map[string]bool) ([]table.Column, error) {
	var full, doubtful []table.Column
	for _, c := range p.table.Meta.Columns {
		switch {
		case !differ[strings.ToLower(c.Name)] || p.object != "" && s.folders.is(c.Name) || p.table.Meta.Rows == 0:
		case c.Type == "VARCHAR" || c.Type == "JSON" || c.Type == "INTEGER": // what empty columns are read as
			doubtful = append(doubtful, c)
		default:
			full = append(full, c)
		}
	}
	if len(doubtful) == 0 {
		return full, nil
	}
	plan := table.Plan{Relation: counts(doubtful), Inputs: map[string]table.Source{"rows": {Artifact: p.table.Artifact}}}
	page, err := s.call.Env.Tables.Preview(ctx, s.call.Tenant, plan, table.PreviewOptions{Limit: 1})
	if err != nil {
		return nil, err
	}
	var has []bool
	if len(page.Rows) != 1 {
		return nil, errs.Internal(errors.New("a count without a row"))
	}
	if err := json.Unmarshal(page.Rows[0], &has); err != nil || len(has) != len(doubtful) {
		return nil, errs.Internal(fmt.Errorf("counts %s of %d columns: %w", page.Rows[0], len(doubtful), err))
	}
	for i, c := range doubtful {
		if has[i] {
			full = append(full, c)
		}
	}
	return full, nil
}

// counts is the relation of which columns have any value.
type counts []table.Column

// Query implements table.Relation.
func (c counts) Query(inputs map[string]table.Input) (table.Query, error) {
	list := make([]string, len(c))
	for i, column := range c {
		list[i] = fmt.Sprintf("count(%s) > 0 AS c%d", sqltext.Quote(column.Name), i)
	}
	return table.Query{Text: "SELECT " + strings.Join(list, ", ") + " FROM " + inputs["rows"].Name}, nil
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
	if p.object == "" { // its columns of names and folders are among the others
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
		if slices.ContainsFunc(r.leading(), func(l table.Column) bool { return strings.EqualFold(l.Name, c.Name) }) {
			continue
		}
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
	where := p.object
	if where == "" {
		where = "one of the objects"
	}
	before := " WHERE "
	for _, c := range columns {
		b.Text(before, "CASE WHEN TRY_CAST(CAST(").Name(c.Name).Text(" AS DOUBLE) AS ", c.Type, ") IS DISTINCT FROM ").Name(c.Name).Text(" THEN ")
		b.Raise("type_mismatch", "with.types", func() {
			b.Text("concat(", sqltext.Literal("The number "), ", ").Name(c.Name).Text(", ",
				sqltext.Literal(fmt.Sprintf(" in the column %q of %s has more digits than DOUBLE keeps, which the column is in other objects. Set the type of the column, such as DECIMAL(38,6) or VARCHAR.", c.Name, where)), ")")
		})
		b.Text(" ELSE true END")
		before = " AND "
	}
}
