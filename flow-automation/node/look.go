package node

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/spec"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// Looked says of how much of its source somebody sees what a look gave.
type Looked struct {
	Unit       string `json:"unit,omitempty" enum:"rows,documents,messages,columns" doc:"What is counted; objects when absent. columns: nothing was read, and only the columns are known that there are in any case"`
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
	LookedMessages  = "messages" // the last ones
	LookedColumns   = "columns"  // that there are in any case, and nothing was asked
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

// FixedOf completes the type with the columns of its table, told by a configuration whose expressions may be unresolved.
func FixedOf[C any](t Type, columns func(c C) []table.Column) Type {
	schema := t.Config
	t.Fixed = func(config json.RawMessage) []table.Column {
		if c, ok := Loose[C](schema, config); ok {
			return columns(c)
		}
		return nil
	}
	return t
}

// None is the relation of these columns without a row.
type None []table.Column

// Query implements table.Relation.
func (n None) Query(map[string]table.Input) (table.Query, error) {
	list := make([]string, len(n))
	for i, c := range n {
		list[i] = "CAST(NULL AS " + c.Type + ") AS " + sqltext.Quote(c.Name)
	}
	return table.Query{Text: "SELECT " + strings.Join(list, ", ") + " WHERE false"}, nil
}

// Unseen is the error of what cannot be looked at without a run.
func Unseen(format string, args ...any) *errs.Error {
	return errs.New(http.StatusConflict, "preview_unavailable", format, args...).WithHint("Run the flow, or up to this node, once.")
}
