// Package union is the transform that puts tables below each other.
package union

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/words"
)

// Config says which columns belong together.
type Config struct {
	Match string `json:"match" title:"Match columns" zh:"列的对应方式" enum:"name,position" default:"name" doc:"By name, where a column that a table lacks is empty, or by position" doc_zh:"按名称（缺少的列为空），或按位置"`
}

// Query implements table.Relation. All inputs are taken, in the order of their ports: table, table[1], table[2] …
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	if len(inputs) == 0 {
		return table.Query{}, errs.New(http.StatusUnprocessableEntity, "input_missing", `Nothing came in at the input "table"; connect it to nodes that give tables.`)
	}
	ports := slices.SortedFunc(maps.Keys(inputs), func(a, b string) int { // table[10] after table[2]
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	})
	how := " UNION ALL BY NAME "
	if c.Match == "position" {
		how = " UNION ALL "
		if err := sameWidth(ports, inputs); err != nil {
			return table.Query{}, err
		}
	}
	var b sqltext.Builder
	for i, port := range ports {
		if i > 0 {
			b.Text(how)
		}
		b.Text("SELECT * FROM ", inputs[port].Name)
	}
	return b.Query()
}

func sameWidth(ports []string, inputs map[string]table.Input) error {
	first := inputs[ports[0]]
	for _, port := range ports[1:] {
		in := inputs[port]
		if first.Columns != nil && in.Columns != nil && len(in.Columns) != len(first.Columns) {
			e := errs.Invalid("columns_differ", "One table has %s and another %d; match them by name, or select the same columns first.", words.Number(len(first.Columns), "column", "columns"), len(in.Columns))
			return e.With(errs.Detail{Code: e.Code, Message: e.Message, Place: errs.Place{Field: "with.match"}})
		}
	}
	return nil
}
