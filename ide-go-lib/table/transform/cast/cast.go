// Package cast is the transform that gives columns other types.
package cast

import (
	"fmt"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/exact"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/sqltype"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Config says which columns become which types.
type Config struct {
	Columns []Column `json:"columns" title:"Columns" zh:"列" required:"true" doc:"The columns to convert; the others stay as they are" doc_zh:"要转换的列；其余保持不变"`
	OnError string   `json:"on_error" title:"When a value does not fit" zh:"值不符合时" enum:"fail,null" default:"fail" doc:"Fail with the value, or make it null" doc_zh:"报错并指出该值，或置为空"`
}

// Column is one conversion.
type Column struct {
	Name   string `json:"name" title:"Column" zh:"列" required:"true" widget:"column"`
	Type   string `json:"type" title:"Type" zh:"类型" required:"true" widget:"type" example:"BIGINT" doc:"VARCHAR, BIGINT, DOUBLE, DECIMAL(18,2), BOOLEAN, DATE, TIMESTAMP, TIMESTAMP WITH TIME ZONE, TIME, JSON or another SQL type" doc_zh:"VARCHAR、BIGINT、DOUBLE、DECIMAL(18,2)、BOOLEAN、DATE、TIMESTAMP、TIMESTAMP WITH TIME ZONE、TIME、JSON 或其他 SQL 类型"`
	Format string `json:"format,omitempty" title:"Date format" zh:"日期格式" example:"%d/%m/%Y" doc:"How dates and times are written in a text column, such as %d/%m/%Y %H:%M" doc_zh:"文本列中日期时间的写法，例如 %d/%m/%Y %H:%M"`
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	var check columns.Checker
	for i, col := range c.Columns {
		field := fmt.Sprintf("with.columns[%d]", i)
		check.Result(field+".name", col.Name)
		check.Type(field+".type", col.Type)
		if col.Format == "" {
			continue
		}
		check.Format(field+".format", col.Format)
		typ, ok := sqltype.Parse(col.Type)
		if ok && !strings.HasPrefix(typ, "TIME") && typ != "DATE" && typ != "VARCHAR" {
			check.Fail("config_invalid", field+".format", "A format is for dates and times; %s is neither.", col.Type)
		}
	}
	return check.Details()
}

// Query implements table.Relation.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	check := columns.New(c.Check())
	b.Text("SELECT * REPLACE (")
	for i, col := range c.Columns {
		field := fmt.Sprintf("with.columns[%d]", i)
		check.Column(in, field+".name", col.Name)
		if i > 0 {
			b.Text(", ")
		}
		b.From(field+".type", func() { c.convert(&b, in, col, field) }).Text(" AS ").Name(col.Name)
	}
	b.Text(") FROM ", in.Name)
	if err := check.Err(); err != nil {
		return table.Query{}, err
	}
	return b.Query()
}

// convert writes the value as the other type. A number is not rounded: it is one that does not fit.
func (c Config) convert(b *sqltext.Builder, in table.Input, col Column, field string) {
	typ, _ := sqltype.Parse(col.Type) // Check has said that it is none
	try := ""
	if c.OnError == "null" {
		try = "TRY_"
	}
	name, kept := sqltext.Quote(col.Name), ""
	if col.Format == "" && in.Columns != nil {
		kept = exact.Kept(name, columns.Type(in, col.Name), typ)
	}
	switch {
	case kept == "":
	case try != "":
		b.Text("CASE WHEN ", kept, " THEN ")
	default:
		b.Text("CASE WHEN TRY_CAST(", name, " AS ", typ, ") IS NOT NULL AND NOT (", kept, ") THEN ")
		b.Raise("type_mismatch", field+".type", func() {
			b.Text("concat(", sqltext.Literal("The number "), ", CAST(", name, " AS VARCHAR), ",
				sqltext.Literal(fmt.Sprintf(` in the column %q is no %s, which would round it. Choose a type that holds it, such as DOUBLE, or round it before.`, col.Name, typ)), ")")
		})
		b.Text(" ELSE ")
	}
	b.Text(try, "CAST(")
	if col.Format == "" {
		b.Name(col.Name)
	} else {
		b.Text(strings.ToLower(try), "strptime(CAST(").Name(col.Name).Text(" AS VARCHAR), ", sqltext.Literal(col.Format), ")")
	}
	b.Text(" AS ", typ, ")")
	if kept != "" {
		b.Text(" END")
	}
}
