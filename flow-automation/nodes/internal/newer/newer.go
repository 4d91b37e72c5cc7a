// Package newer is how nodes read only what is new: how far they came is remembered once the whole run has succeeded.
package newer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/words"
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
	before          kept
}

// kept is what is remembered. Rows may come later with the very value that was the greatest, such as a time that is kept by the
// second: of columns that are times, that value is read again, and the rows that were there are left out.
type kept struct {
	// Value is the greatest one, as text; nil is none.
	Value *string `json:"value"`
	// Again says that the value itself is read again.
	Again bool `json:"again,omitempty"`
	// Rows are digests of the rows that had it then, or a value that has no place in the order, such as infinity, each as often as it
	// was there.
	Rows []string `json:"rows,omitempty"`
	// Many stands in the place of Rows where those are too many: it says whether others have come, and not which.
	Many *sum `json:"many,omitempty"`
	// Columns are those of the rows that the digests are of.
	Columns []table.Column `json:"of,omitempty"`
	// Former are they as earlier versions wrote them, and is not written any more.
	Former string `json:"columns,omitempty"`
}

// sum says how many rows there are, and adds up their digests.
type sum struct {
	Count  string `json:"count"`
	Digest string `json:"digest"`
}

// mostRows is how many rows a step remembers one by one.
const mostRows = 100_000

// text is what is kept as text: a value alone is itself.
func (k kept) text() (string, error) {
	if k.Value != nil && len(k.Columns) == 0 && !strings.HasPrefix(*k.Value, "{") {
		return *k.Value, nil
	}
	raw, err := json.Marshal(k)
	return string(raw), err
}

// mark is the value that is read again; nil is none.
func (k kept) mark() *string {
	if !k.Again {
		return nil
	}
	return k.Value
}

func keptOf(text string) (k kept, err error) {
	if !strings.HasPrefix(text, "{") {
		return kept{Value: &text}, nil
	}
	return k, json.Unmarshal([]byte(text), &k)
}

// Begin asks how far the step has come. Where the connection leads to and what is read there belong to the mark: of
// something else it begins anew, and says so.
func Begin(ctx context.Context, call *node.Call, of Of) (*Mark, error) {
	if of.Column == "" {
		return nil, nil //nolint:nilnil // nil means something: no column
	}
	leads, err := call.Led(ctx, of.Connection)
	if err != nil {
		return nil, err
	}
	now, formerly, err := of.subjects(leads)
	if err != nil {
		return nil, err
	}
	m := &Mark{column: of.Column, subject: now.text()}
	before, err := call.Mark(ctx, m.subject, formerly)
	if err != nil {
		return m, err
	}
	if before == nil {
		return m, now.anew(ctx, call)
	}
	m.before, err = keptOf(*before)
	return m, err
}

// Since is what a connection is to leave out.
func (m *Mark) Since() *connector.Since {
	if m == nil {
		return nil
	}
	return &connector.Since{Column: m.column, Value: m.before.Value, Again: m.before.Again}
}

// Propose keeps how far the step has come, for when the run has succeeded, and gives the table of the reading without what was
// read before.
func (m *Mark) Propose(ctx context.Context, call *node.Call, t table.Table, reading *connector.Reading) (table.Table, error) {
	if m == nil {
		return t, nil
	}
	if reading.Without > 0 {
		call.Log("warn", fmt.Sprintf("%s nothing in %s, by which no order says when they are new: none of them is read. Choose a column that is always filled, or fill it in a query, such as by coalesce(changed, created).",
			words.Number(reading.Without, "row has", "rows have"), m.column))
	}
	from := "the beginning"
	if m.before.Value != nil {
		from = *m.before.Value
	}
	if t.Meta.Rows == 0 {
		call.Log("info", fmt.Sprintf("There are no rows with %s beyond %s.", m.column, from))
		return t, nil
	}
	now, err := m.reached(ctx, call, t)
	if err != nil {
		return t, err
	}
	if reading.Greatest != nil && now.Value != nil {
		now.Value = reading.Greatest
	}
	if m.before.Columns = m.before.of(t.Meta.Columns); len(m.before.Columns) > 0 || m.before.Former != "" {
		if t, err = m.without(ctx, call, t); err != nil {
			return t, err
		}
	}
	to := from
	if now.Value == nil { // all that came has no place in the order
		now.Value = m.before.Value
	} else {
		to = *now.Value
	}
	if t.Meta.Rows == 0 {
		call.Log("info", fmt.Sprintf("There are no rows with %s beyond %s.", m.column, from))
	} else {
		call.Log("info", fmt.Sprintf("%s with %s from %s to %s.", words.Number(t.Meta.Rows, "row", "rows"), m.column, from, to))
	}
	call.Detail("mark", map[string]any{"column": m.column, "from": m.before.Value, "to": now.Value})
	text, err := now.text()
	if err != nil {
		return t, err
	}
	return t, call.Propose(ctx, m.subject, text)
}

// reached finds how far the rows come.
func (m *Mark) reached(ctx context.Context, call *node.Call, t table.Table) (kept, error) {
	typ := m.typ(t)
	rows, err := m.look(ctx, call, t, last{m.column, typ})
	if err != nil {
		return kept{}, err
	}
	if len(rows) != 1 || len(rows[0]) != 2 || rows[0][1] == nil {
		return kept{}, errs.Internal(fmt.Errorf("the greatest %s of %d rows is not known", m.column, t.Meta.Rows))
	}
	now := kept{Value: rows[0][0]}
	again := isTime(typ) && now.Value != nil
	if !again && *rows[0][1] == "0" {
		return now, nil
	}
	// Those without a place in the order come again and again; those at the mark may get company.
	now.Again, now.Columns = again, t.Meta.Columns
	seen := those{m.column, typ, now.mark(), now.Columns, t.Meta.Columns}
	rows, err = m.look(ctx, call, t, digests{seen})
	if err != nil {
		return now, err
	}
	if len(rows) > mostRows {
		now.Many, err = m.sum(ctx, call, t, seen)
		return now, err
	}
	for _, r := range rows {
		if r[0] != nil {
			now.Rows = append(now.Rows, *r[0])
		}
	}
	return now, nil
}

// without leaves out the rows that were there before. Those that cannot be told from new ones come again, for none may be lost.
func (m *Mark) without(ctx context.Context, call *node.Call, t table.Table) (table.Table, error) {
	f := fresh{those: those{m.column, m.typ(t), m.before.mark(), m.before.Columns, t.Meta.Columns}, rows: m.before.Rows, known: len(m.before.Columns) > 0}
	if !f.known {
		call.Log("warn", fmt.Sprintf("Which rows had the greatest %s of the last time was remembered by an earlier version in a form that nobody can read any more: all that have it are read again.", m.column))
	}
	if m.before.Many != nil {
		now, err := m.sum(ctx, call, t, f.those)
		if err != nil {
			return t, err
		}
		f.all = *now == *m.before.Many
		if f.known = f.all; !f.known {
			call.Log("warn", fmt.Sprintf("There are other rows with the greatest %s of the last time, or none that can be compared, than there were then. Of more than %s nobody can tell which are new, so that all of them are read again. "+
				"Choose a column in which fewer rows have the same value, such as a time in the place of a day, or write them with the mode upsert.", m.column, words.Number(mostRows, "row", "rows")))
		}
	}
	left, err := call.Env.Tables.Run(ctx, call.Tenant, table.Plan{Relation: f, Inputs: rowsOf(t), Node: call.NodeID}, nil)
	if err == nil && len(f.missing()) > 0 && t.Meta.Rows-left.Meta.Rows < int64(len(f.rows)) {
		call.Log("warn", fmt.Sprintf("Not all rows with the greatest %s of the last time are found again, for there is nothing in the columns %s any more: those that had something there are read again.", m.column, strings.Join(f.missing(), ", ")))
	}
	return left, err
}

// sum adds up rows that are too many to be remembered.
func (m *Mark) sum(ctx context.Context, call *node.Call, t table.Table, of those) (*sum, error) {
	rows, err := m.look(ctx, call, t, added{of})
	if err != nil {
		return nil, err
	}
	if len(rows) != 1 || len(rows[0]) != 2 || rows[0][0] == nil || rows[0][1] == nil {
		return nil, errs.Internal(fmt.Errorf("the sum of the rows with the greatest %s is not known", m.column))
	}
	return &sum{*rows[0][0], *rows[0][1]}, nil
}

// typ is that of the column.
func (m *Mark) typ(t table.Table) string {
	for _, c := range t.Meta.Columns {
		if c.Name == m.column {
			return c.Type
		}
	}
	return ""
}

// look asks a table something, and gives the cells of the answer as texts.
func (m *Mark) look(ctx context.Context, call *node.Call, t table.Table, r table.Relation) ([][]*string, error) {
	page, err := call.Env.Tables.Preview(ctx, call.Tenant, table.Plan{Relation: r, Inputs: rowsOf(t)}, table.PreviewOptions{Limit: mostRows + 1})
	if err != nil {
		return nil, err
	}
	out := make([][]*string, len(page.Rows))
	for i, raw := range page.Rows {
		if err := json.Unmarshal(raw, &out[i]); err != nil {
			return nil, errs.Internal(err)
		}
	}
	return out, nil
}

func rowsOf(t table.Table) map[string]table.Source {
	return map[string]table.Source{"rows": {Artifact: t.Artifact}}
}
