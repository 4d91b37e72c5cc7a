package sqlite

import (
	"fmt"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
)

var sized = pattern.Of(`^(?:DECIMAL|NUMERIC)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)$`)

// fromSQLite gives the type of a column by how it was declared; "" says that only the values tell, as they do of numbers
// with more digits than a DECIMAL has.
func fromSQLite(declared string) string {
	d := strings.ToUpper(strings.TrimSpace(declared))
	if m := sized.FindStringSubmatch(d); m != nil {
		precision, _ := strconv.Atoi(m[1])
		scale, _ := strconv.Atoi(m[2])
		if const38 := 38; precision <= const38 && scale <= precision {
			return fmt.Sprintf("DECIMAL(%d,%d)", precision, scale)
		}
		return ""
	}
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(d, p) {
				return true
			}
		}
		return false
	}
	switch {
	case d == "":
		return ""
	case d == "DATE":
		return "DATE"
	case d == "TIMESTAMPTZ":
		return "TIMESTAMP WITH TIME ZONE"
	case d == "DATETIME", has("TIMESTAMP"):
		return "TIMESTAMP"
	case d == "JSON":
		return "JSON"
	case d == "UUID":
		return "UUID"
	case has("BOOL"):
		return "BOOLEAN"
	case has("INT"):
		return "BIGINT"
	case has("CHAR", "CLOB", "TEXT"):
		return "VARCHAR"
	case has("BLOB"):
		return "BLOB"
	case has("REAL", "FLOA", "DOUB"): //nolint:misspell // the parts of names by which SQLite itself decides
		return "DOUBLE"
	}
	return ""
}

// toSQLite gives the declared type of a new column. A number with more digits than a DOUBLE has stays a text, for
// SQLite would make a DOUBLE of it.
func toSQLite(typ string) string {
	if m := sized.FindStringSubmatch(typ); m != nil {
		const digits = 15
		if n, err := strconv.Atoi(m[1]); err == nil && n <= digits {
			return typ
		}
		return "TEXT"
	}
	switch typ {
	case "BOOLEAN", "DATE", "UUID", "JSON":
		return typ
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER":
		return "INTEGER"
	case "FLOAT", "DOUBLE":
		return "REAL"
	case "BLOB":
		return "BLOB"
	case "TIMESTAMP WITH TIME ZONE":
		return "TIMESTAMPTZ"
	case "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S":
		return "DATETIME"
	}
	if table.Nested(typ) {
		return "JSON"
	}
	return "TEXT"
}

func codingFor(typ string) table.Coding {
	switch {
	case typ == "BLOB":
		return table.Hex
	case typ == "BOOLEAN":
		return table.Bit
	case table.Nested(typ):
		return table.JSON
	}
	return table.Plain
}

// stored gives a value as SQLite is to store it.
func stored(typ, text string) any {
	switch typ {
	case "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	case "FLOAT", "DOUBLE":
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return f
		}
	}
	return text
}
