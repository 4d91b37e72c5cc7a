// Package storage has the nodes that work on files and objects elsewhere, by connections that people have set up.
package storage

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/storage/download"
	"dataflow/flow-automation/nodes/storage/get"
	"dataflow/flow-automation/nodes/storage/list"
	"dataflow/flow-automation/nodes/storage/move"
	"dataflow/flow-automation/nodes/storage/put"
	"dataflow/flow-automation/nodes/storage/read"
	"dataflow/flow-automation/nodes/storage/remove"
)

// Types are the nodes of this family.
func Types() []node.Type {
	return []node.Type{list.Type(), read.Type(), get.Type(), download.Type(), put.Type(), move.Type(), remove.Type()}
}
