// Package table has the nodes that are relations: each in a folder of its own.
package table

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/aggregate"
	"dataflow/flow-automation/nodes/table/cast"
	"dataflow/flow-automation/nodes/table/derive"
	"dataflow/flow-automation/nodes/table/distinct"
	"dataflow/flow-automation/nodes/table/filter"
	"dataflow/flow-automation/nodes/table/join"
	"dataflow/flow-automation/nodes/table/limit"
	"dataflow/flow-automation/nodes/table/selectcols"
	"dataflow/flow-automation/nodes/table/sort"
	"dataflow/flow-automation/nodes/table/sql"
	"dataflow/flow-automation/nodes/table/union"
)

// Types are the node types of this family.
func Types() []node.Type {
	return []node.Type{
		selectcols.Type(), cast.Type(), derive.Type(), filter.Type(), join.Type(), aggregate.Type(), sort.Type(), limit.Type(), distinct.Type(),
		union.Type(), sql.Type(),
	}
}
