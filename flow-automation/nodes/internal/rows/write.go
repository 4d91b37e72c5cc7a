package rows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/words"
)

// Target is where a table goes, and how.
type Target struct {
	Connection string
	Request    connector.WriteRequest // what the node decides; the rows are added
	Rounding   table.Rounding
	Once       bool              // the step is remembered, so that its repetition adds nothing
	Places     map[string]string // fields that errors are about, by their codes
	Statements string            // the detail of the step that keeps what the system was told to do
}

// Write writes the table that came in by way of a connection of the kind T, and gives what the system says of it.
func Write[T connector.Tables](ctx context.Context, call *node.Call, in value.Value, to Target) (value.Outputs, error) {
	conn, err := node.Connect[T](ctx, call, to.Connection)
	if err != nil {
		return nil, err
	}
	req := to.Request
	g := &giver{call: call, in: in, req: req, rounding: to.Rounding}
	req.Columns, req.Rows, req.Give = in.Table.Columns, in.Table.Rows, g.give
	if to.Once {
		req.Once = call.IdempotencyKey
	}
	call.Progress(0, req.Rows, "rows")
	written, err := conn.Write(ctx, req)
	err = errors.Join(node.Placed(err, map[string]string{connector.CodeColumn: "in.table"}, to.Places), conn.Close())
	if err != nil {
		return nil, err
	}
	call.Progress(written.Rows, req.Rows, "rows")
	call.Detail(to.Statements, written.SQL)
	Found(call, req.Path, written.Schema)
	g.warn(ctx)
	if len(written.Lost) > 0 {
		call.Log("warn", loss(req, written))
	}
	call.Log("info", told(req, written))
	data, err := json.Marshal(written)
	return value.Outputs{"written": {Kind: value.JSON, Data: data}}, err
}

// Found keeps with the step where a table was found that is named without a schema.
func Found(call *node.Call, at connector.Path, schema string) {
	if at.Table != "" && at.Schema == "" && schema != "" {
		call.Detail(node.DetailFound, node.Found{Schema: schema, Table: at.Table})
	}
}

// loss says what keeps rows apart no more.
func loss(req connector.WriteRequest, w connector.Written) string {
	return fmt.Sprintf("This went with columns of %s that did not come in, and keeps its rows apart no more: %s. Make it again where it is needed.", req.Path.Table, strings.Join(w.Lost, ", "))
}

// told says in a line what was done.
func told(req connector.WriteRequest, w connector.Written) string {
	if w.Already {
		return "An earlier attempt at this step had written the rows already."
	}
	removed := words.Number(w.Removed, "row", "rows")
	if req.Mode == connector.Delete {
		return fmt.Sprintf("%s removed from %s, for %s.", removed, req.Path.Table, words.Number(w.Rows, "key", "keys"))
	}
	text := fmt.Sprintf("%s written to %s", words.Number(w.Rows, "row", "rows"), req.Path.Table)
	if w.Removed > 0 {
		text += ", " + removed + " removed"
	}
	return text + "."
}
