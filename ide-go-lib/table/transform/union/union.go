// Package union is the transform that puts tables below each other.
package union

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
	"dataflow/ide-go-lib/words"
)

// Config says which columns belong together.
type Config struct {
	Match  string   `json:"match" title:"Match columns" zh:"列的对应方式" enum:"name,position" default:"name" doc:"By name, where a column that a table lacks is empty, or by position" doc_zh:"按名称（缺少的列为空），或按位置"`
	Source string   `json:"source,omitempty" title:"Column of the source" zh:"来源列" example:"source" doc:"Adds a column of that name that says which table a row comes from" doc_zh:"添加该名称的列，说明每行来自哪个表"`
	Names  []string `json:"names,omitempty" title:"Names of the sources" zh:"来源名称" doc:"What that column says, in the order of the connections; left empty, it says 1, 2, 3 …" doc_zh:"来源列的内容，按连接顺序；留空则为 1、2、3……"`
}

// Query implements table.Relation. All inputs are taken, in the order of their ports: table, table[1], table[2] …
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	if len(inputs) == 0 {
		return table.Query{}, errs.New(http.StatusUnprocessableEntity, "input_missing", `Nothing came in at the input "table"; connect it to nodes that give tables.`)
	}
	ports := order(inputs)
	how := " UNION ALL BY NAME "
	if c.Match == "position" {
		how = " UNION ALL "
		if err := sameWidth(ports, inputs); err != nil {
			return table.Query{}, err
		}
	}
	if err := c.check(ports, inputs); err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	for i, port := range ports {
		if i > 0 {
			b.Text(how)
		}
		b.Text("SELECT ")
		if c.Source != "" {
			b.Text(sqltext.Literal(c.name(i)), " AS ").Name(c.Source).Text(", ")
		}
		b.Text("*")
		columns.KeepDigits(&b, "with.match", inputs[port].Columns, func(at int) []string {
			types, _ := c.types(at, port, ports, inputs)
			return types
		})
		b.Text(" FROM ", inputs[port].Name)
	}
	return b.Query()
}

// Doubts implements table.Doubting.
func (c Config) Doubts(inputs map[string]table.Input) []errs.Detail {
	var check columns.Checker
	var done []string
	ports := order(inputs)
	for n, port := range ports {
		if c.Match == "position" && n > 0 {
			break
		}
		for i, col := range inputs[port].Columns {
			if slices.ContainsFunc(done, func(name string) bool { return strings.EqualFold(name, col.Name) }) {
				continue
			}
			done = append(done, col.Name)
			types, of := c.types(i, port, ports, inputs)
			check.Below("with.match", col.Name, types, of)
		}
	}
	return check.Details()
}

// order gives the ports as tables are put below each other: table[10] after table[2].
func order(inputs map[string]table.Input) []string {
	return slices.SortedFunc(maps.Keys(inputs), func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) })
}

// types gives those of a column of a table in all tables, with what the tables are called.
func (c Config) types(at int, of string, ports []string, inputs map[string]table.Input) (types, names []string) {
	for n, port := range ports {
		in, j := inputs[port].Columns, at
		if c.Match != "position" {
			j = columns.Find(in, inputs[of].Columns[at].Name)
		}
		if j >= 0 && j < len(in) {
			types, names = append(types, in[j].Type), append(names, c.name(n))
		}
	}
	return types, names
}

// name is what the column of the source says of the i-th table.
func (c Config) name(i int) string {
	if i < len(c.Names) {
		return c.Names[i]
	}
	return strconv.Itoa(i + 1)
}

func (c Config) check(ports []string, inputs map[string]table.Input) error {
	var check columns.Checker
	for _, port := range ports {
		if c.Source != "" && columns.Find(inputs[port].Columns, c.Source) >= 0 {
			check.Twice("with.source", c.Source)
			break
		}
	}
	if len(c.Names) > len(ports) {
		check.Fail("config_invalid", "with.names", "There is one name for each table at most, but %s for %s.", words.Number(len(c.Names), "name", "names"), words.Number(len(ports), "table", "tables"))
	}
	return check.Err()
}

func sameWidth(ports []string, inputs map[string]table.Input) error {
	first := inputs[ports[0]]
	for _, port := range ports[1:] {
		in := inputs[port]
		if first.Columns != nil && in.Columns != nil && len(in.Columns) != len(first.Columns) {
			e := errs.Invalid("columns_differ", "One table has %s and another %d; match them by name, or select the same columns first.", words.Number(len(first.Columns), "column", "columns"), len(in.Columns))
			return e.With(e.At(errs.Place{Field: "with.match"}))
		}
	}
	return nil
}
