package step

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// maxRowsAsValue is the most rows of a table that become a list of objects.
const maxRowsAsValue = 10_000

// inputs gathers what comes in at each port, in the kind that the port takes.
func (w *work) inputs(ctx context.Context, t *node.Type) (map[string][]value.Value, error) {
	n := w.task.Node
	var inputs map[string][]value.Value
	if len(n.In) > 0 {
		inputs = make(map[string][]value.Value, len(n.In))
	}
	for _, name := range slices.Sorted(maps.Keys(n.In)) {
		port, ok := t.InputPort(name)
		if !ok {
			return nil, errs.Invalid("unknown_port", "A node of the type %s has no input %q", t.Name, name)
		}
		for _, source := range n.In[name] {
			v, there := w.source(source)
			if !there {
				continue
			}
			v, err := w.as(ctx, t, port, v)
			if err != nil {
				e := *errs.From(err)
				e.Details = append([]errs.Detail{e.At(errs.Place{Field: "in." + name})}, e.Details...)
				return nil, &e
			}
			inputs[name] = append(inputs[name], v)
		}
	}
	for _, port := range t.Inputs {
		if port.Required && len(inputs[port.Name]) == 0 {
			return nil, node.InputMissing(port.Name).With(errs.Detail{
				Code: "input_missing", Message: "Nothing came in here", Place: errs.Place{Field: "in." + port.Name},
			})
		}
	}
	return inputs, nil
}

// source finds what an upstream node gave. A plain node name means its only output, or the first of those declared.
func (w *work) source(source string) (value.Value, bool) {
	id, port := flow.SplitSource(source)
	if id == flow.Item {
		if w.task.Scope.Item == nil {
			return value.Value{}, false
		}
		return *w.task.Scope.Item, true
	}
	outputs := w.task.Scope.Of(id)
	if port != "" {
		v, ok := outputs[port]
		return v, ok
	}
	if len(outputs) == 1 {
		for name, v := range outputs {
			return v, name != node.ErrorPort
		}
	}
	if w.task.Document != nil {
		if up := w.task.Document.Spec.Find(id); up != nil {
			if c := w.x.compiled(up); c.err == nil {
				for _, p := range c.typ.Outputs {
					if v, ok := outputs[p.Name]; ok {
						return v, true
					}
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		if name != node.ErrorPort {
			return outputs[name], true
		}
	}
	return value.Value{}, false
}

// as brings a value into the kind of a port.
func (w *work) as(ctx context.Context, t *node.Type, port node.Port, v value.Value) (value.Value, error) {
	// What a preview has made ready is no content to tell outcomes apart by.
	asPlan := t.Relation != nil || t.Plans && v.Ready == nil
	if v.Deferred() && !asPlan {
		var err error
		if v, err = w.x.Compute(ctx, w.task.Tenant, v, nil); err != nil {
			return value.Value{}, err
		}
	}
	switch {
	case port.Kind == "" || port.Kind == v.Kind:
		return v, nil
	case v.Kind == value.Table && port.Kind == value.JSON:
		return w.rows(ctx, v)
	case v.Kind == value.JSON && port.Kind == value.Table:
		return w.table(ctx, v)
	}
	return value.Value{}, errs.Invalid("kind_mismatch", "A %s came in, but the input %s takes a %s", v.Kind, port.Name, port.Kind)
}

// rows makes a list of objects of a table.
func (w *work) rows(ctx context.Context, v value.Value) (value.Value, error) {
	if v.Artifact == nil || v.Table == nil {
		return value.Value{}, errs.Internal(fmt.Errorf("a table without an artifact came in"))
	}
	if v.Table.Rows > maxRowsAsValue {
		return value.Value{}, errs.Invalid("too_many_rows", "The table has %d rows; only up to %d become a list of objects", v.Table.Rows, maxRowsAsValue).
			WithHint("Put a table.limit, table.filter or table.aggregate node in between, or take the table as it is.")
	}
	page, err := w.x.env.Tables.Page(ctx, w.task.Tenant, *v.Artifact, table.PageRequest{Limit: maxRowsAsValue})
	if err != nil {
		return value.Value{}, err
	}
	data, err := objects(page)
	if err != nil {
		return value.Value{}, errs.Internal(err)
	}
	return w.small(ctx, value.Value{Kind: value.JSON, Data: data})
}

// objects turns rows, which are arrays, into objects.
func objects(page table.Page) (json.RawMessage, error) {
	names := make([][]byte, len(page.Columns))
	for i, c := range page.Columns {
		name, err := json.Marshal(c.Name)
		if err != nil {
			return nil, err
		}
		names[i] = name
	}
	var b bytes.Buffer
	b.WriteByte('[')
	for i, row := range page.Rows {
		var cells []json.RawMessage
		if err := json.Unmarshal(row, &cells); err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('{')
		for j, cell := range cells {
			if j > 0 {
				b.WriteByte(',')
			}
			b.Write(names[j])
			b.WriteByte(':')
			b.Write(cell)
		}
		b.WriteByte('}')
	}
	b.WriteByte(']')
	return b.Bytes(), nil
}

// table makes a table of a list of objects.
func (w *work) table(ctx context.Context, v value.Value) (value.Value, error) {
	data, err := w.x.json(ctx, w.task.Tenant, v)
	if err != nil {
		return value.Value{}, err
	}
	var list []json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil {
		return value.Value{}, errs.Invalid("not_a_table", "Only a list of objects becomes a table; %s came in", describe(data))
	}
	if len(list) == 0 {
		return value.Value{}, errs.Invalid("not_a_table", "An empty list does not become a table, for it has no columns").
			WithHint("Check before with control.if, or give at least one object.")
	}
	var lines bytes.Buffer
	for i, item := range list {
		item = bytes.TrimSpace(item)
		if len(item) == 0 || item[0] != '{' {
			return value.Value{}, errs.Invalid("not_a_table", "Only a list of objects becomes a table; item %d is %s", i+1, describe(item))
		}
		if err := json.Compact(&lines, item); err != nil {
			return value.Value{}, errs.Internal(err)
		}
		lines.WriteByte('\n')
	}
	path, remove, err := w.x.env.Artifacts.Draft(ctx, w.task.Tenant)
	if err != nil {
		return value.Value{}, err
	}
	defer remove()
	if err := os.WriteFile(path, lines.Bytes(), 0o600); err != nil {
		return value.Value{}, errs.Internal(err)
	}
	t, err := w.x.env.Tables.Import(ctx, w.task.Tenant, path, table.ImportOptions{Format: "ndjson", Name: "the list"}, nil)
	if err != nil {
		return value.Value{}, err
	}
	return fromTable(t), nil
}

func fromTable(t table.Table) value.Value {
	return value.Value{Kind: value.Table, Artifact: &t.Artifact, Table: &t.Meta}
}

// describe says in a word what a JSON text is.
func describe(data []byte) string {
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return "nothing"
	}
	switch data[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a text"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "a number"
}
