package engine

import "dataflow/ide-go-lib/table"

// Preview is what a node would take and give now.
type Preview struct {
	Inputs []PreviewInput `json:"inputs" doc:"Tables that come in"`
	Table  *table.Preview `json:"table,omitempty" doc:"Of a table node: its first rows"`
}

// PreviewInput is one table that comes in.
type PreviewInput struct {
	Port    string         `json:"port"`
	Source  string         `json:"source" doc:"Upstream node, or node.port"`
	Columns []table.Column `json:"columns"`
	Found   []table.Column `json:"found,omitempty" doc:"Columns before the contract of the node that they come from, if it has one"`
}
