// Package engine is the contract between those who want flows run and the driver that runs them, and between the driver
// and whoever carries out one step. engine/local is the embedded driver; engine/step carries out steps.
package engine

import (
	"context"
	"encoding/json"
	"time"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/lifecycle"
)

// Status is that of a run or a step.
type Status string

// The statuses. A run uses all but waiting; skipped is one that its flow let not begin.
const (
	Queued    Status = "queued"
	Running   Status = "running"
	Waiting   Status = "waiting"
	Succeeded Status = "succeeded"
	Failed    Status = "failed"
	Skipped   Status = "skipped"
	Canceled  Status = "canceled"
)

// Final says whether the status never changes again.
func (s Status) Final() bool {
	return s == Succeeded || s == Failed || s == Skipped || s == Canceled
}

// StartRequest asks for a run of one snapshot of a flow.
type StartRequest struct {
	Tenant      string
	FlowID      string // empty for a document that is not stored
	FlowVersion int    // 0 is the draft
	Document    *flow.Document
	Params      map[string]any
	Trigger     Trigger
	By          string // principal's name
	// IdempotencyKey makes a second start of the same flow with the same key answer the first run.
	IdempotencyKey string

	// Targets are the nodes that the run is for; what they do not need is skipped. Empty is all.
	Targets []string
	// Reuse is an earlier run: steps that would do the same on the same inputs take over what they gave there. Fresh are
	// nodes that are carried out in any case, and all that follows them.
	Reuse string
	Fresh []string
	// RetryOf is the run that this one repeats, for people to see.
	RetryOf string
	// Test runs take the pinned outputs of nodes in place of carrying them out.
	Test bool
	// Keep keeps every table, for somebody to look at; else some become part of their readers' queries.
	Keep bool
	// Parent is the step that waits for the run.
	Parent *Parent
	// Groups bound, beside the flow's own concurrency, how many runs are carried out at once.
	Groups []Group
	// Backfill is the backfill that the run is part of.
	Backfill string
}

// Parent is the attempt at a step that a run is carried out for. Depth is how many runs lie around the run.
type Parent struct {
	RunID   string `json:"run_id"`
	Step    string `json:"step,omitempty"`
	Attempt int    `json:"attempt,omitempty"`
	Depth   int    `json:"depth,omitempty"`
	// Trial says that the run around is one, and so is what it has carried out.
	Trial bool `json:"trial,omitempty" doc:"The run around tries something out, repeats other days, or is for some nodes only"`
}

// CodeReuseLost is that of a run that did nothing, since what it was to take over could not be read.
const CodeReuseLost = "reuse_lost"

// Group is a number of runs of one tenant of which at most Limit are carried out at once.
type Group struct {
	Key     string `json:"key"`
	Limit   int    `json:"limit"`
	OnLimit string `json:"on_limit,omitempty"` // queue, skip, cancel_older; "" is queue
	Keep    bool   `json:"keep,omitempty"`     // no newer run takes the place of this one
}

// Trigger is what started a run.
type Trigger struct {
	Type string          `json:"type" doc:"manual, webhook, …"`
	ID   string          `json:"id,omitempty" doc:"Of the trigger in the flow"`
	Data json.RawMessage `json:"data,omitempty" doc:"What expressions see as trigger"`
}

// Run is one execution of a flow version.
type Run struct {
	ID          string          `json:"id"`
	Tenant      string          `json:"-"`
	FlowID      string          `json:"flow_id,omitempty"`
	FlowName    string          `json:"flow_name"`
	FlowTitle   string          `json:"flow_title,omitempty"`
	FlowVersion int             `json:"flow_version" doc:"0 is a draft"`
	Status      Status          `json:"status" enum:"queued,running,succeeded,failed,skipped,canceled"`
	Params      json.RawMessage `json:"params,omitempty"`
	Trigger     Trigger         `json:"trigger"`
	By          string          `json:"by"`
	CreatedAt   time.Time       `json:"created_at"`
	StartedAt   *time.Time      `json:"started_at,omitempty"`
	EndedAt     *time.Time      `json:"ended_at,omitempty"`
	Error       *errs.Error     `json:"error,omitempty"`
	StepsTotal  int             `json:"steps_total"`
	StepsDone   int             `json:"steps_done" doc:"Those that succeeded or failed; skipped and canceled steps are not among them"`
	Recovered   int             `json:"recovered,omitempty" doc:"How often the run went on after a crash of the server"`
	PausedBy    string          `json:"paused_by,omitempty" doc:"Who paused the run; absent while it is not"`
	Late        bool            `json:"late,omitempty" doc:"The run took longer than its flow's SLA"`
	Priority    int             `json:"priority,omitempty"`
	RetryOf     string          `json:"retry_of,omitempty" doc:"The run that this one repeats"`
	Parent      *Parent         `json:"parent,omitempty" doc:"The step that waits for this run"`
	Backfill    string          `json:"backfill,omitempty"`
	Targets     []string        `json:"targets,omitempty" doc:"The nodes that the run is for; absent is all"`
	Test        bool            `json:"test,omitempty" doc:"Pinned outputs are used"`
	Keep        bool            `json:"keep,omitempty" doc:"Every table is kept"`
	Result      *value.Value    `json:"result,omitempty" doc:"What control.return gave"`
	Why         string          `json:"why,omitempty" doc:"Why the run waits"`
	Held        []Held          `json:"held,omitempty" doc:"Steps whose rows the next run reads again, although this one has succeeded; of a single run only"`
	// CallbackToken opens the addresses at which the run takes calls; it is for expressions of the run, not for the API.
	CallbackToken string `json:"-"`
}

// Held says that what a step of a run has read does not count as read, although the run has succeeded.
type Held struct {
	Step   string `json:"step" doc:"That has read it"`
	Failed string `json:"failed" doc:"The step behind it that had failed, or was left out since one had"`
}

// Trial says that what the run reads does not count as read: it takes pinned outputs, ends before those who would have taken
// in what was read, or repeats other days.
func (r *Run) Trial() bool {
	return r.Test || len(r.Targets) > 0 || r.Backfill != "" || r.Parent != nil && r.Parent.Trial
}

// Numbered is a run with its place in the order in which runs of all tenants began.
type Numbered struct {
	No  int64
	Run Run
}

// Step is one node within a run.
type Step struct {
	RunID     string                     `json:"run_id"`
	NodeID    string                     `json:"node_id" doc:"With a path in front inside containers: each[3]/fetch"`
	NodeType  string                     `json:"node_type"`
	Title     string                     `json:"title,omitempty"`
	Status    Status                     `json:"status" enum:"queued,running,waiting,succeeded,failed,skipped,canceled"`
	Attempt   int                        `json:"attempt"`
	QueuedAt  *time.Time                 `json:"queued_at,omitempty"`
	StartedAt *time.Time                 `json:"started_at,omitempty"`
	EndedAt   *time.Time                 `json:"ended_at,omitempty"`
	Inputs    map[string][]string        `json:"inputs,omitempty" doc:"node.port by input port"`
	Outputs   value.Outputs              `json:"outputs,omitempty"`
	Error     *errs.Error                `json:"error,omitempty"`
	Progress  *Progress                  `json:"progress,omitempty"`
	Details   map[string]json.RawMessage `json:"details,omitempty"`
	Why       string                     `json:"why,omitempty" doc:"Why the step waits"`
	Wait      *Wait                      `json:"wait,omitempty" doc:"What the step waits for, or has waited for"`
	Items     *Items                     `json:"items,omitempty" doc:"Of a map or a loop: how far its body is"`
}

// The kinds of waits.
const (
	WaitTime     = "time"
	WaitCallback = "callback"
	WaitApproval = "approval"
	WaitRun      = "run"
)

// Wait is what a step waits for that does not hold a worker meanwhile.
type Wait struct {
	Kind      string          `json:"kind" enum:"time,callback,approval,run"`
	Until     *time.Time      `json:"until,omitempty"`
	Escalate  *time.Time      `json:"escalate,omitempty" doc:"When further people are asked"`
	Escalated bool            `json:"escalated,omitempty"`
	Child     string          `json:"child,omitempty" doc:"The run that is waited for"`
	Data      json.RawMessage `json:"data,omitempty" doc:"Of an approval: title, message, assignees and form"`
}

// Items counts what the body of a map or a loop has come to.
type Items struct {
	Count  int `json:"count"`
	Ended  int `json:"ended"`
	Failed int `json:"failed"`
}

// Progress is how far a running step is; Total 0 is unknown.
type Progress struct {
	Done  int64  `json:"done"`
	Total int64  `json:"total,omitempty"`
	Unit  string `json:"unit,omitempty" doc:"rows, bytes, items"`
}

// LogLine is one line of a step's log.
type LogLine struct {
	Seq    int64     `json:"seq"`
	Time   time.Time `json:"time"`
	NodeID string    `json:"node_id"`
	Level  string    `json:"level" enum:"debug,info,warn,error"`
	Text   string    `json:"text"`
}

// Event is something that happened, for those who watch. Exactly one of Run, Step and Log is set.
type Event struct {
	Seq  int64    `json:"seq"`
	Run  *Run     `json:"run,omitempty"`
	Step *Step    `json:"step,omitempty"`
	Log  *LogLine `json:"log,omitempty"`
}

// RunFilter selects runs of one tenant; zero values do not restrict. Cursor is what the previous page gave.
type RunFilter struct {
	FlowID   string
	Statuses []Status
	Query    string // part of the flow's name or title, or the run's id, its beginning or its end of at least 8 characters
	Backfill string
	Parent   string // id of the run whose children are asked for
	Paused   bool   // only paused ones
	Late     bool   // only those that took longer than their SLA
	Since    time.Time
	Until    time.Time
	Sort     string // created_at, -created_at (default), duration, -duration
	Cursor   string
	Limit    int
}

// Engine runs flows. Everything is scoped by tenant; errs code run_not_found answers for a foreign one.
type Engine interface {
	lifecycle.Service
	// Begin makes the run durable, then answers it.
	Begin(ctx context.Context, req StartRequest) (Run, error)
	// Cancel ends the run: running work is stopped within a second. Cancelling a finished run is errs code run_finished.
	Cancel(ctx context.Context, tenant, runID, by string) error
	// Pause lets nothing further of the run begin; Resume ends that. What is under way goes on.
	Pause(ctx context.Context, tenant, runID, by string) error
	Resume(ctx context.Context, tenant, runID, by string) error
	// Signal brings what a suspended step waits for and returns when that is durable. errs code not_waiting answers when
	// the step does not wait for a signal of that kind.
	Signal(ctx context.Context, tenant, runID string, s Signal) error
	// Callback brings a call from outside to a run of any tenant, if the token is the run's; errs code callback_not_found
	// answers for every other.
	Callback(ctx context.Context, runID, token string, s Signal) error
	// BackfillCounts gives the number of runs of a backfill by status.
	BackfillCounts(ctx context.Context, tenant, backfill string) (map[Status]int64, error)
	// Delete removes a finished run with its journal and logs; errs code run_active answers for one that has not ended.
	Delete(ctx context.Context, tenant, runID string) error
	Run(ctx context.Context, tenant, runID string) (Run, error)
	// Steps gives the steps of a run, those of each container's first hundred instances included.
	Steps(ctx context.Context, tenant, runID string) ([]Step, error)
	// StepsWithin gives the steps of one instance of a container's body, such as each[3].
	StepsWithin(ctx context.Context, tenant, runID, instance string) ([]Step, error)
	// Waits gives the open approvals of a tenant, oldest first.
	Waits(ctx context.Context, tenant, kind string) ([]OpenWait, error)
	// Document is the flow as it was when the run began.
	Document(ctx context.Context, tenant, runID string) (*flow.Document, error)
	Runs(ctx context.Context, tenant string, f RunFilter) (page []Run, next string, err error)
	// Counts gives the number of runs by status.
	Counts(ctx context.Context, tenant, flowID string) (map[Status]int64, error)
	// Logs gives the lines after seq; nodeID "" is all nodes.
	Logs(ctx context.Context, tenant, runID, nodeID string, after int64, limit int) ([]LogLine, error)
	// Watch gives the events of one run, or of all runs of the tenant without logs when runID is "". It begins with the
	// present state and ends (channel closed) with ctx, or when the one run has ended. A slow watcher loses intermediate
	// states, never the last.
	Watch(ctx context.Context, tenant, runID string) (<-chan Event, error)
}

// Signal is what somebody outside says to a suspended step.
type Signal struct {
	Step    string
	Kind    string // WaitCallback or WaitApproval
	By      string
	Outputs value.Outputs
	Err     *errs.Error // in place of Outputs: the step fails
	Details map[string]json.RawMessage
}

// OpenWait is a step that waits for somebody, with the run it is in.
type OpenWait struct {
	Run  Run
	Step Step
}

// Phase says which part of a step's work a task is. All but the first are parts of a container's work.
type Phase string

// The phases.
const (
	Action Phase = ""      // the node's own work
	Open   Phase = "open"  // find out what a container hands to its body
	Next   Phase = "next"  // find out whether a loop goes round again
	Close  Phase = "close" // make outputs of what the body gave
)

// Task is one attempt at one step, ready to be carried out.
type Task struct {
	Tenant, RunID  string
	Document       *flow.Document
	Node           *flow.Node
	Path           string // the step's id within the run
	Attempt        int
	IdempotencyKey string
	Phase          Phase
	Gathered       node.Gathered              // for Close
	Test           bool                       // pinned outputs are used
	Keep           bool                       // somebody will look at every table
	Trial          bool                       // what is read does not count as read; see Run.Trial
	Details        map[string]json.RawMessage // of a step that has been carried out, for Same
	Found          map[string]node.Found      // by the ids of nodes, of the run that the scope is of; for lineage
	Now            time.Time
	Scope          Scope
	Log            func(level, text string)
	Progress       func(done, total int64, unit string)
	// Await is node.Call's; nil is for work of no run, whose steps have left nothing open.
	Await func(ctx context.Context, name string) error
}

// Scope is what expressions see.
type Scope struct {
	Params  map[string]any
	Vars    map[string]any
	Trigger Trigger
	Run     map[string]any // id, flow, version, started_at, by, callback_url
	Nodes   Outputs
	// Item is what the container around hands to its body; nil outside of one. Index counts its instances.
	Item  *value.Value
	Index int
}

// Outputs gives what other nodes have given; nil for those that have given nothing.
type Outputs interface {
	Outputs(nodeID string) value.Outputs
}

// NodeOutputs is Outputs by node.
type NodeOutputs map[string]value.Outputs

// Outputs implements Outputs.
func (o NodeOutputs) Outputs(nodeID string) value.Outputs { return o[nodeID] }

// Of gives the outputs of one node; a scope without any has none.
func (s *Scope) Of(nodeID string) value.Outputs {
	if s.Nodes == nil {
		return nil
	}
	return s.Nodes.Outputs(nodeID)
}

// Outcome is what became of an attempt; Err nil is success. Of Opening, Again and Suspension at most one is set.
type Outcome struct {
	Outputs    value.Outputs
	Err        *errs.Error
	Details    map[string]json.RawMessage
	Opening    *node.Opening    // of Open
	Again      bool             // of Next
	Suspension *node.Suspension // the step waits for something outside
	// Afterwards is for when the success is durable; whoever gets the outcome does it, or closes it. A failure has none.
	Afterwards []node.Afterwards
}

// Kind is how a node is to be carried out.
type Kind struct {
	Pool   string   // inline, go, sql, python, io
	Effect string   // pure, idempotent, unsafe
	Reads  []string // ids of the nodes whose outputs it sees
	// EffectIn asks for the effect where it depends on the tenant, too; nil is Effect.
	EffectIn func(tenant string) string
	// Suspends says that the node may wait for something outside.
	Suspends bool
	// Answer says that what it gives is somebody's answer to all that came before.
	Answer bool
}

// Executor carries out steps; it is safe for concurrent use and returns soon after ctx ends.
type Executor interface {
	Kind(n *flow.Node) Kind
	Execute(ctx context.Context, t Task) Outcome
	// Same says whether a would do what b has done, on the same inputs, for tasks of the phases Action or Open.
	Same(ctx context.Context, a, b Task) bool
	// Load gives the JSON of a value, wherever it lies; Items takes a list apart.
	Load(ctx context.Context, tenant string, v value.Value) (json.RawMessage, error)
	Items(ctx context.Context, tenant string, list value.Value) ([]json.RawMessage, error)
	// Evaluate computes a text with {{ expressions }}.
	Evaluate(ctx context.Context, tenant, text string, scope Scope) (any, error)
}

// Flows finds the flows that steps start.
type Flows interface {
	// Flow gives the document of a flow by name; version 0 is the latest published, or the draft of one never published.
	Flow(ctx context.Context, tenant, name string, version int) (FlowRef, error)
}

// FlowRef is one version of a flow.
type FlowRef struct {
	ID       string
	Version  int // 0 is the draft
	Document *flow.Document
}
