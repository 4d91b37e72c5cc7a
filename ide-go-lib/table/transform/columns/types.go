package columns

import (
	"slices"
	"strings"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

var (
	integers = []string{"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"}
	floats   = []string{"FLOAT", "DOUBLE"}
)

// Type gives the type of a column; "" when it is not known.
func Type(in table.Input, name string) string {
	if i := Find(in.Columns, name); i >= 0 {
		return in.Columns[i].Type
	}
	return ""
}

// Integer says whether a type holds whole numbers.
func Integer(typ string) bool { return slices.Contains(integers, typ) }

// Numeric says whether a type holds numbers.
func Numeric(typ string) bool {
	return Integer(typ) || slices.Contains(floats, typ) || strings.HasPrefix(typ, "DECIMAL(") && !List(typ)
}

// Temporal says whether a type holds days or moments.
func Temporal(typ string) bool {
	return !List(typ) && (typ == "DATE" || strings.HasPrefix(typ, "TIMESTAMP"))
}

// List says whether a type holds lists.
func List(typ string) bool { return strings.HasSuffix(typ, "]") }

// Struct says whether a type holds named fields.
func Struct(typ string) bool { return strings.HasPrefix(typ, "STRUCT(") && strings.HasSuffix(typ, ")") }

// Nested says whether values of a type hold others.
func Nested(typ string) bool { return List(typ) || Struct(typ) || strings.HasPrefix(typ, "MAP(") }

// Trim takes off both ends of a text, given as SQL, what people see as white space.
func Trim(expression string) string {
	return "trim(" + expression + ", " + sqltext.Literal(" \t\r\n\u00a0\u3000") + ")"
}

// Fields gives the fields of a type that is a STRUCT.
func Fields(typ string) []table.Column {
	if !Struct(typ) {
		return nil
	}
	var fields []table.Column
	for _, part := range parts(typ[len("STRUCT(") : len(typ)-1]) {
		part = strings.TrimSpace(part)
		name, rest, _ := strings.Cut(part, " ")
		if strings.HasPrefix(part, `"`) {
			end := quoted(part, 0)
			name, rest = strings.ReplaceAll(part[1:end-1], `""`, `"`), part[end:]
		}
		fields = append(fields, table.Column{Name: name, Type: strings.TrimSpace(rest)})
	}
	return fields
}

// Entry gives the types of the keys and of the values of a type that is a MAP.
func Entry(typ string) (keys, values string) {
	both := parts(strings.TrimSuffix(strings.TrimPrefix(typ, "MAP("), ")"))
	return strings.TrimSpace(both[0]), strings.TrimSpace(both[len(both)-1])
}

// parts cuts at the commas that are in no parentheses and no quotes.
func parts(text string) []string {
	var list []string
	depth, from := 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"', '\'':
			i = quoted(text, i) - 1
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				list = append(list, text[from:i])
				from = i + 1
			}
		}
	}
	return append(list, text[from:])
}

// quoted gives the index after the quoted text that begins at i; a quote in it is doubled.
func quoted(text string, i int) int {
	quote := text[i]
	for i++; i < len(text); i++ {
		if text[i] != quote {
			continue
		}
		if i+1 < len(text) && text[i+1] == quote {
			i++
			continue
		}
		return i + 1
	}
	return len(text)
}
