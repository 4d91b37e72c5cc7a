package duck

import (
	"strings"

	"dataflow/ide-go-lib/pattern"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// Types that Parquet does not keep as they are become, everywhere between two relations, the nearest one that it does:
// so a plan gives the same whether it is fused or materialised in between.
var unstorable = pattern.Of(`U?HUGEINT|BIGNUM|ENUM\('(?:[^']|'')*'(?:, '(?:[^']|'')*')*\)|\bBIT\b|TIMESTAMP_S|TIMESTAMP_MS|TIME_NS|TIME WITH TIME ZONE|"?NULL"?|VARIANT`)

func storedType(typ string) string {
	if strings.Contains(typ, "UNION(") || strings.HasPrefix(typ, "GEOMETRY") {
		return "VARCHAR"
	}
	return unstorable.ReplaceAllStringFunc(typ, func(t string) string {
		switch {
		case t == "HUGEINT", t == "UHUGEINT":
			return "BIGINT"
		case t == "TIMESTAMP_S", t == "TIMESTAMP_MS":
			return "TIMESTAMP"
		case t == "TIME_NS", t == "TIME WITH TIME ZONE":
			return "TIME"
		case t == "VARIANT":
			return "JSON"
		case strings.Contains(t, "NULL"):
			return "INTEGER"
		}
		return "VARCHAR"
	})
}

// storable gives the columns as they are stored and, when any differs, the select list that converts them.
func storable(columns []table.Column) ([]table.Column, string) {
	stored := make([]table.Column, len(columns))
	var casts []string
	for i, c := range columns {
		stored[i] = table.Column{Name: c.Name, Type: storedType(c.Type)}
		if stored[i].Type != c.Type {
			name := sqltext.Quote(c.Name)
			casts = append(casts, "CAST("+name+" AS "+stored[i].Type+") AS "+name)
		}
	}
	if casts == nil {
		return stored, ""
	}
	return stored, "* REPLACE (" + strings.Join(casts, ", ") + ")"
}
