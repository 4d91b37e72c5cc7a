package step_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/step"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/spec"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/duck"
)

const tenant = "default"

// probe is a type whose action the test gives.
func probe(name string, kind value.Kind, run func(ctx context.Context, call *node.Call) (value.Outputs, error)) node.Type {
	text := node.Text{EN: name, ZH: name}
	return node.Type{
		Name: name, Version: 1, Config: spec.For[struct {
			X any `json:"x,omitempty" title:"X" zh:"X"`
		}](), Run: run, Effect: node.Pure, Pool: node.Go,
		Doc:    node.Doc{Title: text, Summary: text, Details: text, Family: "value", Icon: "x"},
		Inputs: []node.Port{{Name: "in", Kind: kind}}, Outputs: []node.Port{{Name: "out"}},
	}
}

func env(t testing.TB) *node.Env {
	t.Helper()
	store, err := local.New(filepath.Join(t.TempDir(), "artifacts"))
	if err != nil {
		t.Fatal(err)
	}
	tables, err := duck.New(duck.Config{Store: store, TempDir: t.TempDir(), MemoryMiB: 512, TempMiB: 512})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tables.Close() })
	return &node.Env{Tables: tables, Artifacts: store}
}

func task(n flow.Node, scope engine.Scope) engine.Task {
	doc := &flow.Document{}
	doc.Spec.Nodes = []flow.Node{n}
	return engine.Task{Tenant: tenant, Document: doc, Node: &doc.Spec.Nodes[0], Attempt: 1, Scope: scope}
}

func inline(data string) value.Outputs {
	return value.Outputs{"value": {Kind: value.JSON, Data: json.RawMessage(data)}}
}

// catch gives an executor with one probe and what came in at it.
func catch(t *testing.T, kind value.Kind) (*step.Executor, *node.Env, *[]value.Value) {
	t.Helper()
	var got []value.Value
	e := env(t)
	x := step.New(node.NewRegistry([]node.Type{probe("test.probe", kind, func(_ context.Context, call *node.Call) (value.Outputs, error) {
		got = call.Inputs["in"]
		return value.Outputs{"out": {Kind: value.JSON, Data: call.Config}}, nil
	})}), e, nil)
	return x, e, &got
}

var from = map[string]flow.Sources{"in": {"up"}}

func TestListBecomesTableAndTableBecomesList(t *testing.T) {
	x, e, got := catch(t, value.Table)
	out := x.Execute(t.Context(), task(flow.Node{ID: "n", Type: "test.probe", In: from}, engine.Scope{Nodes: engine.NodeOutputs{"up": inline(`[{"a":1,"b":"x"},{"a":2}]`)}}))
	if out.Err != nil {
		t.Fatal(out.Err)
	}
	made := (*got)[0]
	if made.Kind != value.Table || made.Table.Rows != 2 || len(made.Table.Columns) != 2 {
		t.Fatalf("%+v", made)
	}
	back := step.New(node.NewRegistry([]node.Type{probe("test.probe", value.JSON, func(_ context.Context, call *node.Call) (value.Outputs, error) {
		return value.Outputs{"out": call.Inputs["in"][0]}, nil
	})}), e, nil)
	out = back.Execute(t.Context(), task(flow.Node{ID: "n", Type: "test.probe", In: from}, engine.Scope{Nodes: engine.NodeOutputs{"up": {"table": made}}}))
	if out.Err != nil || string(out.Outputs["out"].Data) != `[{"a":1,"b":"x"},{"a":2,"b":null}]` {
		t.Fatalf("%v, %s", out.Err, out.Outputs["out"].Data)
	}
}

func TestWhatDoesNotConvertSaysWhatToDo(t *testing.T) {
	x, e, _ := catch(t, value.Table)
	for data, want := range map[string]string{`5`: "a number", `[]`: "no columns", `[{"a":1},2]`: "item 2 is a number", `{"a":1}`: "an object"} {
		out := x.Execute(t.Context(), task(flow.Node{ID: "n", Type: "test.probe", In: from}, engine.Scope{Nodes: engine.NodeOutputs{"up": inline(data)}}))
		if out.Err == nil || out.Err.Code != "not_a_table" || !strings.Contains(out.Err.Message, want) || out.Err.Details[0].Field != "in.in" || out.Err.Details[0].Node != "n" {
			t.Errorf("%s: %+v", data, out.Err)
		}
	}
	path := filepath.Join(t.TempDir(), "many.csv")
	if err := os.WriteFile(path, []byte("n\n"+strings.Repeat("1\n", 10001)), 0o600); err != nil {
		t.Fatal(err)
	}
	many, err := e.Tables.Import(t.Context(), tenant, path, table.ImportOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	x = step.New(node.NewRegistry([]node.Type{probe("test.probe", value.JSON, nil2)}), e, nil)
	out := x.Execute(t.Context(), task(flow.Node{ID: "n", Type: "test.probe", In: from}, engine.Scope{Nodes: engine.NodeOutputs{"up": {"table": {Kind: value.Table, Artifact: &many.Artifact, Table: &many.Meta}}}}))
	if out.Err == nil || out.Err.Code != "too_many_rows" || out.Err.Hint == "" {
		t.Errorf("%+v", out.Err)
	}
}

func nil2(context.Context, *node.Call) (value.Outputs, error) { return nil, nil }

func TestLargeValuesGoToArtifactsAndComeBackInExpressions(t *testing.T) {
	e := env(t)
	x := step.New(nodes.All(), e, nil)
	large := strings.Repeat("x", value.InlineMax)
	first := x.Execute(t.Context(), task(flow.Node{ID: "a", Type: "value.set", With: map[string]any{"value": map[string]any{"text": large, "n": 7}}}, engine.Scope{}))
	v := first.Outputs["value"]
	if first.Err != nil || v.Artifact == nil || v.Data != nil {
		t.Fatalf("%v, %+v", first.Err, v)
	}
	second := x.Execute(t.Context(), task(flow.Node{ID: "b", Type: "value.set", With: map[string]any{"value": "{{ nodes.a.value.n + len(nodes.a.value.text) }}"}}, engine.Scope{Nodes: engine.NodeOutputs{"a": first.Outputs}}))
	if second.Err != nil || string(second.Outputs["value"].Data) != fmt.Sprint(7+value.InlineMax) {
		t.Fatalf("%v, %s", second.Err, second.Outputs["value"].Data)
	}
}

func TestTablesAndFilesAsExpressionsSeeThem(t *testing.T) {
	x := step.New(nodes.All(), env(t), nil)
	scope := engine.Scope{Nodes: engine.NodeOutputs{
		"t": {"table": {Kind: value.Table, Table: &table.Meta{Rows: 3, Columns: []table.Column{{Name: "a", Type: "BIGINT"}}}}},
	}, Run: map[string]any{"started_at": "2026-01-31T08:00:00Z"}, Trigger: engine.Trigger{Data: json.RawMessage(`{"body":{"id":12345678901234567}}`)}}
	out := x.Execute(t.Context(), task(flow.Node{ID: "n", Type: "value.set", With: map[string]any{"value": "{{ [nodes.t.table.rows, nodes.t.table.columns[0].name, nodes.skipped.value, trigger.body.id, now()] }}"}}, scope))
	if want := `[3,"a",null,12345678901234567,"2026-01-31T08:00:00Z"]`; out.Err != nil || string(out.Outputs["value"].Data) != want {
		t.Fatalf("%v, %s", out.Err, out.Outputs["value"].Data)
	}
}

func TestRelationRunsAndShowsItsSQL(t *testing.T) {
	x := step.New(nodes.All(), env(t), nil)
	n := flow.Node{ID: "costly", Type: "table.filter", In: map[string]flow.Sources{"table": {"up"}}, With: map[string]any{"where": "cost > {{ params.min }}"}}
	scope := engine.Scope{Params: map[string]any{"min": int64(2)}, Nodes: engine.NodeOutputs{"up": inline(`[{"cost":1},{"cost":3}]`)}}
	out := x.Execute(t.Context(), task(n, scope))
	if out.Err != nil || out.Outputs["table"].Table.Rows != 1 || !bytes.Contains(out.Details["sql"], []byte("cost > $1")) {
		t.Fatalf("%v, %+v, %s", out.Err, out.Outputs, out.Details)
	}
	n.With = map[string]any{"where": "kost > 1"}
	out = x.Execute(t.Context(), task(n, scope))
	if out.Err == nil || out.Err.Details[0].Node != "costly" || out.Err.Details[0].Field != "with.where" {
		t.Fatalf("%+v", out.Err)
	}
}

func TestErrorsHavePlaces(t *testing.T) {
	boom := probe("test.boom", "", func(context.Context, *node.Call) (value.Outputs, error) { panic("secret of the program") })
	plain := probe("test.plain", "", func(context.Context, *node.Call) (value.Outputs, error) { return nil, errors.New("secret cause") })
	own := probe("test.own", "", func(context.Context, *node.Call) (value.Outputs, error) { return nil, errs.Invalid("odd", "It is odd") })
	need := probe("test.need", "", nil2)
	need.Inputs[0].Required = true
	x := step.New(node.NewRegistry([]node.Type{boom, plain, own, need}, nodes.All().Copy()), env(t), nil)
	for name, c := range map[string]struct {
		n           flow.Node
		code, field string
	}{
		"panic":      {flow.Node{Type: "test.boom"}, "internal", ""},
		"plain":      {flow.Node{Type: "test.plain"}, "internal", ""},
		"own":        {flow.Node{Type: "test.own"}, "odd", ""},
		"missing":    {flow.Node{Type: "test.need"}, "input_missing", "in.in"},
		"type":       {flow.Node{Type: "value.sett"}, "unknown_type", ""},
		"syntax":     {flow.Node{Type: "value.set", With: map[string]any{"value": []any{"{{ 1 + }}"}}}, "config_invalid", "with.value[0]"},
		"evaluation": {flow.Node{Type: "value.set", With: map[string]any{"value": []any{"{{ params.x + 1 }}"}}}, "expression_failed", "with.value[0]"},
		"decoding":   {flow.Node{Type: "control.if", With: map[string]any{"condition": "{{ 'yes' }}"}}, "config_invalid", "with.condition"},
	} {
		c.n.ID = "here"
		out := x.Execute(t.Context(), task(c.n, engine.Scope{}))
		if out.Err == nil || out.Err.Code != c.code || len(out.Err.Details) == 0 || out.Err.Details[0].Node != "here" || out.Err.Details[0].Field != c.field {
			t.Errorf("%s: %+v", name, out.Err)
			continue
		}
		if wire, _ := json.Marshal(out.Err); strings.Contains(string(wire), "secret") {
			t.Errorf("%s shows its cause: %s", name, wire)
		}
	}
}

// What a field for items refers to besides the items belongs to the work: a step is not the same when that has changed.
func TestFieldsForItemsCountInTheContentKey(t *testing.T) {
	x := step.New(nodes.All(), nil, nil)
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	same := func(where string, change func(*engine.Scope)) bool {
		scope := func() engine.Scope {
			return engine.Scope{
				Params: map[string]any{"least": 1, "other": 1}, Vars: map[string]any{"v": 1}, Run: map[string]any{"id": "r", "started_at": began},
				Trigger: engine.Trigger{Data: json.RawMessage(`{"t":1}`)},
				Nodes:   engine.NodeOutputs{"list": inline(`[1,2]`), "limit": inline(`1`)},
			}
		}
		n := flow.Node{ID: "n", Type: "json.filter", In: map[string]flow.Sources{"value": {"list"}}, With: map[string]any{"where": where}}
		before, after := scope(), scope()
		change(&after)
		return x.Same(t.Context(), task(n, before), task(n, after))
	}
	for name, c := range map[string]struct {
		where  string
		change func(*engine.Scope)
		want   bool
	}{
		"nothing":         {"{{ item > params.least }}", func(*engine.Scope) {}, true},
		"its parameter":   {"{{ item > params.least }}", func(s *engine.Scope) { s.Params["least"] = 2 }, false},
		"another":         {"{{ item > params.least }}", func(s *engine.Scope) { s.Params["other"] = 2 }, true},
		"any parameter":   {"{{ item > len(params) }}", func(s *engine.Scope) { s.Params["other"] = 2 }, false},
		"a variable":      {"{{ item > vars.v }}", func(s *engine.Scope) { s.Vars["v"] = 2 }, false},
		"another node":    {"{{ item > nodes.limit.value }}", func(s *engine.Scope) { s.Nodes = engine.NodeOutputs{"list": inline(`[1,2]`), "limit": inline(`2`)} }, false},
		"the trigger":     {"{{ item > trigger.t }}", func(s *engine.Scope) { s.Trigger.Data = json.RawMessage(`{"t":2}`) }, false},
		"when it began":   {"{{ now() > item }}", func(s *engine.Scope) { s.Run["started_at"] = began.Add(1) }, false},
		"the run, unseen": {"{{ item > 1 }}", func(s *engine.Scope) { s.Run["id"] = "other" }, true},
	} {
		if got := same(c.where, c.change); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// results keeps what steps have given in memory.
type results map[string]step.Kept

func (r results) Get(_ context.Context, _, key string, _ time.Time) (*step.Kept, error) {
	if kept, ok := r[key]; ok {
		return &kept, nil
	}
	return nil, nil
}

func (r results) Put(_ context.Context, _, key string, kept step.Kept, _ time.Time) error {
	r[key] = kept
	return nil
}

// A file that was replaced is read again, whatever an earlier run or the cache has of it.
func TestFilesCountByWhatTheyHold(t *testing.T) {
	e := env(t)
	folder, err := files.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	e.Files = folder
	put := func(text string) {
		t.Helper()
		if _, err := folder.Put(t.Context(), tenant, "in.csv", strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	x := step.New(nodes.All(), e, results{})
	read := task(flow.Node{ID: "n", Type: "file.read", With: map[string]any{"path": "in.csv"}, Cache: &flow.Cache{For: "1h"}}, engine.Scope{})
	carryOut := func(rows int64, cached bool) engine.Task {
		t.Helper()
		out := x.Execute(t.Context(), read)
		if out.Err != nil {
			t.Fatal(out.Err)
		}
		if got := out.Outputs["table"].Table.Rows; got != rows || (out.Details["cached"] != nil) != cached {
			t.Errorf("%d rows, cached %s", got, out.Details["cached"])
		}
		done := read
		done.Details = out.Details
		return done
	}
	put("a\n1\n")
	before := carryOut(1, false)
	carryOut(1, true)
	if !x.Same(t.Context(), read, before) {
		t.Error("the file is as it was, and the step is not the same")
	}
	put("a\n1\n2\n")
	if x.Same(t.Context(), read, before) {
		t.Error("the file was replaced, and the step is the same")
	}
	carryOut(2, false)
	if x.Same(t.Context(), read, read) {
		t.Error("nothing is known of what was read, and the step is the same")
	}
}

func TestExecutorIsSafeForConcurrentUse(t *testing.T) {
	x := step.New(nodes.All(), nil, nil)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 50 {
				out := x.Execute(context.Background(), task(flow.Node{ID: "n", Type: "value.set", With: map[string]any{"value": fmt.Sprintf("{{ params.n + %d }}", j)}}, engine.Scope{Params: map[string]any{"n": i}}))
				if out.Err != nil || string(out.Outputs["value"].Data) != fmt.Sprint(i+j) {
					t.Errorf("%v, %s", out.Err, out.Outputs["value"].Data)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkInline(b *testing.B) {
	x := step.New(nodes.All(), nil, nil)
	t := task(flow.Node{ID: "n", Type: "value.set", With: map[string]any{"value": map[string]any{"total": "{{ nodes.a.value.total + params.n }}", "name": "step {{ params.name }}"}}}, engine.Scope{
		Params: map[string]any{"n": int64(3), "name": "Ann"},
		Nodes:  engine.NodeOutputs{"a": inline(`{"total":17,"name":"step Ann","list":[1,2,3],"text":"` + strings.Repeat("x", 120) + `"}`)},
	})
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if out := x.Execute(ctx, t); out.Err != nil {
			b.Fatal(out.Err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "steps/s")
}
