// Package flow is the domain of flow documents: what a flow is, how it reads and writes as YAML and JSON without loss,
// and what makes one valid. The package is pure: no files, no network, no clock.
package flow

import "encoding/json"

// APIVersion and Kind open every flow document.
const (
	APIVersion = "dataflow/v1"
	Kind       = "Flow"
)

// Document is a flow as a person writes it.
type Document struct {
	APIVersion string   `json:"apiVersion" yaml:"apiVersion"`
	Kind       string   `json:"kind" yaml:"kind"`
	Metadata   Metadata `json:"metadata" yaml:"metadata"`
	Spec       Spec     `json:"spec" yaml:"spec"`
}

// Metadata names a flow.
type Metadata struct {
	Name        string            `json:"name" yaml:"name" doc:"Unique in the tenant: lower-case letters, digits, - and _"`
	Title       string            `json:"title,omitempty" yaml:"title,omitempty"`
	Description string            `json:"description,omitempty" yaml:"description,omitempty"`
	Labels      map[string]string `json:"labels,omitempty" yaml:"labels,omitempty"`
}

// Spec is the graph.
type Spec struct {
	Params   Params         `json:"params,omitempty" yaml:"params,omitempty"`
	Vars     map[string]any `json:"vars,omitempty" yaml:"vars,omitempty"`
	Triggers []Trigger      `json:"triggers,omitempty" yaml:"triggers,omitempty"`
	Nodes    []Node         `json:"nodes" yaml:"nodes"`
	Timeout  Duration       `json:"timeout,omitempty" yaml:"timeout,omitempty" doc:"Deadline of a whole run"`
	SLA      Duration       `json:"sla,omitempty" yaml:"sla,omitempty" doc:"Time within which a run should end; one that takes longer goes on and is marked"`

	Concurrency *Concurrency `json:"concurrency,omitempty" yaml:"concurrency,omitempty"`
	Rate        *Rate        `json:"rate,omitempty" yaml:"rate,omitempty"`
	Priority    int          `json:"priority,omitempty" yaml:"priority,omitempty" minimum:"-100" maximum:"100" doc:"Runs and steps of a higher one go first; 0 is usual"`
	Retention   *Retention   `json:"retention,omitempty" yaml:"retention,omitempty"`

	Layout map[string][]float64 `json:"layout,omitempty" yaml:"layout,omitempty" doc:"Place on the canvas by node: [x, y], counted from the corner of the body that the node is in; of a container that was made larger also width and height"`
}

// Concurrency bounds how many runs of the flow are carried out at once.
type Concurrency struct {
	Limit   int    `json:"limit" yaml:"limit" minimum:"1" doc:"Runs at once, of each key where there is one"`
	Key     string `json:"key,omitempty" yaml:"key,omitempty" doc:"Expression over params and trigger; runs with equal keys share the limit"`
	OnLimit string `json:"onLimit,omitempty" yaml:"onLimit,omitempty" enum:"queue,skip,cancel_older" doc:"What becomes of a run beyond the limit: it waits, is skipped, or cancels older ones, also those that wait. Runs of a backfill wait in any case, and no other run cancels them"`
}

// Rate bounds how many runs of the flow begin within a time; further ones wait.
type Rate struct {
	Limit int      `json:"limit" yaml:"limit" minimum:"1"`
	Per   Duration `json:"per" yaml:"per"`
}

// Retention says which finished runs of the flow are kept; what is absent does not restrict.
type Retention struct {
	Age  Duration `json:"age,omitempty" yaml:"age,omitempty" doc:"Runs that ended longer ago are removed"`
	Runs int      `json:"runs,omitempty" yaml:"runs,omitempty" minimum:"1" doc:"Only that many of the latest runs are kept"`
	MiB  int      `json:"mib,omitempty" yaml:"mib,omitempty" minimum:"1" doc:"The oldest runs go until the artifacts of the others take no more"`
}

// Param is one parameter of a flow; Params keeps their order and reads and writes as a mapping by name.
type Param struct {
	Name        string          `json:"-" yaml:"-"`
	Type        string          `json:"type" yaml:"type" enum:"string,number,integer,boolean,date,datetime,object,array"`
	Title       string          `json:"title,omitempty" yaml:"title,omitempty"`
	Description string          `json:"description,omitempty" yaml:"description,omitempty"`
	Default     json.RawMessage `json:"default,omitempty" yaml:"default,omitempty"`
	Enum        []any           `json:"enum,omitempty" yaml:"enum,omitempty"`
	Required    bool            `json:"required,omitempty" yaml:"required,omitempty"`
	Minimum     *float64        `json:"minimum,omitempty" yaml:"minimum,omitempty"`
	Maximum     *float64        `json:"maximum,omitempty" yaml:"maximum,omitempty"`
}

// Params are the parameters in the order of the document.
type Params []Param

// Trigger starts runs.
type Trigger struct {
	ID      string         `json:"id" yaml:"id"`
	Type    string         `json:"type" yaml:"type"`
	With    map[string]any `json:"with,omitempty" yaml:"with,omitempty"`
	Enabled *bool          `json:"enabled,omitempty" yaml:"enabled,omitempty"`
}

// Node is one operation of the graph.
type Node struct {
	ID      string             `json:"id" yaml:"id"`
	Type    string             `json:"type" yaml:"type"`
	Version int                `json:"version,omitempty" yaml:"version,omitempty" doc:"Version of the type that the configuration was written for; absent is the newest"`
	Title   string             `json:"title,omitempty" yaml:"title,omitempty"`
	Note    string             `json:"note,omitempty" yaml:"note,omitempty"`
	In      map[string]Sources `json:"in,omitempty" yaml:"in,omitempty" doc:"Upstream node, or node.port, by input port"`
	After   []string           `json:"after,omitempty" yaml:"after,omitempty" doc:"Nodes to wait for without taking data from them"`
	Join    string             `json:"join,omitempty" yaml:"join,omitempty" enum:"all,any,settled"`
	With    map[string]any     `json:"with,omitempty" yaml:"with,omitempty"`
	Retry   *Retry             `json:"retry,omitempty" yaml:"retry,omitempty"`
	Timeout Duration           `json:"timeout,omitempty" yaml:"timeout,omitempty" doc:"Of one attempt"`
	// Deadline counts from the first attempt's order and includes the waits in between.
	Deadline Duration `json:"deadline,omitempty" yaml:"deadline,omitempty" doc:"Of all attempts together"`
	OnError  string   `json:"onError,omitempty" yaml:"onError,omitempty" enum:"fail,continue,port"`
	Cache    *Cache   `json:"cache,omitempty" yaml:"cache,omitempty"`
	Keep     bool     `json:"keep,omitempty" yaml:"keep,omitempty" doc:"Of a table node: keep its table, even where the next node could compute it along"`
	// Contract is what the tables that leave the node are expected to be, by output port.
	Contract map[string]Contract `json:"contract,omitempty" yaml:"contract,omitempty" doc:"By output port: the columns that a table is expected to have, and what becomes of one that has others"`
	Pin      map[string]any      `json:"pin,omitempty" yaml:"pin,omitempty" doc:"Outputs by port that test runs take in place of carrying the node out"`
	Nodes    []Node              `json:"nodes,omitempty" yaml:"nodes,omitempty" doc:"Of a container: its body"`
	Catch    []Node              `json:"catch,omitempty" yaml:"catch,omitempty" doc:"Of control.try: what runs when the body fails"`
	Finally  []Node              `json:"finally,omitempty" yaml:"finally,omitempty" doc:"Of control.try: what runs in any case"`
}

// Contract says which columns a table has, and what becomes of one that has drifted from that.
type Contract struct {
	Columns []ContractColumn `json:"columns" yaml:"columns"`
	New     string           `json:"new,omitempty" yaml:"new,omitempty" enum:"fail,add,ignore" doc:"Columns that are not agreed on: fail the step, add them (default), or ignore them: they are left out"`
	Missing string           `json:"missing,omitempty" yaml:"missing,omitempty" enum:"fail,add,ignore" doc:"Columns that are not there: fail the step (default), add: go on without, or ignore: they are filled with empty values"`
	Retyped string           `json:"retyped,omitempty" yaml:"retyped,omitempty" enum:"fail,add,ignore" doc:"Columns of another type, or with empty values against the agreement: fail the step (default), add: take them as they are, or ignore: they are converted back"`
}

// ContractColumn is a column that is agreed on.
type ContractColumn struct {
	Name     string `json:"name" yaml:"name"`
	Type     string `json:"type" yaml:"type" doc:"SQL type, such as BIGINT or VARCHAR"`
	Nullable *bool  `json:"nullable,omitempty" yaml:"nullable,omitempty" doc:"Whether it may have empty values; absent is yes"`
}

// What becomes of drift.
const (
	DriftFail   = "fail"
	DriftAdd    = "add"
	DriftIgnore = "ignore"
)

// Cache lets a step take over what an earlier one gave, when type, configuration and inputs are the same.
type Cache struct {
	For Duration `json:"for,omitempty" yaml:"for,omitempty" doc:"How long results are good; absent is for ever"`
}

// Bodies gives the node lists that a container holds, by the field they stand in.
func (n *Node) Bodies() []Body {
	var bodies []Body
	for _, b := range []Body{{"nodes", n.Nodes}, {"catch", n.Catch}, {"finally", n.Finally}} {
		if len(b.Nodes) > 0 {
			bodies = append(bodies, b)
		}
	}
	return bodies
}

// Body is one list of nodes within a container.
type Body struct {
	Field string // nodes, catch or finally
	Nodes []Node
}

// Sources are what feeds one input port. One source reads and writes as a plain text, several as a list.
type Sources []string

// Retry says how often and when a failed attempt is repeated.
type Retry struct {
	Attempts int      `json:"attempts" yaml:"attempts" minimum:"1" maximum:"100"`
	Backoff  *Backoff `json:"backoff,omitempty" yaml:"backoff,omitempty"`
	On       []string `json:"on,omitempty" yaml:"on,omitempty" doc:"Error codes to retry on; absent is all"`
}

// Backoff is the wait before attempt n+1: initial × factor^(n-1), at most max, with jitter.
type Backoff struct {
	Initial Duration `json:"initial,omitempty" yaml:"initial,omitempty"`
	Factor  float64  `json:"factor,omitempty" yaml:"factor,omitempty"`
	Max     Duration `json:"max,omitempty" yaml:"max,omitempty"`
}

// Duration reads and writes as a Go duration text, such as 1m30s; d is also understood, as 24h.
type Duration string
