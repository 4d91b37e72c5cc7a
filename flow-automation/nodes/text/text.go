// Package text has the nodes that work on texts: each in a folder of its own.
package text

import (
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/text/decode"
	"dataflow/flow-automation/nodes/text/encode"
	"dataflow/flow-automation/nodes/text/hash"
	"dataflow/flow-automation/nodes/text/join"
	"dataflow/flow-automation/nodes/text/match"
	"dataflow/flow-automation/nodes/text/replace"
	"dataflow/flow-automation/nodes/text/split"
	"dataflow/flow-automation/nodes/text/template"
	"dataflow/flow-automation/nodes/text/textcase"
	"dataflow/flow-automation/nodes/text/trim"
)

// Types are the node types of this family.
func Types() []node.Type {
	return []node.Type{
		split.Type(), join.Type(), match.Type(), replace.Type(), template.Type(), textcase.Type(), trim.Type(),
		hash.Type(), encode.Type(), decode.Type(),
	}
}
