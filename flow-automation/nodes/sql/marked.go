package sql

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/newer"
)

// marked says what a mark of reading is of.
func marked(subject, value string) (node.Marked, bool) {
	return newer.Marked(subject, value, 3, func(parts []string) node.Marked {
		schema, table, query := parts[0], parts[1], parts[2]
		switch {
		case table == "":
			return node.Marked{Kind: node.MarkedQuery, Name: query}
		case schema != "":
			table = schema + "." + table
		}
		return node.Marked{Kind: node.MarkedTable, Name: table}
	})
}
