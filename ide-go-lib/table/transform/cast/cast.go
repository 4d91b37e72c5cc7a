// Package cast is the transform that gives columns other types.
package cast

import (
	"fmt"
	"slices"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
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

// types are the names that may be asked for, apart from what is in parentheses and brackets.
var types = []string{
	"VARCHAR", "TEXT", "STRING", "BIGINT", "INTEGER", "INT", "SMALLINT", "TINYINT", "UBIGINT", "UINTEGER", "USMALLINT", "UTINYINT", "HUGEINT",
	"DOUBLE", "FLOAT", "REAL", "DECIMAL", "NUMERIC", "BOOLEAN", "BOOL", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMPTZ",
	"TIMESTAMP WITH TIME ZONE", "INTERVAL", "UUID", "BLOB", "JSON",
}

// Query implements table.Relation.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	var check columns.Checker
	seen := map[string]bool{}
	b.Text("SELECT * REPLACE (")
	for i, col := range c.Columns {
		field := fmt.Sprintf("with.columns[%d]", i)
		check.Column(in, field+".name", col.Name)
		if key := strings.ToLower(col.Name); seen[key] {
			check.Twice(field+".name", col.Name)
		} else {
			seen[key] = true
		}
		if i > 0 {
			b.Text(", ")
		}
		b.From(field+".type", func() { c.convert(&b, field, col) }).Text(" AS ").Name(col.Name)
	}
	b.Text(") FROM ", in.Name)
	if err := check.Err(); err != nil {
		return table.Query{}, err
	}
	return b.Query()
}

func (c Config) convert(b *sqltext.Builder, field string, col Column) {
	typ, err := typeName(col.Type)
	if err != nil {
		b.Fail(err.With(errs.Detail{Code: err.Code, Message: err.Message, Place: errs.Place{Field: field + ".type"}}))
		return
	}
	try := ""
	if c.OnError == "null" {
		try = "TRY_"
	}
	b.Text(try, "CAST(")
	if col.Format == "" {
		b.Name(col.Name)
	} else {
		b.Text(strings.ToLower(try), "strptime(CAST(").Name(col.Name).Text(" AS VARCHAR), ", sqltext.Literal(col.Format), ")")
	}
	b.Text(" AS ", typ, ")")
}

// typeName checks that a text is a type and nothing else.
func typeName(text string) (string, *errs.Error) {
	name := strings.ToUpper(strings.Join(strings.Fields(text), " "))
	base, lists := name, ""
	for strings.HasSuffix(base, "[]") {
		base, lists = strings.TrimSuffix(base, "[]"), lists+"[]"
	}
	precision := ""
	if before, inside, ok := strings.Cut(base, "("); ok && strings.HasSuffix(inside, ")") {
		base, precision = strings.TrimSpace(before), "("+inside
		if strings.Trim(inside[:len(inside)-1], "0123456789, ") != "" {
			base = ""
		}
	}
	if !slices.Contains(types, base) {
		return "", errs.Invalid("type_unknown", "There is no type %q. %s", text, near.Hint(base, types))
	}
	return base + precision + lists, nil
}
