// Package json has the nodes that work on values: each in a folder of its own.
package json

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/json/filter"
	"dataflow/flow-automation/nodes/json/get"
	"dataflow/flow-automation/nodes/json/group"
	"dataflow/flow-automation/nodes/json/maplist"
	"dataflow/flow-automation/nodes/json/merge"
	"dataflow/flow-automation/nodes/json/parse"
	"dataflow/flow-automation/nodes/json/set"
	"dataflow/flow-automation/nodes/json/slice"
	"dataflow/flow-automation/nodes/json/sort"
	"dataflow/flow-automation/nodes/json/stringify"
	"dataflow/flow-automation/nodes/json/template"
	"dataflow/flow-automation/nodes/json/unique"
)

// Types are the node types of this family.
func Types() []node.Type {
	return []node.Type{
		get.Type(), set.Type(), merge.Type(), template.Type(), parse.Type(), stringify.Type(),
		filter.Type(), maplist.Type(), sort.Type(), group.Type(), unique.Type(), slice.Type(),
	}
}
