package expr_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/expr"
	"dataflow/ide-go-lib/table"
)

func scope() *expr.Scope {
	return &expr.Scope{
		Params:  map[string]any{"n": int64(3), "name": "Ann", "list": []any{1, 2, 2}, "none": nil, "big": json.Number("123456789012345678901234567890"), "max": int64(9223372036854775807), "f": 2.5},
		Vars:    map[string]any{"v": true},
		Trigger: map[string]any{"body": map[string]any{"id": 7}},
		Run:     map[string]any{"id": "01run"},
		Nodes:   map[string]any{"a": map[string]any{"value": map[string]any{"x": 1, "rows": []any{map[string]any{"c": 1}, map[string]any{"c": 2}}}}},
		Now:     time.Date(2026, 1, 31, 8, 30, 0, 0, time.UTC),
	}
}

func TestEval(t *testing.T) {
	for text, want := range map[string]any{
		"plain":                                                       "plain",
		"{{ params.n }}":                                              int64(3),
		" {{ params.n }}\n":                                           int64(3),
		"n={{ params.n }}!":                                           "n=3!",
		"{{ params.name }}{{ params.n }}":                             "Ann3",
		"x{{ params.none }}y":                                         "xy",
		"x{{ params.list }}":                                          "x[1,2,2]",
		"{{ params.n + 1 }}":                                          4,
		"{{ params.n * 2 - 1 }}":                                      5,
		"{{ params.n / 2 }}":                                          1.5,
		"{{ params.f + 1 }}":                                          3.5,
		"{{ params.big }}":                                            json.Number("123456789012345678901234567890"),
		"{{ 'a' + \"b\" }}":                                           "ab",
		"{{ params.none ?? 5 }}":                                      5,
		"{{ params.n == 3 }}":                                         true,
		"{{ params.n == 3.0 }}":                                       true,
		"{{ params.list == [1, 2, 2] }}":                              true,
		"{{ params.n in params.list }}":                               false,
		"{{ 2 in params.list }}":                                      true,
		"{{ nodes.a.value.x }}":                                       1,
		"{{ nodes.a.value.missing }}":                                 nil,
		"{{ nodes[\"a\"].value[\"x\"] }}":                             1,
		"{{ map(nodes.a.value.rows, .c) }}":                           []any{1, 2},
		"{{ sum(nodes.a.value.rows, .c) }}":                           3,
		"{{ count(params.list, # == 2) }}":                            2,
		"{{ trigger.body.id }}":                                       7,
		"{{ trigger.body?.nope?.deeper }}":                            nil,
		"{{ vars.v ? 'yes' : 'no' }}":                                 "yes",
		"{{ let a = params.n; a * a }}":                               9,
		"{{ {a: {b: params.n}}.a.b }}":                                int64(3),
		"{{ '}}' + \"{{\" }}":                                         "}}{{",
		"{{ format_date(now(), 'YYYY-MM-DD HH:mm') }}":                "2026-01-31 08:30",
		"{{ format_date(add_time(now(), '1d'), 'YYYY-MM-DD') }}":      "2026-02-01",
		"{{ days_between('2026-01-01', now()) }}":                     30,
		"{{ json({b: 1, a: [true, nil]}) }}":                          `{"a":[true,null],"b":1}`,
		"{{ fromJSON('{\"a\": 12345678901234567}').a }}":              12345678901234567,
		"{{ uniq(params.list) }}":                                     []any{1, 2},
		"{{ min(params.list) }}":                                      1,
		"{{ join(params.list, '-') }}":                                "1-2-2",
		"{{ split('a,b', ',')[1] }}":                                  "b",
		"{{ keys({a: 1}) }}":                                          []any{"a"},
		"{{ params.name matches '^A' and params.name contains 'n' }}": true,
		"{{ upper(params.name) }}":                                    "ANN",
		"{{ abs(-3) }}":                                               3,
		"{{ flatten([1, [2, [3]]]) }}":                                []any{1, 2, 3},
	} {
		got, err := expr.Eval(context.Background(), text, scope())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s gave %#v, %v, not %#v", text, got, err, want)
		}
	}
}

func TestErrorsNameTheExpressionAndColumn(t *testing.T) {
	for text, want := range map[string]string{
		"{{ params.n + }}":                     "expression_invalid",
		"{{ foo }}":                            "there is no foo",
		"{{ 1 + parms.n }}":                    "column 5: there is no parms; there are params, trigger, nodes, vars, run, item, index; did you mean params?",
		"{{ nodes }}":                          "write nodes.<id>.<port>",
		"{{ nodes[params.name].value }}":       "write nodes.<id>.<port>",
		"{{ $env.params }}":                    "there is no $env",
		"{{ __budget }}":                       "there is no __budget",
		"{{ let params = 1; params }}":         "params is taken",
		"{{ nope(1) }}":                        "there is no function nope",
		"a {{ b":                               "not closed",
		"{{ }}":                                "empty expression",
		"{{ params.none + 1 }}":                "null + integer: null cannot be calculated with",
		"{{ params.max + 1 }}":                 "beyond 64-bit integers",
		"{{ params.max * 2 }}":                 "beyond 64-bit integers",
		"{{ params.big + 1 }}":                 "beyond 64-bit integers",
		"{{ params.name + 1 }}":                "text + integer cannot be calculated",
		"{{ params.n.deep.er }}":               "params.n is integer and has no deep",
		"{{ params.none > 3 }}":                "null",
		"{{ params.list[10] }}":                "out of range",
		"{{ " + strings.Repeat("(", 500) + "1": "not closed",
		"{{ " + strings.Repeat("(", 500) + "1" + strings.Repeat(")", 500) + " }}": "nested too deep",
	} {
		_, err := expr.Eval(context.Background(), text, scope())
		var e *errs.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error()+e.Code, want) {
			t.Errorf("%s gave %v, not %q", text, err, want)
		}
	}
}

func TestWhatIsNoNumberIsNamed(t *testing.T) {
	for text, want := range map[string]string{
		`{{ int(params.name) }}`:   `the text "Ann" cannot be made a whole number by int(); mend the value, or test it before, such as value matches "^[0-9]+$" ? int(value) : 0`,
		`{{ float(params.name) }}`: `the text "Ann" cannot be made a number by float(); mend the value`,
		`{{ int("12.5") }}`:        `the text "12.5" cannot be made a whole number by int(); int(float(value)) cuts off what comes after the point`,
		`{{ int(params.none) }}`:   `null cannot be made a whole number by int(); say what to take in its place, such as int(value ?? 0)`,
		`{{ int(vars.v) }}`:        `a value of type boolean cannot be made a whole number`,
		`{{ float(params.list) }}`: `a value of type array cannot be made a number`,
		`{{ int(trigger.body) }}`:  `a value of type object cannot be made a whole number`,
	} {
		_, err := expr.Eval(context.Background(), text, scope())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gave %v, not %q", text, err, want)
		}
	}
}

func TestEvaluationIsBounded(t *testing.T) {
	for name, text := range map[string]string{
		"nested counts": "{{ let r = 1..1000; count(r, count(r, count(r, count(r, true) == 5) == 5) == 5) }}",
		"repeat":        "{{ repeat(repeat('x', 1000000), 1000000) }}",
		"doubling":      "{{ let a = repeat('x', 1000000); reduce(1..60, #acc + #acc, a) }}",
		"shared lists":  "{{ json(reduce(1..60, [#acc, #acc], [0])) }}",
		"equal graphs":  "{{ let a = reduce(1..60, [#acc, #acc], [0]); let b = reduce(1..60, [#acc, #acc], [0]); a == b }}",
		"in graphs":     "{{ let a = reduce(1..60, [#acc, #acc], [0]); let b = reduce(1..60, [#acc, #acc], [0]); a in [b] }}",
		"whole result":  "{{ reduce(1..60, [#acc, #acc], [0]) }} ",
		"flatten":       "{{ flatten(reduce(1..60, [#acc, #acc], [0])) }}",
		"uniq":          "{{ uniq(reduce(1..60, [#acc, #acc], [0])) }}",
		"replace":       "{{ replace(repeat('a', 1000000), 'a', repeat('b', 1000000)) }}",
		"range":         "{{ 1..1000000000 }}",
		"upper":         "{{ let s = repeat('x', 10000000); map(1..1000, upper(s)) }}",
		"split":         "{{ split(repeat('x', 10000000), '') }}",
		"keys":          "{{ let m = {a: 1, b: 2, c: 3}; let r = 1..1000; map(r, map(r, map(r, keys(m)))) }}",
		"matches":       "{{ let s = repeat('x', 10000000); count(1..100000, s matches '^x*y$') }}",
		"string":        "{{ string(reduce(1..60, [#acc, #acc], [0])) }}",
	} {
		t.Run(name, func(t *testing.T) {
			tree, problems := expr.CompileTree(map[string]any{"x": text}, func(string) expr.Mode { return expr.Text })
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			_, err := tree.Eval(context.Background(), scope())
			if !errors.Is(err, &errs.Error{Code: expr.CodeLimit}) {
				t.Error(err)
			}
		})
	}
}

func TestCancelledEvaluationEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := expr.Eval(ctx, "{{ let r = 1..1000; count(r, count(r, true) > 0) }}", scope())
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
}

func TestSQLBindsValues(t *testing.T) {
	sql, err := expr.Compile("cost > {{ params.n }} AND name = {{ params.name }} -- {{ not.evaluated }} it's\n AND x = 'it''s'", expr.SQL)
	if err != nil {
		t.Fatal(err)
	}
	got, err := sql.Eval(context.Background(), scope())
	want := table.SQL{Text: "cost > $1 AND name = $2 --  it's\n AND x = 'it''s'", Args: []any{int64(3), "Ann"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%#v, %v", got, err)
	}
	for text, want := range map[string]string{
		"name = '{{ params.name }}'":    "remove the quotes",
		`"{{ params.name }}" = 1`:       "cannot name a column",
		"a = $1 and b = {{ params.n }}": "placeholders",
		"$$ {{ params.n }} $$":          "cannot name",
	} {
		if _, err := expr.Compile(text, expr.SQL); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gave %v", text, err)
		}
	}
	if plain, err := expr.Compile("a = $1 ? b", expr.SQL); err != nil || !plain.Static() {
		t.Fatal(err)
	}
}

func TestReferences(t *testing.T) {
	refs, err := expr.References("{{ nodes.a.value.x + sum(nodes.b.table.rows, .cost * params.factor) }} {{ let t = vars.x; t.y[params.n].z }} {{ run.id }}")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range refs {
		got = append(got, r.String())
	}
	want := []string{"nodes.a.value.x", "nodes.b.table.rows", "params.factor", "vars.x", "params.n", "run.id"}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%v", got)
	}
}

func TestTree(t *testing.T) {
	config := map[string]any{
		"where": "cost > {{ params.n }}", "code": "{{ untouched }}", "title": "T {{ params.name }}",
		"list": []any{map[string]any{"v": "{{ params.n }}"}, "s", 1.5}, "empty": map[string]any{},
	}
	mode := func(path string) expr.Mode {
		switch path {
		case "where":
			return expr.SQL
		case "code":
			return expr.Literal
		}
		return expr.Text
	}
	tree, problems := expr.CompileTree(config, mode)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got, err := tree.Eval(context.Background(), scope())
	want := `{"code":"{{ untouched }}","empty":{},"list":[{"v":3},"s",1.5],"title":"T Ann","where":{"$sql":"cost > $1","args":[3]}}`
	if err != nil || string(got) != want {
		t.Fatalf("%s, %v", got, err)
	}
	_, problems = expr.CompileTree(map[string]any{"a": []any{"{{ 1 + }}"}, "b": "{{ x }}"}, mode)
	if len(problems) != 2 || problems[0].Field != "a[0]" || problems[1].Field != "b" {
		t.Fatalf("%v", problems)
	}
	tree, _ = expr.CompileTree(map[string]any{"a": []any{"{{ params.none + 1 }}"}}, mode)
	_, err = tree.Eval(context.Background(), scope())
	if e := errs.From(err); len(e.Details) != 1 || e.Details[0].Field != "a[0]" || e.Details[0].Column != 13 {
		t.Fatalf("%+v", e)
	}
}

// A field for each item keeps its text in the tree, where it is checked; it is evaluated later, with one item after another.
func TestItemFields(t *testing.T) {
	text := "<{{ item.a }}> {{ index }} {{ params.name }}"
	tree, problems := expr.CompileTree(map[string]any{"to": []any{text}}, func(string) expr.Mode { return expr.Item })
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var roots []string
	tree.Walk(func(_ string, template *expr.Template) {
		for _, ref := range template.Refs() {
			roots = append(roots, ref.Root)
		}
		if template.Mode() != expr.Item {
			t.Errorf("mode %d", template.Mode())
		}
	})
	got, err := tree.Eval(context.Background(), scope())
	if err != nil || string(got) != `{"to":["<{{ item.a }}> {{ index }} {{ params.name }}"]}` || strings.Join(roots, " ") != "item index params" {
		t.Fatalf("%s, %v, %v", got, roots, err)
	}
	if _, problems := expr.CompileTree(map[string]any{"to": "{{ item. }}"}, func(string) expr.Mode { return expr.Item }); len(problems) != 1 {
		t.Errorf("%v", problems)
	}

	template, err := expr.Compile(text, expr.Text)
	if err != nil {
		t.Fatal(err)
	}
	s := scope()
	s.Escape = func(text string) string { return strings.ReplaceAll(text, "&", "&amp;") }
	for i, item := range []any{map[string]any{"a": "R&D"}, map[string]any{"a": nil}, map[string]any{"a": 5}} {
		s.Next(item, i)
		got, err := template.Eval(context.Background(), s)
		if want := []string{"<R&amp;D> 0 Ann", "<> 1 Ann", "<5> 2 Ann"}[i]; err != nil || got != want {
			t.Errorf("%v, %v", got, err)
		}
	}
	whole, err := expr.Compile("{{ item }}", expr.Text)
	if err != nil {
		t.Fatal(err)
	}
	s.Next("a&b", 0)
	if got, err := whole.Eval(context.Background(), s); err != nil || got != "a&amp;b" {
		t.Errorf("%v, %v", got, err)
	}
	s.Next(nil, 1)
	if got, err := whole.Eval(context.Background(), s); err != nil || got != "" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestJSONSurvives(t *testing.T) {
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		return rapid.Custom(func(t *rapid.T) any {
			top := 6
			if depth == 0 {
				top = 4
			}
			switch rapid.IntRange(0, top).Draw(t, "kind") {
			case 0:
				return nil
			case 1:
				return rapid.Int().Draw(t, "int")
			case 2:
				return rapid.String().Draw(t, "text")
			case 3:
				// A whole number that is written without an exponent comes back as an integer.
				return rapid.Float64Range(-1e300, 1e300).Filter(func(f float64) bool { return f != math.Trunc(f) || math.Abs(f) >= 1e21 }).Draw(t, "float")
			case 4:
				return rapid.Bool().Draw(t, "bool")
			case 5:
				return rapid.SliceOfN(value(depth-1), 0, 4).Draw(t, "list")
			default:
				return rapid.MapOfN(rapid.String(), value(depth-1), 0, 4).Draw(t, "object")
			}
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		v := value(3).Draw(t, "value")
		data, err := expr.AppendJSON(nil, v)
		if err != nil || !json.Valid(data) {
			t.Fatalf("%s, %v", data, err)
		}
		back, err := expr.Decode(data)
		if err != nil || !reflect.DeepEqual(back, v) {
			t.Fatalf("%s gave %#v, %v", data, back, err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5,"x\n",null,true]}`, `01`, `-`, `[1,]`, `{"a"}`, `"\ud800"`, "\"\xff\"", `1e999`, `123456789012345678901234567890`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := expr.Decode(data)
		if (err == nil) != json.Valid(data) && !strings.Contains(string(data), "e") && !strings.Contains(string(data), "E") {
			if err != nil && strings.Contains(err.Error(), "too") {
				return
			}
			t.Fatalf("%q: %v, but encoding/json says %v", data, err, json.Valid(data))
		}
		if err != nil {
			return
		}
		if _, err := expr.AppendJSON(nil, v); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzCompile(f *testing.F) {
	for _, seed := range []string{"{{ params.a + 1 }}", "{{ map(1..3, # * 2) }}", "{{ '}}' }}", "{{{}}}", "{{ let a = 1; a }}", "{{ nodes.a.b }}", "{{ `x` }}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if template, err := expr.Compile(text, expr.Text); err == nil {
			_, _ = template.Eval(context.Background(), scope())
		}
		_, _ = expr.Compile(text, expr.SQL)
	})
}

func BenchmarkPath(b *testing.B)      { benchmark(b, "{{ nodes.a.value.x }}") }
func BenchmarkCalculate(b *testing.B) { benchmark(b, "{{ nodes.a.value.x + params.n }}") }
func BenchmarkText(b *testing.B) {
	benchmark(b, "Hello {{ params.name }}, {{ params.n > 2 ? 'many' : 'few' }}")
}

func benchmark(b *testing.B, text string) {
	t, err := expr.Compile(text, expr.Text)
	if err != nil {
		b.Fatal(err)
	}
	s, ctx := scope(), context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := t.Eval(ctx, s); err != nil {
			b.Fatal(err)
		}
	}
}

// What nobody knows yet is a bound null in SQL, stays where it is kept, and is left out elsewhere.
func TestConfigurationsWhoseExpressionsAreOpen(t *testing.T) {
	config := map[string]any{
		"where": "a > {{ params.x }} AND b = {{ params.y }}", "fixed": "a > 1", "name": "to {{ params.x }}", "rows": "{{ params.x }}",
		"list": []any{"{{ params.x }}", 1, map[string]any{"where": "c", "rows": "{{ params.x }}"}}, "plain": map[string]any{"n": 1},
	}
	tree, problems := expr.CompileTree(config, func(path string) expr.Mode {
		if strings.HasSuffix(path, "where") {
			return expr.SQL
		}
		return expr.Text
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	got, err := tree.Open(func(path string) bool { return path == "name" })
	want := `{"fixed":"a > 1","list":[null,1,{"where":"c"}],"name":"to {{ params.x }}","plain":{"n":1},"where":{"$sql":"a > $1 AND b = $2","args":[null,null]}}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}
