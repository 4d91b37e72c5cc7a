package columns

import (
	"fmt"
	"slices"

	"dataflow/ide-go-lib/table/exact"
	"dataflow/ide-go-lib/table/sqltext"
)

// ToDouble says whether columns of these types become DOUBLE together: some are of binary fractions, and all are numbers.
func ToDouble(types []string) bool {
	return slices.ContainsFunc(types, exact.Inexact) && !slices.ContainsFunc(types, func(t string) bool { return !Numeric(t) })
}

// WriteDouble writes a column as DOUBLE, and ends the query at a number that DOUBLE does not keep. The field is the one to name.
func WriteDouble(b *sqltext.Builder, field, name, typ string) {
	quoted := sqltext.Quote(name)
	kept := exact.InDouble(quoted, typ)
	if kept == "" {
		b.Text("CAST(", quoted, " AS DOUBLE)")
		return
	}
	b.Text("CASE WHEN ", quoted, " IS NOT NULL AND NOT (", kept, ") THEN ")
	b.Raise("type_mismatch", field, func() {
		b.Text("concat(", sqltext.Literal("The number "), ", ", quoted, ", ",
			sqltext.Literal(fmt.Sprintf(" in the column %q has more digits than DOUBLE keeps, which it would become together with others. Convert the columns before, to DECIMAL(38,6) or VARCHAR for example.", name)), ")")
	})
	b.Text(" ELSE CAST(", quoted, " AS DOUBLE) END")
}
