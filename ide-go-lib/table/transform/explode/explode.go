// Package explode is the transform that makes a row of each item of a list.
package explode

import (
	"cmp"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Config says which column holds the lists.
type Config struct {
	Column    string `json:"column" title:"Column" zh:"列" required:"true" widget:"column" doc:"Holds lists, JSON lists, or texts with a separator" doc_zh:"存放列表、JSON 列表或带分隔符的文本"`
	Separator string `json:"separator,omitempty" title:"Separator" zh:"分隔符" default:"," widget:"literal" doc:"For texts: what stands between the items" doc_zh:"用于文本：各项之间的分隔符"`
	Trim      bool   `json:"trim,omitempty" title:"Trim items" zh:"去除空白" default:"true" doc:"For texts: takes white space off both ends of each item" doc_zh:"用于文本：去除每项首尾的空白"`
	Empty     string `json:"empty" title:"Rows without items" zh:"没有项的行" enum:"keep,drop" default:"keep" doc:"keep: one row stays, with an empty value. drop: the row is left out" doc_zh:"keep：保留一行，值为空；drop：去掉该行"`
	As        string `json:"as,omitempty" title:"New name" zh:"新名称" doc:"What the column of items is called; left empty, it keeps its name" doc_zh:"项所在列的名称；留空则保留原名"`
	Position  string `json:"position,omitempty" title:"Column of positions" zh:"位置列" example:"position" doc:"Adds a column of that name that counts the items of each list from 1" doc_zh:"添加该名称的列，为每个列表的项从 1 开始编号"`
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	var check columns.Checker
	if c.Position != "" && strings.EqualFold(c.Position, cmp.Or(c.As, c.Column)) {
		check.Twice("with.position", c.Position)
	}
	return check.Details()
}

// Query implements table.Relation. The rows made of one row follow each other in the order of its list.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	typ := columns.Type(in, c.Column)
	if err := c.check(in, typ); err != nil {
		return table.Query{}, err
	}
	items := sqltext.Quote(columns.Free("__items__", in))
	var b sqltext.Builder
	b.Text("SELECT ")
	for i, col := range in.Columns {
		if i > 0 {
			b.Text(", ")
		}
		if strings.EqualFold(col.Name, c.Column) {
			b.Text("unnest(CASE WHEN len(", items, ") > 0 THEN ", items, " ELSE [NULL] END) AS ").Name(c.name())
		} else {
			b.Name(col.Name)
		}
	}
	if in.Columns == nil { // only to be read by people, before the columns are known
		b.Text("*, unnest(", items, ") AS ").Name(c.name())
	}
	if c.Position != "" {
		b.Text(", unnest(CASE WHEN len(", items, ") > 0 THEN list_transform(", items, ", lambda item, position: position) ELSE [NULL] END) AS ").Name(c.Position)
	}
	b.Text(" FROM (SELECT *, ")
	c.items(&b, typ)
	b.Text(" AS ", items, " FROM ", in.Name, ")")
	if c.Empty == "drop" {
		b.Text(" WHERE len(", items, ") > 0")
	}
	return b.Query()
}

func (c Config) name() string {
	if c.As == "" {
		return c.Column
	}
	return c.As
}

func (c Config) check(in table.Input, typ string) error {
	var check columns.Checker
	check.Column(in, "with.column", c.Column)
	switch {
	case typ == "", columns.List(typ), typ == "JSON":
	case typ == "VARCHAR" && c.Separator == "":
		check.Fail("config_invalid", "with.separator", "A separator is needed to find the items in a text.")
	case typ != "VARCHAR":
		check.Fail("type_mismatch", "with.column", "The column %q is %s; a list, JSON or a text is needed.", c.Column, typ)
	}
	check.Results(columns.Other(in, []string{c.Column})...)
	check.Result("with.as", c.name())
	if c.Position != "" {
		check.Result("with.position", c.Position)
	}
	return check.Err()
}

// items writes the column as a list. An empty text holds no items, and JSON that is no list is one item.
func (c Config) items(b *sqltext.Builder, typ string) {
	column := func() { b.From("with.column", func() { b.Name(c.Column) }) }
	switch typ {
	case "VARCHAR":
		b.Text("CASE WHEN ")
		column()
		b.Text(" <> '' THEN ")
		if c.Trim {
			b.Text("list_transform(")
		}
		b.Text("string_split(")
		column()
		b.Text(", ", sqltext.Literal(c.Separator), ")")
		if c.Trim {
			b.Text(", lambda item: ", columns.Trim("item"), ")")
		}
		b.Text(" END")
	case "JSON":
		b.Text("CASE json_type(")
		column()
		b.Text(") WHEN 'ARRAY' THEN from_json(")
		column()
		b.Text(`, '["JSON"]') WHEN 'NULL' THEN NULL ELSE [`)
		column()
		b.Text("] END")
	default:
		column()
	}
}
