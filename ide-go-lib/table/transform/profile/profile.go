// Package profile is the transform that describes each column of a table in a row.
package profile

import (
	"strconv"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Config says what to look at.
type Config struct {
	Columns  []string `json:"columns,omitempty" title:"Columns" zh:"列" widget:"columns" doc:"None describes all" doc_zh:"不选则描述所有列"`
	Top      int      `json:"top,omitempty" title:"Most frequent values" zh:"最常见的值" default:"5" minimum:"0" maximum:"100" doc:"How many to list of each column" doc_zh:"每列列出多少个"`
	Patterns bool     `json:"patterns,omitempty" title:"Patterns of texts" zh:"文本模式" default:"true" doc:"Lists the most frequent shapes of texts, in which a stands for a small letter, A for a capital, 文 for any other letter and 9 for a digit" doc_zh:"列出最常见的文本形态：a 表示小写字母，A 表示大写字母，文 表示其他文字，9 表示数字"`
}

// most is how many characters of a text are shown.
const most = "200"

// Query implements table.Relation. The columns come in their order.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	var check columns.Checker
	check.Columns(in, "with.columns", c.Columns)
	if err := check.Err(); err != nil {
		return table.Query{}, err
	}
	names := c.Columns
	if len(names) == 0 {
		names = columns.Other(in, nil)
	}
	var b sqltext.Builder
	b.Text("WITH profiled AS MATERIALIZED (SELECT * FROM ", in.Name, ") SELECT facts.* FROM (SELECT unnest([")
	for i, name := range names {
		if i > 0 {
			b.Text(",\n")
		}
		c.facts(&b, name, columns.Type(in, name))
	}
	b.Text("]) AS facts FROM profiled)")
	return b.Query()
}

// facts writes an object of what is known of one column.
func (c Config) facts(b *sqltext.Builder, name, typ string) {
	v := sqltext.Quote(name)
	text := "CAST(" + v + " AS VARCHAR)"
	fact := func(name, sql, typ string) { b.Text(", '", name, "': CAST(", sql, " AS ", typ, ")") }
	b.Text("{'column': ", sqltext.Literal(name), ", 'type': ", sqltext.Literal(typ))
	fact("rows", "count(*)", "BIGINT")
	fact("nulls", "count(*) - count("+v+")", "BIGINT")
	fact("null_percent", "100.0 * (count(*) - count("+v+")) / nullif(count(*), 0)", "DOUBLE")
	fact("distinct", "count(DISTINCT "+v+")", "BIGINT")
	if columns.Nested(typ) || typ == "BLOB" || typ == "JSON" {
		fact("min", "NULL", "VARCHAR")
		fact("max", "NULL", "VARCHAR")
	} else {
		fact("min", "left(CAST(min("+v+") AS VARCHAR), "+most+")", "VARCHAR")
		fact("max", "left(CAST(max("+v+") AS VARCHAR), "+most+")", "VARCHAR")
	}
	number := "NULL"
	if columns.Numeric(typ) {
		number = "CASE WHEN isfinite(CAST(" + v + " AS DOUBLE)) THEN CAST(" + v + " AS DOUBLE) END"
	}
	for _, of := range [][2]string{{"mean", "avg("}, {"stddev", "stddev_samp("}, {"p25", "quantile_cont("}, {"median", "quantile_cont("}, {"p75", "quantile_cont("}} {
		share := map[string]string{"p25": ", 0.25", "median": ", 0.5", "p75": ", 0.75"}[of[0]]
		if number == "NULL" {
			fact(of[0], "NULL", "DOUBLE")
			continue
		}
		fact(of[0], of[1]+number+share+")", "DOUBLE")
	}
	length := "NULL"
	if typ == "VARCHAR" {
		length = "length(" + v + ")"
	}
	fact("min_length", "min("+length+")", "BIGINT")
	fact("max_length", "max("+length+")", "BIGINT")
	fact("top", c.frequent(v, "left("+text+", "+most+")", c.Top > 0 && typ != "BLOB"), frequentType)
	fact("patterns", c.frequent(v, sqltext.Shape(v), c.Top > 0 && c.Patterns && typ == "VARCHAR"), frequentType)
	b.Text("}")
}

const frequentType = "STRUCT(value VARCHAR, count BIGINT)[]"

// frequent writes the list of the values that an expression gives most often.
func (c Config) frequent(column, of string, wanted bool) string {
	if !wanted {
		return "NULL"
	}
	return "(SELECT list({'value': v, 'count': n} ORDER BY n DESC, v) FROM (SELECT " + of + " AS v, count(*) AS n FROM profiled WHERE " + column +
		" IS NOT NULL GROUP BY v ORDER BY n DESC, v LIMIT " + strconv.Itoa(c.Top) + "))"
}
