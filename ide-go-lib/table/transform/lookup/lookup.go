// Package lookup is the transform that brings columns of a second table to the rows of a first.
package lookup

import (
	"cmp"
	"fmt"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
	"dataflow/ide-go-lib/table/transform/literal"
)

// Config says where to look and what to bring.
type Config struct {
	On      []Key    `json:"on" title:"Columns to match" zh:"匹配列" required:"true" doc:"A row is found where all of these are equal; an empty value is never found" doc_zh:"这些列都相等的行即为匹配；空值不会匹配"`
	Columns []Column `json:"lookup_columns" title:"Columns to bring" zh:"要带入的列" required:"true" doc:"Columns of the lookup table that are added" doc_zh:"要从查找表添加的列"`
	Missing string   `json:"missing" title:"When nothing is found" zh:"未找到时" enum:"default,drop,fail" default:"default" doc:"default: the columns get their defaults. drop: the row is left out. fail: the run stops and names the key" doc_zh:"default：各列取默认值；drop：去掉该行；fail：停止运行并指出该键"`
	Several string   `json:"several" title:"When several are found" zh:"找到多行时" enum:"first,last,fail" default:"first" doc:"Which row of the lookup table counts, in their order, or to stop and name the key. There is always one row for one row" doc_zh:"按顺序取查找表的哪一行，或停止运行并指出该键。每行始终只对应一行"`
}

// Key is a pair of columns.
type Key struct {
	Table  string `json:"table" title:"Column" zh:"列" required:"true" widget:"column"`
	Lookup string `json:"lookup,omitempty" title:"Column of the lookup table" zh:"查找表列" widget:"column" doc:"Left empty, it is called the same" doc_zh:"留空则与左侧列同名"`
}

func (k Key) lookup() string {
	if k.Lookup == "" {
		return k.Table
	}
	return k.Lookup
}

// Column is one column to bring.
type Column struct {
	Name    string        `json:"name" title:"Column" zh:"列" required:"true" widget:"column"`
	As      string        `json:"as,omitempty" title:"New name" zh:"新名称" doc:"Left empty, the column keeps its name" doc_zh:"留空则保留原名"`
	Default literal.Value `json:"default,omitzero" title:"Default" zh:"默认值" widget:"text" doc:"Stands where nothing is found; left empty, that is empty" doc_zh:"未找到时的值；留空则为空值"`
}

func (c Column) name() string {
	if c.As == "" {
		return c.Name
	}
	return c.As
}

const (
	codeMissing = "lookup_missing"
	codeSeveral = "lookup_several"
)

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	var check columns.Checker
	for i, col := range c.Columns {
		check.Result(fmt.Sprintf("with.lookup_columns[%d].as", i), cmp.Or(col.As, col.Name))
	}
	return check.Details()
}

// Query implements table.Relation. The rows keep their order.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	other, err := columns.Input(inputs, "lookup")
	if err != nil {
		return table.Query{}, err
	}
	if err := c.check(in, other); err != nil {
		return table.Query{}, err
	}
	row := sqltext.Quote(columns.Free(columns.Row, in, other))
	var b sqltext.Builder
	b.Text("SELECT t.* EXCLUDE (", row, ")")
	for i, col := range c.Columns {
		b.Text(", CASE WHEN l.found THEN l.c", fmt.Sprint(i), " ELSE ")
		col.Default.Write(&b, fmt.Sprintf("with.lookup_columns[%d].default", i), columns.Type(other, col.Name))
		b.Text(" END AS ").Name(col.name())
	}
	b.Text(" FROM (SELECT *, row_number() OVER () AS ", row, " FROM ", in.Name, ") AS t LEFT JOIN (")
	c.firsts(&b, other, row)
	b.Text(") AS l ON ")
	for i, k := range c.On {
		if i > 0 {
			b.Text(" AND ")
		}
		own, theirs := columns.Type(in, k.Table), columns.Type(other, k.lookup())
		b.From(fmt.Sprintf("with.on[%d]", i), func() {
			b.Text(columns.Key("t."+sqltext.Quote(k.Table), own, theirs), " = ", columns.Key("l.k"+fmt.Sprint(i), theirs, own))
		})
	}
	c.conditions(&b)
	b.Text(" ORDER BY t.", row)
	return b.Query()
}

// Doubts implements table.Doubting.
func (c Config) Doubts(inputs map[string]table.Input) []errs.Detail {
	var check columns.Checker
	for i, k := range c.On {
		check.Mixed(fmt.Sprintf("with.on[%d]", i), k.Table, columns.Type(inputs["table"], k.Table), k.lookup(), columns.Type(inputs["lookup"], k.lookup()))
	}
	return check.Details()
}

func (c Config) check(in, other table.Input) error {
	var check columns.Checker
	check.Results(columns.Other(in, nil)...)
	for i, k := range c.On {
		field := fmt.Sprintf("with.on[%d]", i)
		check.Column(in, field+".table", k.Table)
		check.Column(other, field+".lookup", k.lookup())
	}
	for i, col := range c.Columns {
		field := fmt.Sprintf("with.lookup_columns[%d]", i)
		check.Column(other, field+".name", col.Name)
		check.Result(field+".as", col.name())
	}
	return check.Err()
}

// firsts writes the lookup table with one row for each key.
func (c Config) firsts(b *sqltext.Builder, other table.Input, row string) {
	keys := func() {
		for i, k := range c.On {
			if i > 0 {
				b.Text(", ")
			}
			b.Name(k.lookup())
		}
	}
	b.Text("SELECT true AS found")
	for i, k := range c.On {
		b.Text(", ").Name(k.lookup()).Text(" AS k", fmt.Sprint(i))
	}
	for i, col := range c.Columns {
		b.Text(", ").Name(col.Name).Text(" AS c", fmt.Sprint(i))
	}
	if c.Several == "fail" {
		b.Text(", count(*) OVER (PARTITION BY ")
		keys()
		b.Text(") AS times")
	}
	b.Text(" FROM (SELECT *, row_number() OVER () AS ", row, " FROM ", other.Name, ") QUALIFY row_number() OVER (PARTITION BY ")
	keys()
	b.Text(" ORDER BY ", row)
	if c.Several == "last" {
		b.Text(" DESC")
	}
	b.Text(") = 1")
}

// conditions writes what leaves rows out or stops the query.
func (c Config) conditions(b *sqltext.Builder) {
	key := func() {
		for i, k := range c.On {
			if i > 0 {
				b.Text(" || ', ' || ")
			}
			b.Text("coalesce(CAST(t.").Name(k.Table).Text(" AS VARCHAR), 'null')")
		}
	}
	var and string
	switch c.Missing {
	case "drop":
		b.Text(" WHERE l.found")
		and = " AND "
	case "fail":
		b.Text(" WHERE CASE WHEN l.found IS NULL THEN ").Raise(codeMissing, "with.missing", func() {
			b.Text("'The lookup table has no row for ' || ")
			key()
			b.Text(" || '.'")
		}).Text(" ELSE true END")
		and = " AND "
	}
	if c.Several != "fail" {
		return
	}
	if and == "" {
		and = " WHERE "
	}
	b.Text(and, "CASE WHEN l.times > 1 THEN ").Raise(codeSeveral, "with.several", func() {
		b.Text("'The lookup table has ' || l.times || ' rows for ' || ")
		key()
		b.Text(" || '.'")
	}).Text(" ELSE true END")
}
