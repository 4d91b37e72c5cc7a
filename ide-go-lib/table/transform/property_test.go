package transform_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/duck"
	"dataflow/ide-go-lib/table/transform/aggregate"
	"dataflow/ide-go-lib/table/transform/compare"
	"dataflow/ide-go-lib/table/transform/distinct"
	"dataflow/ide-go-lib/table/transform/explode"
	"dataflow/ide-go-lib/table/transform/fill"
	"dataflow/ide-go-lib/table/transform/filter"
	"dataflow/ide-go-lib/table/transform/flatten"
	"dataflow/ide-go-lib/table/transform/join"
	"dataflow/ide-go-lib/table/transform/literal"
	"dataflow/ide-go-lib/table/transform/lookup"
	"dataflow/ide-go-lib/table/transform/pivot"
	"dataflow/ide-go-lib/table/transform/profile"
	"dataflow/ide-go-lib/table/transform/sample"
	"dataflow/ide-go-lib/table/transform/selectcols"
	"dataflow/ide-go-lib/table/transform/sort"
	"dataflow/ide-go-lib/table/transform/split"
	"dataflow/ide-go-lib/table/transform/sql"
	"dataflow/ide-go-lib/table/transform/union"
	"dataflow/ide-go-lib/table/transform/unpivot"
	"dataflow/ide-go-lib/table/transform/window"
)

// hostile are tables that are hard on a transform. Each has the columns k, t and n, of a key, a text and a number, whatever
// those are called.
var hostile = map[string]struct{ query, k, t, n string }{
	"ordinary":         {`SELECT range % 7 AS k, 't' || range % 3 AS t, range AS n FROM range(100)`, "k", "t", "n"},
	"nulls":            {`SELECT * FROM (VALUES (NULL, 'a', 1), (NULL, NULL, NULL), (2, 'b', 3), (2, NULL, 4), (NULL, 'a', 1)) AS v(k, t, n)`, "k", "t", "n"},
	"empty":            {`SELECT 1 AS k, 'a' AS t, 1 AS n WHERE false`, "k", "t", "n"},
	"odd names":        {`SELECT range % 3 AS "a ""key"" 'of'", 'x' || range AS "文本 😀, (t)", range AS "select" FROM range(20)`, `a "key" 'of'`, "文本 😀, (t)", "select"},
	"names of our own": {`SELECT range % 3 AS "__row__", 'x' || range AS "__parts__", range AS "__found__" FROM range(20)`, "__row__", "__parts__", "__found__"},
	"names inside":     {`SELECT range % 3 AS l, 'x' || range AS side, range AS k0 FROM range(20)`, "l", "side", "k0"},
	"long texts":       {`SELECT range % 2 AS k, repeat(chr(97 + range::INT % 26), 10000) AS t, range AS n FROM range(6)`, "k", "t", "n"},
	"wide numbers":     {`SELECT (170141183460469231731687303715884105 + range)::DECIMAL(38,0) AS k, 'a,b' AS t, (range * 1.25)::DECIMAL(18,2) AS n FROM range(9)`, "k", "t", "n"},
	"moments":          {`SELECT TIMESTAMPTZ '2026-03-29 01:30:00+01' + to_hours(range::INT % 3) AS k, 'é' AS t, range::DOUBLE AS n FROM range(9)`, "k", "t", "n"},
	"lists":            {`SELECT [range % 2, NULL] AS k, '' AS t, range::HUGEINT AS n FROM range(9)`, "k", "t", "n"},
	"not numbers":      {`SELECT * FROM (VALUES (1, 'a', 'nan'::DOUBLE), (1, 'b', 'inf'::DOUBLE), (2, 'c', '-inf'::DOUBLE), (2, 'd', 0)) AS v(k, t, n)`, "k", "t", "n"},
	"one row":          {`SELECT true AS k, 'a' AS t, 1::UTINYINT AS n`, "k", "t", "n"},
}

func ported(inputs ...any) map[string]table.Source {
	sources := map[string]table.Source{}
	for i := 0; i < len(inputs); i += 2 {
		sources[inputs[i].(string)] = table.Source{Artifact: inputs[i+1].(table.Table).Artifact}
	}
	return sources
}

func rows(t *testing.T, e *duck.Engine, ref artifact.Ref) []string {
	t.Helper()
	page, err := e.Page(t.Context(), tenant, ref, table.PageRequest{Limit: duck.MaxPage})
	if err != nil {
		t.Fatal(err)
	}
	texts := make([]string, len(page.Rows))
	for i, row := range page.Rows {
		texts[i] = string(row)
	}
	return texts
}

// bag is rows without their order.
func bag(t *testing.T, e *duck.Engine, of table.Table) []string {
	return slices.Sorted(slices.Values(rows(t, e, of.Artifact)))
}

func eachHostile(t *testing.T, f func(t *testing.T, e *duck.Engine, in table.Table, k, text, n string)) {
	e := engine(t)
	for name, h := range hostile {
		t.Run(name, func(t *testing.T) { f(t, e, run(t, e, sql.Config{Select: query(h.query)}, nil), h.k, h.t, h.n) })
	}
}

// TestEveryTransformTakesHostileTables: they all run, keep as many rows as they must, and give the same twice.
func TestEveryTransformTakesHostileTables(t *testing.T) {
	eachHostile(t, func(t *testing.T, e *duck.Engine, in table.Table, k, text, n string) {
		all, some := in.Meta.Rows, int64(-1)
		order := []sort.Key{{Column: n, Order: "desc"}}
		key := []join.Key{{Left: k}}
		number := func(method string) fill.Column { return fill.Column{Column: n, Method: method} }
		for name, c := range map[string]struct {
			relation table.Relation
			inputs   map[string]table.Source
			rows     int64
		}{
			"sample":         {sample.Config{By: "rows", Rows: 3, Seed: 1}, from(in), min(3, all)},
			"sample each":    {sample.Config{By: "rows", Rows: 1, Each: []string{k}, Seed: 1}, from(in), some},
			"sample percent": {sample.Config{By: "percent", Percent: 50, Seed: 1}, from(in), some},
			"sample all":     {sample.Config{By: "percent", Percent: 100}, from(in), all},
			"sample none":    {sample.Config{By: "percent"}, from(in), 0},
			"distinct":       {distinct.Config{Columns: []string{k}, Keep: "last", Order: order}, from(in), some},
			"distinct none":  {distinct.Config{Keep: "none"}, from(in), some},
			"cross":          {join.Config{Kind: "cross", Suffix: "_2"}, ported("left", in, "right", in), all * all},
			"full":           {join.Config{Kind: "full", On: key, Suffix: "_2"}, ported("left", in, "right", in), some},
			"asof":           {join.Config{Kind: "asof", On: key, Nearest: join.Key{Left: n}, Direction: "backward", Suffix: "_2"}, ported("left", in, "right", in), all},
			"asof nearest":   {join.Config{Kind: "asof", Nearest: join.Key{Left: n}, Direction: "nearest", Tolerance: "2", Suffix: "_2"}, ported("left", in, "right", in), all},
			"lookup":         {lookup.Config{On: []lookup.Key{{Table: k}}, Columns: []lookup.Column{{Name: n, As: "found"}, {Name: text, As: "default"}}, Missing: "default", Several: "first"}, ported("table", in, "lookup", in), all},
			"lookup last":    {lookup.Config{On: []lookup.Key{{Table: text}}, Columns: []lookup.Column{{Name: k, As: "found"}}, Missing: "drop", Several: "last"}, ported("table", in, "lookup", in), some},
			"union":          {union.Config{Match: "name", Source: "source"}, ported("table", in, "table[1]", in), 2 * all},
			"window": {window.Config{By: []string{k}, Order: order, Values: []window.Value{
				{Function: "row_number"}, {Function: "rank"}, {Function: "lag", Column: text, Rows: 2, Default: literal.Of("none")}, {Function: "lead", Column: k, Rows: 1},
				{Function: "count", Over: "all"}, {Function: "first", Column: text, Over: "running"}, {Function: "max", Column: n, Over: "moving", Rows: 3},
			}}, from(in), all},
			"pivot":       {pivot.Config{By: []string{k}, Column: text, Values: []aggregate.Value{{Function: "count"}}, Most: 100}, from(in), some},
			"pivot of k":  {pivot.Config{By: []string{text}, Column: k, Values: []aggregate.Value{{Function: "max", Column: n}}, Most: 100}, from(in), some},
			"unpivot":     {unpivot.Config{Keep: []string{k}, Name: "name", Value: "value", Nulls: true}, from(in), 2 * all},
			"fill":        {fill.Config{Columns: []fill.Column{{Column: text, Method: "constant", Value: literal.Of("x'")}, number("previous")}, By: []string{k}, Order: order}, from(in), all},
			"fill mean":   {fill.Config{Columns: []fill.Column{{Column: text, Method: "mode"}, number("mean")}, By: []string{k}}, from(in), all},
			"fill line":   {fill.Config{Columns: []fill.Column{{Column: text, Method: "next"}, number("interpolate")}}, from(in), all},
			"fill median": {fill.Config{Columns: []fill.Column{number("median")}}, from(in), all},
			"split":       {split.Config{Column: text, By: "separator", Separator: ",", Into: []string{"p1", "p'2"}, Rest: "last", Trim: true}, from(in), all},
			"split list":  {split.Config{Column: text, By: "pattern", Pattern: "[,;'\"]+", Rest: "last"}, from(in), all},
			"split one":   {split.Config{Column: text, By: "groups", Pattern: "(.)(.)?", Into: []string{"a1", "a2"}, Rest: "last", Keep: true}, from(in), all},
			"explode":     {explode.Config{Column: text, Separator: ",", Empty: "keep", Position: "nth"}, from(in), some},
			"flatten":     {flatten.Config{Depth: 1, Prefix: true, Separator: "_"}, from(in), all},
			"compare":     {compare.Config{Keys: []string{k}, Unchanged: true, Duplicates: "pair", Tolerance: 0.5}, ported("before", in, "after", in), all},
			"cells":       {compare.Config{Keys: []string{text}, Layout: "cells", Unchanged: true}, ported("before", in, "after", in), all},
			"cells, all":  {compare.Config{Layout: "cells"}, ported("before", in, "after", in), 0},
			"profile":     {profile.Config{Top: 3, Patterns: true}, from(in), 3},
		} {
			plan := table.Plan{Relation: c.relation, Inputs: c.inputs}
			first, err := e.Run(t.Context(), tenant, plan, nil)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if c.rows != some && first.Meta.Rows != c.rows {
				t.Errorf("%s gave %d rows, not %d", name, first.Meta.Rows, c.rows)
			}
			again, err := e.Run(t.Context(), tenant, plan, nil)
			if err != nil {
				t.Fatal(err)
			}
			if again.Artifact != first.Artifact && !reflect.DeepEqual(bag(t, e, first), bag(t, e, again)) {
				t.Errorf("%s gave another table when it was run again", name)
			}
			columns, err := e.Describe(t.Context(), tenant, plan)
			if err != nil || !reflect.DeepEqual(columns, first.Meta.Columns) {
				t.Errorf("%s is described as %v, but gave %v; %v", name, columns, first.Meta.Columns, err)
			}
		}
	})
}

func TestPivotUndoesUnpivot(t *testing.T) {
	eachHostile(t, func(t *testing.T, e *duck.Engine, in table.Table, k, text, n string) {
		// A key of its own for each row, and columns of one type: texts.
		wide := run(t, e, sql.Config{Select: query(`SELECT row_number() OVER () AS "the id", CAST(COLUMNS(*) AS VARCHAR) FROM input`)}, from(in))
		long := run(t, e, unpivot.Config{Keep: []string{"the id"}, Name: "the name", Value: "the value", Nulls: true}, from(wide))
		if long.Meta.Rows != 3*wide.Meta.Rows {
			t.Fatalf("%d rows of %d", long.Meta.Rows, wide.Meta.Rows)
		}
		back := run(t, e, pivot.Config{By: []string{"the id"}, Column: "the name", Names: []string{k, text, n}, Values: []aggregate.Value{{Function: "max", Column: "the value"}}, Most: 10}, from(long))
		if back.Artifact != wide.Artifact && !reflect.DeepEqual(rows(t, e, back.Artifact), rows(t, e, wide.Artifact)) {
			t.Errorf("%v\n%v", rows(t, e, wide.Artifact), rows(t, e, back.Artifact))
		}
		if wide.Meta.Rows == 0 {
			return
		}
		found := run(t, e, pivot.Config{By: []string{"the id"}, Column: "the name", Values: []aggregate.Value{{Function: "max", Column: "the value"}}, Most: 10}, from(long))
		listed := run(t, e, selectcols.Config{Columns: []selectcols.Column{{Name: "the id"}, {Name: k}, {Name: text}, {Name: n}}}, from(found))
		if !reflect.DeepEqual(rows(t, e, listed.Artifact), rows(t, e, wide.Artifact)) {
			t.Errorf("found: %v", rows(t, e, listed.Artifact))
		}
	})
}

func TestATableDoesNotDifferFromItself(t *testing.T) {
	eachHostile(t, func(t *testing.T, e *duck.Engine, in table.Table, k, text, n string) {
		for _, keys := range [][]string{nil, {k}, {k, text}, {k, text, n}} {
			c := compare.Config{Keys: keys, Duplicates: "pair"}
			if got := run(t, e, c, ported("before", in, "after", in)); got.Meta.Rows != 0 {
				t.Errorf("by %v: %v", keys, rows(t, e, got.Artifact))
			}
			none := run(t, e, filter.Config{Where: query("false")}, from(in))
			added := run(t, e, c, ported("before", none, "after", in))
			removed := run(t, e, c, ported("before", in, "after", none))
			if added.Meta.Rows != in.Meta.Rows || removed.Meta.Rows != in.Meta.Rows {
				t.Errorf("by %v: %d added, %d removed of %d", keys, added.Meta.Rows, removed.Meta.Rows, in.Meta.Rows)
			}
		}
	})
}

func TestDistinctOfDistinctChangesNothing(t *testing.T) {
	eachHostile(t, func(t *testing.T, e *duck.Engine, in table.Table, k, text, n string) {
		for _, c := range []distinct.Config{
			{Keep: "first"}, {Keep: "last", Columns: []string{k}}, {Keep: "first", Columns: []string{text, k}, Order: []sort.Key{{Column: n}}},
			{Keep: "last", Columns: []string{text}, Order: []sort.Key{{Column: n, Order: "desc"}, {Column: k}}}, {Keep: "none", Columns: []string{k}},
		} {
			once := run(t, e, c, from(in))
			if twice := run(t, e, c, from(once)); twice.Artifact != once.Artifact {
				t.Errorf("%+v: %d rows, then %d", c, once.Meta.Rows, twice.Meta.Rows)
			}
		}
	})
}

func TestAnExplodedListIsWhatWasSplit(t *testing.T) {
	e := engine(t)
	in := run(t, e, sql.Config{Select: query(`SELECT range AS id, array_to_string(list_transform(range(range % 5 + 1), lambda x: 'p' || x), ';') AS text FROM range(50)`)}, nil)
	parts := run(t, e, split.Config{Column: "text", By: "separator", Separator: ";", Rest: "last"}, from(in))
	items := run(t, e, explode.Config{Column: "text", Empty: "keep"}, from(parts))
	direct := run(t, e, explode.Config{Column: "text", Separator: ";", Empty: "keep"}, from(in))
	if items.Artifact != direct.Artifact || items.Meta.Rows != 150 {
		t.Errorf("%d and %d rows", items.Meta.Rows, direct.Meta.Rows)
	}
	back := run(t, e, sql.Config{Select: query(`SELECT id, string_agg(text, ';' ORDER BY text) AS text FROM input GROUP BY id ORDER BY id`)}, from(direct))
	if back.Artifact != in.Artifact {
		t.Errorf("%v", rows(t, e, back.Artifact))
	}
}

// TestSamplesAreOfTheTable: no row twice, none that is not there, another seed picks others, and shares are near.
func TestSamplesAreOfTheTable(t *testing.T) {
	e := engine(t)
	in := run(t, e, sql.Config{Select: query(`SELECT range AS id, range % 10 AS g FROM range(10000)`)}, nil)
	ids := func(c sample.Config) []string { return rows(t, e, run(t, e, c, from(in)).Artifact) }
	one, two := ids(sample.Config{By: "rows", Rows: 1000, Seed: 1}), ids(sample.Config{By: "rows", Rows: 1000, Seed: 2})
	if !slices.IsSortedFunc(one, func(a, b string) int {
		var x, y []int
		_, _ = json.Unmarshal([]byte(a), &x), json.Unmarshal([]byte(b), &y)
		return x[0] - y[0]
	}) || len(slices.Compact(slices.Clone(one))) != 1000 {
		t.Error("rows are out of order, or twice there")
	}
	both := 0
	for _, row := range two {
		if slices.Contains(one, row) {
			both++
		}
	}
	if both < 50 || both > 150 {
		t.Errorf("two samples of a tenth have %d of 1000 rows in common", both)
	}
	if n := len(ids(sample.Config{By: "percent", Percent: 20, Seed: 7})); n < 1800 || n > 2200 {
		t.Errorf("a fifth is %d of 10000", n)
	}
	if n := len(ids(sample.Config{By: "rows", Rows: 5, Each: []string{"g"}})); n != 50 {
		t.Errorf("5 of each of 10 are %d", n)
	}
}

func TestLookupIsALeftJoinThatKeepsItsRows(t *testing.T) {
	eachHostile(t, func(t *testing.T, e *duck.Engine, in table.Table, k, text, n string) {
		unique := run(t, e, distinct.Config{Columns: []string{k}, Keep: "first"}, from(in))
		found := run(t, e, lookup.Config{On: []lookup.Key{{Table: k}}, Columns: []lookup.Column{{Name: n, As: "new"}}, Missing: "default", Several: "fail"}, ported("table", in, "lookup", unique))
		right := run(t, e, selectcols.Config{Columns: []selectcols.Column{{Name: k}, {Name: n, As: "new"}}}, from(unique))
		joined := run(t, e, join.Config{Kind: "left", On: []join.Key{{Left: k}}, Suffix: "_2"}, ported("left", in, "right", right))
		if !reflect.DeepEqual(bag(t, e, found), bag(t, e, joined)) {
			t.Errorf("%v\n%v", bag(t, e, found), bag(t, e, joined))
		}
	})
}

// TestNearestIsNearest compares the join with what trying every pair gives.
func TestNearestIsNearest(t *testing.T) {
	e := engine(t)
	left := run(t, e, sql.Config{Select: query(`SELECT range AS id, CASE WHEN range % 13 > 0 THEN range % 3 END AS k, CASE WHEN range % 11 > 0 THEN hash(range) % 100 END::BIGINT AS at FROM range(200)`)}, nil)
	right := run(t, e, sql.Config{Select: query(`SELECT CASE WHEN range % 5 > 0 THEN range % 4 END AS k, CASE WHEN range % 7 > 0 THEN hash(range + 1000) % 120 END::BIGINT AS "at 2", range AS no FROM range(40)`)}, nil)
	for direction, fits := range map[string]string{"backward": `r."at 2" <= l.at`, "forward": `r."at 2" >= l.at`, "nearest": `l.at + r."at 2" IS NOT NULL`} {
		for tolerance, near := range map[string]string{"": "true", "4": `abs(l.at - r."at 2") <= 4`} {
			c := join.Config{Kind: "asof", On: []join.Key{{Left: "k"}}, Nearest: join.Key{Left: "at", Right: "at 2"}, Direction: direction, Tolerance: tolerance, Suffix: "_r"}
			got := run(t, e, c, ported("left", left, "right", right))
			// Of those as near, what comes before counts, then the last row.
			want := run(t, e, sql.Config{Select: query(`SELECT l.*, r."at 2", r.no FROM l LEFT JOIN r ON l.k = r.k AND ` + fits + ` AND ` + near +
				` QUALIFY row_number() OVER (PARTITION BY l.id ORDER BY abs(l.at - r."at 2"), r."at 2", r.no DESC) = 1 ORDER BY l.id`)}, ported("l", left, "r", right))
			if got.Artifact != want.Artifact {
				t.Errorf("%s within %q:\n%v\n%v", direction, tolerance, rows(t, e, got.Artifact), rows(t, e, want.Artifact))
			}
		}
	}
}

// TestFlattenOfJSON looks at what may be in JSON: keys of any name, mixed types, nothing.
func TestFlattenOfJSON(t *testing.T) {
	e := engine(t)
	for text, want := range map[string]string{
		`{"a": 1}|{"a": null, "b": {}}`:                          `a BIGINT, b JSON: [1,null] [null,{}]`,
		`{"a": 1}|{"a": "x"}`:                                    `a JSON: [1] ["x"]`,
		`{"a": 1}|{"a": 1.5}|null`:                               `a DOUBLE: [1.0] [1.5] [null]`,
		`{"x.y": 1, "*": 2, "a/b~c": 3, "\"q\"": 4, "中 文": "é"}`: `x.y BIGINT, * BIGINT, a/b~c BIGINT, "q" BIGINT, 中 文 VARCHAR: [1,2,3,4,"é"]`,
		`{"a": {"b": {"c": 1}}}`:                                 `a JSON: [{"b":{"c":1}}]`,
		`[1, 2]|{"a": true}`:                                     `j JSON, a BOOLEAN: [[1, 2],null] [null,true]`,
		`5|null`:                                                 `j JSON: [5] [null]`,
		`{}`:                                                     `j JSON: [{}]`,
		`{"0": 1, "1": 2}`:                                       `0 BIGINT, 1 BIGINT: [1,2]`,
	} {
		in := run(t, e, sql.Config{Select: query(`SELECT CAST(unnest(string_split($1, '|')) AS JSON) AS j`, text)}, nil)
		got := run(t, e, flatten.Config{Depth: 1, Separator: "_"}, from(in))
		var columns []string
		for _, c := range got.Meta.Columns {
			columns = append(columns, c.Name+" "+c.Type)
		}
		if have := strings.Join(columns, ", ") + ": " + strings.Join(rows(t, e, got.Artifact), " "); have != want {
			t.Errorf("%s:\n got %s\nwant %s", text, have, want)
		}
	}
	deep := run(t, e, sql.Config{Select: query(`SELECT {'a "q"': 1, 'b, (c)': {'d': [{'e': 2}], 'f': {'g': 'x'}}} AS s, 1 AS id`)}, nil)
	for depth, want := range map[int]string{
		1: `[s.a "q" s.b, (c) id]`, 2: `[s.a "q" s.b, (c).d s.b, (c).f id]`, 0: `[s.a "q" s.b, (c).d s.b, (c).f.g id]`,
	} {
		got := run(t, e, flatten.Config{Depth: depth, Prefix: true, Separator: "."}, from(deep))
		var names []string
		for _, c := range got.Meta.Columns {
			names = append(names, c.Name)
		}
		if fmt.Sprint(names) != want {
			t.Errorf("%d: %v, want %s", depth, names, want)
		}
	}
}

// TestNamesOfTheResultHideNone: a column of the result may be called like one of the input that the query reads.
func TestNamesOfTheResultHideNone(t *testing.T) {
	e := engine(t)
	in := run(t, e, sql.Config{Select: query(`SELECT * FROM (VALUES ('a', 'n', 1), ('a', 'm', 2), ('b', 'n', 3), ('b', 'city', 4), ('b', 'n', 5)) AS v(city, m, n)`)}, nil)
	for want, r := range map[string]table.Relation{
		`["a",2,1] ["b",null,8]`: pivot.Config{By: []string{"city"}, Column: "m", Names: []string{"m", "n"}, Values: []aggregate.Value{{Function: "sum", Column: "n"}}},
		`["a","n",1,1] ["a","m",2,2] ["b","n",3,3] ["b","city",4,4] ["b","n",5,5]`: window.Config{Values: []window.Value{{Function: "row_number", As: "__row__"}}, Order: []sort.Key{{Column: "n"}}},
	} {
		if got := strings.Join(rows(t, e, run(t, e, r, from(in)).Artifact), " "); got != want {
			t.Errorf("%T: %s", r, got)
		}
	}
	left := run(t, e, sql.Config{Select: query(`SELECT * FROM (VALUES (2, 1, 'x'), (1, 2, 'y')) AS v(nth, k0, changed)`)}, nil)
	none := run(t, e, filter.Config{Where: query("false")}, from(left))
	got := run(t, e, compare.Config{Keys: []string{"changed", "nth", "k0"}}, ported("before", none, "after", left))
	if want := `["added","x",2,1,null] ["added","y",1,2,null]`; strings.Join(rows(t, e, got.Artifact), " ") != want {
		t.Errorf("%v", rows(t, e, got.Artifact))
	}
}

// TestRaisedErrorsNameTheirNode: what a relation raises in the middle of a fused plan is told of its node and field.
func TestRaisedErrorsNameTheirNode(t *testing.T) {
	e := engine(t)
	in := people(t, e)
	look := lookup.Config{On: []lookup.Key{{Table: "id"}}, Columns: []lookup.Column{{Name: "name", As: "new"}}, Missing: "fail", Several: "first"}
	few := table.Plan{Node: "few", Relation: filter.Config{Where: query("id < 10")}, Inputs: from(in)}
	mid := table.Plan{Node: "look", Relation: look, Inputs: map[string]table.Source{"table": {Artifact: in.Artifact}, "lookup": {Plan: &few}}}
	top := table.Plan{Node: "top", Relation: sort.Config{By: []sort.Key{{Column: "id"}}}, Inputs: map[string]table.Source{"table": {Plan: &mid}}}
	_, err := e.Run(t.Context(), tenant, top, nil)
	pub := errs.From(err)
	if pub == nil || pub.Code != "lookup_missing" || !strings.HasPrefix(pub.Message, "The lookup table has no row for ") || len(pub.Details) != 1 || pub.Details[0].Node != "look" || pub.Details[0].Field != "with.missing" {
		t.Fatalf("%+v", pub)
	}
	// So is what the look at the data finds wrong before a pivot.
	bad := table.Plan{Node: "bad", Relation: sql.Config{Select: query("SELECT CAST(name AS INTEGER) AS x FROM input")}, Inputs: from(in)}
	wide := table.Plan{Node: "wide", Relation: pivot.Config{Column: "x", Values: []aggregate.Value{{Function: "count"}}, Most: 10}, Inputs: map[string]table.Source{"table": {Plan: &bad}}}
	_, err = e.Run(t.Context(), tenant, wide, nil)
	if pub = errs.From(err); pub == nil || pub.Code != "type_mismatch" || len(pub.Details) != 1 || pub.Details[0].Node != "bad" {
		t.Errorf("%+v", pub)
	}
	many := table.Plan{Node: "wide", Relation: pivot.Config{Column: "id", Values: []aggregate.Value{{Function: "count"}}, Most: 10}, Inputs: from(in)}
	_, err = e.Run(t.Context(), tenant, many, nil)
	if pub = errs.From(err); pub == nil || pub.Code != "too_many_columns" || pub.Details[0].Node != "wide" || pub.Details[0].Field != "with.column" {
		t.Errorf("%+v", pub)
	}
}
