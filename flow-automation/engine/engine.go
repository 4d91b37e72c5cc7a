// Package engine is the contract between those who want flows run and the driver that runs them, and between the driver
// and whoever carries out one step. engine/local is the embedded driver; engine/step carries out steps.
package engine

import (
	"context"
	"encoding/json"
	"time"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/lifecycle"
)

// Status is that of a run or a step.
type Status string

// The statuses. A run uses queued, running, succeeded, failed, canceled; a step all of them.
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
	Status      Status          `json:"status" enum:"queued,running,succeeded,failed,canceled"`
	Params      json.RawMessage `json:"params,omitempty"`
	Trigger     Trigger         `json:"trigger"`
	By          string          `json:"by"`
	CreatedAt   time.Time       `json:"created_at"`
	StartedAt   *time.Time      `json:"started_at,omitempty"`
	EndedAt     *time.Time      `json:"ended_at,omitempty"`
	Error       *errs.Error     `json:"error,omitempty"`
	StepsTotal  int             `json:"steps_total"`
	StepsDone   int             `json:"steps_done"`
	Recovered   int             `json:"recovered,omitempty" doc:"How often the run went on after a crash of the server"`
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
	Query    string // part of the flow's name, title or the run's id
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
	Run(ctx context.Context, tenant, runID string) (Run, error)
	Steps(ctx context.Context, tenant, runID string) ([]Step, error)
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

// Task is one attempt at one step, ready to be carried out.
type Task struct {
	Tenant, RunID  string
	Document       *flow.Document
	Node           *flow.Node
	Path           string // the step's id within the run
	Attempt        int
	IdempotencyKey string
	Scope          Scope
	Log            func(level, text string)
	Progress       func(done, total int64, unit string)
}

// Scope is what expressions see.
type Scope struct {
	Params  map[string]any
	Vars    map[string]any
	Trigger Trigger
	Run     map[string]any // id, flow, version, started_at, by
	Nodes   map[string]value.Outputs
	Item    any // inside containers
	Index   int
}

// Outcome is what became of an attempt; Err nil is success.
type Outcome struct {
	Outputs value.Outputs
	Err     *errs.Error
	Details map[string]json.RawMessage
}

// Executor carries out steps; it is safe for concurrent use and returns soon after ctx ends.
type Executor interface {
	// Kind says how a node is to be scheduled: its pool (inline, go, sql, python, io) and effect (pure, idempotent, unsafe).
	Kind(n *flow.Node) (pool, effect string)
	Execute(ctx context.Context, t Task) Outcome
}
