package transform_test

import (
	"path/filepath"
	"strings"
	"testing"

	"dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/duck"
	"dataflow/ide-go-lib/table/transform/aggregate"
	"dataflow/ide-go-lib/table/transform/cast"
	"dataflow/ide-go-lib/table/transform/compare"
	"dataflow/ide-go-lib/table/transform/derive"
	"dataflow/ide-go-lib/table/transform/distinct"
	"dataflow/ide-go-lib/table/transform/explode"
	"dataflow/ide-go-lib/table/transform/fill"
	"dataflow/ide-go-lib/table/transform/filter"
	"dataflow/ide-go-lib/table/transform/flatten"
	"dataflow/ide-go-lib/table/transform/join"
	"dataflow/ide-go-lib/table/transform/limit"
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

const tenant = "default"

func engine(t *testing.T) *duck.Engine {
	t.Helper()
	store, err := local.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	e, err := duck.New(duck.Config{Store: store, TempDir: filepath.Join(t.TempDir(), "tmp"), MemoryMiB: 1024})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func query(text string, args ...any) table.SQL { return table.SQL{Text: text, Args: args} }

func run(t *testing.T, e *duck.Engine, r table.Relation, inputs map[string]table.Source) table.Table {
	t.Helper()
	got, err := e.Run(t.Context(), tenant, table.Plan{Relation: r, Inputs: inputs}, nil)
	if err != nil {
		t.Fatalf("%T: %v", r, err)
	}
	return got
}

func from(t table.Table) map[string]table.Source {
	return map[string]table.Source{"table": {Artifact: t.Artifact}}
}

// people has the columns id BIGINT, name VARCHAR, "born in" DATE.
func people(t *testing.T, e *duck.Engine) table.Table {
	return run(t, e, sql.Config{Select: query(`SELECT range AS id, 'n' || range % 7 AS name, DATE '2000-01-01' + (range % 50)::INT AS "born in" FROM range(1000)`)}, nil)
}

func TestErrorsNameTheField(t *testing.T) {
	e := engine(t)
	in := people(t, e)
	two := map[string]table.Source{"left": {Artifact: in.Artifact}, "right": {Artifact: in.Artifact}}
	for _, c := range []struct {
		relation             table.Relation
		inputs               map[string]table.Source
		code, field, message string
	}{
		{selectcols.Config{Columns: []selectcols.Column{{Name: "id"}, {Name: "naem"}}}, from(in), "column_unknown", "with.columns[1].name", `Did you mean "name"?`},
		{selectcols.Config{Columns: []selectcols.Column{{Name: "id"}, {Name: "name", As: "ID"}}}, from(in), "column_duplicate", "with.columns[1].as", `"ID"`},
		{cast.Config{Columns: []cast.Column{{Name: "born", Type: "DATE"}}}, from(in), "column_unknown", "with.columns[0].name", `"born in"`},
		{cast.Config{Columns: []cast.Column{{Name: "id", Type: "BIGNIT"}}}, from(in), "type_unknown", "with.columns[0].type", `"BIGINT"`},
		{cast.Config{Columns: []cast.Column{{Name: "id", Type: "INTEGER) AS x, getenv('HOME"}}}, from(in), "type_unknown", "with.columns[0].type", ""},
		{cast.Config{Columns: []cast.Column{{Name: "name", Type: "INTEGER"}}}, from(in), "type_mismatch", "with.columns[0].type", `"n0" in the column "name"`},
		{derive.Config{Columns: []derive.Column{{Name: "a", Expression: query("id + 1")}, {Name: "b", Expression: query("a +\n nam")}}}, from(in), "sql_invalid", "with.columns[1].expression", `There is no column "nam".`},
		{derive.Config{Columns: []derive.Column{{Name: "a", Expression: query("")}}}, from(in), "sql_invalid", "with.columns[0].expression", "an expression is needed"},
		{filter.Config{Where: query("id > ")}, from(in), "sql_invalid", "with.where", "ends too early"},
		{filter.Config{Where: query("naem = 'x'")}, from(in), "sql_invalid", "with.where", `There is no column "naem".`},
		{filter.Config{Where: query("id = 1) OR (1 = 1")}, from(in), "sql_invalid", "with.where", "closes nothing"},
		{filter.Config{Where: query("id = 1; DROP TABLE x")}, from(in), "sql_invalid", "with.where", "no semicolon"},
		{filter.Config{Where: query("name = 'open")}, from(in), "sql_invalid", "with.where", "not closed"},
		{filter.Config{Where: query("id = 1 /* open")}, from(in), "sql_invalid", "with.where", "not closed"},
		{filter.Config{Where: query("-- nothing")}, from(in), "sql_invalid", "with.where", "needed"},
		{filter.Config{Where: query("id = $2", 1)}, from(in), "sql_invalid", "with.where", "has no value"},
		{filter.Config{Where: query("name IN (SELECT content FROM read_text('/etc/hostname'))")}, from(in), "sql_forbidden", "with.where", "read_text"},
		{filter.Config{Where: query("getenv('HOME') = 'x'")}, from(in), "sql_forbidden", "with.where", "getenv"},
		{filter.Config{Where: query("id > 1")}, nil, "input_missing", "", `"table"`},
		{join.Config{Kind: "inner", On: []join.Key{{Left: "id", Right: "idd"}}, Suffix: "_r"}, two, "column_unknown", "with.on[0].right", `"id"`},
		{join.Config{Kind: "inner", On: []join.Key{{Left: "id", Right: "born in"}}, Suffix: "_r"}, two, "type_mismatch", "with.on[0]", ""},
		{join.Config{Kind: "left", On: []join.Key{{Left: "id"}}}, from(in), "input_missing", "", `"left"`},
		{aggregate.Config{By: []string{"nam"}, Values: []aggregate.Value{{Function: "count"}}}, from(in), "column_unknown", "with.by[0]", `"name"`},
		{aggregate.Config{Values: []aggregate.Value{{Function: "sum", Column: "name"}}}, from(in), "type_mismatch", "with.values[0].column", "a text (VARCHAR)"},
		{aggregate.Config{Values: []aggregate.Value{{Function: "sum"}}}, from(in), "config_invalid", "with.values[0].column", "needs a column"},
		{aggregate.Config{By: []string{"name"}, Values: []aggregate.Value{{Function: "count", As: "Name"}}}, from(in), "column_duplicate", "with.values[0].as", ""},
		{sort.Config{By: []sort.Key{{Column: "age"}}}, from(in), "column_unknown", "with.by[0].column", ""},
		{distinct.Config{Columns: []string{"x"}}, from(in), "column_unknown", "with.columns[0]", ""},
		{distinct.Config{Order: []sort.Key{{Column: "idd"}}}, from(in), "column_unknown", "with.order[0].column", `"id"`},
		{join.Config{Kind: "asof", Nearest: join.Key{Left: "id"}, Direction: "backward", Tolerance: "5 minutes", Suffix: "_r"}, two, "type_mismatch", "with.tolerance", "must be a number"},
		{join.Config{Kind: "asof", Nearest: join.Key{Left: "born in"}, Direction: "backward", Tolerance: "5", Suffix: "_r"}, two, "type_mismatch", "with.tolerance", "5 has no unit"},
		{join.Config{Kind: "asof", Nearest: join.Key{Left: "id", Right: "born in"}, Direction: "backward", Suffix: "_r"}, two, "type_mismatch", "with.nearest", ""},
		{join.Config{Kind: "asof", Direction: "backward", Tolerance: "soon"}, two, "missing_field", "with.nearest.left", "nearest"},
		{join.Config{Kind: "cross", On: []join.Key{{Left: "id"}}}, two, "config_invalid", "with.on", "cross"},
		{join.Config{Kind: "cross", Suffix: ""}, two, "column_duplicate", "with.suffix", `"id"`},
		{lookup.Config{On: []lookup.Key{{Table: "id", Lookup: "idd"}}, Columns: []lookup.Column{{Name: "name"}}}, ported("table", in, "lookup", in), "column_unknown", "with.on[0].lookup", `"id"`},
		{lookup.Config{On: []lookup.Key{{Table: "id"}}, Columns: []lookup.Column{{Name: "name"}}}, ported("table", in, "lookup", in), "column_duplicate", "with.lookup_columns[0].as", `"name"`},
		{union.Config{Match: "name", Source: "ID"}, from(in), "column_duplicate", "with.source", "ID"},
		{union.Config{Match: "name", Source: "s", Names: []string{"a", "b"}}, from(in), "config_invalid", "with.names", "2 names for 1 table"},
		{split.Config{Column: "name", By: "groups", Pattern: "(.).*", Into: []string{"a", "b"}}, from(in), "pattern_invalid", "with.pattern", "1 group in parentheses, but 2 are needed"},
		{sample.Config{By: "percent", Each: []string{"name"}}, from(in), "config_invalid", "with.each", "number of rows"},
		{window.Config{Values: []window.Value{{Function: "rank"}}}, from(in), "config_invalid", "with.order", "order"},
		{window.Config{Values: []window.Value{{Function: "lag"}}}, from(in), "config_invalid", "with.values[0].column", "column"},
		{window.Config{Values: []window.Value{{Function: "lag", Column: "id", Default: literal.Of("none")}}}, from(in), "type_mismatch", "with.values[0].default", "none"},
		{window.Config{Values: []window.Value{{Function: "row_number", As: "Name"}}}, from(in), "column_duplicate", "with.values[0].as", ""},
		{pivot.Config{By: []string{"id"}, Column: "naem", Values: []aggregate.Value{{Function: "count"}}}, from(in), "column_unknown", "with.column", `"name"`},
		{pivot.Config{By: []string{"name"}, Column: "id", Names: []string{"1", "Name"}, Values: []aggregate.Value{{Function: "count"}}}, from(in), "column_duplicate", "with.names[1]", "Name"},
		{pivot.Config{Column: "id", Names: []string{"1"}, Values: []aggregate.Value{{Function: "sum", Column: "name"}}}, from(in), "type_mismatch", "with.values[0].column", "sum"},
		{unpivot.Config{Columns: []string{"idd"}, Name: "a", Value: "b"}, from(in), "column_unknown", "with.columns[0]", `"id"`},
		{unpivot.Config{Keep: []string{"id", "name", "born in"}, Name: "a", Value: "b"}, from(in), "columns_none", "with.keep", ""},
		{fill.Config{Columns: []fill.Column{{Column: "name", Method: "mean"}}}, from(in), "type_mismatch", "with.columns[0].method", "VARCHAR"},
		{fill.Config{Columns: []fill.Column{{Column: "id", Method: "next"}, {Column: "ID", Method: "next"}}}, from(in), "column_duplicate", "with.columns[1].column", ""},
		{split.Config{Column: "name", By: "pattern", Pattern: "(a"}, from(in), "pattern_invalid", "with.pattern", "missing closing"},
		{split.Config{Column: "name", By: "pattern", Pattern: "a*"}, from(in), "pattern_invalid", "with.pattern", "empty text"},
		{split.Config{Column: "name", By: "separator", Separator: ",", Into: []string{"id"}}, from(in), "column_duplicate", "with.into[0]", "id"},
		{explode.Config{Column: "id", Separator: ","}, from(in), "type_mismatch", "with.column", "BIGINT"},
		{flatten.Config{Columns: []string{"id"}}, from(in), "type_mismatch", "with.columns[0]", "BIGINT"},
		{flatten.Config{Columns: []string{"name"}}, from(in), "type_mismatch", "with.columns", "JSON"},
		{compare.Config{Keys: []string{"idd"}}, ported("before", in, "after", in), "column_unknown", "with.keys[0]", `"id"`},
		{profile.Config{Columns: []string{"namee"}}, from(in), "column_unknown", "with.columns[0]", `"name"`},
		{sql.Config{Select: query("SELECT *\nFROM inptu")}, from(in), "sql_forbidden", "with.query", `"inptu"`},
	} {
		_, err := e.Run(t.Context(), tenant, table.Plan{Relation: c.relation, Inputs: c.inputs, Node: "n"}, nil)
		pub := errs.From(err)
		field, message := "", ""
		if pub != nil {
			message = pub.Message
			if len(pub.Details) > 0 {
				field, message = pub.Details[0].Field, message+pub.Details[0].Message
			}
		}
		if pub == nil || pub.Code != c.code || field != c.field || !strings.Contains(message, c.message) {
			t.Errorf("%T %+v:\n%v", c.relation, c.relation, err)
		}
	}
}

// TestFusedEqualsUnfused runs a chain of all transforms as one query and step by step: the same table must come out,
// down to the order of its rows, which the artifact's identifier tells.
func TestFusedEqualsUnfused(t *testing.T) {
	e := engine(t)
	in := people(t, e)
	chain := []table.Relation{
		filter.Config{Where: query("id % $1 <> 0 AND name <> $2 -- with a comment", int64(5), "n3")},
		derive.Config{Columns: []derive.Column{{Name: "twice", Expression: query("id * $1", int64(2))}, {Name: "name", Expression: query("upper(name) || $1", "!")}, {Name: "big", Expression: query("twice > $1", 1000.5)}}},
		cast.Config{Columns: []cast.Column{{Name: "twice", Type: "hugeint"}, {Name: "born in", Type: "TIMESTAMP"}}, OnError: "null"},
		selectcols.Config{Columns: []selectcols.Column{{Name: "name"}, {Name: "twice", As: "n"}, {Name: "born in"}, {Name: "big"}}},
		distinct.Config{Columns: []string{"name", "born in"}, Keep: "last"},
		sort.Config{By: []sort.Key{{Column: "big", Order: "desc"}, {Column: "name"}}},
		limit.Config{Rows: 150, Offset: 3},
		sql.Config{Select: query(`SELECT *, row_number() OVER (PARTITION BY name ORDER BY n) AS "no" FROM input WHERE n > $1 ORDER BY n, name;`, int64(10))},
		aggregate.Config{By: []string{"name", "big"}, Values: []aggregate.Value{{Function: "count"}, {Function: "sum", Column: "n"}, {Function: "avg", Column: "n", As: "mean"}, {Function: "max", Column: "born in"}}},
	}
	unfused, fused := same(t, e, in, chain)
	// One plan used twice, through a join and a union.
	again := table.Plan{Relation: union.Config{Match: "name"}, Inputs: map[string]table.Source{"table": fused, "table[1]": fused}}
	got, err := e.Run(t.Context(), tenant, again, nil)
	if err != nil || got.Meta.Rows != 2*unfused.Meta.Rows {
		t.Errorf("%+v, %v", got.Meta, err)
	}
	self := join.Config{Kind: "inner", On: []join.Key{{Left: "name"}, {Left: "big"}}, Suffix: "_2"}
	got, err = e.Run(t.Context(), tenant, table.Plan{Relation: self, Inputs: map[string]table.Source{"left": fused, "right": fused}}, nil)
	if err != nil || got.Meta.Rows != unfused.Meta.Rows {
		t.Errorf("%+v, %v", got.Meta, err)
	}
	// Those that change the shape of a table; a pivot in the middle looks at what comes before it.
	same(t, e, in, []table.Relation{
		sample.Config{By: "rows", Rows: 300, Seed: 3},
		sql.Config{Select: query(`SELECT id, {'a': name, 'b': {'c': id * 2}} AS s, CAST('{"x": ' || id || ', "y": "' || name || '"}' AS JSON) AS j, CASE WHEN id % 3 > 0 THEN name || ',' || id END AS "te xt" FROM input`)},
		flatten.Config{Depth: 0, Prefix: true, Separator: "_"},
		split.Config{Column: "te xt", By: "separator", Separator: ",", Into: []string{"p1", "p2"}, Rest: "last", Keep: true},
		fill.Config{Columns: []fill.Column{{Column: "p1", Method: "mode"}, {Column: "p2", Method: "previous"}}, By: []string{"s_a"}, Order: []sort.Key{{Column: "id", Order: "desc"}}},
		explode.Config{Column: "te xt", Separator: ",", Empty: "keep", Position: "no"},
		window.Config{By: []string{"s_a"}, Order: []sort.Key{{Column: "id"}}, Values: []window.Value{{Function: "sum", Column: "s_b_c"}, {Function: "lag", Column: "p2", Rows: 1, Default: literal.Of("-")}, {Function: "share", Column: "id"}}},
		distinct.Config{Columns: []string{"s_a", "no"}, Keep: "last", Order: []sort.Key{{Column: "id"}}},
		pivot.Config{By: []string{"no"}, Column: "s_a", Values: []aggregate.Value{{Function: "max", Column: "id"}, {Function: "count"}}, Most: 50},
		unpivot.Config{Keep: []string{"no"}, Name: "of", Value: "n"},
		profile.Config{Top: 3, Patterns: true},
	})
}

// same runs a chain as one query and step by step, and gives the last of both.
func same(t *testing.T, e *duck.Engine, in table.Table, chain []table.Relation) (unfused table.Table, fused table.Source) {
	t.Helper()
	unfused, fused = in, table.Source{Artifact: in.Artifact}
	for i, r := range chain {
		unfused = run(t, e, r, from(unfused))
		plan := table.Plan{Relation: r, Inputs: map[string]table.Source{"table": fused}}
		got, err := e.Run(t.Context(), tenant, plan, nil)
		if err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		if got.Artifact != unfused.Artifact || got.Meta.Rows == 0 {
			t.Errorf("step %d, %T: %+v fused, %+v step by step", i, r, got.Meta, unfused.Meta)
		}
		fused = table.Source{Plan: &plan}
	}
	return unfused, fused
}

// TestErrorsInAFusedPlanNameTheirNode: what fails deep in a chain is told of the node that it belongs to.
func TestErrorsInAFusedPlanNameTheirNode(t *testing.T) {
	e := engine(t)
	in := people(t, e)
	many := []any{1, 2, 3, 4, 5, 6, 7, 8, 9, []any{"n1", "n2"}}
	first := table.Plan{Node: "first", Relation: filter.Config{Where: query("id NOT IN ($1, $2, $3, $4, $5, $6, $7, $8, $9) OR list_contains($10, name)", many...)}, Inputs: from(in)}
	bad := table.Plan{Node: "bad", Relation: derive.Config{Columns: []derive.Column{{Name: "y", Expression: query("$1", []any{1, 2})}, {Name: "x", Expression: query("$1 ||\n CAST(name AS INTEGER)", "p")}}},
		Inputs: map[string]table.Source{"table": {Plan: &first}}}
	mid := table.Plan{Node: "mid", Relation: filter.Config{Where: query("x <> $1", "a long value")}, Inputs: map[string]table.Source{"table": {Plan: &bad}}}
	top := table.Plan{Node: "top", Relation: sort.Config{By: []sort.Key{{Column: "x"}}}, Inputs: map[string]table.Source{"table": {Plan: &mid}}}
	_, err := e.Run(t.Context(), tenant, top, nil)
	pub := errs.From(err)
	if pub == nil || pub.Code != "type_mismatch" || len(pub.Details) != 1 || pub.Details[0].Node != "bad" || pub.Details[0].Field != "with.columns[1].expression" || pub.Details[0].Line != 2 || pub.Details[0].Column != 2 {
		t.Errorf("%v", err)
	}
}
