package api

import (
	"encoding/json"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
)

// StartRunBody starts a run of a stored flow.
type StartRunBody struct {
	Params  map[string]any `json:"params,omitempty" doc:"Values of the flow's parameters; absent ones take their defaults"`
	Version int            `json:"version,omitempty" minimum:"0" doc:"Published version to run; 0 runs the draft"`
	Test    bool           `json:"test,omitempty" doc:"Take the pinned outputs of nodes in place of carrying them out"`
	Keep    bool           `json:"keep,omitempty" doc:"Keep every table to look at, also those that the next step could compute along"`
	Targets []string       `json:"targets,omitempty" doc:"Nodes that the run is for; what they do not need is skipped. Absent is all"`
	Reuse   string         `json:"reuse,omitempty" doc:"An earlier run: steps that would do the same on the same inputs take over what they gave there"`
	From    []string       `json:"from,omitempty" doc:"With reuse: these nodes, and what follows them, are carried out in any case"`
}

// RetryBody says what of a finished run is done again.
type RetryBody struct {
	From   string         `json:"from,omitempty" enum:"failed,start,step" default:"failed" doc:"failed: what succeeded and is unchanged is taken over. start: all of it. step: that step and what follows"`
	Step   string         `json:"step,omitempty" doc:"Of from: step"`
	Params map[string]any `json:"params,omitempty" doc:"In place of those of the run; the others stay"`
	Draft  bool           `json:"draft,omitempty" doc:"Run the flow's draft in place of what the run ran"`
}

// SignalBody is a person's decision.
type SignalBody struct {
	Step     string         `json:"step" doc:"The step that asks"`
	Decision string         `json:"decision" enum:"approve,reject"`
	Comment  string         `json:"comment,omitempty" maxLength:"10000"`
	Form     map[string]any `json:"form,omitempty" doc:"What was filled in"`
}

// Approval is an open question.
type Approval struct {
	RunID     string          `json:"run_id"`
	FlowID    string          `json:"flow_id,omitempty"`
	FlowName  string          `json:"flow_name"`
	FlowTitle string          `json:"flow_title,omitempty"`
	Step      string          `json:"step"`
	Since     time.Time       `json:"since"`
	Deadline  *time.Time      `json:"deadline,omitempty"`
	Escalated bool            `json:"escalated,omitempty" doc:"Further people are asked by now"`
	Mine      bool            `json:"mine" doc:"The caller may decide"`
	Question  json.RawMessage `json:"question" doc:"title, message, assignees, escalate_to, form and data"`
}

// Why says what a run waits for.
type Why struct {
	Reason string    `json:"reason" doc:"Empty while it does not wait"`
	Steps  []WhyStep `json:"steps"`
}

// WhyStep says what one step waits for.
type WhyStep struct {
	Step   string        `json:"step"`
	Status engine.Status `json:"status"`
	Reason string        `json:"reason"`
	Wait   *engine.Wait  `json:"wait,omitempty"`
	// Callback opens the run to whoever has it, so that only those see it who could start the run themselves.
	Callback string `json:"callback,omitempty" doc:"Path on this server; a call of it ends the wait. Only for those who may run flows"`
}

// BulkBody names runs, by id or by filter, and what is done with them.
type BulkBody struct {
	Action string      `json:"action" enum:"cancel,retry,delete"`
	IDs    []string    `json:"ids,omitempty" maxItems:"10000"`
	Filter *BulkFilter `json:"filter,omitempty" doc:"In place of ids; at most 10,000 runs at once"`
}

// BulkFilter selects runs as the list does.
type BulkFilter struct {
	FlowID string    `json:"flow_id,omitempty"`
	Status []string  `json:"status,omitempty"`
	Query  string    `json:"q,omitempty"`
	Since  time.Time `json:"since,omitzero"`
	Until  time.Time `json:"until,omitzero"`
}

// BulkResult says what became of it.
type BulkResult struct {
	Matched int          `json:"matched" doc:"Runs that the action fits"`
	Done    int          `json:"done"`
	Failed  []BulkFailed `json:"failed" doc:"The first hundred"`
}

// BulkFailed is one run for which it could not be done.
type BulkFailed struct {
	ID      string `json:"id"`
	Code    string `json:"code"`
	Message string `json:"message"`
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
	Skipped   int64 `json:"skipped"`
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
	Looks       bool            `json:"looks,omitempty" doc:"A preview can show the beginning of what it would give: of a file, or asked for over the network"`
	Effect      node.Effect     `json:"effect" enum:"pure,idempotent,unsafe"`
	Pool        node.Pool       `json:"pool" enum:"inline,go,sql,python,io"`
	Bodies      []string        `json:"bodies,omitempty" doc:"Of a container: the lists of nodes it may hold: nodes, catch, finally"`
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
	Within   string         `json:"within,omitempty" doc:"Instance of a container that the node is in, such as each[3]"`
	Item     any            `json:"item,omitempty" doc:"With within: what the container hands in"`
	Text     string         `json:"text" maxLength:"65536"`
	Params   map[string]any `json:"params,omitempty" doc:"Seen as params instead of the run's"`
}

// PreviewBody says which node to look at.
type PreviewBody struct {
	Document RawDocument    `json:"document,omitempty" doc:"Unsaved document; absent is the flow's draft"`
	Node     string         `json:"node" minLength:"1" doc:"Id of the node"`
	Inputs   bool           `json:"inputs,omitempty" doc:"Only say what comes in"`
	Port     string         `json:"port,omitempty" doc:"Output whose rows are shown; absent is the first that can be"`
	Anew     bool           `json:"anew,omitempty" doc:"Ask the sources again, though they were looked at in the last minutes"`
	RunID    string         `json:"run_id,omitempty" doc:"Run whose data is seen where nodes are not carried out; absent is the flow's last run"`
	Params   map[string]any `json:"params,omitempty" doc:"Seen as params instead of the run's"`
}

// NodePreview is what a node would take and give, as far as it is known.
type NodePreview struct {
	engine.Preview
	Earlier []EarlierOutput `json:"earlier,omitempty" doc:"What it was made of that the newest run did not give"`
	Problem *flow.Problem   `json:"problem,omitempty" doc:"Why it is not known"`
}

// EarlierOutput is what a node gave in a run before the newest.
type EarlierOutput struct {
	Node  string `json:"node"`
	RunID string `json:"run_id"`
}

// ComputeTableBody names a table of a run.
type ComputeTableBody struct {
	Step string `json:"step" minLength:"1" doc:"Step that gave the table, such as filter or each[3]/filter"`
	Port string `json:"port" minLength:"1" doc:"Output that it left by"`
}

// Evaluation is either a value or a problem.
type Evaluation struct {
	Value   any             `json:"value" doc:"null when there is a problem"`
	Earlier []EarlierOutput `json:"earlier,omitempty" doc:"What it was made of that the newest run did not give"`
	Problem *flow.Problem   `json:"problem,omitempty"`
}

// InspectBody is Python code to parse.
type InspectBody struct {
	Code        string `json:"code" maxLength:"1048576"`
	Environment string `json:"environment,omitempty" maxLength:"200" doc:"In which what the code imports is looked for: a name, or name@3; empty is the default environment"`
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
