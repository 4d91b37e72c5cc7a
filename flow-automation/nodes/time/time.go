// Package time has the nodes that work on points in time: each in a folder of its own.
package time

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/time/add"
	"dataflow/flow-automation/nodes/time/convert"
	"dataflow/flow-automation/nodes/time/diff"
	"dataflow/flow-automation/nodes/time/format"
	"dataflow/flow-automation/nodes/time/now"
	"dataflow/flow-automation/nodes/time/parse"
	"dataflow/flow-automation/nodes/time/parts"
	"dataflow/flow-automation/nodes/time/truncate"
)

// Types are the node types of this family.
func Types() []node.Type {
	return []node.Type{
		now.Type(), parse.Type(), format.Type(), add.Type(), diff.Type(), truncate.Type(), convert.Type(), parts.Type(),
	}
}
