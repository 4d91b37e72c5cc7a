package step_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"dataflow/flow-automation/engine/step"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/nodes"
	"dataflow/ide-go-lib/files"
)

const foreseenHead = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: f}
spec:
  params: {least: {type: number, default: 1}, column: {type: string, default: amount}}
  nodes:
    - {id: r, type: file.read, with: {path: orders.csv}}
    - {id: v, type: value.set, with: {value: [{id: 1, shop: a}]}}
`

// foreseeing gives a function that finds what is wrong with further nodes: SQL first, then columns.
func foreseeing(t *testing.T) func(ctx context.Context, nodes string) string {
	t.Helper()
	e := env(t)
	store, err := files.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Put(t.Context(), tenant, "orders.csv", strings.NewReader("id,name,amount\n1,a,2.5\n2,b,3\n")); err != nil {
		t.Fatal(err)
	}
	e.Files = store
	x := step.New(nodes.All(), e, nil)
	return func(ctx context.Context, nodes string) string {
		t.Helper()
		doc, _, err := flow.Parse([]byte(foreseenHead + "    " + strings.ReplaceAll(nodes, "\n", "\n    ") + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		columns, err := x.Foresee(t.Context(), tenant, doc)
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, p := range slices.Concat(x.WrongSQL(ctx, tenant, doc), columns) {
			said = append(said, strings.Join([]string{p.Severity, p.Code, p.Node, p.Field}, " ")+": "+p.Message+" | "+p.MessageZH)
		}
		return strings.Join(said, "\n")
	}
}

func TestSQLThatNoRunCanRead(t *testing.T) {
	find := foreseeing(t)
	for nodes, want := range map[string]string{
		`- {id: n, type: table.filter, in: {table: python}, with: {where: "a = 1 2"}}`:                                                                                             `error sql_invalid n with.where: Line 1, column 7: The SQL cannot be understood at "2".`,
		`- {id: n, type: table.filter, in: {table: nobody}, with: {where: "a > {{ params.least }} AND b"}}`:                                                                        "",
		`- {id: n, type: table.filter, in: {table: nobody}, with: {where: "a > > {{ params.least }} b c"}}`:                                                                        "error sql_invalid n with.where: Line 1,",
		`- {id: n, type: table.filter, with: {where: "a ="}}`:                                                                                                                      "error sql_invalid n with.where: ",
		`- {id: n, type: table.derive, in: {table: nobody}, with: {columns: [{name: a, expression: "1"}, {name: b, expression: "CASE a"}]}}`:                                       "error sql_invalid n with.columns[1].expression: ",
		`- {id: n, type: table.derive, in: {table: nobody}, with: {columns: [{name: "{{ params.column }}", expression: "CASE a"}]}}`:                                               "error sql_invalid n with.columns[0].expression: ",
		`- {id: n, type: table.sql, in: {table: nobody, other: nobody}, with: {query: "SELECT * FROM input JOIN other USING (id)"}}`:                                               "",
		`- {id: n, type: table.sql, in: {table: nobody}, with: {query: "SELECT * FROM input JOIN othr USING (id)"}}`:                                                               `error sql_forbidden n with.query: Line 1, column 26: There is no table "othr"`,
		`- {id: n, type: table.sql, with: {query: "SELECT * FROM input"}}`:                                                                                                         `error sql_forbidden n with.query: Line 1, column 15: There is no table "input"`,
		`- {id: n, type: table.sql, with: {query: "SELECT 1 AS a;"}}`:                                                                                                              "",
		`- {id: n, type: table.sql, in: {table: nobody}, with: {query: "SELECT getenv('HOME') FROM input"}}`:                                                                       `error sql_forbidden n with.query: Line 1, column 8: The function "getenv" is not allowed.`,
		`- {id: n, type: quality.check, in: {table: nobody}, with: {rules: [{check: in_range, columns: [a], max: "{{ params.least }}"}, {check: condition, where: "a IN (1"}]}}`:   "error sql_invalid n with.rules[1].where: ",
		`- {id: n, type: quality.check, in: {table: nobody}, with: {rules: [{check: in_range, columns: [a], max: "{{ params.least }}"}, {check: condition, where: "a IS IS 1"}]}}`: "error sql_invalid n with.rules[1].where: Line 1, column ",
		`- {id: n, type: sql.read, with: {connection: shop, query: "SELECT TOP 3 * FRM [x]"}}`:                                                                                     "",
		"- id: n\n  type: control.map\n  with: {items: [1]}\n  nodes:\n    - {id: i, type: table.filter, in: {table: item}, with: {where: \"a b c\"}}":                             "error sql_invalid i with.where: ",
	} {
		if got := find(t.Context(), nodes); !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%s:\n got %q\nwant %q", nodes, got, want)
		}
	}
}

// An engine that does not answer keeps nobody from saving a flow, and is asked again.
func TestSQLThatIsNotChecked(t *testing.T) {
	find := foreseeing(t)
	const nodes = `- {id: n, type: table.filter, in: {table: nobody}, with: {where: "a b c"}}`
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if got := find(ended, nodes); !strings.HasPrefix(got, "warning sql_unchecked n with: The SQL was not checked: ") {
		t.Errorf("%q", got)
	}
	if got := find(t.Context(), nodes); !strings.HasPrefix(got, "error sql_invalid n with.where") {
		t.Errorf("%q", got)
	}
}

func TestColumnsThatAreNotThere(t *testing.T) {
	find := foreseeing(t)
	for nodes, want := range map[string]string{
		`- {id: n, type: table.filter, in: {table: r}, with: {where: "nane = 'a'"}}`:                                                                                                                                                 `warning column_unknown n with.where: Line 1, column 1: There is no column "nane". Did you mean "name"? | 第 1 行第 1 列：没有列 "nane"。您是指 "name" 吗？`,
		`- {id: n, type: table.filter, in: {table: r}, with: {where: "nane > {{ params.least }}"}}`:                                                                                                                                  `warning column_unknown n with.where: `,
		`- {id: n, type: table.filter, in: {table: r}, with: {where: "amount > {{ params.least }}"}}`:                                                                                                                                "",
		`- {id: n, type: table.sort, in: {table: v}, with: {by: [{column: shp}]}}`:                                                                                                                                                   `warning column_unknown n with.by[0].column: There is no column "shp". Did you mean "shop"? | 没有列 "shp"。您是指 "shop" 吗？`,
		`- {id: n, type: table.join, in: {left: r, right: v}, with: {kind: asof, "on": [{left: id, right: di}], nearest: {left: amont, right: id}}}`:                                                                                 "warning column_unknown n with.on[0].right: There is no column \"di\". Did you mean \"id\"? | 没有列 \"di\"。您是指 \"id\" 吗？\nwarning column_unknown n with.nearest.left: There is no column \"amont\".",
		"- {id: s, type: table.select, in: {table: r}, with: {columns: [{name: id, as: key}]}}\n- {id: n, type: table.distinct, in: {table: s}, with: {columns: [id]}}":                                                              `warning column_unknown n with.columns[0]: There is no column "id". There is "key". | 没有列 "id"。现有 "key"。`,
		"- {id: s, type: table.select, in: {table: r}, with: {columns: [{name: \"{{ params.column }}\"}]}}\n- {id: n, type: table.distinct, in: {table: s}, with: {columns: [x]}}":                                                   "", // an expression decides
		"- {id: p, type: python, in: {t: r}, with: {code: \"def main(t): return t\"}}\n- {id: n, type: table.distinct, in: {table: p}, with: {columns: [x]}}":                                                                        "",
		"- {id: p, type: python, in: {t: r}, contract: {result: {columns: [{name: y, type: BIGINT}], new: ignore}}, with: {code: \"def main(t): return t\"}}\n- {id: n, type: table.distinct, in: {table: p}, with: {columns: [x]}}": `warning column_unknown n with.columns[0]: There is no column "x".`,
		`- {id: n, type: keys.write, in: {table: v}, with: {connection: c, key: di, value: ID}}`:                                                                                                                                     `warning column_unknown n with.key: There is no column "di". Did you mean "id"?`,
		`- {id: n, type: sql.write, in: {table: v}, with: {connection: c, table: t, mode: upsert, keys: [id, sohp]}}`:                                                                                                                `warning column_unknown n with.keys[1]: There is no column "sohp". Did you mean "shop"?`,
		`- {id: n, type: quality.check, in: {table: r}, with: {rules: [{check: not_null, columns: [id, nam]}]}}`:                                                                                                                     `warning column_unknown n with.rules[0].columns[1]: There is no column "nam". Did you mean "name"?`,
		`- {id: n, type: table.filter, in: {table: r}, with: {where: "name + 1 > 2"}}`:                                                                                                                                               "warning type_mismatch n with.where: ",
		`- {id: n, type: table.filter, in: {table: r}, with: {where: "name + {{ params.least }} > 2"}}`:                                                                                                                              "",
		`- {id: f, type: file.read, with: {path: nowhere.csv}}`:                                                                                                                                                                      "",
		"- {id: f, type: file.read, with: {path: nowhere.csv}}\n- {id: n, type: table.distinct, in: {table: f}, with: {columns: [x]}}":                                                                                               "",
	} {
		got := find(t.Context(), nodes)
		if !strings.HasPrefix(got, want) || want == "" && got != "" || strings.Count(got, "\n") != strings.Count(want, "\n") {
			t.Errorf("%s:\n got %q\nwant %q", nodes, got, want)
		}
	}
}

// Texts and numbers that meet are told before the run, where their types are known.
func TestTypesThatAreProbablyNotMeantToMeet(t *testing.T) {
	find := foreseeing(t)
	const compared = `The column "name" (VARCHAR) is compared with "id" (BIGINT): its texts become numbers, so that 007 equals 7,`
	for nodes, want := range map[string]string{
		`- {id: n, type: table.join, in: {left: r, right: v}, with: {"on": [{left: name, right: id}]}}`:                                                                                                           "warning types_differ n with.on[0]: " + compared,
		`- {id: n, type: table.join, in: {left: v, right: r}, with: {"on": [{left: id, right: name}]}}`:                                                                                                           "warning types_differ n with.on[0]: " + compared,
		`- {id: n, type: table.join, in: {left: r, right: v}, with: {"on": [{left: id}]}}`:                                                                                                                        "",
		`- {id: n, type: table.join, in: {left: r, right: v}, with: {"on": [{left: amount, right: id}]}}`:                                                                                                         "",
		`- {id: n, type: table.join, in: {left: r, right: nobody}, with: {"on": [{left: name, right: id}]}}`:                                                                                                      "",
		`- {id: n, type: table.join, in: {left: r, right: v}, with: {"on": [{left: "{{ params.column }}", right: id}]}}`:                                                                                          "",
		`- {id: n, type: table.lookup, in: {table: v, lookup: r}, with: {"on": [{table: id, lookup: name}], lookup_columns: [{name: amount}]}}`:                                                                   "warning types_differ n with.on[0]: " + compared,
		"- {id: s, type: table.select, in: {table: r}, with: {columns: [{name: amount, as: shop}, {name: id}]}}\n- {id: n, type: table.union, in: {table: [s, v]}}":                                               `warning types_differ n with.match: The column "shop" is DOUBLE in table 1 and VARCHAR in table 2: its numbers become texts.`,
		"- {id: s, type: table.select, in: {table: r}, with: {columns: [{name: name}, {name: id}]}}\n- {id: n, type: table.union, in: {table: [s, v]}, with: {match: position, source: of, names: [file, list]}}": `warning types_differ n with.match: The column "name" is BIGINT in table list and VARCHAR in table file:`,
		`- {id: n, type: table.union, in: {table: [r, r]}}`:                                                                                                                                                       "",
	} {
		got := find(t.Context(), nodes)
		if first, _, _ := strings.Cut(got, "\n"); !strings.HasPrefix(first, want) || want == "" && got != "" {
			t.Errorf("%s:\n got %q\nwant %q", nodes, got, want)
		}
	}
}
