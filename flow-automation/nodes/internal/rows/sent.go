package rows

import (
	"context"
	"errors"
	"slices"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/jsontext"
	"dataflow/ide-go-lib/table/sqltext"
)

// Sent is what a node that hands rows to another system in a form of its own does with them: the table that comes in is made
// into one of that form, the connection is opened, and the table is handed over. Form gives the relation, which has the
// table as rows; what it refuses is refused before anything is opened.
func Sent[C connector.Conn](
	ctx context.Context, call *node.Call, name string, form func([]table.Column) (table.Relation, error),
	over func(conn C, made table.Table) (value.Outputs, error),
) (_ value.Outputs, err error) {
	in, err := call.Table("table")
	if err != nil {
		return nil, err
	}
	relation, err := form(in.Table.Columns)
	if err != nil {
		return nil, err
	}
	conn, err := node.Connect[C](ctx, call, name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	plan := table.Plan{Relation: relation, Inputs: map[string]table.Source{"rows": {Artifact: *in.Artifact}}, Node: call.NodeID}
	made, err := call.Env.Tables.Run(ctx, call.Tenant, plan, nil)
	if err != nil {
		return nil, err
	}
	return over(conn, made)
}

// Has makes sure that the table that comes in has a column, which a field names; "" names none.
func Has(field, column string, columns []table.Column) error {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	if column == "" || slices.Contains(names, column) {
		return nil
	}
	return node.FieldError(connector.CodeColumn, field, "The table that comes in has no column %q.", column).WithHint("%s", near.Say(column, names))
}

// Object writes the SQL of a row as an object of JSON, as a text: of the columns named, or of all.
func Object(b *sqltext.Builder, columns []table.Column, only []string) {
	b.Text(jsontext.Object(slices.DeleteFunc(slices.Clone(columns), func(c table.Column) bool {
		return len(only) > 0 && !slices.Contains(only, c.Name)
	})))
}
