package judge

import (
	"fmt"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// ReferencePort is the input with the values that rules of reference ask for.
const ReferencePort = "reference"

// referred gives the columns of the reference, and the field in which they are named.
func (r Rule) referred(at string) (field string, names []string) {
	if len(r.Referred) > 0 {
		return at + ".reference_columns", r.Referred
	}
	return at + ".columns", r.Columns
}

// missing writes the condition under which the values of a row are not those of any row of the reference.
func (r Rule) missing(b *sqltext.Builder, in, reference table.Input) {
	_, names := r.referred("")
	b.Text("(")
	for i, c := range r.Columns {
		if i > 0 {
			b.Text(map[bool]string{true: " OR ", false: " AND "}[r.Nulls])
		}
		b.Name(c).Text(map[bool]string{true: " IS NULL", false: " IS NOT NULL"}[r.Nulls])
	}
	b.Text(map[bool]string{true: " OR ", false: " AND "}[r.Nulls], "(")
	together := func(names []string, own, others table.Input, theirs []string) {
		for i, name := range names {
			if i > 0 {
				b.Text(", ")
			}
			b.Text(fmt.Sprintf("k%d := ", i))
			one, other := columns.Type(own, name), columns.Type(others, theirs[i])
			switch {
			case one == other || columns.Numeric(one) && columns.Numeric(other) || columns.Temporal(one) && columns.Temporal(other) || one != text && read(other, one):
				b.Text(columns.Key(sqltext.Quote(name), one, other)) // null is in no key of the others
			case one == text && read(one, other):
				b.Text("TRY_CAST(").Name(name).Text(" AS ", other, ")")
			default: // the same when they are written in the same way
				b.Text("CAST(").Name(name).Text(" AS VARCHAR)")
			}
		}
	}
	b.Text("struct_pack(")
	together(r.Columns, in, reference, names)
	b.Text(") NOT IN (SELECT struct_pack(")
	together(names, reference, in, r.Columns)
	b.Text(") FROM ", reference.Name, " WHERE ")
	for i, name := range names {
		if i > 0 {
			b.Text(" AND ")
		}
		b.Name(name).Text(" IS NOT NULL")
	}
	b.Text(")))")
}

const text = "VARCHAR"

// read says whether values of a type are read as those of another to be compared with: texts that may be written in more than
// one way. Whole numbers are not, for 1.5 would be read as 2.
func read(typ, as string) bool {
	return typ == text && (columns.Temporal(as) || columns.Numeric(as) && !columns.Integer(as))
}
