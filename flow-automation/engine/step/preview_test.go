package step_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/step"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/nodes"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/files"
)

// previewing gives a function that looks at a node of a flow that was changed before.
func previewing(t *testing.T, look engine.Look) func(id string, ran engine.NodeOutputs, change func(*flow.Document)) (engine.Preview, *errs.Error) {
	t.Helper()
	e := env(t)
	store, err := files.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Put(t.Context(), tenant, "n.csv", strings.NewReader("n,word\n1,a\n2,b\n3,\n")); err != nil {
		t.Fatal(err)
	}
	e.Files = store
	x := step.New(nodes.All(), e, nil)
	from := func(from string) map[string]flow.Sources { return map[string]flow.Sources{"table": {from}} }
	nodesOf := func() []flow.Node {
		return []flow.Node{
			{ID: "read", Type: "file.read", With: map[string]any{"path": "n.csv"}},
			{ID: "least", Type: "value.set", With: map[string]any{"value": "{{ params.least + 1 }}"}},
			{ID: "filter", Type: "table.filter", In: from("read"), With: map[string]any{"where": "n >= {{ nodes.least.value }}"}},
			{ID: "derive", Type: "table.derive", In: from("filter"), With: map[string]any{"columns": []any{map[string]any{"name": "twice", "expression": "n * 2"}}}},
			{ID: "py", Type: "python", In: from("derive"), With: map[string]any{"code": "def main(table): return table"}},
			{ID: "last", Type: "table.limit", In: from("py"), With: map[string]any{"rows": 1}},
		}
	}
	return func(id string, ran engine.NodeOutputs, change func(*flow.Document)) (engine.Preview, *errs.Error) {
		t.Helper()
		doc := &flow.Document{}
		doc.Spec.Nodes = nodesOf()
		if change != nil {
			change(doc)
		}
		got, err := x.Preview(t.Context(), engine.Task{
			Tenant: tenant, Document: doc, Node: doc.Spec.Find(id), Path: id, Attempt: 1,
			Scope: engine.Scope{Params: map[string]any{"least": 1}, Nodes: ran},
		}, look)
		if err != nil {
			return got, errs.From(err)
		}
		return got, nil
	}
}

// Ages are counted from now where somebody only looks, whenever the run was that the outputs are of, and without one.
func TestPreviewIsAsOfNow(t *testing.T) {
	e := env(t)
	store, err := files.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Put(t.Context(), tenant, "n.csv", strings.NewReader("at\n2026-11-29 11:00:00\n")); err != nil {
		t.Fatal(err)
	}
	e.Files = store
	x := step.New(nodes.All(), e, nil)
	doc := &flow.Document{}
	rule := map[string]any{"check": "freshness", "columns": []any{"at"}, "within": "2h", "severity": "fail"}
	doc.Spec.Nodes = []flow.Node{
		{ID: "read", Type: "file.read", With: map[string]any{"path": "n.csv"}},
		{ID: "check", Type: "quality.check", In: map[string]flow.Sources{"table": {"read"}}, With: map[string]any{"rules": []any{rule}}},
		{ID: "limit", Type: "table.limit", In: map[string]flow.Sources{"table": {"check.passed"}}, With: map[string]any{"rows": 5}},
	}
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for name, of := range map[string]map[string]any{"no run": {}, "an old run": {"started_at": now.AddDate(-1, 0, 0)}} {
		got, err := x.Preview(t.Context(), engine.Task{
			Tenant: tenant, Document: doc, Node: doc.Spec.Find("limit"), Path: "limit", Attempt: 1, Now: now, Scope: engine.Scope{Run: of, Nodes: engine.NodeOutputs{}},
		}, engine.Look{})
		if err != nil || got.Table == nil || len(got.Table.Rows) != 1 {
			t.Errorf("%s: %+v, %v", name, got.Table, err)
		}
	}
}

// A preview shows what a run would give under the contracts, and the columns from before, of which a new one can be taken.
func TestPreviewUnderContracts(t *testing.T) {
	for _, c := range []struct {
		of     string
		policy string
		want   string // columns that come in at the node after
		failed bool
	}{{"read", "ignore", "n BIGINT", false}, {"filter", "ignore", "n BIGINT", false}, {"read", "fail", "n BIGINT, word VARCHAR", true}, {"filter", "fail", "n BIGINT, word VARCHAR", true}} {
		agree := func(doc *flow.Document) {
			port := map[string]string{"read": "table", "filter": "table"}[c.of]
			doc.Spec.Find(c.of).Contract = map[string]flow.Contract{port: {Columns: []flow.ContractColumn{{Name: "n", Type: "BIGINT"}}, New: c.policy}}
		}
		after := map[string]string{"read": "filter", "filter": "derive"}[c.of]
		got, err := previewing(t, engine.Look{Inputs: true})(after, nil, agree)
		if err != nil {
			t.Fatal(c, err)
		}
		if in := got.Inputs[0]; names(in.Columns) != c.want || names(in.Found) != "n BIGINT, word VARCHAR" {
			t.Errorf("%v: %s, before %s", c, names(in.Columns), names(in.Found))
		}
		got, err = previewing(t, engine.Look{})(after, nil, agree)
		if c.failed != (err != nil && err.Code == "schema_drift") {
			t.Errorf("%v: %v", c, err)
		}
		if !c.failed && len(got.Table.Columns) != map[string]int{"filter": 1, "derive": 2}[after] {
			t.Errorf("%v: %s", c, names(got.Table.Columns))
		}
	}
}

func TestPreviewBeforeAnyRun(t *testing.T) {
	look := previewing(t, engine.Look{})
	got, err := look("derive", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Table.Rows) != 2 || string(got.Table.Rows[0]) != `[2,"b",4]` || !got.Table.Whole || got.Table.Sampled || got.Table.Profile[1].Nulls != 1 {
		t.Errorf("%s %+v", got.Table.Rows, got.Table)
	}
	if len(got.Inputs) != 1 || got.Inputs[0].Source != "filter" || len(got.Inputs[0].Columns) != 2 {
		t.Errorf("%+v", got.Inputs)
	}
	if !strings.Contains(got.Table.SQL, "n * 2") {
		t.Error(got.Table.SQL)
	}
	if got, err = look("py", nil, nil); err != nil || got.Table != nil || len(got.Inputs[0].Columns) != 3 {
		t.Errorf("what comes in at an action: %+v, %v", got, err)
	}
	_, err = look("last", nil, nil)
	if err == nil || err.Code != "preview_unavailable" || err.Details[0].Node != "py" {
		t.Errorf("%+v", err)
	}

	got, err = look("derive", nil, func(doc *flow.Document) {
		doc.Spec.Find("derive").With["columns"] = []any{map[string]any{"name": "twice", "expression": "m * 2"}}
	})
	if err == nil || err.Details[0].Node != "derive" || !strings.HasPrefix(err.Details[0].Field, "with.columns") {
		t.Errorf("%+v", err)
	}
	if len(got.Inputs) != 1 {
		t.Error("what comes in is known although the configuration is wrong")
	}
	_, err = look("derive", nil, func(doc *flow.Document) { doc.Spec.Find("filter").In["table"] = flow.Sources{"derive"} })
	if err == nil {
		t.Error("a circle has no rows")
	}
}

// What cannot be carried out for a preview is taken from a run.
func TestPreviewOnTheDataOfARun(t *testing.T) {
	look := previewing(t, engine.Look{})
	got, err := look("last", engine.NodeOutputs{"py": inline(`[{"x": 1}, {"x": 2}]`)}, nil)
	if err != nil || len(got.Table.Rows) != 1 || string(got.Table.Rows[0]) != `[1]` {
		t.Errorf("%+v %v", got, err)
	}
}

// Nodes that are read twice are in the query once, however many ways lead to them.
func TestPreviewOfDiamonds(t *testing.T) {
	look := previewing(t, engine.Look{})
	got, err := look("d19", nil, func(doc *flow.Document) {
		last := "read"
		for i := range 20 {
			id := fmt.Sprintf("d%d", i)
			n := flow.Node{ID: id, Type: "table.union", In: map[string]flow.Sources{"table": {last, last}}}
			if i%2 == 1 {
				n = flow.Node{ID: id, Type: "table.distinct", In: map[string]flow.Sources{"table": {last}}}
			}
			doc.Spec.Nodes = append(doc.Spec.Nodes, n)
			last = id
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Table.Rows) != 3 {
		t.Errorf("%s", got.Table.Rows)
	}
}

func TestPreviewIsBounded(t *testing.T) {
	look := previewing(t, engine.Look{})
	_, err := look("f150", nil, func(doc *flow.Document) {
		last := "read"
		for i := range 151 {
			id := fmt.Sprintf("f%d", i)
			doc.Spec.Nodes = append(doc.Spec.Nodes, flow.Node{ID: id, Type: "table.limit", With: map[string]any{"rows": 1}, In: map[string]flow.Sources{"table": {last}}})
			last = id
		}
	})
	if err == nil || err.Code != "preview_unavailable" || !strings.Contains(err.Message, "So many") {
		t.Errorf("%+v", err)
	}
}

// Of a node with several outputs the first is shown that can be, unless another is asked for.
func TestPreviewOfAnOutput(t *testing.T) {
	check := func(doc *flow.Document) {
		doc.Spec.Nodes = append(doc.Spec.Nodes, flow.Node{ID: "check", Type: "quality.check", In: map[string]flow.Sources{"table": {"read"}}, With: map[string]any{
			"rules": []any{map[string]any{"check": "not_null", "columns": []any{"word"}, "name": "a word"}},
		}})
	}
	for port, want := range map[string]string{"": `[[1,"a"],[2,"b"]]`, "passed": `[[1,"a"],[2,"b"]]`, "failed": `[["broken: a word",3,null]]`} {
		got, err := previewing(t, engine.Look{Port: port})("check", nil, check)
		if err != nil {
			t.Fatal(err)
		}
		rows, _ := json.Marshal(got.Table.Rows)
		if string(rows) != want || got.Port != cmp.Or(port, "passed") || strings.Join(got.Ports, " ") != "passed failed" {
			t.Errorf("at %q: %s of %q among %v, want %s", port, rows, got.Port, got.Ports, want)
		}
	}
	clean := func(doc *flow.Document) {
		doc.Spec.Nodes = append(doc.Spec.Nodes, flow.Node{ID: "clean", Type: "quality.clean", In: map[string]flow.Sources{"table": {"read"}}, With: map[string]any{
			"steps": []any{map[string]any{"do": "number", "columns": []any{"word"}}},
		}})
	}
	for port, want := range map[string]string{"": `[[3,null]]`, "table": `[[3,null]]`, "failed": `[[1,"a","word: a is no number"],[2,"b","word: b is no number"]]`} {
		got, err := previewing(t, engine.Look{Port: port})("clean", nil, clean)
		if err != nil {
			t.Fatal(err)
		}
		rows, _ := json.Marshal(got.Table.Rows)
		if string(rows) != want || got.Port != cmp.Or(port, "table") || strings.Join(got.Ports, " ") != "table failed" {
			t.Errorf("cleaned at %q: %s of %q among %v, want %s", port, rows, got.Port, got.Ports, want)
		}
	}
	if _, err := previewing(t, engine.Look{Port: "report"})("check", nil, check); err == nil || err.Code != "port_unknown" {
		t.Errorf("a preview of the report gave %v", err)
	}
}
