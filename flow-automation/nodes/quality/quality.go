// Package quality has the nodes that look after the quality of data.
package quality

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/quality/check"
	"dataflow/flow-automation/nodes/quality/clean"
)

// Types are the nodes of this family.
func Types() []node.Type {
	all := []node.Type{check.Type(), clean.Type()}
	for i := range all {
		all[i].Check = node.Known(all[i].Check)
	}
	return all
}
