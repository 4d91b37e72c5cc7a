package node

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/table"
)

// Call is one attempt at one step, as its node sees it.
type Call struct {
	Tenant, RunID, NodeID string
	// Flow is the name of the flow; Path is the step's id within the run, with the instances of containers around it.
	Flow, Path string
	Attempt    int
	// IdempotencyKey is the same for every attempt at this step of this run; give it to whatever is outside.
	IdempotencyKey string
	// Config is the configuration with all expressions resolved.
	Config json.RawMessage
	Inputs map[string][]value.Value
	// Trigger is what started the run.
	Trigger json.RawMessage
	// Now is when the attempt began, and Began when the run did, which is what now() answers in all of it.
	Now, Began time.Time
	// Trial says that what the run reads does not count as read: marks that are proposed are dropped, and what was to be done
	// after the end is not.
	Trial bool
	// Round is how often a loop has gone round already.
	Round int
	Env   *Env
	// PerItem gives the evaluation of a field whose widget is item and whose expressions the configuration still holds as
	// they were written. Escape, where it is not nil, is applied to what each of them writes into a text. The result is nil
	// when the field was left out.
	PerItem func(ctx context.Context, field string, escape func(string) string) (ItemEval, error)
	// Source gives a table that came in as what a query reads, computed or not; see Type.Plans.
	Source func(ctx context.Context, v value.Value) (table.Source, error)
	// Texts are columns of the node's table that are agreed to be of texts. Who finds types out by how values are written leaves these
	// alone: codes such as 007 are no numbers when none happens to begin with a 0.
	Texts []string
	// Log adds a line to the step's log, seen live. Level is debug, info, warn or error.
	Log func(level, text string)
	// Progress is told how far the work is; total 0 is unknown.
	Progress func(done, total int64, unit string)
	// Detail keeps a JSON-able fact with the step for people to see, such as the SQL that ran.
	Detail func(key string, fact any)
	// Offer is what the node asks of the connection that it names; "" is for nodes without one, and in tests.
	Offer connector.Offer
	// AfterEnd hands over what is to be done once the success of the step is durable. Whoever has handed it over closes
	// nothing of it any more, also when the step fails.
	AfterEnd func(Afterwards)
	// Await waits until nothing is held any more that earlier steps of the run have left open under that name (see Holds), but
	// not for ever; its error is that of ctx.
	Await func(ctx context.Context, name string) error
}

// Afterwards is what a step leaves open until nobody can forget any more that it has succeeded, such as messages that are not
// confirmed before: a crash in between leaves them unconfirmed, so that they come again.
type Afterwards struct {
	// Do is called once, when the success is durable, or never: the step fails, is stopped, its run is a trial, or the process ends. Its error
	// becomes a warning in the step's log, for what the step gave stays. Nobody waits for it but the end of the run.
	Do func(ctx context.Context) error
	// Holds names what no other step of the run can have until it is closed, for those that ask for it by Await; "" is nothing.
	Holds string
	// Close is called once in any case, after Do, and lets go of all that is held until then.
	Close func() error
}

// Table gives the table that came in at a port.
func (c *Call) Table(port string) (value.Value, error) {
	in := c.Inputs[port]
	if len(in) == 0 || in[0].Artifact == nil || in[0].Table == nil {
		return value.Value{}, InputMissing(port)
	}
	return in[0], nil
}

// ItemEval evaluates a field with one item, which expressions see as item, and its index from 0. The item is what
// expr.Decode gives. It serves one goroutine at a time.
type ItemEval func(ctx context.Context, item any, index int) (json.RawMessage, error)

// Env is the outside world that nodes may use.
type Env struct {
	Tables    table.Engine
	Artifacts artifact.Store
	Files     Files
	Python    PythonRunner
	Flows     Flows // nil knows none
	// HTTP refuses loopback, link-local, private and metadata addresses unless the tenant may reach them.
	HTTP *http.Client
	// Connections leads to other systems; nil is nowhere.
	Connections Connections
	Marks       Marks
	// Past knows earlier runs; nil knows none.
	Past Past
}

// Past knows what steps have found in earlier runs.
type Past interface {
	// Fact gives what the step of a flow kept as a detail in the last run before the given one that succeeded, and was neither
	// a test nor one of a backfill; nil when there is none.
	Fact(ctx context.Context, tenant, flow, step, run, detail string) (json.RawMessage, error)
}

// Connections opens what people have set up as ways to other systems.
type Connections interface {
	// Open waits until the connection has room, and connects; whoever opens closes. errs code connection_not_found names
	// what is near.
	Open(ctx context.Context, tenant, name string) (connector.Conn, error)
	// Way says what the connection is now, with the errors of Open. Nothing is reached for.
	Way(ctx context.Context, tenant, name string) (Way, error)
}

// Way is what steps know of a connection besides its name.
type Way struct {
	// Leads says where it leads to, whoever logs in there: how far a step has come says nothing about another place.
	Leads string
	// Revision is another after every change.
	Revision string
}

// Marks knows how far steps that read a part at a time have come. A mark belongs to a step of a flow and to a subject, which
// is what it reads; another subject begins anew.
type Marks interface {
	// Mark gives the last one whose run has succeeded; nil is none. Formerly is how earlier versions wrote the subject, where that
	// can be nothing else: a mark of it becomes one of the subject. "" is nothing.
	Mark(ctx context.Context, tenant, flow, step, subject, formerly string) (*string, error)
	// LastSubject gives what the latest mark of the step is of, whatever that is; "" is none.
	LastSubject(ctx context.Context, tenant, flow, step string) (string, error)
	// Propose keeps one of what was there at a time, which counts once the run and all that lies behind the step have succeeded.
	// Of several that count, that of the latest time does.
	Propose(ctx context.Context, tenant, flow, step, subject, run, value string, at time.Time) error
}

// Files is a tenant's own folder of named files. Names are relative, with / between parts; one that leads outside is
// refused with errs code path_outside.
type Files interface {
	// Local gives a path for reading; errs code file_not_found names what is near.
	Local(ctx context.Context, tenant, name string) (path string, err error)
	// Replace puts the finished file at from in place under name, at once or not at all; from is gone afterwards. Folders are made.
	Replace(ctx context.Context, tenant, name, from string) error
	// Scratch makes a private directory from which Replace can move without copying.
	Scratch(ctx context.Context, tenant string) (dir string, remove func(), err error)
}

// Flows knows the flows that nodes have carried out.
type Flows interface {
	// Fingerprint changes whenever a run of the flow would carry out something else; version 0 is the latest published.
	Fingerprint(ctx context.Context, tenant, name string, version int) (string, error)
}

// PythonRunner runs user code in the sandbox.
type PythonRunner interface {
	Execute(ctx context.Context, req PythonRequest) (PythonResult, error)
	// Inspect parses code without running it and finds what the tenant's policy refuses, and what the environment has not.
	Inspect(ctx context.Context, tenant, environment, code string) (PythonSignature, error)
}

// Reacher knows which environments reach further than the sandbox.
type Reacher interface {
	// Reaches says whether code in the environment may reach hosts; one that is not known may.
	Reaches(ctx context.Context, tenant, environment string) bool
}

// Packager knows which packages are in environments.
type Packager interface {
	// Packages gives a text that is the same as long as the code in the environment imports the same packages.
	Packages(ctx context.Context, tenant, environment string) (string, error)
}

// Policed knows which language policy holds for a tenant's code.
type Policed interface {
	PolicyOf(tenant string) string
}

// PythonRequest is one execution of main(). Args are passed by name.
type PythonRequest struct {
	Tenant, RunID, NodeID string
	Code                  string
	Args                  map[string]PythonArg
	// Env are environment variables; Secrets are, too, and are shown in no log and no error.
	Env, Secrets   map[string]string
	TimeoutSeconds float64 // of wall time; 0 is the service's default
	MemoryMiB      int     // 0 is the service's default
	// Environment is a name, for its version in use, or name@3 for that version; "" is the default environment.
	Environment string
	// Effect says whether the code may be run again when nobody knows what became of it; "" is unsafe where the environment
	// allows hosts, else pure.
	Effect Effect
	OnLog  func(level, text string)
}

// PythonArg is a JSON value, or a local file with a table (Parquet) or any file.
type PythonArg struct {
	Kind value.Kind
	JSON json.RawMessage
	Path string
	Name string // of a file
}

// PythonResult is what main() returned: by port, "result" unless it returned a dict of tables. Files lie under the
// caller's ctx lifetime in Dir until Close.
type PythonResult struct {
	Outputs map[string]PythonOutput
	Usage   PythonUsage
	// Environment is the one that the code ran in, with its version: name@3.
	Environment string
	Close       func()
}

// PythonOutput is one returned thing; Path is set for tables and files.
type PythonOutput struct {
	Kind      value.Kind
	JSON      json.RawMessage
	Path      string
	Name      string
	MediaType string
	Table     *table.Meta
}

// PythonUsage is what the execution cost.
type PythonUsage struct {
	WallMS     float64 `json:"wall_ms"`
	CPUMS      float64 `json:"cpu_ms"`
	PeakMiB    float64 `json:"peak_mib"`
	LogBytes   int64   `json:"log_bytes"`
	OutputByte int64   `json:"output_bytes"`
	// Network is what passed the proxy; nil where the environment allows no hosts.
	Network *PythonNetwork `json:"network,omitempty"`
}

// PythonNetwork is what an execution had of the network.
type PythonNetwork struct {
	Hosts   map[string]PythonTraffic `json:"hosts" doc:"Bytes by host"`
	Refused map[string]int           `json:"refused" doc:"How often, by why"`
}

// PythonTraffic is what passed between an execution and a host, in bytes.
type PythonTraffic struct {
	Sent     int64 `json:"sent"`
	Received int64 `json:"received"`
}

// PythonSignature is main()'s parameters as a JSON Schema, with what the parser found wrong.
type PythonSignature struct {
	Params   json.RawMessage `json:"params" doc:"JSON Schema of main()'s parameters"`
	Tables   []string        `json:"tables" doc:"Parameters annotated as tables"`
	Findings []PythonFinding `json:"findings"`
}

// FindingImportMissing is the code of a finding about a module that the environment does not have.
const FindingImportMissing = "import_missing"

// PythonFinding is one syntax error or lint finding.
type PythonFinding struct {
	Severity string `json:"severity" enum:"error,warning"`
	Code     string `json:"code"`
	Message  string `json:"message"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
}
