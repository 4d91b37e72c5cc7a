// Package relation is what the table nodes have in common: each is a transform of ide-go-lib/table with its documentation.
package relation

import (
	"encoding/json"
	"slices"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/table"
)

// With is an example's configuration.
type With = map[string]any

// List is a list in an example's configuration.
type List = []any

// Define makes a node type of a transform: the configuration C is the relation. Without inputs it has the one called table.
func Define[C table.Relation](name string, doc node.Doc, examples []node.Example, inputs ...node.Port) node.Type {
	if len(inputs) == 0 {
		inputs = []node.Port{Port("table", "Table", "表")}
	}
	doc.Family = "table"
	t := node.DefineTable[C](node.Type{Name: name, Version: 1, Doc: doc, Inputs: inputs, Examples: examples})
	if t.Check != nil {
		t.Check = node.Known(t.Check)
	}
	return t
}

// Strict is a type whose relation stops the run at rows that do not fit.
func Strict(t node.Type) node.Type {
	t.Strict = true
	return t
}

// Port is a required input for a table.
func Port(name, en, zh string) node.Port {
	return node.Port{Name: name, Kind: value.Table, Title: node.Text{EN: en, ZH: zh}, Required: true}
}

// Rows is an example's table: a JSON array of objects.
func Rows(text string) map[string]json.RawMessage { return Tables("table", text) }

// Tables are an example's tables: the name of a port and its rows, and so on.
func Tables(portsAndRows ...string) map[string]json.RawMessage {
	tables := map[string]json.RawMessage{}
	for pair := range slices.Chunk(portsAndRows, 2) {
		tables[pair[0]] = json.RawMessage(pair[1])
	}
	return tables
}
