package nodes_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"net/netip"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"dataflow/flow-automation/check"
	"dataflow/flow-automation/engine"
	driver "dataflow/flow-automation/engine/local"
	"dataflow/flow-automation/engine/step"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes"
	"dataflow/flow-automation/nodes/internal/exampletest"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/egress"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/files"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/duck"
)

const tenant = "default"

// bench is a small but real world for nodes.
type bench struct {
	*step.Executor
	env    *node.Env
	files  *files.Store
	server string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return newBenchOf(t, duck.Config{MemoryMiB: 512})
}

// newBenchOf is newBench with threads and memory of one's own choice.
func newBenchOf(t *testing.T, cfg duck.Config) *bench {
	t.Helper()
	store, err := local.New(filepath.Join(t.TempDir(), "artifacts"))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Store, cfg.TempDir, cfg.TempMiB = store, t.TempDir(), 512
	tables, err := duck.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tables.Close() })
	folder, err := files.New(filepath.Join(t.TempDir(), "files"))
	if err != nil {
		t.Fatal(err)
	}
	echo := httptest.NewServer(exampletest.Service())
	t.Cleanup(echo.Close)
	env := &node.Env{
		Tables: tables, Artifacts: store, Files: folder, Python: interpreter{},
		HTTP: egress.Client(egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}),
	}
	env.Connections = exampletest.Shop(t, folder)
	return &bench{Executor: step.New(nodes.All(), env, nil), env: env, files: folder, server: echo.URL}
}

// interpreter stands in for the sandbox: it runs main() on JSON values with the machine's own Python.
type interpreter struct{}

func (interpreter) Execute(ctx context.Context, req node.PythonRequest) (node.PythonResult, error) {
	args := map[string]json.RawMessage{}
	for name, a := range req.Args {
		args[name] = a.JSON
	}
	input, err := json.Marshal(args)
	if err != nil {
		return node.PythonResult{}, err
	}
	cmd := exec.CommandContext(ctx, "python3", "-c", req.Code+"\nimport sys, json\nprint(json.dumps(main(**json.load(sys.stdin))))")
	cmd.Stdin = bytes.NewReader(input)
	out, err := cmd.Output()
	if err != nil {
		return node.PythonResult{}, err
	}
	return node.PythonResult{Outputs: map[string]node.PythonOutput{"result": {Kind: value.JSON, JSON: bytes.TrimSpace(out)}}}, nil
}

func (interpreter) Inspect(context.Context, string, string, string) (node.PythonSignature, error) {
	return node.PythonSignature{}, nil
}

// task makes a flow of one node whose inputs come from nodes that have ended: one by input, called like it.
func (b *bench) task(t *testing.T, typ *node.Type, ex node.Example) engine.Task {
	t.Helper()
	params := map[string]any{"server": b.server}
	maps.Copy(params, ex.Params)
	n := flow.Node{ID: "node", Type: typ.Name, With: ex.With, Nodes: ex.Nodes, Catch: ex.Catch, Finally: ex.Finally}
	outputs := engine.NodeOutputs{}
	for _, name := range slices.Sorted(maps.Keys(ex.Inputs)) {
		port, _, _ := strings.Cut(name, "[") // table, table[1], … are the sources of one port
		id := fmt.Sprintf("in%d", len(outputs))
		if n.In == nil {
			n.In = map[string]flow.Sources{}
		}
		n.In[port] = append(n.In[port], id)
		outputs[id] = value.Outputs{"value": b.input(t, typ, port, ex.Inputs[name])}
	}
	doc := &flow.Document{APIVersion: flow.APIVersion, Kind: flow.Kind, Metadata: flow.Metadata{Name: "example"}}
	doc.Spec.Nodes = []flow.Node{n}
	for name, content := range ex.Files {
		if _, err := b.files.Put(t.Context(), tenant, name, strings.NewReader(content)); err != nil {
			t.Fatal(err)
		}
	}
	return engine.Task{
		Tenant: tenant, RunID: "run", Document: doc, Node: &doc.Spec.Nodes[0], Path: "node", Attempt: 1, IdempotencyKey: "key",
		Now:   time.Date(2026, 11, 24, 8, 30, 0, 0, time.UTC),
		Scope: engine.Scope{Params: params, Nodes: outputs},
	}
}

// input is what an example gives to a port: JSON, or a file by its name and its content.
func (b *bench) input(t *testing.T, typ *node.Type, port string, data json.RawMessage) value.Value {
	t.Helper()
	if p, ok := typ.InputPort(port); !ok || p.Kind != value.File {
		return value.Value{Kind: value.JSON, Data: data}
	}
	var file struct{ Name, Content string }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	media := files.MediaType(file.Name)
	ref, err := b.env.Artifacts.Put(t.Context(), tenant, strings.NewReader(file.Content), media)
	if err != nil {
		t.Fatal(err)
	}
	return value.Value{Kind: value.File, MediaType: media, Artifact: &ref, File: &value.FileMeta{Name: file.Name, MediaType: media}}
}

func eachType(t *testing.T, f func(t *testing.T, typ *node.Type)) {
	for _, typ := range nodes.All().All() {
		t.Run(typ.Name, func(t *testing.T) { f(t, typ) })
	}
}

func TestEveryExampleExecutes(t *testing.T) {
	b := newBench(t)
	eachType(t, func(t *testing.T, typ *node.Type) {
		if len(typ.Examples) < 2 {
			t.Errorf("only %d examples", len(typ.Examples))
		}
		for _, ex := range typ.Examples {
			t.Run(ex.Title, func(t *testing.T) {
				task := b.task(t, typ, ex)
				var out engine.Outcome
				if typ.Container != nil || typ.Suspend != nil {
					out = b.inRun(t, task)
				} else {
					out = b.Execute(t.Context(), task)
				}
				if ex.WantError != "" {
					if out.Err == nil || out.Err.Code != ex.WantError {
						t.Errorf("%v, not %s", out.Err, ex.WantError)
					}
					return
				}
				if out.Err != nil {
					t.Fatal(out.Err)
				}
				if len(out.Outputs) != len(ex.Want) {
					t.Errorf("%d outputs, not %d", len(out.Outputs), len(ex.Want))
				}
				for _, port := range typ.Outputs {
					if want := bytes.TrimSpace(ex.Want[port.Name]); port.Object && len(want) > 0 && want[0] != '{' {
						t.Errorf("%s is no object: %s", port.Name, want)
					}
				}
				for port, want := range ex.Want {
					b.compare(t, port, out.Outputs[port], want)
				}
			})
		}
	})
}

// compare looks at the fields that an example names; an answer from outside has more than anybody wants to write down.
func (b *bench) compare(t *testing.T, port string, got value.Value, want json.RawMessage) {
	t.Helper()
	var have, wanted any
	data := []byte(got.Data)
	switch got.Kind {
	case value.Table:
		page, err := b.env.Tables.Page(t.Context(), tenant, *got.Artifact, table.PageRequest{Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		rows := make([]any, len(page.Rows))
		for i, raw := range page.Rows {
			var cells []any
			if err := json.Unmarshal(raw, &cells); err != nil {
				t.Fatal(err)
			}
			row := map[string]any{}
			for j, c := range page.Columns {
				row[c.Name] = cells[j]
			}
			rows[i] = row
		}
		have = rows
	case value.File:
		have = map[string]any{"name": got.File.Name, "media_type": got.File.MediaType, "size": float64(got.Artifact.Size)}
	default:
		if err := json.Unmarshal(data, &have); err != nil {
			t.Fatalf("%s: %v in %q", port, err, data)
		}
	}
	if err := json.Unmarshal(want, &wanted); err != nil {
		t.Fatal(err)
	}
	if slices.Contains([]string{"response", "error", "errors", "approved", "rejected", "run"}, port) {
		have = named(have, wanted)
	}
	if !reflect.DeepEqual(have, wanted) {
		h, _ := json.Marshal(have)
		t.Errorf("%s:\n got %s\nwant %s", port, h, want)
	}
}

// named leaves of what is there the fields that are asked for.
func named(have, wanted any) any {
	switch h := have.(type) {
	case map[string]any:
		w, _ := wanted.(map[string]any)
		maps.DeleteFunc(h, func(k string, _ any) bool { _, asked := w[k]; return !asked })
		for k := range h {
			h[k] = named(h[k], w[k])
		}
	case []any:
		w, _ := wanted.([]any)
		for i := range min(len(h), len(w)) {
			h[i] = named(h[i], w[i])
		}
	}
	return have
}

// inRun carries a task's node out in a run of its own: what holds other nodes or waits cannot be carried out alone.
func (b *bench) inRun(t *testing.T, task engine.Task) engine.Outcome {
	t.Helper()
	store, err := db.Open(t.Context(), db.Config{Path: filepath.Join(t.TempDir(), "runs.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	runs := driver.New(driver.Config{DB: store, Executor: b.Executor, Flows: shelf{}})
	if err := runs.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = runs.Stop(context.Background()) })
	doc := *task.Document
	for id, out := range task.Scope.Nodes.(engine.NodeOutputs) {
		var v any
		if err := json.Unmarshal(out["value"].Data, &v); err != nil {
			t.Fatal(err)
		}
		doc.Spec.Nodes = append([]flow.Node{{ID: id, Type: "value.set", With: map[string]any{"value": v}}}, doc.Spec.Nodes...)
	}
	for name := range task.Scope.Params {
		doc.Spec.Params = append(doc.Spec.Params, flow.Param{Name: name, Type: "string"})
	}
	if problems := check.New(nodes.All(), nodes.Triggers()).Analyze(&doc, nil); problems.Err() != nil {
		t.Fatal(problems.Err())
	}
	begun, err := runs.Begin(t.Context(), engine.StartRequest{Tenant: tenant, Document: &doc, Params: task.Scope.Params})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := runs.Wait(t.Context(), tenant, begun.ID); err != nil {
		t.Fatal(err)
	}
	steps, err := runs.Steps(t.Context(), tenant, begun.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		if s.NodeID == "node" {
			return engine.Outcome{Outputs: s.Outputs, Err: s.Error}
		}
	}
	t.Fatal("the run has no such step")
	return engine.Outcome{}
}

// shelf has one flow, which doubles a number.
type shelf struct{}

func (shelf) Flow(context.Context, string, string, int) (engine.FlowRef, error) {
	doc := &flow.Document{APIVersion: flow.APIVersion, Kind: flow.Kind, Metadata: flow.Metadata{Name: "double"}}
	doc.Spec.Params = flow.Params{{Name: "n", Type: "integer"}}
	doc.Spec.Nodes = []flow.Node{{ID: "back", Type: "control.return", With: map[string]any{"value": "{{ params.n * 2 }}"}}}
	return engine.FlowRef{ID: "f", Version: 1, Document: doc}, nil
}

func TestEverySchemaCompilesAndTakesItsExamples(t *testing.T) {
	eachType(t, func(t *testing.T, typ *node.Type) {
		schema := compile(t, typ.Config.JSON())
		for _, ex := range typ.Examples {
			if problems := typ.Config.Validate(ex.With); len(problems) > 0 {
				t.Errorf("%s: %v", ex.Title, problems)
			}
			raw, err := json.Marshal(ex.With)
			if err != nil {
				t.Fatal(err)
			}
			if typ.Check != nil {
				// An example of what cannot be carried out shows the error of just this check.
				if problems := typ.Check(raw); (len(problems) > 0) != (ex.WantError == node.CodeConfigInvalid) {
					t.Errorf("%s: wants the error %q: %v", ex.Title, ex.WantError, problems)
				}
			}
			if strings.Contains(string(raw), "{{") {
				continue // the schema describes what is left when expressions are resolved
			}
			instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(instance); err != nil {
				t.Errorf("%s: %v", ex.Title, err)
			}
		}
	})
	for _, typ := range nodes.Triggers().All() {
		compile(t, typ.Config.JSON())
		for _, ex := range typ.Examples {
			if problems := typ.Config.Validate(ex.With); len(problems) > 0 {
				t.Errorf("%s, %s: %v", typ.Name, ex.Title, problems)
			}
		}
	}
}

func compile(t *testing.T, raw json.RawMessage) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("config.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("config.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

var (
	icon    = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	chinese = regexp.MustCompile(`\p{Han}`)
)

func TestEveryTypeIsDocumentedInBothLanguages(t *testing.T) {
	// A product's own name is the same in both.
	names := []string{"Python", "SQL", "Webhook"}
	eachType(t, func(t *testing.T, typ *node.Type) {
		if !icon.MatchString(typ.Doc.Icon) {
			t.Errorf("icon %q", typ.Doc.Icon)
		}
		for what, text := range map[string]node.Text{"title": typ.Doc.Title, "summary": typ.Doc.Summary, "details": typ.Doc.Details} {
			if text.EN == "" || !chinese.MatchString(text.ZH) && !slices.Contains(names, text.ZH) {
				t.Errorf("%s is not there in both languages: %+v", what, text)
			}
		}
		for _, p := range append(slices.Clone(typ.Inputs), typ.Outputs...) {
			if p.Title.EN == "" || p.Title.ZH == "" {
				t.Errorf("port %s has no title", p.Name)
			}
		}
		var schema struct {
			Properties map[string]struct {
				Title string
				ZH    struct{ Title string } `json:"x-zh"`
			}
		}
		if err := json.Unmarshal(typ.Config.JSON(), &schema); err != nil {
			t.Fatal(err)
		}
		for name, p := range schema.Properties {
			if p.Title == "" || p.ZH.Title == "" {
				t.Errorf("field %s has no title in both languages", name)
			}
		}
	})
}

// Every configuration with a field that is not known is refused with that field's name, at save and in a run.
func TestBadConfigurationNamesTheField(t *testing.T) {
	b := newBench(t)
	checker := check.New(nodes.All(), nodes.Triggers())
	eachType(t, func(t *testing.T, typ *node.Type) {
		ex := typ.Examples[0]
		bad := maps.Clone(ex.With)
		if bad == nil {
			bad = map[string]any{}
		}
		bad["no_such_field"] = 1
		ex.With = bad
		task := b.task(t, typ, ex)
		found := checker.Analyze(task.Document, nil).Problems
		if !slices.ContainsFunc(found, func(p flow.Problem) bool {
			return p.Node == "node" && p.Field == "with.no_such_field" && p.Severity == flow.Error
		}) {
			t.Errorf("the check says %v", found)
		}
		if typ.Name == "value.set" {
			return // takes its value out without looking further, see there
		}
		if typ.Container != nil && typ.Container.Open == nil {
			return // hands over nothing, so nothing reads its configuration
		}
		if typ.Container != nil {
			task.Phase = engine.Open
		}
		out := b.Execute(t.Context(), task)
		if out.Err == nil || !slices.ContainsFunc(out.Err.Details, func(d errs.Detail) bool {
			return d.Node == "node" && d.Field == "with.no_such_field"
		}) {
			t.Errorf("the run says %v", out.Err)
		}
	})
}

// Before it runs, nothing is found wrong with an example, whether its expressions are known or not; and what is wrong with one
// on purpose is found where it lies in the columns.
func TestNothingIsForeseenOfGoodExamples(t *testing.T) {
	b := newBench(t)
	checker := check.New(nodes.All(), nodes.Triggers())
	eachType(t, func(t *testing.T, typ *node.Type) {
		for _, ex := range typ.Examples {
			task := b.task(t, typ, ex)
			doc := *task.Document
			for id, out := range task.Scope.Nodes.(engine.NodeOutputs) {
				if out["value"].Kind != value.JSON {
					continue
				}
				var v any
				if err := json.Unmarshal(out["value"].Data, &v); err != nil {
					t.Fatal(err)
				}
				doc.Spec.Nodes = append(doc.Spec.Nodes, flow.Node{ID: id, Type: "value.set", With: map[string]any{"value": v}})
			}
			found := b.WrongSQL(t.Context(), tenant, &doc)
			warned, err := b.Foresee(t.Context(), tenant, &doc)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range checker.Analyze(&doc, nil).Problems {
				if p.Code == node.CodeInputMissing {
					found = append(found, p)
				}
			}
			found = append(found, warned...)
			if ex.WantError == "column_unknown" {
				if len(found) == 0 || found[0].Code != "column_unknown" || found[0].Severity != flow.Warning {
					t.Errorf("%s: found %+v", ex.Title, found)
				}
				continue
			}
			if ex.WantError == "" && len(found) > 0 {
				t.Errorf("%s: found %+v", ex.Title, found)
			}
		}
	})
}

func TestCancellationIsHonoured(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	eachType(t, func(t *testing.T, typ *node.Type) {
		if typ.Pool == node.Inline {
			return // these end at once by themselves
		}
		out := b.Execute(ctx, b.task(t, typ, typ.Examples[0]))
		if out.Err == nil || out.Err.Code != "canceled" {
			t.Errorf("%v", out.Err)
		}
	})
}

func TestErrorsKeepTheirCause(t *testing.T) {
	b := newBench(t)
	out := b.Execute(t.Context(), b.task(t, nodes.All().Get("control.if"), node.Example{With: map[string]any{"condition": "{{ params.server }}"}}))
	if out.Err == nil || len(out.Err.Details) == 0 || out.Err.Details[0].Field != "with.condition" || errors.Is(out.Err, context.Canceled) {
		t.Fatalf("%v", out.Err)
	}
}
