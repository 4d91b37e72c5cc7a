package flow_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"dataflow/flow-automation/flow"
	"dataflow/ide-go-lib/errs"
)

const head = "apiVersion: dataflow/v1\nkind: Flow\nmetadata: {name: f}\nspec:\n"

func TestParseRefusesWithPlace(t *testing.T) {
	laughs := "a: &a [x]\n"
	for i := range 9 {
		laughs += fmt.Sprintf("%c: &%c [*%c,*%c,*%c]\n", 'b'+i, 'b'+i, 'a'+i, 'a'+i, 'a'+i)
	}
	for name, c := range map[string]struct {
		text         string
		message      string
		line, column int
	}{
		"empty":           {"", "the text is empty", 1, 1},
		"only a comment":  {"# nothing\n", "the text is empty", 1, 1},
		"syntax":          {head + "  nodes:\n    - id: a\n     type: b\n", "did not find", 7, 6},
		"tab":             {head + "\tnodes: []\n", "", 5, 1},
		"list":            {"- a\n", "a mapping of fields, not a list", 1, 1},
		"second document": {head + "  nodes: []\n---\na: 1\n", "second document", 6, 1},
		"unknown field":   {head + "  node: []\n", "no field node here; did you mean nodes?", 5, 3},
		"unknown in node": {head + "  nodes:\n    - {id: a, typ: x}\n", "did you mean type?", 6, 15},
		"wrong type":      {head + "  nodes: 5\n", `must be a list, not "5"`, 5, 10},
		"wrong number":    {head + "  nodes:\n    - {id: a, type: b, version: x}\n", "a whole number", 6, 33},
		"duplicate":       {head + "  nodes: []\n  nodes: []\n", "it already stands in line 5", 6, 3},
		"duplicate deep":  {head + "  nodes:\n    - {id: a, type: b, with: {x: 1, x: 2}}\n", "x is there twice", 6, 37},
		"merge key":       {head + "  vars:\n    <<: {a: 1}\n  nodes: []\n", "merge keys", 6, 5},
		"alias":           {head + "  vars: {a: &x 1, b: *x}\n  nodes: []\n", "anchors and aliases", 5, 13},
		"billion laughs":  {laughs, "no field a here", 1, 1},
		"custom tag":      {head + "  vars: {a: !secret x}\n  nodes: []\n", "the tag !secret", 5, 13},
		"binary":          {head + "  vars: {a: !!binary aGk=}\n  nodes: []\n", "the tag !!binary", 5, 13},
		"not a number":    {head + "  vars: {a: .nan}\n  nodes: []\n", "must be finite", 5, 13},
		"deep":            {head + "  vars: {a: " + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "}\n  nodes: []\n", "nested more than", 5, 0},
		"very deep":       {strings.Repeat("[", 20000), "", 1, 1},
		"complex key":     {head + "  vars: {[a]: 1}\n  nodes: []\n", "plain text", 5, 10},
		"source":          {head + "  nodes:\n    - {id: a, type: b, in: {table: {x: 1}}}\n", "must be a list", 6, 0},
	} {
		doc, _, err := flow.Parse([]byte(c.text))
		e := errs.From(err)
		if e == nil || e.Code != flow.CodeYAMLInvalid || len(e.Details) == 0 {
			t.Errorf("%s: %v, %v", name, doc, err)
			continue
		}
		d := e.Details[0]
		if !strings.Contains(d.Message, c.message) || d.Line != c.line || c.column != 0 && d.Column != c.column {
			t.Errorf("%s: %s at %d:%d", name, d.Message, d.Line, d.Column)
		}
	}
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		spec string // below spec:, from line 5
		want string // code node field line:column
	}{
		"fine":              {"nodes:\n    - {id: a, type: b}", ""},
		"no id":             {"nodes:\n    - {type: b}", "node_id  spec.nodes[0].id 6:7"},
		"no type":           {"nodes:\n    - {id: a}", "node_type_missing a type 6:7"},
		"bad id":            {"nodes:\n    - {id: a-b, type: b}", "id_invalid a-b id 6:12"},
		"reserved":          {"nodes:\n    - {id: not, type: b}", "id_reserved not id 6:12"},
		"twice":             {"nodes:\n    - {id: a, type: b}\n    - {id: a, type: b}", "node_duplicate a spec.nodes[1].id 7:12"},
		"unknown source":    {"nodes:\n    - {id: strikes, type: b}\n    - {id: c, type: b, in: {table: strike}}", "unknown_source c in.table 7:36"},
		"unknown after":     {"nodes:\n    - {id: c, type: b, after: [x]}", "unknown_source c after[0] 6:32"},
		"self":              {"nodes:\n    - {id: c, type: b, after: [c]}", "self_edge c after[0] 6:32"},
		"cycle":             {"nodes:\n    - {id: a, type: b, in: {x: c}}\n    - {id: b, type: b, in: {x: a}}\n    - {id: c, type: b, in: {x: b}}", "cycle a in 6:28"},
		"join":              {"nodes:\n    - {id: a, type: b, join: most}", "not_allowed a join 6:30"},
		"retry":             {"nodes:\n    - {id: a, type: b, retry: {attempts: 0}}", "retry_attempts a retry.attempts 6:42"},
		"timeout":           {"nodes:\n    - {id: a, type: b, timeout: 5}", "duration a timeout 6:33"},
		"parameter type":    {"params: {p: {type: text}}\n  nodes:\n    - {id: a, type: b}", "param_type  spec.params.p.type 5:22"},
		"parameter default": {"params: {p: {type: integer, default: x}}\n  nodes:\n    - {id: a, type: b}", "param_default  spec.params.p.default 5:40"},
		"parameter range":   {"params: {p: {type: integer, default: 5, maximum: 4}}\n  nodes:\n    - {id: a, type: b}", "param_default  spec.params.p.default 5:40"},
		"layout":            {"nodes:\n    - {id: a, type: b}\n  layout: {a: [1]}", "layout  spec.layout.a 7:15"},
	} {
		doc, places, err := flow.Parse([]byte(head + "  " + c.spec + "\n"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := ""
		if problems := flow.Validate(doc, places); len(problems) > 0 {
			p := problems[0]
			got = fmt.Sprintf("%s %s %s %d:%d", p.Code, p.Node, p.Field, p.Line, p.Column)
		}
		if got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", name, got, c.want)
		}
	}
}

func TestCycleIsNamedInTheDirectionOfTheData(t *testing.T) {
	order, cycle := flow.Order([]flow.Node{{ID: "x"}, {ID: "a", After: []string{"c"}}, {ID: "b", After: []string{"a"}}, {ID: "c", After: []string{"b"}}})
	if order != nil || strings.Join(cycle, " ") != "a b c a" {
		t.Fatalf("%v %v", order, cycle)
	}
}

func TestOrderAndAncestorsOfALongChain(t *testing.T) {
	nodes := make([]flow.Node, 3000)
	for i := range nodes {
		nodes[i].ID = fmt.Sprintf("n%d", i)
		if i+1 < len(nodes) {
			nodes[i].After = []string{fmt.Sprintf("n%d", i+1)}
		}
	}
	order, cycle := flow.Order(nodes)
	if cycle != nil || order[0] != "n2999" || order[2999] != "n0" {
		t.Fatal(cycle, order[:3])
	}
	if up := flow.Ancestors(nodes); len(up["n0"]) != 2999 || len(up["n2999"]) != 0 {
		t.Fatal(len(up["n0"]))
	}
}

func TestPatchKeepsCommentsAndOrder(t *testing.T) {
	source := `# The flow of birds
apiVersion: dataflow/v1
kind: Flow
metadata: {name: birds}
spec:
  nodes:
    # reads
    - id: strikes
      type: file.read
      with: {path: a.csv} # the file

    - id: costly # expensive ones
      type: table.filter
      in: {table: strikes}
      with:
        # in dollars
        where: cost > 5
  layout:
    strikes: [0, 0]
`
	doc, _, err := flow.Parse([]byte(source))
	if err != nil {
		t.Fatal(err)
	}
	same, err := flow.Patch([]byte(source), doc)
	if err != nil || string(same) != source {
		t.Fatalf("%v\n%s", err, same)
	}
	doc.Spec.Nodes[1].With["where"] = "cost > 6"
	doc.Spec.Nodes = append(doc.Spec.Nodes[:1:1], flow.Node{ID: "fresh", Type: "python", With: map[string]any{"code": "def main():\n    return 1\n"}}, doc.Spec.Nodes[1])
	doc.Spec.Layout["fresh"] = []float64{10, 20.5}
	patched, err := flow.Patch([]byte(source), doc)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# The flow of birds", "# reads", "# the file\n", "\n\n    - id: costly # expensive ones", "# in dollars\n        where: cost > 6", "metadata: {name: birds}", "code: |\n          def main():\n              return 1\n", "fresh: [10, 20.5]"} {
		if !strings.Contains(string(patched), want) {
			t.Errorf("%q is lost in\n%s", want, patched)
		}
	}
	back, _, err := flow.Parse(patched)
	if err != nil || !reflect.DeepEqual(back, doc) {
		t.Fatalf("%v\n%s", err, patched)
	}
}

// A new flow has no nodes, for which YAML has brackets alone; they do not stay around what comes into them.
func TestPatchOpensWhatWasEmptyOrBecomesTooLong(t *testing.T) {
	long := strings.Repeat("x", 120)
	for name, c := range map[string]struct{ nodes, note, want string }{
		"empty":    {"[]", "", "  nodes:\n    - id: read\n      type: file.read\n      with:\n        columns: []\n        path: a.csv\n"},
		"short":    {"[{id: read, type: file.read, with: {path: b.csv, columns: []}}]", "", "  nodes: [{id: read, type: file.read, with: {path: a.csv, columns: []}}]\n"},
		"too long": {"[{id: read, type: file.read, note: " + long + ", with: {path: b.csv, columns: []}}]", long, "  nodes:\n    - id: read\n      type: file.read\n      note: " + long + "\n      with: {path: a.csv, columns: []}\n"},
	} {
		source := "apiVersion: dataflow/v1\nkind: Flow\nmetadata:\n  name: birds\nspec:\n  nodes: " + c.nodes + "\n"
		doc, _, err := flow.Parse([]byte(source))
		if err != nil {
			t.Fatal(err)
		}
		doc.Spec.Nodes = []flow.Node{{ID: "read", Type: "file.read", Note: c.note, With: map[string]any{"path": "a.csv", "columns": []any{}}}}
		patched, err := flow.Patch([]byte(source), doc)
		if err != nil || !strings.Contains(string(patched), c.want) {
			t.Errorf("%s: %v\n%s", name, err, patched)
		}
	}
}

func TestPatchKeepsTheCommentsOfANodeThatMovesBetweenBodies(t *testing.T) {
	source := `apiVersion: dataflow/v1
kind: Flow
metadata: {name: nested}
spec:
  nodes:
    # what there is
    - {id: rows, type: value.set, with: {value: [1, 2]}}
    # asks for the price
    - id: price
      type: http.request
      with: {url: "https://example.com"} # slow
    - id: each # one by one
      type: control.map
      in: {items: rows}
      nodes:
        # the only one so far
        - id: clean # tidy
          type: python
          in: {row: item}
  layout:
    each: [300, 0, 800, 400] # made larger
`
	doc, _, err := flow.Parse([]byte(source))
	if err != nil {
		t.Fatal(err)
	}
	if problems := flow.Validate(doc, nil); len(problems) > 0 {
		t.Fatal(problems)
	}
	// price goes in, clean comes out.
	rows, price, each := doc.Spec.Nodes[0], doc.Spec.Nodes[1], doc.Spec.Nodes[2]
	clean := each.Nodes[0]
	clean.In = nil
	each.Nodes = []flow.Node{price}
	doc.Spec.Nodes = []flow.Node{rows, clean, each}
	patched, err := flow.Patch([]byte(source), doc)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"    # what there is\n    - {id: rows", "    # the only one so far\n    - id: clean # tidy\n      type: python\n", "- id: each # one by one",
		"        # asks for the price\n        - id: price\n          type: http.request\n          with: {url: \"https://example.com\"} # slow\n", "each: [300, 0, 800, 400] # made larger",
	} {
		if !strings.Contains(string(patched), want) {
			t.Errorf("%q is lost in\n%s", want, patched)
		}
	}
	back, _, err := flow.Parse(patched)
	if err != nil || !reflect.DeepEqual(back, doc) {
		t.Fatalf("%v\n%s", err, patched)
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]string{"": "0s", "1m30s": "1m30s", "2d": "48h0m0s", "1d12h": "36h0m0s", "1.5d": "36h0m0s", "5": "no unit", "x": "not a duration", "-1s": "negative", "999999d": "longer than", "200000h": "longer than", "d": "not a duration"} {
		d, err := flow.Duration(text).Parse()
		if err != nil && !strings.Contains(err.Error(), want) || err == nil && d.String() != want {
			t.Errorf("%q: %v, %v", text, d, err)
		}
	}
}

func TestParamsOfARun(t *testing.T) {
	doc, _, err := flow.Parse([]byte(head + `  params:
    n: {type: integer, required: true, minimum: 1, maximum: 10}
    f: {type: number, default: 1.5}
    s: {type: string, enum: [a, b]}
    b: {type: boolean}
    d: {type: date}
    t: {type: datetime}
    o: {type: object}
    l: {type: array, default: [1, 2]}
  nodes: []
`))
	if err != nil {
		t.Fatal(err)
	}
	params := doc.Spec.Params
	if got := strings.Join(params.Names(), ""); got != "nfsbdtol" {
		t.Fatal(got)
	}
	values, err := params.ResolveText(map[string]string{"n": "5", "f": "2", "s": "b", "b": "TRUE", "d": "2026-01-31", "t": "2026-01-31T08:00:00+01:00", "o": `{"x": 12345678901234567}`})
	want := map[string]any{"n": int64(5), "f": int64(2), "s": "b", "b": true, "d": "2026-01-31", "t": "2026-01-31T08:00:00+01:00", "o": map[string]any{"x": int64(12345678901234567)}, "l": []any{int64(1), int64(2)}}
	if err != nil || !reflect.DeepEqual(values, want) {
		t.Fatalf("%v, %#v", err, values)
	}
	for text, want := range map[string]string{
		"": "params.n: The parameter n is required", "n=x": "a whole number", "n=1.5": "type integer", "n=0": "below the minimum, 1", "n=11": "above the maximum",
		"n=1,s=c": "params.s: The parameter s does not fit: it must be one of a, b", "n=1,b=maybe": "true or false", "n=1,d=31.1.2026": "such as 2026-01-31",
		"n=1,o=[]": "type object", "n=1,o={": "must be JSON", "n=1,nn=2": "no parameter nn; did you mean n?", "n=NaN": "whole number", "n=1,f=0x10": "must be a number",
	} {
		given := map[string]string{}
		for _, pair := range strings.Split(text, ",") {
			if k, v, ok := strings.Cut(pair, "="); ok {
				given[k] = v
			}
		}
		if _, err := params.ResolveText(given); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := params.Resolve(map[string]any{"n": "5"}); err == nil || !strings.Contains(err.Error(), "type integer, not string") {
		t.Error(err)
	}
	if values, err := params.Resolve(map[string]any{"n": 5.0}); err != nil || values["n"] != int64(5) {
		t.Error(err, values)
	}
}

func TestExampleFlowsParse(t *testing.T) {
	paths, err := filepath.Glob("../../examples/*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if doc, places, err := flow.Parse(text); err != nil {
			t.Errorf("%s: %v", path, err)
		} else if problems := flow.Validate(doc, places); flow.HasErrors(problems) {
			t.Errorf("%s: %v", path, problems)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		head + "  nodes:\n    - {id: a, type: b, in: {x: [a, b.c]}, with: {n: 0x1F, f: 1e3, d: 2026-01-01, t: |\n        x\n}}\n",
		"a: &a [*a]\n", "<<: {a: 1}\n", "? [a]\n: b\n", "a: !!binary aGk=\n", "a: 1\na: 2\n", strings.Repeat("[", 300), "{a: 123456789012345678901234567890}", head + "  vars: {a: \"\\u2028\\n\", b: 'x\n\n  y'}\n  nodes: []\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, places, err := flow.Parse(text)
		if err != nil {
			return
		}
		flow.Validate(doc, places)
		again, err := flow.Encode(doc)
		if err != nil {
			t.Fatal(err)
		}
		back, _, err := flow.Parse(again)
		if err != nil || !reflect.DeepEqual(doc, back) {
			t.Fatalf("%v\n%s\nbecame\n%s", err, text, again)
		}
	})
}
