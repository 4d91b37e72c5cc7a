package columns

import (
	"fmt"
	"slices"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/exact"
	"dataflow/ide-go-lib/table/sqltext"
)

// ToDouble says whether columns of these types become DOUBLE together: some are of binary fractions, and all are numbers.
func ToDouble(types []string) bool {
	return slices.ContainsFunc(types, exact.Inexact) && !slices.ContainsFunc(types, func(t string) bool { return !Numeric(t) })
}

// KeepDigits writes, behind the * of a SELECT that is put below others, what sees to it that whole numbers and decimals among
// numbers of DOUBLE keep their digits. Types gives those that the column at an index has in all tables.
func KeepDigits(b *sqltext.Builder, field string, list []table.Column, types func(i int) []string) {
	before, end := " REPLACE (", ""
	for i, c := range list {
		if exact.Inexact(c.Type) || !ToDouble(types(i)) {
			continue
		}
		b.Text(before)
		WriteDouble(b, field, c.Name, c.Type)
		b.Text(" AS ").Name(c.Name)
		before, end = ", ", ")"
	}
	b.Text(end)
}

// WriteDouble writes a column as DOUBLE, and ends the query at a number that DOUBLE does not keep. The field is the one to name.
func WriteDouble(b *sqltext.Builder, field, name, typ string) {
	double(b, field, sqltext.Quote(name), name, typ)
}

// WriteTogether writes a value of a column of the type own that shares a column of the result with values of the type other: as
// it is, or as DOUBLE, with the end of the query at a number that DOUBLE does not keep.
func WriteTogether(b *sqltext.Builder, field, value, name, own, other string) {
	if !exact.Inexact(other) || exact.InDouble(value, own) == "" {
		b.Text(value)
		return
	}
	double(b, field, value, name, own)
}

func double(b *sqltext.Builder, field, value, name, typ string) {
	kept := exact.InDouble(value, typ)
	if kept == "" {
		b.Text("CAST(", value, " AS DOUBLE)")
		return
	}
	b.Text("CASE WHEN ", value, " IS NOT NULL AND NOT (", kept, ") THEN ")
	b.Raise("type_mismatch", field, func() {
		b.Text("concat(", sqltext.Literal("The number "), ", ", value, ", ",
			sqltext.Literal(fmt.Sprintf(" in the column %q has more digits than DOUBLE keeps, which it would become together with others. Convert the columns before, to DECIMAL(38,6) or VARCHAR for example.", name)), ")")
	})
	b.Text(" ELSE CAST(", value, " AS DOUBLE) END")
}
