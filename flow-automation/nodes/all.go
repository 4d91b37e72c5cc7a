// Package nodes is the one list of the node types of an installation.
package nodes

import (
	"sync"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/chart"
	"dataflow/flow-automation/nodes/control"
	"dataflow/flow-automation/nodes/file"
	"dataflow/flow-automation/nodes/http"
	"dataflow/flow-automation/nodes/json"
	"dataflow/flow-automation/nodes/keys"
	"dataflow/flow-automation/nodes/mail"
	"dataflow/flow-automation/nodes/message"
	"dataflow/flow-automation/nodes/mongo"
	"dataflow/flow-automation/nodes/python"
	"dataflow/flow-automation/nodes/quality"
	"dataflow/flow-automation/nodes/sql"
	"dataflow/flow-automation/nodes/storage"
	"dataflow/flow-automation/nodes/table"
	"dataflow/flow-automation/nodes/text"
	"dataflow/flow-automation/nodes/time"
	"dataflow/flow-automation/nodes/value"
	"dataflow/flow-automation/nodes/variables"
	"dataflow/flow-automation/trigger"
	"dataflow/flow-automation/trigger/manual"
	"dataflow/flow-automation/trigger/webhook"
)

// All gives every node type. They are made once.
func All() *node.Registry { return all() }

var all = sync.OnceValue(func() *node.Registry {
	return node.NewRegistry(
		file.Types(), table.Types(), value.Types(), control.Types(), python.Types(), http.Types(), sql.Types(), mongo.Types(), storage.Types(), message.Types(), keys.Types(), mail.Types(), chart.Types(), variables.Types(),
		text.Types(), json.Types(), time.Types(), quality.Types(),
	)
})

// Triggers gives every trigger type.
func Triggers() *trigger.Registry {
	return trigger.NewRegistry(manual.Type(), webhook.Type())
}
