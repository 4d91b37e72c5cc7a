// Package pivot is the transform that makes columns of the values of a column.
package pivot

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/aggregate"
	"dataflow/ide-go-lib/table/transform/columns"
)

// Config says what becomes rows, columns and cells.
type Config struct {
	By     []string          `json:"by,omitempty" title:"One row for each" zh:"每行对应" widget:"columns" doc:"Each combination of these columns is a row; none makes one row of the whole table" doc_zh:"这些列的每种组合为一行；不选则整个表为一行"`
	Column string            `json:"column" title:"Columns from" zh:"列名来源" required:"true" widget:"column" doc:"Each value of this column becomes a column" doc_zh:"该列的每个值成为一列"`
	Values []aggregate.Value `json:"values" title:"Cells" zh:"单元格" required:"true" doc:"What to compute for each cell. With several, their names are added to those of the columns" doc_zh:"每个单元格计算的内容。有多个时，其名称会加在列名之后"`
	Names  []string          `json:"names,omitempty" title:"Values to take" zh:"要采用的值" doc:"The values that become columns, in this order; others are left out. None takes those that are found in the data, in their order" doc_zh:"成为列的值，按此顺序，其他值被忽略；不填则采用数据中出现的值并排序"`
	Most   int               `json:"most,omitempty" title:"At most" zh:"最多" default:"200" minimum:"1" maximum:"2000" doc:"More values than that in the data stop the run" doc_zh:"数据中的值多于此数时停止运行"`

	found bool // that Names are from the data
}

// unnamed is what the column of the empty text is called, for which SQL has no name.
const unnamed = "(empty)"

// Check finds what the schema cannot.
func (c Config) Check() []errs.Detail {
	check := columns.New(c.problems())
	for i, name := range c.Names {
		check.Result(fmt.Sprintf("with.names[%d]", i), name)
	}
	return check.Details()
}

// problems is Check without the names of columns, which a query holds against those of its input, too.
func (c Config) problems() []errs.Detail {
	var check columns.Checker
	for i, v := range c.Values {
		v.Check(&check, fmt.Sprintf("with.values[%d]", i))
	}
	return check.Details()
}

// Probe implements table.Probing.
func (c Config) Probe(inputs map[string]table.Input) (table.Query, bool, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil || len(c.Names) > 0 {
		return table.Query{}, false, err
	}
	var check columns.Checker
	check.Column(in, "with.column", c.Column)
	if err := check.Err(); err != nil {
		return table.Query{}, false, err
	}
	var b sqltext.Builder
	b.Text("SELECT CAST(v AS VARCHAR) FROM (SELECT DISTINCT ").Name(c.Column).Text(" AS v FROM ", in.Name, ") WHERE v IS NOT NULL ORDER BY v LIMIT ", strconv.Itoa(c.Most+1))
	q, err := b.Query()
	return q, true, err
}

// Found implements table.Probing.
func (c Config) Found(values []string) (table.Relation, error) {
	var check columns.Checker
	if len(values) > c.Most {
		check.Fail("too_many_columns", "with.column", "The column %q has more than %d different values; list those that you want, or choose another column.", c.Column, c.Most)
	}
	c.Names, c.found = values, true
	return c, check.Err()
}

// Trace implements table.Tracing: what is not a key is a cell.
func (c Config) Trace(_ map[string]table.Input, past []table.Column) table.Lineage {
	var l table.Lineage
	cell := columns.Origins{}
	cell.Add("table", c.Column, table.ByCondition)
	for _, v := range c.Values {
		if v.Column != "" {
			cell.Add("table", v.Column, table.Aggregation)
		}
	}
	rows := columns.Origins{}
	for _, by := range c.By {
		rows.Add("table", by, table.ByGroup)
	}
	for _, col := range past {
		from := cell
		if contains(c.By, col.Name) {
			from = columns.Origins{}
			from.Add("table", col.Name, table.Identity)
		}
		l.Columns = append(l.Columns, table.Traced{Column: col, From: from.List()})
	}
	l.Rows = rows.List()
	return l
}

func contains(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// Query implements table.Relation. Rows come in the order of their keys.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	if len(c.Names) == 0 && !c.found {
		return table.Query{}, errs.New(http.StatusUnprocessableEntity, "columns_unknown", "The columns of the pivot are known when its data is there; list the values to know them before.")
	}
	if err := c.check(in); err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	b.Text("SELECT ").Names(c.By)
	comma := len(c.By) > 0
	for i, name := range c.Names {
		for j, v := range c.Values {
			if comma {
				b.Text(", ")
			}
			comma = true
			b.From(fmt.Sprintf("with.values[%d].column", j), func() { v.Write(&b) }).Text(" FILTER (WHERE CAST(").Name(c.Column).Text(" AS VARCHAR) = ").
				Text(sqltext.Literal(name)).Text(") AS ").Name(c.columnName(i, j))
		}
	}
	b.Text(" FROM ", in.Name)
	if len(c.By) > 0 {
		b.Text(" GROUP BY ").Names(c.By).Text(" ORDER BY ").Names(c.By)
	}
	return b.Query()
}

func (c Config) columnName(i, j int) string {
	name := c.Names[i]
	if name == "" {
		name = unnamed
	}
	if len(c.Values) > 1 || c.Values[j].As != "" {
		name += "_" + c.Values[j].Name()
	}
	return name
}

func (c Config) check(in table.Input) error {
	check := columns.New(c.problems())
	check.Columns(in, "with.by", c.By)
	check.Column(in, "with.column", c.Column)
	for i, v := range c.Values {
		if v.Column != "" {
			check.Column(in, fmt.Sprintf("with.values[%d].column", i), v.Column)
		}
	}
	for i, by := range c.By {
		check.Result(fmt.Sprintf("with.by[%d]", i), by)
	}
	for i := range c.Names {
		field := "with.column"
		if !c.found {
			field = fmt.Sprintf("with.names[%d]", i)
		}
		for j := range c.Values {
			check.Result(field, c.columnName(i, j))
		}
	}
	if len(c.By) == 0 && len(c.Names) == 0 {
		check.Fail("columns_none", "with.column", "The column %q holds no values, so that there would be no columns; list the values, or choose columns for the rows.", c.Column)
	}
	return check.Err()
}
