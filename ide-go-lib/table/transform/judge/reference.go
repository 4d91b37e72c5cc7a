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
	together := func(names []string) {
		for i, name := range names {
			if i > 0 {
				b.Text(", ")
			}
			b.Text(fmt.Sprintf("k%d := ", i))
			// Values of types that have nothing in common are the same when they are written in the same way.
			if one, other := columns.Type(in, r.Columns[i]), columns.Type(reference, r.pair(i)); one == other || columns.Numeric(one) && columns.Numeric(other) || columns.Temporal(one) && columns.Temporal(other) {
				b.Name(name)
				continue
			}
			b.Text("CAST(").Name(name).Text(" AS VARCHAR)")
		}
	}
	b.Text("struct_pack(")
	together(r.Columns)
	b.Text(") NOT IN (SELECT struct_pack(")
	together(names)
	b.Text(") FROM ", reference.Name, " WHERE ")
	for i, name := range names {
		if i > 0 {
			b.Text(" AND ")
		}
		b.Name(name).Text(" IS NOT NULL")
	}
	b.Text(")))")
}

// pair is the column of the reference that belongs to a column.
func (r Rule) pair(i int) string {
	_, names := r.referred("")
	return names[i]
}
