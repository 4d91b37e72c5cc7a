package api

import (
	"encoding/json"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
)

// StartRunBody starts a run of a stored flow.
type StartRunBody struct {
	Params  map[string]any `json:"params,omitempty" doc:"Values of the flow's parameters; absent ones take their defaults"`
	Version int            `json:"version,omitempty" minimum:"0" doc:"Published version to run; 0 runs the draft"`
}

// StartDocumentBody starts a run of a document that is not stored.
type StartDocumentBody struct {
	Document RawDocument    `json:"document,omitempty" doc:"Either this or yaml"`
	YAML     string         `json:"yaml,omitempty" doc:"Either this or document"`
	Params   map[string]any `json:"params,omitempty"`
}

// RunCounts counts runs by status.
type RunCounts struct {
	Queued    int64 `json:"queued"`
	Running   int64 `json:"running"`
	Succeeded int64 `json:"succeeded"`
	Failed    int64 `json:"failed"`
	Canceled  int64 `json:"canceled"`
}

// RunGraph is all that is needed to draw a run on its canvas.
type RunGraph struct {
	Document *flow.Document `json:"document"`
	Analysis Analysis       `json:"analysis"`
	Steps    []engine.Step  `json:"steps"`
}

// NodeType is one kind of node or trigger, for the palette, the inspector and the reference.
type NodeType struct {
	Name        string          `json:"name" example:"table.filter"`
	Version     int             `json:"version"`
	Doc         node.Doc        `json:"doc"`
	Config      json.RawMessage `json:"config" doc:"JSON Schema of the configuration, with x-widget, x-zh and x-order"`
	Inputs      []node.Port     `json:"inputs"`
	Outputs     []node.Port     `json:"outputs"`
	NamedInputs bool            `json:"named_inputs" doc:"Takes further inputs under names that the user chooses"`
	Effect      node.Effect     `json:"effect" enum:"pure,idempotent,unsafe"`
	Pool        node.Pool       `json:"pool" enum:"inline,go,sql,python,io"`
	Examples    []node.Example  `json:"examples"`
}

// NodeTypes lists every kind of node and trigger.
type NodeTypes struct {
	Items    []NodeType `json:"items"`
	Triggers []NodeType `json:"triggers"`
}

// EvaluateBody asks for the value of a text with {{ expressions }}, as the node would see it.
type EvaluateBody struct {
	FlowID   string         `json:"flow_id,omitempty" doc:"Flow whose draft is meant; or give document"`
	Document RawDocument    `json:"document,omitempty" doc:"Unsaved document; or give flow_id"`
	RunID    string         `json:"run_id,omitempty" doc:"Run whose data is seen; absent is the flow's last run"`
	Node     string         `json:"node,omitempty" doc:"Node that holds the expression"`
	Text     string         `json:"text" maxLength:"65536"`
	Params   map[string]any `json:"params,omitempty" doc:"Seen as params instead of the run's"`
}

// Evaluation is either a value or a problem.
type Evaluation struct {
	Value   any           `json:"value" doc:"null when there is a problem"`
	Problem *flow.Problem `json:"problem,omitempty"`
}

// InspectBody is Python code to parse.
type InspectBody struct {
	Code string `json:"code" maxLength:"1048576"`
}

// System says what this installation is and how it does.
type System struct {
	Version  string          `json:"version"`
	Services []ServiceStatus `json:"services"`
	Sandbox  *Sandbox        `json:"sandbox,omitempty" doc:"Absent while the Python service is not up"`
}

// ServiceStatus is one service or dependency.
type ServiceStatus struct {
	Name   string `json:"name"`
	Status string `json:"status" enum:"ok,starting,degraded,failed"`
	Detail string `json:"detail"`
}

// Sandbox says which walls stand around user code on this machine.
type Sandbox struct {
	Layers []SandboxLayer `json:"layers"`
}

// SandboxLayer is one wall.
type SandboxLayer struct {
	Name   string `json:"name"`
	Active bool   `json:"active"`
	Detail string `json:"detail"`
}
