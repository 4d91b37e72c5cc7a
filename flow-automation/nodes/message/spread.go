package message

import (
	"context"
	"encoding/json"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// columnsOf begins the subject of marks that are of columns.
const columnsOf = "columns"

// remembered gives the table, with the columns that there were the last time when nothing has come: fields are known only of
// messages, and the nodes after this one name them. It keeps the columns of n messages for when the run has succeeded, also
// where a group remembers the messages itself.
func (c Read) remembered(ctx context.Context, call *node.Call, t table.Table, n int) (table.Table, error) {
	if call.Env.Marks == nil {
		return t, nil
	}
	subject, err := json.Marshal([]string{columnsOf, c.Connection, c.Topic})
	if err != nil {
		return t, errs.Internal(err)
	}
	if n > 0 {
		raw, err := json.Marshal(t.Meta.Columns)
		if err != nil {
			return t, errs.Internal(err)
		}
		return t, call.Propose(ctx, string(subject), string(raw))
	}
	mark, err := call.Mark(ctx, string(subject), "")
	if err != nil {
		return t, err
	}
	if mark == nil {
		call.Log("warn", "Nothing has come in any run that succeeded, so that nobody knows the fields: the table has only the columns of messages.")
		return t, nil
	}
	var last node.None
	if err := json.Unmarshal([]byte(*mark), &last); err != nil {
		return t, errs.Internal(err)
	}
	return call.Env.Tables.Run(ctx, call.Tenant, table.Plan{Relation: last, Node: call.NodeID}, nil)
}
