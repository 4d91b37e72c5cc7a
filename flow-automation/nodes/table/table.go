// Package table has the node types that are relations: each is a transform of ide-go-lib/table with its documentation.
package table

import (
	"encoding/json"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/table"
)

// Types are the table nodes.
func Types() []node.Type {
	return []node.Type{
		selectType(), castType(), deriveType(), filterType(), joinType(), aggregateType(), sortType(), limitType(), distinctType(),
		unionType(), sqlType(),
	}
}

// transform makes a node type of a transform: the configuration C is the relation. Without inputs it has the one called
// table.
func transform[C table.Relation](name string, doc node.Doc, examples []node.Example, inputs ...node.Port) node.Type {
	if len(inputs) == 0 {
		inputs = []node.Port{{Name: "table", Kind: value.Table, Title: node.Text{EN: "Table", ZH: "表"}, Required: true}}
	}
	doc.Family = "table"
	return node.DefineTable[C](node.Type{Name: name, Version: 1, Doc: doc, Inputs: inputs, Examples: examples})
}

// rows is an example's table: a JSON array of objects.
func rows(text string) map[string]json.RawMessage {
	return map[string]json.RawMessage{"table": json.RawMessage(text)}
}

type with = map[string]any

type list = []any
