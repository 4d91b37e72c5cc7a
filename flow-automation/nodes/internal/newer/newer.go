// Package newer is how nodes read only what is new: how far they came is remembered once the whole run has succeeded.
package newer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
)

// State keeps an incremental read from being taken over from an earlier run: its mark would then belong to that one. It
// is the key of a type whose configuration has a field incremental.
func State(_ context.Context, call *node.Call) (string, error) {
	var c struct{ Incremental string }
	if err := json.Unmarshal(call.Config, &c); err != nil {
		return "", err
	}
	if c.Incremental != "" {
		return "", errors.New("what is new is known only when it is read")
	}
	return "", nil
}

// Mark is how far a step has come with a column; nil reads everything.
type Mark struct {
	column, subject string
	before          *string
}

// Begin asks how far the step has come. Where the connection leads to and what is read there belong to the mark: of
// something else it begins anew.
func Begin(ctx context.Context, call *node.Call, column, connection string, what ...any) (*Mark, error) {
	if column == "" {
		return nil, nil //nolint:nilnil // nil means something: no column
	}
	leads, err := call.Led(ctx, connection)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(append(what, connection, leads, column))
	if err != nil {
		return nil, err
	}
	m := &Mark{column: column, subject: string(raw)}
	m.before, err = call.Mark(ctx, m.subject)
	return m, err
}

// Since is what a connection is to leave out.
func (m *Mark) Since() *connector.Since {
	if m == nil {
		return nil
	}
	return &connector.Since{Column: m.column, Value: m.before}
}

// Propose keeps the greatest value of the column, for when the run has succeeded.
func (m *Mark) Propose(ctx context.Context, call *node.Call, t table.Table) error {
	if m == nil {
		return nil
	}
	from := "the beginning"
	if m.before != nil {
		from = *m.before
	}
	if t.Meta.Rows == 0 {
		call.Log("info", fmt.Sprintf("There are no rows with %s beyond %s.", m.column, from))
		return nil
	}
	page, err := call.Env.Tables.Preview(ctx, call.Tenant, table.Plan{Relation: greatest(m.column), Inputs: map[string]table.Source{"rows": {Artifact: t.Artifact}}}, table.PreviewOptions{Limit: 1})
	if err != nil {
		return err
	}
	var cells []*string
	if len(page.Rows) != 1 || json.Unmarshal(page.Rows[0], &cells) != nil || len(cells) != 1 || cells[0] == nil {
		return errs.Internal(fmt.Errorf("the greatest %s of %d rows is not known", m.column, t.Meta.Rows))
	}
	call.Log("info", fmt.Sprintf("%d rows with %s from %s to %s.", t.Meta.Rows, m.column, from, *cells[0]))
	call.Detail("mark", map[string]any{"column": m.column, "from": m.before, "to": *cells[0]})
	return call.Propose(ctx, m.subject, *cells[0])
}

// greatest is the relation of a column's greatest value, as text.
type greatest string

func (g greatest) Query(inputs map[string]table.Input) (table.Query, error) {
	return table.Query{Text: "SELECT CAST(max(" + sqltext.Quote(string(g)) + ") AS VARCHAR) AS mark FROM " + inputs["rows"].Name}, nil
}
