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
	"dataflow/ide-go-lib/table/transform/derive"
	"dataflow/ide-go-lib/table/transform/distinct"
	"dataflow/ide-go-lib/table/transform/filter"
	"dataflow/ide-go-lib/table/transform/join"
	"dataflow/ide-go-lib/table/transform/limit"
	"dataflow/ide-go-lib/table/transform/selectcols"
	"dataflow/ide-go-lib/table/transform/sort"
	"dataflow/ide-go-lib/table/transform/sql"
	"dataflow/ide-go-lib/table/transform/union"
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
		{cast.Config{Columns: []cast.Column{{Name: "name", Type: "INTEGER"}}}, from(in), "type_mismatch", "with.columns[0].type", "'n0' to INTEGER"},
		{derive.Config{Columns: []derive.Column{{Name: "a", Expression: query("id + 1")}, {Name: "b", Expression: query("a +\n nam")}}}, from(in), "sql_invalid", "with.columns[1].expression", `There is no column "nam".`},
		{derive.Config{Columns: []derive.Column{{Name: "a", Expression: query("")}}}, from(in), "sql_invalid", "with.columns[0].expression", "an expression is needed"},
		{filter.Config{Where: query("id > ")}, from(in), "sql_invalid", "with.where", "syntax error"},
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
		{aggregate.Config{Values: []aggregate.Value{{Function: "sum", Column: "name"}}}, from(in), "type_mismatch", "with.values[0].column", "sum(VARCHAR)"},
		{aggregate.Config{Values: []aggregate.Value{{Function: "sum"}}}, from(in), "config_invalid", "with.values[0].column", "needs a column"},
		{aggregate.Config{By: []string{"name"}, Values: []aggregate.Value{{Function: "count", As: "Name"}}}, from(in), "column_duplicate", "with.values[0].as", ""},
		{sort.Config{By: []sort.Key{{Column: "age"}}}, from(in), "column_unknown", "with.by[0].column", ""},
		{distinct.Config{Columns: []string{"x"}}, from(in), "column_unknown", "with.columns[0]", ""},
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
	unfused := in
	fused := table.Source{Artifact: in.Artifact}
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
