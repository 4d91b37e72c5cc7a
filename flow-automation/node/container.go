package node

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
)

// Container is how a node that holds others hands things to them and takes back what they gave. The order in which its
// bodies run is the run state machine's; a container without Open hands over nothing.
type Container struct {
	// Bodies are the lists of nodes that it may hold: nodes, catch, finally. The first is required.
	Bodies []string
	// EachRound are the fields of the configuration whose expressions see item and index, and are evaluated for Again.
	EachRound []string
	Open      func(ctx context.Context, call *Call) (Opening, error)
	// Again says whether a loop goes round for the Call.Round-th time.
	Again func(ctx context.Context, call *Call) (bool, error)
	Close func(ctx context.Context, call *Call, got Gathered) (value.Outputs, error)
}

// Opening is what a container hands to its body.
type Opening struct {
	Item    value.Value // the list of a map's items, or what a loop begins with
	Count   int         // of a map's items
	Limit   int         // how many items are under way at once; 0 is as many as there are workers for
	Collect bool        // items that fail do not fail the map
}

// Gathered is what the body of a container gave: one result for each item, in order, null for those that failed.
type Gathered struct {
	Results []value.Value
	Rounds  int
	Errors  []ItemError
}

// ItemError says why an item of a map failed.
type ItemError struct {
	Index   int    `json:"index"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Suspension is what a step waits for outside of the server.
type Suspension struct {
	Kind     string    // time, callback, approval, run
	Until    time.Time // when waiting is over; zero is never
	Escalate time.Time // when further people are asked; zero is never
	// What the step comes to when Until is there: Late if it is set, else success with Outputs.
	Outputs value.Outputs
	Late    *errs.Error
	Data    json.RawMessage // for those who show or end the wait
	Child   *Child          // of the kind run
}

// Child asks for a run of another flow.
type Child struct {
	Flow    string
	Version int // 0 is the latest published
	Params  map[string]any
}

// SourceName is how a relation knows the i-th source (from 0) of a port: table, table[1], table[2], ….
func SourceName(port string, i int) string {
	if i == 0 {
		return port
	}
	return fmt.Sprintf("%s[%d]", port, i)
}

// Exact decodes a JSON object with its numbers as they are written.
func Exact(data json.RawMessage) (map[string]any, error) {
	v, err := expr.Decode(data)
	if err != nil {
		return nil, err
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, errs.Invalid("not_an_object", "An object was expected.")
	}
	return object, nil
}
