package node

import (
	"context"
	"net/http"

	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/spec"
)

// Looked says of how much of its source somebody sees what a look gave.
type Looked struct {
	Unit       string `json:"unit,omitempty" enum:"rows,documents" doc:"What is counted; objects when absent"`
	Objects    int64  `json:"objects" doc:"How many were read"`
	Of         int64  `json:"of" doc:"How many there are"`
	More       bool   `json:"more,omitempty" doc:"There may be more, which were not counted"`
	Source     string `json:"source,omitempty" doc:"Table or collection; absent for a query"`
	Connection string `json:"connection,omitempty"`
}

// What is counted, where it is no objects.
const (
	LookedRows      = "rows"
	LookedDocuments = "documents"
)

// Part says whether there is more than what was looked at.
func (l Looked) Part() bool { return l.More || l.Objects < l.Of }

// LookOf completes the type with a look that gets the configuration struct.
func LookOf[C any](t Type, look func(ctx context.Context, call *Call, c C) (value.Outputs, Looked, error)) Type {
	schema := t.Config
	t.Look = func(ctx context.Context, call *Call) (value.Outputs, Looked, error) {
		c, problems := spec.Decode[C](schema, call.Config)
		if len(problems) > 0 {
			return nil, Looked{}, Invalid(problems)
		}
		return look(ctx, call, c)
	}
	return t
}

// Unseen is the error of what cannot be looked at without a run.
func Unseen(format string, args ...any) *errs.Error {
	return errs.New(http.StatusConflict, "preview_unavailable", format, args...).WithHint("Run the flow, or up to this node, once.")
}
