package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/flow-automation/nodes/storage/put"
	"dataflow/flow-automation/nodes/storage/read"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

func TestManyObjectsAsOneTable(t *testing.T) {
	w := newWorld(t)
	for kind, from := range servers(t, w) {
		t.Run(kind, func(t *testing.T) {
			w.t = t
			from.put(t, map[string]string{
				"in/year=2025/m=12/a.csv":     "id,zip,amount,note\n1,01012,12,\n",
				"in/year=2026/m=01/b.tsv":     "id\tzip\tamount\tday\n2\t90210\t3.25\t2026-01-02\n",
				"in/year=2026/m=01/c.ndjson":  "{\"id\": 3, \"tags\": [\"x\"], \"note\": \"late\"}\n{\"id\": 4}\n",
				"in/year=2026/m=02/d.json":    `[{"ID": 5, "amount": null, "day": "2026-02-01 08:00:00"}]`,
				"in/year=2026/m=02/_SUCCESS":  "",
				"in/year=2026/m=02/e.csv":     "id,zip\n",
				"other/x.csv":                 "y\n1\n",
				"in/year=2026/m=02/_log/f.js": "{}",
			})
			rows, columns, err := w.readTable(from, map[string]any{"prefix": "in/", "source": "object"}, nil)
			require.NoError(t, err)
			require.Equal(t, "object VARCHAR, year BIGINT, m VARCHAR, id BIGINT, zip VARCHAR, amount DOUBLE, note VARCHAR, day TIMESTAMP, tags VARCHAR[]", columns)
			require.JSONEq(t, `[
				{"object": "in/year=2025/m=12/a.csv", "year": 2025, "m": "12", "id": 1, "zip": "01012", "amount": 12, "note": null, "day": null, "tags": null},
				{"object": "in/year=2026/m=01/b.tsv", "year": 2026, "m": "01", "id": 2, "zip": "90210", "amount": 3.25, "note": null, "day": "2026-01-02T00:00:00", "tags": null},
				{"object": "in/year=2026/m=01/c.ndjson", "year": 2026, "m": "01", "id": 3, "zip": null, "amount": null, "note": "late", "day": null, "tags": ["x"]},
				{"object": "in/year=2026/m=01/c.ndjson", "year": 2026, "m": "01", "id": 4, "zip": null, "amount": null, "note": null, "day": null, "tags": null},
				{"object": "in/year=2026/m=02/d.json", "year": 2026, "m": "02", "id": 5, "zip": null, "amount": null, "note": null, "day": "2026-02-01T08:00:00", "tags": null}]`, rows)
			require.Contains(t, strings.Join(w.Logs, "\n"), "2 objects whose names begin with _ or a dot left out")
			left, err := filepath.Glob(filepath.Join(w.Root, "*", ".dataflow-scratch", "*"))
			require.NoError(t, err)
			require.Empty(t, left)

			// With one place for connections it goes slower, and that is all.
			from.most, from.opened = 1, 0
			again, _, err := w.readTable(from, map[string]any{"prefix": "in/", "source": "object"}, nil)
			require.NoError(t, err)
			require.Equal(t, rows, again)
			from.most = 0

			_, columns, err = w.readTable(from, map[string]any{"match": "in/**/*.csv", "parts": false, "types": []any{map[string]any{"column": "zip", "type": "BIGINT"}}}, nil)
			require.NoError(t, err)
			require.Equal(t, "id BIGINT, zip BIGINT, amount BIGINT, note VARCHAR", columns)
			_, columns, err = w.readTable(from, map[string]any{"match": "in/**/[ab].?sv", "types": []any{map[string]any{"column": "m", "type": "INTEGER"}, map[string]any{"column": "day", "type": "VARCHAR"}}}, nil)
			require.NoError(t, err)
			require.Equal(t, "year BIGINT, m INTEGER, id BIGINT, zip VARCHAR, amount DOUBLE, note VARCHAR, day VARCHAR", columns)
		})
	}
}

// Whatever storage.put writes in parts is read as it was.
func TestPartsThereAndBack(t *testing.T) {
	w := newWorld(t)
	for kind, from := range servers(t, w) {
		t.Run(kind, func(t *testing.T) {
			w.t = t
			call := w.Call(map[string]any{"connection": "bucket", "name": "t", "partition_by": []any{"day", "who"}},
				w.table(`[{"id": 1, "day": "2026-01-01", "who": "a/b c"}, {"id": 2, "day": "2026-01-02", "who": null}]`))
			env := *call.Env
			env.Connections = from
			call.Env = &env
			_, err := put.Type().Run(t.Context(), call)
			require.NoError(t, err)
			rows, columns, err := w.readTable(from, map[string]any{"prefix": "t/"}, nil)
			require.NoError(t, err)
			require.Equal(t, "day DATE, who VARCHAR, id BIGINT", columns)
			require.JSONEq(t, `[{"id": 1, "day": "2026-01-01", "who": "a/b c"}, {"id": 2, "day": "2026-01-02", "who": null}]`, rows)
		})
	}
}

func TestMoreObjectsThanAreReadAtOnce(t *testing.T) {
	w := newWorld(t)
	const many = 70 // more than are put below each other at once
	for i := range many {
		w.write(fmt.Sprintf("many/%03d.csv", i), fmt.Sprintf("n,x\n%d,\n", i))
	}
	w.write("many/999.csv", "n,x,y\n1.5,2026-01-01,late\n")
	rows, columns, err := w.readTable(nil, map[string]any{"prefix": "many/", "source": "o"}, nil)
	require.NoError(t, err)
	require.Equal(t, "o VARCHAR, n DOUBLE, x DATE, y VARCHAR", columns)
	var list []struct {
		O string
		N float64
	}
	require.NoError(t, json.Unmarshal([]byte(rows), &list))
	require.Len(t, list, many+1)
	for i, row := range list[:many] {
		require.Equal(t, fmt.Sprintf("many/%03d.csv", i), row.O)
		require.InDelta(t, i, row.N, 0)
	}
}

func TestOnlyNewObjectsAreRead(t *testing.T) {
	w := newWorld(t)
	known := &marks{}
	run := func(with map[string]any) (string, string) {
		t.Helper()
		with["prefix"], with["new"] = "new/", true
		if with["source"] == nil {
			with["source"] = "o"
		}
		rows, columns, err := w.readTable(nil, with, known)
		require.NoError(t, err)
		return rows, columns
	}
	_, _, err := w.readTable(nil, map[string]any{"prefix": "new/", "new": true}, known)
	require.Equal(t, "objects_none", errs.From(err).Code, err)
	_, columns := run(map[string]any{"none": "empty"})
	require.Equal(t, "o VARCHAR", columns)
	for _, name := range []string{"a", "b", "c"} {
		w.write("new/"+name+".csv", "v\n"+name+"\n")
	}
	both, _ := run(map[string]any{"limit": 2})
	again, _ := run(map[string]any{"limit": 2})
	require.JSONEq(t, `[{"o": "new/a.csv", "v": "a"}, {"o": "new/b.csv", "v": "b"}]`, both)
	require.Equal(t, both, again, "a run that did not succeed is not remembered")
	known.Value = known.proposed
	rows, _ := run(map[string]any{})
	require.JSONEq(t, `[{"o": "new/c.csv", "v": "c"}]`, rows)
	known.Value = known.proposed
	rows, columns = run(map[string]any{})
	require.Equal(t, "[]", rows)
	require.Equal(t, "o VARCHAR, v VARCHAR", columns, "when nothing is new, the columns are those of the last time")
	rows, columns = run(map[string]any{"source": "from", "header": "no"})
	require.Equal(t, "[]", rows)
	require.Equal(t, "from VARCHAR, column1 VARCHAR", columns, "or those that the step gives now")
	known.Value = known.proposed
	w.write("new/b.csv", "v\nother\n")
	rows, _ = run(map[string]any{})
	require.JSONEq(t, `[{"o": "new/b.csv", "v": "other"}]`, rows)
	known.Value = known.proposed
	rows, _ = run(map[string]any{})
	require.Equal(t, "[]", rows)
}

// query is the relation of what the engine is asked for.
type query string

// Query implements table.Relation.
func (q query) Query(map[string]table.Input) (table.Query, error) {
	return table.Query{Text: string(q)}, nil
}

// keep writes what the engine gives as an object.
func (w world) keep(name, text string) {
	w.t.Helper()
	call := w.Call(map[string]any{"connection": "bucket", "name": name}, nil)
	made, err := call.Env.Tables.Run(w.t.Context(), call.Tenant, table.Plan{Relation: query(text)}, nil)
	require.NoError(w.t, err)
	call.Inputs = map[string][]value.Value{"table": {{Kind: value.Table, Artifact: &made.Artifact, Table: &made.Meta}}}
	_, err = put.Type().Run(w.t.Context(), call)
	require.NoError(w.t, err)
}

// header is a CSV file of columns and one row.
func header(from, to int) string {
	var names, values []string
	for i := from; i < to; i++ {
		names, values = append(names, fmt.Sprintf("h%d", i)), append(values, "1")
	}
	return strings.Join(names, ",") + "\n" + strings.Join(values, ",") + "\n"
}

// Numbers that DOUBLE keeps come through, whatever their types.
func TestNumbersOfSeveralTypes(t *testing.T) {
	w := newWorld(t)
	w.keep("n/a.parquet", `SELECT 12345.67::DECIMAL(20,2) AS d, 9007199254740992::UBIGINT AS u, '2026-01-02 03:04:05.123456789'::TIMESTAMP_NS AS t, NULL::DECIMAL(38,6) AS e`)
	w.keep("n/b.parquet", `SELECT 1.5::DOUBLE AS d, 0.5::DOUBLE AS u, '2026-01-02 03:04:05+00'::TIMESTAMPTZ AS t, 2.5::FLOAT AS e`)
	rows, columns, err := w.readTable(nil, map[string]any{"prefix": "n/"}, nil)
	require.NoError(t, err)
	require.Equal(t, "d DOUBLE, u DOUBLE, t VARCHAR, e DOUBLE", columns)
	require.JSONEq(t, `[{"d": 12345.67, "u": 9007199254740992, "t": "2026-01-02 03:04:05.123456789", "e": null}, {"d": 1.5, "u": 0.5, "t": "2026-01-02 03:04:05+00", "e": 2.5}]`, rows)
}

func TestWhatCannotBeReadIsNamed(t *testing.T) {
	w := newWorld(t)
	w.write("bad/a.csv", "id,n\n1,2\n")
	w.write("bad/b.csv", "id,n\n1,2\n3\n")
	w.write("typed/a.csv", "id,n\n1,2\nx,3\n")
	w.write("large/a.csv", "id\n9007199254740993\n")
	w.write("large/b.csv", "id\n1.5\n")
	w.write("odd/a.xyz", "id\n1\n")
	w.write("odd/b.parquet", "PAR1 no")
	w.write("zero/a.csv", "")
	w.keep("digits/a.parquet", `SELECT 12345678901234567.891::DECIMAL(20,3) AS d`)
	w.write("digits/b.csv", "d\n1.5\n")
	w.keep("digit/a.parquet", `SELECT 9007199254740993::DECIMAL(38,0) AS d`)
	w.write("digit/b.csv", "d\n1.5\n")
	w.write("wide/a.csv", header(0, 1500))
	w.write("wide/b.csv", header(1000, 2000))
	w.write("wide/c.csv", header(2000, 2001))
	w.write("wider/a=1/b=2/x.csv", header(0, 1999))
	for i := range 21 {
		name := "folders/"
		for k := range 100 {
			name += fmt.Sprintf("c%d=1/", 100*i+k)
		}
		w.write(name+"x.csv", "id\n1\n")
	}
	set := func(column, typ string) []any { return []any{map[string]any{"column": column, "type": typ}} }
	for _, c := range []struct {
		with                 map[string]any
		code, field, message string
		line                 int
	}{
		{map[string]any{"prefix": "bad/"}, "csv_invalid", "with.prefix", "bad/b.csv", 3},
		{map[string]any{"match": "bad/*"}, "csv_invalid", "with.match", "bad/b.csv", 3},
		{map[string]any{"prefix": "typed/", "types": set("id", "BIGINT")}, "csv_invalid", "with.prefix", `typed/a.csv, line 3: "x" in the column "id"`, 3},
		{map[string]any{"prefix": "typed/", "types": set("idd", "BIGINT")}, connector.CodeColumn, "with.types", `"idd"`, 0},
		{map[string]any{"prefix": "typed/", "types": set("id", "NUMBR")}, "config_invalid", "with.types[0].type", "NUMBR", 0},
		{map[string]any{"prefix": "typed/", "source": "ID"}, "column_twice", "with.source", "typed/a.csv", 0},
		{map[string]any{"prefix": "large/"}, "type_mismatch", "with.types", `9007199254740993 in the column "id" of large/a.csv`, 0},
		{map[string]any{"prefix": "digits/"}, "type_mismatch", "with.types", `12345678901234567.891 in the column "d" of digits/a.parquet`, 0},
		{map[string]any{"prefix": "digit/"}, "type_mismatch", "with.types", `9007199254740993 in the column "d" of digit/a.parquet`, 0},
		{map[string]any{"prefix": "wide/"}, "too_many_columns", "with.prefix", "With wide/c.csv", 0},
		{map[string]any{"prefix": "wider/"}, "too_many_columns", "with.prefix", "With wider/a=1/b=2/x.csv", 0},
		{map[string]any{"prefix": "folders/"}, "too_many_columns", "with.prefix", "With folders/", 0},
		{map[string]any{"prefix": "days/", "source": "Day"}, "column_twice", "with.source", `"Day"`, 0},
		{map[string]any{"match": "*.xyz"}, "format_unknown", "with.format", "odd/a.xyz", 0},
		{map[string]any{"match": "odd/*.parquet"}, "parquet_invalid", "with.match", "odd/b.parquet", 0},
		{map[string]any{"prefix": "zero/"}, "csv_invalid", "with.prefix", "zero/a.csv", 0},
		{map[string]any{"prefix": "../x"}, "object_name_invalid", "with.prefix", "", 0},
		{map[string]any{"match": "[a"}, "config_invalid", "with.match", "", 0},
		{map[string]any{"prefix": "gone/"}, "objects_none", "with.prefix", `"gone/"`, 0},
		{map[string]any{"prefix": "bad/", "match": "*.json"}, "objects_none", "with.prefix", `"*.json"`, 0},
		{map[string]any{"prefix": "gone/", "none": "empty"}, "columns_unknown", "with.types", "", 0},
		{map[string]any{"prefix": "gone/", "none": "empty", "types": set("id", "INT); DROP TABLE x; --")}, "config_invalid", "with.types[0].type", "", 0},
		{map[string]any{"prefix": "days/", "types": set("day", "INT) AS x --")}, "config_invalid", "with.types[0].type", "", 0},
	} {
		w.write("days/day=1/a.csv", "id\n1\n")
		_, _, err := w.readTable(nil, c.with, nil)
		e := errs.From(err)
		require.NotNil(t, e, "%v", c.with)
		require.Equal(t, c.code, e.Code, "%v: %v", c.with, err)
		require.NotEmpty(t, e.Details, c.with)
		require.Equal(t, c.field, e.Details[0].Field, "%v: %v", c.with, err)
		require.Contains(t, e.Error(), c.message)
		if c.line > 0 {
			require.Equal(t, c.line, e.Details[0].Line, "%v: %+v", c.with, e.Details)
			require.NotEmpty(t, e.Details[0].File)
		}
	}
	rows, _, err := w.readTable(nil, map[string]any{"prefix": "bad/", "bad_rows": "skip"}, nil)
	require.NoError(t, err)
	require.JSONEq(t, `[{"id": 1, "n": 2}, {"id": 1, "n": 2}]`, rows)
	require.EqualValues(t, 1, w.Details["rejected_rows"])
}

// What is canceled ends, and leaves nothing.
func TestReadingIsCanceled(t *testing.T) {
	w := newWorld(t)
	for i := range 20 {
		w.write(fmt.Sprintf("c/%d.csv", i), "n\n1\n")
	}
	call := w.Call(map[string]any{"connection": "bucket", "prefix": "c/"}, map[string][]value.Value{})
	ctx, cancel := context.WithCancel(t.Context())
	call.Progress = func(done, _ int64, unit string) {
		if unit == "bytes" && done > 0 {
			cancel()
		}
	}
	_, err := read.Type().Run(ctx, call)
	require.Equal(t, "canceled", errs.From(err).Code, err)
	left, err := os.ReadDir(filepath.Join(w.Root, exampletest.Tenant, ".dataflow-scratch"))
	if err == nil {
		require.Empty(t, left)
	}
}

// The types of all objects decide, wherever among many one is that differs, and whatever the order; columns are in the order in
// which they are met.
func TestOneOfManyObjectsDiffers(t *testing.T) {
	w := newWorld(t)
	const many = 140 // they are put below each other in three parts
	for i := range many {
		extra, value := "", ""
		if i == 80 { // one has another column, and the others before it
			extra, value = ",later", ",x"
		}
		w.write(fmt.Sprintf("differ/%03d.csv", i), fmt.Sprintf("id,n,empty%s\n%d,%d,%s\n", extra, i, i, value))
	}
	for cell, want := range map[string]struct {
		typ                string
		first, third, last any
	}{"0.5": {"DOUBLE", 0.0, 2.5, 139.0}, "n/a": {"VARCHAR", "0", "2.5", "139"}} { // the texts are those of the objects
		w.write("differ/003.csv", "id,n,empty\n3,2.5,\n")
		w.write("differ/110.csv", "id,n,empty\n110,"+cell+",\n")
		rows, columns, err := w.readTable(nil, map[string]any{"prefix": "differ/"}, nil)
		require.NoError(t, err, cell)
		require.Equal(t, "id BIGINT, n "+want.typ+", empty VARCHAR, later VARCHAR", columns)
		var list []struct {
			ID int
			N  any
		}
		require.NoError(t, json.Unmarshal([]byte(rows), &list))
		require.Len(t, list, many)
		for i, row := range list {
			require.Equal(t, i, row.ID)
		}
		require.Equal(t, want.first, list[0].N)
		require.Equal(t, want.third, list[3].N)
		require.Equal(t, want.last, list[many-1].N)
	}
}

// A number that would lose digits is named with its object, also when the one that makes it do so comes much later.
func TestALateObjectThatWouldCostDigits(t *testing.T) {
	w := newWorld(t)
	for i := range 70 { // more than are put below each other at once
		w.write(fmt.Sprintf("late/%03d.csv", i), fmt.Sprintf("id\n%d\n", i))
	}
	w.write("late/007.csv", "id\n9007199254740993\n")
	w.write("late/069.csv", "id\n1.5\n")
	_, _, err := w.readTable(nil, map[string]any{"prefix": "late/"}, nil)
	require.Equal(t, "type_mismatch", errs.From(err).Code, err)
	require.ErrorContains(t, err, `9007199254740993 in the column "id" of late/007.csv`)
}

// Texts are tables or not, whatever the storage: what is none is named.
func TestPlainTextsAreLookedAt(t *testing.T) {
	w := newWorld(t)
	for kind, from := range servers(t, w) {
		t.Run(kind, func(t *testing.T) {
			w.t = t
			from.put(t, map[string]string{
				"txt/a.txt":  "id\tname\n1\tAda, Countess\n2\tBob\n",
				"txt/b.TXT":  "id;name\n3;\"x; y\"\n4;Eve\n",
				"txt/c.csv":  "id,name\n5,Kim\n",
				"mail/a.txt": "id\tname\n1\tAda\n",
				"mail/b.txt": "Dear Ann,\n\nthe numbers, the notes and the rest come tomorrow.\nUntil then, all the best.\n\nBob\n",
				"list/a.txt": "id\n7\n8\n",
			})
			rows, columns, err := w.readTable(from, map[string]any{"prefix": "txt/"}, nil)
			require.NoError(t, err)
			require.Equal(t, "id BIGINT, name VARCHAR", columns)
			require.JSONEq(t, `[{"id": 1, "name": "Ada, Countess"}, {"id": 2, "name": "Bob"}, {"id": 3, "name": "x; y"}, {"id": 4, "name": "Eve"}, {"id": 5, "name": "Kim"}]`, rows)
			for prefix, name := range map[string]string{"mail/": "mail/b.txt", "list/": "list/a.txt"} {
				_, _, err = w.readTable(from, map[string]any{"prefix": prefix}, nil)
				e := errs.From(err)
				require.Equal(t, "format_unknown", e.Code, err)
				require.Contains(t, e.Message, name)
				require.Contains(t, e.Hint, "Set the format: csv")
				require.Equal(t, "with.format", e.Details[0].Field)
			}
			rows, _, err = w.readTable(from, map[string]any{"prefix": "list/", "format": "csv"}, nil)
			require.NoError(t, err)
			require.JSONEq(t, `[{"id": 7}, {"id": 8}]`, rows)
		})
	}
}

// Before a run the first objects tell the columns, and it is said how many of how many were read.
func TestALookAtTheFirstObjects(t *testing.T) {
	w := newWorld(t)
	kinds := servers(t, w)
	kinds["folder"] = nil
	for kind, from := range kinds {
		t.Run(kind, func(t *testing.T) {
			w.t = t
			all := map[string]string{
				"look/day=1/a.csv": "id\n1\n", "look/day=2/b.csv": "id,n\n2,1.5\n", "look/day=x/c.ndjson": "{\"id\": 3}\n", "look/day=x/d.csv": "id,late\nx,y\n",
				"big/a.csv": "id\n" + strings.Repeat("1\n", 17<<20), "big/b.csv": "id\n2\n", "bad/a.csv": "id,n\n1\n",
			}
			if from == nil {
				for i := range 1001 {
					w.write(fmt.Sprintf("many/%04d.csv", i), "n\n1\n")
				}
				for name, text := range all {
					w.write(name, text)
				}
			} else {
				from.put(t, all)
			}
			looking := func(with map[string]any) (columns string, looked node.Looked, err error) {
				with["connection"] = "bucket"
				call := w.Call(with, nil)
				env := *call.Env
				call.Env = &env
				if from != nil {
					env.Connections = from
				}
				out, looked, err := read.Type().Look(t.Context(), call)
				if err != nil {
					return "", looked, err
				}
				var list []string
				for _, c := range out["table"].Table.Columns {
					list = append(list, c.Name+" "+c.Type)
				}
				return strings.Join(list, ", "), looked, nil
			}
			for _, c := range []struct {
				with    map[string]any
				columns string
				looked  node.Looked
			}{
				{map[string]any{"match": "look/**", "source": "o"}, "o VARCHAR, day VARCHAR, id BIGINT, n DOUBLE", node.Looked{Objects: 3, Of: 4}},
				{map[string]any{"prefix": "look/", "match": "*.csv", "new": true}, "day VARCHAR, id VARCHAR, n DOUBLE, late VARCHAR", node.Looked{Objects: 3, Of: 3}},
				{map[string]any{"prefix": "look/", "types": []any{map[string]any{"column": "late", "type": "VARCHAR"}}}, "day VARCHAR, id BIGINT, n DOUBLE", node.Looked{Objects: 3, Of: 4}},
				{map[string]any{"prefix": "big/"}, "id BIGINT", node.Looked{Objects: 1, Of: 2}},
				{map[string]any{"prefix": "gone/", "none": "empty", "types": []any{map[string]any{"column": "id", "type": "INT"}}}, "id INTEGER", node.Looked{}},
			} {
				columns, looked, err := looking(c.with)
				require.NoError(t, err, "%v", c.with)
				require.Equal(t, c.columns, columns, "%v", c.with)
				require.Equal(t, c.looked, looked, "%v", c.with)
			}
			for match, code := range map[string]string{"gone/*": "objects_none", "big/a.csv": "preview_unavailable", "bad/*": "csv_invalid"} {
				folder, name, _ := strings.Cut(match, "/")
				_, _, err := looking(map[string]any{"prefix": folder + "/", "match": name})
				require.Equal(t, code, errs.From(err).Code, "%s: %v", match, err)
			}
			if from == nil {
				_, looked, err := looking(map[string]any{"prefix": "many/"})
				require.NoError(t, err)
				require.Equal(t, node.Looked{Objects: 3, Of: 1000, More: true}, looked)
			}
			if from != nil { // whoever has no place for helpers looks alone
				from.most, from.opened = 1, 0
				columns, _, err := looking(map[string]any{"prefix": "look/"})
				require.NoError(t, err)
				require.Equal(t, "day VARCHAR, id BIGINT, n DOUBLE", columns)
				from.most = 0
			}
		})
	}
}
