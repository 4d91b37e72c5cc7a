package duck

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// TestTypesRoundTrip: every type is kept as it is or, where Parquet has none, as the nearest one, and reads as exact JSON.
func TestTypesRoundTrip(t *testing.T) {
	e := newEngine(t)
	for _, c := range []struct{ sql, typ, json string }{
		{"true", "BOOLEAN", "true"},
		{"(-128)::TINYINT", "TINYINT", "-128"},
		{"255::UTINYINT", "UTINYINT", "255"},
		{"2147483647::INTEGER", "INTEGER", "2147483647"},
		{"9007199254740992::BIGINT", "BIGINT", "9007199254740992"},
		{"9007199254740993::BIGINT", "BIGINT", `"9007199254740993"`},
		{"(-9223372036854775808)::BIGINT", "BIGINT", `"-9223372036854775808"`},
		{"18446744073709551615::UBIGINT", "UBIGINT", `"18446744073709551615"`},
		{"42::HUGEINT", "BIGINT", "42"},
		{"1.10::DECIMAL(5,2)", "DECIMAL(5,2)", "1.10"},
		{"12345678901234567890.1234::DECIMAL(38,4)", "DECIMAL(38,4)", `"12345678901234567890.1234"`},
		{"0.1::DOUBLE", "DOUBLE", "0.1"},
		{"0.30000000000000004::DOUBLE", "DOUBLE", "0.30000000000000004"},
		{"1e300::DOUBLE", "DOUBLE", "1e+300"},
		{"'NaN'::DOUBLE", "DOUBLE", `"NaN"`},
		{"'-Infinity'::DOUBLE", "DOUBLE", `"-Infinity"`},
		{"1.5::FLOAT", "FLOAT", "1.5"},
		{"'a\"ü中😀' || chr(10)", "VARCHAR", `"a\"ü中😀\n"`},
		{"DATE '0044-03-15'", "DATE", `"0044-03-15"`},
		{"TIME '10:11:12.5'", "TIME", `"10:11:12.5"`},
		{"TIMESTAMP '2024-02-29 10:11:12.123456'", "TIMESTAMP", `"2024-02-29T10:11:12.123456"`},
		{"TIMESTAMP_S '2024-02-29 10:11:12'", "TIMESTAMP", `"2024-02-29T10:11:12"`},
		{"TIMESTAMP_NS '2024-02-29 10:11:12.123456789'", "TIMESTAMP_NS", `"2024-02-29T10:11:12.123456789"`},
		{"TIMESTAMPTZ '2024-02-29 10:11:12+02'", "TIMESTAMP WITH TIME ZONE", `"2024-02-29T08:11:12Z"`},
		{"INTERVAL 90 MINUTE", "INTERVAL", `"01:30:00"`},
		{"'\\xAA\\x00'::BLOB", "BLOB", `"qgA="`},
		{"'6b8dff60-3f0c-4b5e-9d4a-1f2e3d4c5b6a'::UUID", "UUID", `"6b8dff60-3f0c-4b5e-9d4a-1f2e3d4c5b6a"`},
		{"'b'::ENUM('a', 'b')", "VARCHAR", `"b"`},
		{"'101'::BIT", "VARCHAR", `"101"`},
		{"NULL", "INTEGER", "null"},
		{"[1, NULL, 9007199254740993]", "BIGINT[]", `[1,null,"9007199254740993"]`},
		{"['NaN'::DOUBLE, 'inf'::DOUBLE, 0.5]", "DOUBLE[]", `["NaN","Infinity",0.5]`},
		{"{'a': 1, 'b c': [true, NULL], 'd': 'NaN 1e5 \"x\"'}", `STRUCT(a INTEGER, "b c" BOOLEAN[], d VARCHAR)`, `{"a":1,"b c":[true,null],"d":"NaN 1e5 \"x\""}`},
		{"{'h': 1::HUGEINT, 'e': 'a'::ENUM('a', 'it''s')}", "STRUCT(h BIGINT, e VARCHAR)", `{"h":1,"e":"a"}`},
		{"MAP {'k': 1}", "MAP(VARCHAR, INTEGER)", `{"k":1}`},
		{`'{"a": [1, 2.50]}'::JSON`, "JSON", `{"a": [1, 2.50]}`},
		{"union_value(n := 5)", "VARCHAR", `"5"`},
		{"array_value(1, 2)", "INTEGER[2]", `[1,2]`},
	} {
		got := run(t, e, sqlPlan("SELECT "+c.sql+" AS v"))
		if got.Meta.Columns[0].Type != c.typ {
			t.Errorf("%s: type %s, want %s", c.sql, got.Meta.Columns[0].Type, c.typ)
		}
		if rows := lines(t, e, got); rows != "["+c.json+"]\n" {
			t.Errorf("%s: %swant [%s]", c.sql, rows, c.json)
		}
		e.schemas.m = map[string]table.Meta{} // what the file itself says must be the same
		meta, err := e.Describe(t.Context(), tenant, over(got, "SELECT * FROM input"))
		if err != nil || meta[0].Type != c.typ && !(c.typ == "INTEGER[2]" && meta[0].Type == "INTEGER[]") {
			t.Errorf("%s: stored as %v, want %s, %v", c.sql, meta, c.typ, err)
		}
	}
}

func TestCancellation(t *testing.T) {
	e := newEngine(t)
	endless := map[string]string{
		"recursion":  "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) AS n FROM r",
		"cross join": "SELECT sum(a.range * b.range) AS n FROM range(10000000) AS a, range(10000000) AS b",
		"generator":  "SELECT max(range) AS n FROM range(100000000000000)",
		"sorting":    "SELECT range % 7 AS n FROM range(100000000000) ORDER BY random()",
	}
	for name, sql := range endless {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			began := make(chan time.Time, 1)
			timer := time.AfterFunc(300*time.Millisecond, func() { began <- time.Now(); cancel() })
			defer timer.Stop()
			_, err := e.Run(ctx, tenant, sqlPlan(sql), nil)
			if codeOf(err) != "canceled" {
				t.Fatalf("%v", err)
			}
			if took := time.Since(<-began); took > time.Second {
				t.Errorf("it took %v to stop", took)
			}
		})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := e.Run(ctx, tenant, sqlPlan(endless["recursion"]), nil); codeOf(err) != "timeout" {
		t.Errorf("%v", err)
	}
	if got := lines(t, e, run(t, e, sqlPlan("SELECT 1 AS one"))); got != "[1]\n" {
		t.Errorf("after the cancellations: %s", got)
	}
	base, err := e.store.(interface {
		Dir(tenant string) (string, error)
	}).Dir(tenant)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Join(base, "scratch")); err != nil || len(left) != 0 {
		t.Errorf("left in scratch: %v, %v", left, err)
	}
}

// TestNoQueryGoesOnForEver: also when nobody cancels it and its run has no time of its own.
func TestNoQueryGoesOnForEver(t *testing.T) {
	e := newEngine(t)
	for _, p := range []*pool{e.pool, e.looks} {
		p.cfg.Time = 300 * time.Millisecond
	}
	endless := sqlPlan("WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) AS n FROM r")
	_, err := e.Run(t.Context(), tenant, endless, nil)
	if pub := errs.From(err); codeOf(err) != "query_time_limit" || !strings.Contains(pub.Message, "300ms") || !strings.Contains(pub.Hint, "--table-time") {
		t.Errorf("run: %v", err)
	}
	if _, err := e.Preview(t.Context(), tenant, endless, table.PreviewOptions{Limit: 10}); codeOf(err) != "query_time_limit" {
		t.Errorf("preview: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := e.Run(ctx, tenant, endless, nil); codeOf(err) != "timeout" {
		t.Errorf("the step's own time comes first: %v", err)
	}
	for d, want := range map[time.Duration]string{time.Hour: "1h", 90 * time.Minute: "1h30m", time.Minute: "1m", 90 * time.Second: "1m30s", 10 * time.Second: "10s", 20 * time.Hour: "20h"} {
		if got := shortly(d); got != want {
			t.Errorf("%v: %s", d, got)
		}
	}
}

func TestLimits(t *testing.T) {
	e := newEngine(t)
	_, err := e.Run(t.Context(), tenant, sqlPlan("SELECT length(string_agg(range::VARCHAR || repeat('x', 1000), '')) AS n FROM range(10000000)"), nil)
	if c := codeOf(err); c != "memory_limit" && c != "out_of_range" {
		t.Errorf("%v", err)
	}
	if told := errs.From(err).Message; strings.Contains(told, "/") || strings.Contains(told, "SET ") {
		t.Errorf("the message tells too much: %s", told)
	}
}

func TestProgress(t *testing.T) {
	e := newEngine(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	long := "SELECT count(*) AS n FROM range(3000000) AS a, range(1000) AS b WHERE hash(a.range, b.range) % 3 = 1"
	told := false
	_, err := e.Run(ctx, tenant, sqlPlan(long), func(_, _ int64, percent float64) {
		told = percent >= 0
		cancel() // it is told while the query runs, so there is something to cancel
	})
	if codeOf(err) != "canceled" || !told {
		t.Errorf("told %v, %v", told, err)
	}
	last := int64(0)
	run := table.Progress(func(rows, _ int64, percent float64) { last = rows + int64(percent) })
	if _, err := e.Run(t.Context(), tenant, sqlPlan("SELECT * FROM range(7)"), run); err != nil || last != 107 {
		t.Errorf("the end: %d, %v", last, err)
	}
}

func TestPageSortsAndFilters(t *testing.T) {
	e := newEngine(t)
	tab := run(t, e, sqlPlan("SELECT range AS id, CASE WHEN range % 3 = 0 THEN NULL ELSE 'Name ' || range END AS name, DATE '2024-01-01' + range::INT AS day FROM range(300000)"))
	for _, c := range []struct {
		req   table.PageRequest
		rows  string
		total int64
	}{
		{table.PageRequest{Limit: 1}, "[0,null,\"2024-01-01\"]\n", 300000},
		{table.PageRequest{Limit: 1, Offset: 299999}, "[299999,\"Name 299999\",\"2845-05-15\"]\n", 300000},
		{table.PageRequest{Limit: 5, Offset: 300000}, "", 300000},
		{table.PageRequest{Limit: 0}, "", 300000},
		{table.PageRequest{Limit: 1, Sort: []table.SortKey{{Column: "id", Desc: true}}}, "[299999,\"Name 299999\",\"2845-05-15\"]\n", 300000},
		{table.PageRequest{Limit: 1, Offset: 1, Sort: []table.SortKey{{Column: "NAME"}, {Column: "id"}}}, "[10,\"Name 10\",\"2024-01-11\"]\n", 300000},
		{table.PageRequest{Limit: 1, Offset: 299999, Sort: []table.SortKey{{Column: "name", Desc: true}}}, "null", 300000},
		{table.PageRequest{Limit: 1, Filter: []table.Condition{{Column: "name", Op: "is_null"}, {Column: "id", Op: ">", Value: "10"}}}, "[12,null,\"2024-01-13\"]\n", 100000 - 4},
		{table.PageRequest{Limit: 1, Filter: []table.Condition{{Column: "day", Op: "=", Value: "2024-02-01"}}}, "[31,\"Name 31\",\"2024-02-01\"]\n", 1},
		{table.PageRequest{Limit: 1, Filter: []table.Condition{{Column: "name", Op: "contains", Value: "E 29999"}}, Sort: []table.SortKey{{Column: "id"}}}, "[29999,\"Name 29999\",\"2106-02-19\"]\n", 8},
		{table.PageRequest{Limit: 1, Filter: []table.Condition{{Column: "name", Op: "=", Value: "x' OR 1=1 --"}}}, "", 0},
		{table.PageRequest{Limit: 1, Filter: []table.Condition{{Column: "id", Op: "!=", Value: "0"}, {Column: "id", Op: "<=", Value: "2"}, {Column: "name", Op: "not_null"}}}, "[1,\"Name 1\",\"2024-01-02\"]\n", 2},
	} {
		page, err := e.Page(t.Context(), tenant, tab.Artifact, c.req)
		if err != nil {
			t.Errorf("%+v: %v", c.req, err)
			continue
		}
		if got := join(page.Rows); page.Total != c.total || got != c.rows && !(c.rows == "null" && strings.Contains(got, "null")) {
			t.Errorf("%+v: %d, %s", c.req, page.Total, got)
		}
	}
	for _, c := range []struct {
		req  table.PageRequest
		code string
	}{
		{table.PageRequest{Limit: 1, Sort: []table.SortKey{{Column: "nam"}}}, "column_unknown"},
		{table.PageRequest{Limit: 1, Filter: []table.Condition{{Column: "x; DROP", Op: "="}}}, "column_unknown"},
		{table.PageRequest{Limit: 1, Filter: []table.Condition{{Column: "id", Op: "LIKE"}}}, "filter_invalid"},
		{table.PageRequest{Limit: 1, Filter: []table.Condition{{Column: "id", Op: ">", Value: "ten"}}}, "filter_invalid"},
		{table.PageRequest{Limit: 1_000_000}, "page_invalid"},
		{table.PageRequest{Limit: 1, Offset: -1}, "page_invalid"},
	} {
		if _, err := e.Page(t.Context(), tenant, tab.Artifact, c.req); codeOf(err) != c.code {
			t.Errorf("%+v: %v", c.req, err)
		}
	}
	if _, err := e.Page(t.Context(), "other", tab.Artifact, table.PageRequest{Limit: 1}); codeOf(err) != "artifact_not_found" {
		t.Errorf("a foreign tenant: %v", err)
	}
	blob, err := e.store.Put(t.Context(), tenant, strings.NewReader("not a table"), "text/plain")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Page(t.Context(), tenant, blob, table.PageRequest{Limit: 1}); codeOf(err) != "table_unreadable" {
		t.Errorf("not a table: %v", err)
	}
}

func TestProfile(t *testing.T) {
	e := newEngine(t)
	tab := run(t, e, sqlPlan("SELECT range AS id, CASE WHEN range < 10 THEN NULL ELSE 'k' || range % 3 END AS kind, CASE WHEN range = 5 THEN 'inf'::DOUBLE ELSE range / 2 END AS half, [range] AS l, TIMESTAMP '2024-01-01' AS t FROM range(100)"))
	p, err := e.Profile(t.Context(), tenant, tab.Artifact)
	if err != nil {
		t.Fatal(err)
	}
	id, kind, half := p.Columns[0], p.Columns[1], p.Columns[2]
	if p.Rows != 100 || id.Nulls != 0 || *id.Min != "0" || *id.Max != "99" || *id.Mean != 49.5 || len(id.Histogram) != 20 || id.Histogram[0].Count != 5 || id.Distinct < 80 {
		t.Errorf("id: %+v", id)
	}
	if kind.Nulls != 10 || kind.Mean != nil || len(kind.Top) != 3 || kind.Top[0] != (table.Bucket{Label: "k0", Count: 30}) {
		t.Errorf("kind: %+v", kind)
	}
	if len(id.Quantiles) != 5 || id.Quantiles[2].Share != 0.5 || math.Abs(id.Quantiles[2].Value-49.5) > 1 || len(kind.Patterns) != 1 || kind.Patterns[0] != (table.Bucket{Label: "a9", Count: 90}) || *kind.MaxLength != 2 {
		t.Errorf("quantiles of id: %+v, shapes of kind: %+v", id.Quantiles, kind.Patterns)
	}
	if half.Histogram != nil || half.Mean == nil || *p.Columns[4].Min != "2024-01-01T00:00:00" || p.Columns[3].Min != nil {
		t.Errorf("half: %+v, others %+v", half, p.Columns[3:])
	}
	// What is counted about is never more than there is.
	all := make([]string, 20)
	for i := range all {
		all[i] = fmt.Sprintf("md5('%d ' || range) AS c%d", i, i)
	}
	few, err := e.Profile(t.Context(), tenant, run(t, e, sqlPlan("SELECT "+strings.Join(all, ", ")+" FROM range(27)")).Artifact)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range few.Columns {
		if c.Distinct > 27 {
			t.Errorf("%d distinct values in 27 rows", c.Distinct)
		}
	}
	empty := run(t, e, sqlPlan("SELECT 1 AS a, 'x' AS b WHERE false"))
	if p, err := e.Profile(t.Context(), tenant, empty.Artifact); err != nil || p.Rows != 0 || p.Columns[0].Min != nil {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestConcurrentUse(t *testing.T) {
	e := newEngine(t)
	in := run(t, e, sqlPlan("SELECT range AS id FROM range(1000)"))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 10 {
				got, err := e.Run(t.Context(), tenant, over(in, "SELECT sum(id) + $1 AS s FROM input", int64(i)), nil)
				if err != nil || got.Meta.Rows != 1 {
					t.Errorf("%v, %v", got.Meta, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestFilesThatAreRefused(t *testing.T) {
	e := newEngine(t)
	for _, c := range []struct{ name, content, format, code, message string }{
		{"x.json", "", "", "json_invalid", "the file is empty"},
		{"x.json", `[{"a": 1}, {"a": `, "", "json_invalid", "value 2 is not valid JSON: unexpected end of data"},
		{"x.json", `[{"a": 1}, {"a": }, {"a": 2}]`, "", "json_invalid", "value 2 is not valid JSON: unexpected character at its byte 7"},
		{"x.json", `nonsense`, "", "json_invalid", "is not valid JSON"},
		{"x.ndjson", "{\"a\": 1}\n{broken\n", "", "json_invalid", "line 2 is not valid JSON"},
		{"x.ndjson", "{broken\n{\"a\": 1}\n", "", "json_invalid", "line 1 is not valid JSON"},
		{"x.parquet", "PAR1 no", "", "parquet_invalid", "it is no Parquet file"},
		{"x.parquet", "this is something else altogether", "", "parquet_invalid", "it is no Parquet file"},
		{"x.parquet", "", "", "parquet_invalid", "it is no Parquet file"},
		{"x.xlsx", "PK no", "", "xlsx_invalid", "not a valid Excel workbook"},
		{"x.xlsx", "", "", "xlsx_invalid", ""},
		{"x.doc", "x", "", "format_unknown", "x.doc"},
		{"x.csv", "a\n1\n", "word", "format_unknown", "word"},
	} {
		_, err := e.Import(t.Context(), tenant, writeFile(t, c.name, c.content), table.ImportOptions{Format: c.format}, nil)
		pub := errs.From(err)
		if codeOf(err) != c.code || !strings.Contains(pub.Message, c.message) || strings.Contains(pub.Message+pub.Hint, "/tmp") || strings.Contains(pub.Message, "LINE") {
			t.Errorf("%s %q: %v", c.name, c.content, err)
		}
	}
	if _, err := e.Import(t.Context(), tenant, filepath.Join(t.TempDir(), "x.csv"), table.ImportOptions{}, nil); codeOf(err) != "file_not_found" {
		t.Errorf("%v", err)
	}
}
