package sqlite

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// fit says whether a value, as text, is one of a column's type. SQLite itself keeps anything in any column, and whoever
// reads the table afterwards fails.
type fit func(text string) bool

// fitOf gives the check of values of one type for a column that was declared so; nil when all of them fit.
func fitOf(typ, declared string) fit {
	want := fromSQLite(declared)
	if fromSQLite(toSQLite(typ)) == want {
		return nil
	}
	switch {
	case want == "DOUBLE":
		return func(text string) bool { _, err := strconv.ParseFloat(text, 64); return err == nil }
	case want == "BIGINT":
		return whole
	case want == "BOOLEAN":
		return func(text string) bool { _, err := strconv.ParseBool(text); return err == nil }
	case strings.HasPrefix(want, "DECIMAL"):
		return func(text string) bool { _, ok := new(big.Rat).SetString(text); return ok }
	case want == "JSON":
		return func(text string) bool { return json.Valid([]byte(text)) }
	case want == "DATE" || strings.HasPrefix(want, "TIMESTAMP"):
		return func(text string) bool {
			_, err := time.Parse(time.DateOnly, text[:min(len(text), len(time.DateOnly))])
			return err == nil
		}
	}
	return nil
}

// whole says whether a text is a whole number, also when it is written as 2.0.
func whole(text string) bool {
	r, ok := new(big.Rat).SetString(text)
	return ok && r.IsInt() && r.Num().IsInt64()
}
