// Package table has the nodes that are relations: each in a folder of its own.
package table

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/table/aggregate"
	"dataflow/flow-automation/nodes/table/cast"
	"dataflow/flow-automation/nodes/table/compare"
	"dataflow/flow-automation/nodes/table/derive"
	"dataflow/flow-automation/nodes/table/distinct"
	"dataflow/flow-automation/nodes/table/explode"
	"dataflow/flow-automation/nodes/table/fill"
	"dataflow/flow-automation/nodes/table/filter"
	"dataflow/flow-automation/nodes/table/flatten"
	"dataflow/flow-automation/nodes/table/join"
	"dataflow/flow-automation/nodes/table/limit"
	"dataflow/flow-automation/nodes/table/lookup"
	"dataflow/flow-automation/nodes/table/pivot"
	"dataflow/flow-automation/nodes/table/profile"
	"dataflow/flow-automation/nodes/table/sample"
	"dataflow/flow-automation/nodes/table/selectcols"
	"dataflow/flow-automation/nodes/table/sort"
	"dataflow/flow-automation/nodes/table/split"
	"dataflow/flow-automation/nodes/table/sql"
	"dataflow/flow-automation/nodes/table/union"
	"dataflow/flow-automation/nodes/table/unpivot"
	"dataflow/flow-automation/nodes/table/window"
)

// Types are the node types of this family.
func Types() []node.Type {
	return []node.Type{
		selectcols.Type(), cast.Type(), derive.Type(), filter.Type(), join.Type(), lookup.Type(), aggregate.Type(), window.Type(),
		sort.Type(), limit.Type(), sample.Type(), distinct.Type(), union.Type(), pivot.Type(), unpivot.Type(), fill.Type(),
		split.Type(), explode.Type(), flatten.Type(), compare.Type(), profile.Type(), sql.Type(),
	}
}
