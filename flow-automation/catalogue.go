package automation

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes"
	"dataflow/flow-automation/trigger"
)

// NodeTypes is every kind of node of this installation.
func NodeTypes() *node.Registry { return nodes.All() }

// TriggerTypes is every kind of trigger of this installation.
func TriggerTypes() *trigger.Registry { return nodes.Triggers() }
