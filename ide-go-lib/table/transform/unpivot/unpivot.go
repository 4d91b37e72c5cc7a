// Package unpivot is the transform that makes rows of columns.
package unpivot

import (
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Config says which columns become rows.
type Config struct {
	Columns []string `json:"columns,omitempty" title:"Columns to turn into rows" zh:"转为行的列" widget:"columns" doc:"None takes all but those to keep" doc_zh:"不选则取除保留列以外的所有列"`
	Keep    []string `json:"keep,omitempty" title:"Columns to keep" zh:"保留的列" widget:"columns" doc:"Repeated in each row; none takes all that are not turned into rows" doc_zh:"在每一行中重复；不选则保留所有未转换的列"`
	Name    string   `json:"name" title:"Column of names" zh:"名称列" default:"name" doc:"Holds the name of the column that a value comes from" doc_zh:"存放值所来自的列名"`
	Value   string   `json:"value" title:"Column of values" zh:"值列" default:"value" doc:"Holds the values; where the columns differ in type they become texts" doc_zh:"存放值；各列类型不同时转为文本"`
	Nulls   bool     `json:"nulls,omitempty" title:"Rows for empty values" zh:"保留空值行" default:"false" doc:"Empty values are left out unless this is on" doc_zh:"关闭时空值不产生行"`
}

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	var check columns.Checker
	check.Result("with.name", c.Name)
	check.Result("with.value", c.Value)
	return check.Details()
}

// Query implements table.Relation. The rows made of one row follow each other in the order of the columns.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	turn, keep := c.Columns, c.Keep
	switch {
	case len(turn) == 0:
		turn = columns.Other(in, keep)
	case len(keep) == 0:
		keep = columns.Other(in, turn)
	}
	var check columns.Checker
	check.Columns(in, "with.columns", c.Columns)
	check.Columns(in, "with.keep", c.Keep)
	check.Results(keep...)
	check.Result("with.name", c.Name)
	check.Result("with.value", c.Value)
	if len(turn) == 0 && in.Columns != nil {
		check.Fail("columns_none", "with.keep", "All columns are kept, so that none is left to be turned into rows.")
	}
	if err := check.Err(); err != nil {
		return table.Query{}, err
	}
	if len(turn) == 0 { // only to be read by people, before the columns are known
		turn = []string{"…"}
	}
	types := make([]string, len(turn))
	for i, name := range turn {
		types[i] = columns.Type(in, name)
	}
	texts, double := mixed(in, turn), columns.ToDouble(types)
	var b sqltext.Builder
	b.Text("SELECT * FROM (SELECT ")
	for _, name := range keep {
		b.Name(name).Text(", ")
	}
	b.Text("unnest([")
	for i, name := range turn {
		if i > 0 {
			b.Text(", ")
		}
		b.Text(sqltext.Literal(name))
	}
	b.Text("]) AS ").Name(c.Name).Text(", ")
	b.From("with.columns", func() {
		b.Text("unnest([")
		for i, name := range turn {
			if i > 0 {
				b.Text(", ")
			}
			if texts {
				b.Text("CAST(").Name(name).Text(" AS VARCHAR)")
			} else if double {
				columns.WriteDouble(&b, "with.columns", name, columns.Type(in, name))
			} else {
				b.Name(name)
			}
		}
		b.Text("])")
	})
	b.Text(" AS ").Name(c.Value).Text(" FROM ", in.Name, ")")
	if !c.Nulls {
		b.Text(" WHERE ").Name(c.Value).Text(" IS NOT NULL")
	}
	return b.Query()
}

// mixed says that the columns have no type in common but text.
func mixed(in table.Input, names []string) bool {
	first := columns.Type(in, names[0])
	for _, name := range names {
		if t := columns.Type(in, name); t != first && !(columns.Numeric(t) && columns.Numeric(first)) {
			return true
		}
	}
	return false
}
