package rows

import (
	"strings"

	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// None is the relation of these columns without a row.
type None []table.Column

// Query implements table.Relation.
func (n None) Query(map[string]table.Input) (table.Query, error) {
	list := make([]string, len(n))
	for i, c := range n {
		list[i] = "CAST(NULL AS " + c.Type + ") AS " + sqltext.Quote(c.Name)
	}
	return table.Query{Text: "SELECT " + strings.Join(list, ", ") + " WHERE false"}, nil
}
