package columns

import (
	"dataflow/ide-go-lib/table/exact"
)

// Key writes a value as one that is equal to those of another column only where both are the same: a whole number or decimal
// beside DOUBLE or FLOAT becomes such a number to be compared with it, and is null, which is equal to nothing, where it would
// become another. Own is the type of the value, other that of the column.
func Key(value, own, other string) string {
	if !exact.Inexact(other) || exact.Inexact(own) || !Numeric(own) {
		return value
	}
	kept := exact.InDouble
	if other == "FLOAT" {
		kept = exact.InFloat
	}
	same := kept(value, own)
	if same == "" {
		return value
	}
	return "CASE WHEN " + same + " THEN CAST(" + value + " AS " + other + ") END"
}
