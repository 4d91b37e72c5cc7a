package sql

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

func TestEffects(t *testing.T) {
	typ := writeType()
	for config, want := range map[string]node.Effect{
		`{}`: node.Unsafe, `{"mode":"append"}`: node.Unsafe, `{"once":true}`: node.Idempotent, `{"mode":"upsert"}`: node.Idempotent, `{"mode":"mirror"}`: node.Idempotent, `{"mode":"delete"}`: node.Idempotent,
		`{"mode":"truncate"}`: node.Idempotent, `{"mode":"replace"}`: node.Idempotent, `{"mode":"{{ params.mode }}"}`: node.Unsafe, `{"once":"{{ params.once }}"}`: node.Unsafe,
	} {
		require.Equal(t, want, typ.EffectFor(json.RawMessage(config)), config)
	}
}

func TestIncremental(t *testing.T) {
	b := exampletest.New(t)
	known := &exampletest.Marks{}
	run := func(with map[string]any) any {
		t.Helper()
		call := b.Call(with, nil)
		call.Env.Marks = known
		out, err := readType().Run(t.Context(), call)
		require.NoError(t, err)
		return b.Rows(*out["table"].Artifact)
	}
	with := map[string]any{"connection": "shop", "table": "orders", "columns": []any{"id"}, "incremental": "id"}
	require.Len(t, run(with), 3)
	require.Equal(t, "3", known.Value)
	require.Empty(t, run(with))
	require.Equal(t, "3", known.Value, "no new rows leave the mark where it is")
	require.Contains(t, strings.Join(b.Logs, "\n"), "no rows with id beyond 3")
	add := b.Table([]byte(`[{"id": 7, "customer": "Gil", "amount": 1.5}]`))
	_, err := writeType().Run(t.Context(), b.Call(map[string]any{"connection": "shop", "table": "orders"}, map[string][]value.Value{"table": {add}}))
	require.NoError(t, err)
	require.Equal(t, []any{map[string]any{"id": 7.0}}, run(with))
	require.Equal(t, "7", known.Value)
	with["columns"] = []any{"id", "customer"}
	require.Empty(t, run(with), "other columns are the same rows")
	require.Len(t, run(map[string]any{"connection": "shop", "query": "SELECT * FROM orders", "incremental": "amount"}), 4, "another source begins anew")
	require.NotContains(t, strings.Join(b.Logs, "\n"), "nothing in")
	require.Len(t, run(map[string]any{"connection": "shop", "query": "SELECT id, nullif(id, 7) AS at FROM orders", "incremental": "at"}), 3)
	require.Contains(t, strings.Join(b.Logs, "\n"), "1 row has nothing in at")
}

// Marks of earlier versions did not say where the connection leads to, nor which values were bound.
func TestMarksOfEarlierVersions(t *testing.T) {
	b := exampletest.New(t)
	run := func(before *exampletest.Marks, with map[string]any) any {
		t.Helper()
		b.Logs = nil
		with["connection"], with["incremental"] = "shop", "id"
		call := b.Call(with, nil)
		call.Env.Marks = before
		out, err := readType().Run(t.Context(), call)
		require.NoError(t, err)
		return b.Rows(*out["table"].Artifact)
	}
	for _, c := range []struct {
		before string
		with   map[string]any
		rows   int
	}{
		{`["shop","","orders","","id"]`, map[string]any{"table": "orders"}, 1},
		{`["shop","","","SELECT * FROM orders WHERE id \u003c 9","id"]`, map[string]any{"query": "SELECT * FROM orders WHERE id < 9"}, 1},
		{`["shop","","","SELECT * FROM orders WHERE id \u003c $1","id"]`, map[string]any{"query": map[string]any{"$sql": "SELECT * FROM orders WHERE id < $1", "args": []any{9}}}, 3},
		{`["store","","orders","","id"]`, map[string]any{"table": "orders"}, 3},
	} {
		known := &exampletest.Marks{Value: "2", Subject: c.before}
		require.Len(t, run(known, c.with), c.rows, c.before)
		if c.rows > 1 {
			require.Contains(t, strings.Join(b.Logs, "\n"), "an earlier version")
		} else {
			require.NotContains(t, strings.Join(b.Logs, "\n"), "Nothing is remembered")
		}
		require.Equal(t, "3", known.Value)
	}
}

// Earlier versions wrote down the columns of the rows at the mark as one text.
func TestRowsAtTheMarkOfEarlierVersions(t *testing.T) {
	b := exampletest.New(t)
	add := b.Table([]byte(`[{"id": 1, "at": "2026-01-02 03:04:05", "a name": "x"}, {"id": 2, "at": "2026-01-02 03:04:05", "a name": null}, {"id": 3, "at": "2026-01-02 03:04:05", "a name": "y"}]`))
	_, err := writeType().Run(t.Context(), b.Call(map[string]any{"connection": "shop", "table": "visits", "mode": "replace"}, map[string][]value.Value{"table": {add}}))
	require.NoError(t, err)
	for name, c := range map[string]struct {
		columns string
		rows    []string // of 1 and 2, as those versions summed them up
		read    []any
		want    []float64
	}{
		"the same columns": {"id BIGINT, at TIMESTAMP, a name VARCHAR", []string{"f4df36d885f7d677", "e857d42f704687b2"}, []any{"id", "at", "a name"}, []float64{3}},
		"one more now":     {"id BIGINT, at TIMESTAMP", []string{"b1415ee568cb1ea5", "c8f1483ff1d33187"}, []any{"id", "at", "a name"}, []float64{3}},
		"one less now":     {"id BIGINT, at TIMESTAMP, a name VARCHAR", []string{"f4df36d885f7d677", "e857d42f704687b2"}, []any{"id", "at"}, []float64{1, 3}},
		"not known":        {"id", []string{"f4df36d885f7d677"}, []any{"id", "at"}, []float64{1, 2, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := json.Marshal(map[string]any{"value": "2026-01-02 03:04:05", "again": true, "rows": c.rows, "columns": c.columns})
			require.NoError(t, err)
			known := &exampletest.Marks{Value: string(raw), Subject: `["shop","","visits","","at"]`}
			call := b.Call(map[string]any{"connection": "shop", "table": "visits", "columns": c.read, "incremental": "at"}, nil)
			call.Env.Marks = known
			b.Logs = nil
			out, err := readType().Run(t.Context(), call)
			require.NoError(t, err)
			ids := []float64{}
			for _, row := range b.Rows(*out["table"].Artifact).([]any) {
				ids = append(ids, row.(map[string]any)["id"].(float64))
			}
			require.ElementsMatch(t, c.want, ids)
			require.Equal(t, name == "not known", strings.Contains(strings.Join(b.Logs, "\n"), "an earlier version in a form"))
			require.NotContains(t, known.Value, `"columns"`, "it is written as it is now")
			require.Contains(t, known.Value, `"of"`)
		})
	}
}

// Whoever binds another value in every run reads everything each time, and is told what to do.
func TestValuesThatChangeWithEveryRun(t *testing.T) {
	b := exampletest.New(t)
	known := &exampletest.Marks{}
	for i, want := range []string{"3 rows", "bound in the query. Where that changes with every run", "have the system itself work out the value"} {
		call := b.Call(map[string]any{"connection": "shop", "incremental": "id", "query": map[string]any{"$sql": "SELECT * FROM orders WHERE id < $1", "args": []any{100 + i}}}, nil)
		call.Env.Marks = known
		_, err := readType().Run(t.Context(), call)
		require.NoError(t, err)
		require.Contains(t, strings.Join(b.Logs, "\n"), want)
		require.Equal(t, i > 0, strings.Contains(strings.Join(b.Logs, "\n"), "Nothing is remembered"))
		b.Logs = nil
	}
}

func TestNeverTwice(t *testing.T) {
	b := exampletest.New(t)
	in := map[string][]value.Value{"table": {b.Table([]byte(`[{"id": 9, "customer": "x", "amount": null}]`))}}
	with := map[string]any{"connection": "shop", "table": "orders", "once": true}
	for _, want := range []string{`"already":false`, `"already":true`} {
		out, err := writeType().Run(t.Context(), b.Call(with, in))
		require.NoError(t, err)
		require.Contains(t, string(out["written"].Data), want)
	}
}

func TestErrorsNameTheField(t *testing.T) {
	b := exampletest.New(t)
	rows := map[string][]value.Value{"table": {b.Table([]byte(`[{"id": 1, "naame": "x"}]`))}}
	for _, c := range []struct {
		typ         node.Type
		with        map[string]any
		code, field string
	}{
		{readType(), map[string]any{"connection": "shpo", "table": "orders"}, "connection_not_found", "with.connection"},
		{readType(), map[string]any{"connection": "shop", "table": "ordres"}, "table_missing", "with.table"},
		{readType(), map[string]any{"connection": "shop", "table": "orders", "columns": []any{"x"}}, "column_missing", "with.columns"},
		{readType(), map[string]any{"connection": "shop", "table": "orders", "incremental": "x"}, "column_missing", "with.incremental"},
		{readType(), map[string]any{"connection": "shop", "query": "SELECT * FROM ordres"}, "table_missing", "with.query"},
		{readType(), map[string]any{"connection": "shop", "query": "DELETE FROM orders"}, "sql_invalid", "with.query"},
		{readType(), map[string]any{"connection": "shop", "query": "SELECT x FROM orders"}, "column_missing", "with.query"},
		{readType(), map[string]any{"connection": "shop"}, "config_invalid", "with.table"},
		{readType(), map[string]any{"connection": "shop", "table": "orders", "query": "SELECT 1"}, "config_invalid", "with.query"},
		{readType(), map[string]any{"connection": "shop", "query": "SELECT 1", "columns": []any{"x"}}, "config_invalid", "with.columns"},
		{writeType(), map[string]any{"connection": "shpo", "table": "orders"}, "connection_not_found", "with.connection"},
		{writeType(), map[string]any{"connection": "shop", "table": "ordres"}, "table_missing", "with.table"},
		{writeType(), map[string]any{"connection": "shop", "table": "orders"}, "column_missing", "in.table"},
		{writeType(), map[string]any{"connection": "shop", "table": "orders", "mode": "upsert", "keys": []any{"x"}}, "keys_invalid", "with.keys"},
		{writeType(), map[string]any{"connection": "shop"}, "config_invalid", "with.table"},
		{writeType(), map[string]any{"connection": "shop", "table": "orders", "mode": "delete"}, "config_invalid", "with.keys"},
		{writeType(), map[string]any{"connection": "shop", "table": "orders", "mode": "upsert"}, "config_invalid", "with.keys"},
		{writeType(), map[string]any{"connection": "shop", "table": "orders", "mode": "replace", "once": true}, "config_invalid", "with.once"},
	} {
		b.Refuses(c.typ, c.with, rows, c.code, c.field)
	}
}

// What comes out of the column as the nearest value is written and told, unless nothing may be rounded.
func TestRounding(t *testing.T) {
	b := exampletest.New(t)
	in := map[string][]value.Value{"table": {b.Table([]byte(`[{"id": 20, "amount": "0.5"}, {"id": 21, "amount": "0.12345678901234567891"}, {"id": 22, "amount": "0.12345678901234567891"}]`))}}
	with := map[string]any{"connection": "shop", "table": "orders", "rounding": "refuse"}
	_, err := writeType().Run(t.Context(), b.Call(with, in))
	require.ErrorContains(t, err, `row 2, column "amount"`)
	delete(with, "rounding")
	_, err = writeType().Run(t.Context(), b.Call(with, in))
	require.NoError(t, err)
	require.Contains(t, strings.Join(b.Logs, "\n"), `Column "amount": 2 values were rounded to fit REAL, the first in row 2 (0.12345678901234567891).`)
	read, err := readType().Run(t.Context(), b.Call(map[string]any{"connection": "shop", "query": "SELECT count(*) AS n FROM orders WHERE id >= 20 AND amount < 1"}, nil))
	require.NoError(t, err)
	require.Equal(t, []any{map[string]any{"n": 3.0}}, b.Rows(*read["table"].Artifact))
}

// forgetful cannot say what was rounded.
type forgetful struct {
	table.Engine
	asked func()
}

func (f forgetful) Rounded(context.Context, string, artifact.Ref, []table.StreamColumn) ([]table.Rounded, error) {
	f.asked()
	return nil, errs.Unavailable("busy", "There is no time.")
}

// What was rounded is asked when the rows are written, and they stay so without an answer.
func TestRoundingIsAskedAfterTheWrite(t *testing.T) {
	b := exampletest.New(t)
	in := map[string][]value.Value{"table": {b.Table([]byte(`[{"id": 20, "amount": "0.12345678901234567891"}]`))}}
	there := func() any {
		read, err := readType().Run(t.Context(), b.Call(map[string]any{"connection": "shop", "query": "SELECT count(*) AS n FROM orders WHERE id = 20"}, nil))
		require.NoError(t, err)
		return b.Rows(*read["table"].Artifact)
	}
	var atAsking any
	call := b.Call(map[string]any{"connection": "shop", "table": "orders"}, in)
	call.Env.Tables = forgetful{b.Engine, func() { atAsking = there() }}
	_, err := writeType().Run(t.Context(), call)
	require.NoError(t, err)
	require.Equal(t, []any{map[string]any{"n": 1.0}}, atAsking)
	require.Equal(t, atAsking, there())
	require.Contains(t, strings.Join(b.Logs, "\n"), "The rows are written, but whether any values were rounded could not be found out: There is no time.")
}
