package newer

import (
	"slices"
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

// row is what a row is called as a whole, which no column is; known are the digests that are remembered.
const (
	row   = `"the row"`
	known = `"what was there"`
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

// those are the rows that are remembered, by the columns that they had then. There are others now.
type those struct {
	column, typ string
	mark        *string
	had, have   []table.Column
}

func (t those) at() string { return at(t.column, t.typ, t.mark) }

// digest stands for a row: for what it had, as the types were then, whatever else it has now.
func (t those) digest() string {
	types := make(map[string]string, len(t.have))
	for _, c := range t.have {
		types[c.Name] = c.Type
	}
	cells := make([]string, len(t.had))
	for i, c := range t.had {
		value := cell(c.Name)
		switch types[c.Name] {
		case c.Type:
		case "":
			value = "NULL" // systems of documents have columns only where there are values
		default:
			value = "TRY_CAST(" + value + " AS " + c.Type + ")"
		}
		cells[i] = sqltext.Quote(c.Name) + " := " + value
	}
	return "left(md5(CAST(struct_pack(" + strings.Join(cells, ", ") + ") AS VARCHAR)), 16)"
}

// missing are the columns that there were, and are not any more.
func (t those) missing() (names []string) {
	for _, c := range t.had {
		if !slices.ContainsFunc(t.have, func(h table.Column) bool { return h.Name == c.Name }) {
			names = append(names, c.Name)
		}
	}
	return names
}

// digests are those of the rows that are to be remembered.
type digests struct{ those }

func (d digests) Query(inputs map[string]table.Input) (table.Query, error) {
	return table.Query{Text: "SELECT " + d.digest() + " AS digest FROM " + inputs["rows"].Name + " AS " + row + " WHERE " + d.at()}, nil
}

// added is how many these are, and the sum of their digests.
type added struct{ those }

func (a added) Query(inputs map[string]table.Input) (table.Query, error) {
	return table.Query{Text: "SELECT CAST(count(*) AS VARCHAR) AS rows, CAST(coalesce(sum(CAST(CAST('0x' || " + a.digest() + " AS UBIGINT) AS HUGEINT)), 0) AS VARCHAR) AS digest FROM " +
		inputs["rows"].Name + " AS " + row + " WHERE " + a.at()}, nil
}

// fresh are the rows without those that were there before. Where it is not known which were, none of those at the mark is left out.
type fresh struct {
	those
	rows  []string // the digests of those that were
	known bool
	all   bool // all at the mark were
}

func (f fresh) Query(inputs map[string]table.Input) (table.Query, error) {
	name := inputs["rows"].Name
	earlier := "false" // systems that know less of times give some that come before the mark
	if f.mark != nil {
		earlier = cell(f.column) + " < TRY_CAST(" + sqltext.Literal(*f.mark) + " AS " + f.typ + ")"
	}
	switch {
	case !f.known:
		return table.Query{Text: "SELECT * FROM " + name + " AS " + row + " WHERE NOT coalesce(" + earlier + ", false)"}, nil
	case f.all:
		return table.Query{Text: "SELECT * FROM " + name + " AS " + row + " WHERE NOT coalesce(" + earlier + " OR " + f.at() + ", false)"}, nil
	}
	// The first so many of equal rows were there.
	return table.Query{
		Text: "SELECT " + row + ".* FROM " + name + " AS " + row + " LEFT JOIN (SELECT digest, count(*) AS times FROM (SELECT unnest(string_split($1, ' ')) AS digest) GROUP BY digest) AS " + known + " ON " + known + ".digest = " + f.digest() +
			" QUALIFY NOT (coalesce(" + earlier + ", false) OR coalesce(" + f.at() + " AND row_number() OVER (PARTITION BY " + f.digest() + ") <= " + known + ".times, false))",
		Args: []any{strings.Join(f.rows, " ")},
	}, nil
}
