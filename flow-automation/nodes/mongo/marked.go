package mongo

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/newer"
)

// marked says what a mark of reading is of.
func marked(subject, value string) (node.Marked, bool) {
	return newer.Marked(subject, value, 4, func(parts []string) node.Marked {
		database, collection, filter, pipeline := parts[0], parts[1], parts[2], parts[3]
		if database != "" {
			collection = database + "." + collection
		}
		return node.Marked{Kind: node.MarkedCollection, Name: collection, Only: filter + pipeline}
	})
}
