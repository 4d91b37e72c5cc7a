package engine

import (
	"time"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/table"
)

// Preview is what a node would take and give now.
type Preview struct {
	Inputs []PreviewInput `json:"inputs" doc:"Tables that come in"`
	Table  *table.Preview `json:"table,omitempty" doc:"Of a table node: its first rows"`
	Port   string         `json:"port,omitempty" doc:"Output whose rows these are"`
	Ports  []string       `json:"ports,omitempty" doc:"Outputs that can be looked at, as the node declares them"`
	Looked []Looked       `json:"looked,omitempty" doc:"Nodes whose source was asked for the beginning of what it has, for no run has read it: there may be further columns, and other types"`
}

// Look is what somebody wants to see of a node without a run.
type Look struct {
	Inputs bool   // only what comes in
	Port   string // the output whose rows are shown; empty is the first
	// Outside says that sources may be asked over the network.
	Outside bool
	// Anew asks them again for what is kept of them from a moment ago.
	Anew bool
}

// Looked is how much of a node's source was looked at.
type Looked struct {
	Node string    `json:"node"`
	At   time.Time `json:"at" doc:"When that was"`
	node.Looked
}

// PreviewInput is one table that comes in.
type PreviewInput struct {
	Port    string         `json:"port"`
	Source  string         `json:"source" doc:"Upstream node, or node.port"`
	Columns []table.Column `json:"columns"`
	Found   []table.Column `json:"found,omitempty" doc:"Columns before the contract of the node that they come from, if it has one"`
}
