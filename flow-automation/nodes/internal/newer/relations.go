package newer

import (
	"strings"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// isTime says whether values of the type are times, which often repeat.
func isTime(typ string) bool {
	return strings.HasPrefix(typ, "TIMESTAMP") || typ == "DATE" || strings.HasPrefix(typ, "TIME")
}

// placeless is the condition of values that have no place in the order: infinite ones, and those that are no number.
func placeless(column, typ string) string {
	if typ == "FLOAT" || typ == "DOUBLE" || strings.HasPrefix(typ, "TIMESTAMP") || typ == "DATE" {
		return "NOT isfinite(" + cell(column) + ")"
	}
	return "false"
}

// last is the relation of a column's greatest value that has a place in the order, as text, and of how many have none.
type last struct{ column, typ string }

func (l last) Query(inputs map[string]table.Input) (table.Query, error) {
	without := placeless(l.column, l.typ)
	return table.Query{Text: "SELECT CAST(max(" + cell(l.column) + ") FILTER (WHERE NOT (" + without + ")) AS VARCHAR) AS mark, " +
		"CAST(count(*) FILTER (WHERE " + without + ") AS VARCHAR) AS placeless FROM " + inputs["rows"].Name + " AS " + row}, nil
}

// row is what a row is called as a whole, which no column is, and digest stands for it; known are the digests that are remembered.
const (
	row    = `"the row"`
	known  = `"what was there"`
	digest = "left(md5(CAST(" + row + " AS VARCHAR)), 16)"
)

// cell is the value of a column.
func cell(column string) string { return row + "." + sqltext.Quote(column) }

// at is the condition of rows that are remembered: those at the mark, and those without a place.
func at(column, typ string, mark *string) string {
	text := placeless(column, typ)
	if mark != nil {
		text = "(" + text + " OR CAST(" + cell(column) + " AS VARCHAR) = " + sqltext.Literal(*mark) + ")"
	}
	return text
}

// digests are those of the rows that are to be remembered.
type digests struct {
	column, typ string
	mark        *string
}

func (d digests) Query(inputs map[string]table.Input) (table.Query, error) {
	return table.Query{Text: "SELECT " + digest + " AS digest FROM " + inputs["rows"].Name + " AS " + row + " WHERE " + at(d.column, d.typ, d.mark)}, nil
}

// fresh are the rows without those that were there before. Where digests mean nothing, since the columns are others, all that are
// at the mark were.
type fresh struct {
	column, typ string
	before      kept
	known       bool
}

func (f fresh) Query(inputs map[string]table.Input) (table.Query, error) {
	name, where := inputs["rows"].Name, at(f.column, f.typ, f.before.mark())
	earlier := "false" // systems that know less of times give some that come before the mark
	if mark := f.before.mark(); mark != nil {
		earlier = cell(f.column) + " < TRY_CAST(" + sqltext.Literal(*mark) + " AS " + f.typ + ")"
	}
	if !f.known {
		return table.Query{Text: "SELECT * FROM " + name + " AS " + row + " WHERE NOT coalesce(" + earlier + " OR " + where + ", false)"}, nil
	}
	// The first so many of equal rows were there.
	return table.Query{
		Text: "SELECT " + row + ".* FROM " + name + " AS " + row + " LEFT JOIN (SELECT digest, count(*) AS times FROM (SELECT unnest(string_split($1, ' ')) AS digest) GROUP BY digest) AS " + known + " ON " + known + ".digest = " + digest +
			" QUALIFY NOT (coalesce(" + earlier + ", false) OR coalesce(" + where + " AND row_number() OVER (PARTITION BY " + digest + ") <= " + known + ".times, false))",
		Args: []any{strings.Join(f.before.Rows, " ")},
	}, nil
}
