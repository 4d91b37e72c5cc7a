// Package keys has the nodes that read and write keys and their values, by connections that people have set up.
package keys

import (
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
)

// Types are the nodes of keys.
func Types() []node.Type { return []node.Type{readType(), writeType()} }

// Codes of errors that are about what comes in.
var incoming = map[string]string{
	connector.CodeType: "in.table", connector.CodeColumn: "in.table", connector.CodeKeys: "with.key", connector.CodeUnique: "with.mode", connector.CodeUnfit: "with.mode",
}
