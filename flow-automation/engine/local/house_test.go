package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"dataflow/flow-automation/check"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
	"dataflow/flow-automation/engine/step"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes"
	"dataflow/flow-automation/value"
	artifacts "dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/errs"
)

// probe is a node type that tests look into: it notes each time it is carried out, and waits at gates.
type probe struct {
	mu    sync.Mutex
	calls map[string]int           // by name
	gates map[string]chan struct{} // by name; absent lets through
	order []string
}

type probeConfig struct {
	Name string `json:"name" required:"true" title:"Name" zh:"名称" doc:"What the test calls it" doc_zh:"测试名称"`
	Fail bool   `json:"fail" title:"Fail" zh:"失败" doc:"It fails" doc_zh:"失败"`
	Soon bool   `json:"soon" title:"Soon" zh:"提前" doc:"It says before it waits that it fails" doc_zh:"在等待之前先说明失败"`
}

func (p *probe) hold(name string) chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gates[name] == nil {
		p.gates[name] = make(chan struct{})
	}
	return p.gates[name]
}

func (p *probe) called(name string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[name]
}

func (p *probe) typ() node.Type {
	return node.Define(node.Type{
		Name: "test.probe", Version: 1,
		Doc: node.Doc{
			Title: node.Text{EN: "Probe", ZH: "探针"}, Summary: node.Text{EN: "Notes it.", ZH: "记录。"}, Family: "test", Icon: "eye",
		},
		Inputs:  []node.Port{{Name: "in", Title: node.Text{EN: "In", ZH: "输入"}, Many: true}},
		Outputs: []node.Port{{Name: "value", Kind: value.JSON, Title: node.Text{EN: "Value", ZH: "值"}}},
		Effect:  node.Idempotent, Pool: node.Go,
	}, func(ctx context.Context, _ *node.Call, c probeConfig) (value.Outputs, error) {
		if c.Soon {
			errs.Foretell(ctx, errs.Conflict("taken", "It is there already."))
		}
		p.mu.Lock()
		p.calls[c.Name]++
		n := p.calls[c.Name]
		p.order = append(p.order, c.Name)
		gate := p.gates[c.Name]
		p.mu.Unlock()
		if gate != nil {
			select {
			case <-gate:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		if c.Fail {
			return nil, errs.Invalid("boom", "It does not work.")
		}
		return value.Outputs{"value": {Kind: value.JSON, Data: fmt.Append(nil, n)}}, nil
	})
}

// shelf keeps flows by name.
type shelf map[string]*flow.Document

func (s shelf) Flow(_ context.Context, _, name string, _ int) (engine.FlowRef, error) {
	doc := s[name]
	if doc == nil {
		return engine.FlowRef{}, errs.Invalid("flow_not_found", "There is no flow %q.", name)
	}
	return engine.FlowRef{ID: "id-" + name, Version: 1, Document: doc}, nil
}

func (s shelf) Fingerprint(_ context.Context, _, name string, _ int) (string, error) {
	text, err := json.Marshal(s[name])
	return string(text), err
}

// cache is step.Results in memory.
type cache struct {
	mu   sync.Mutex
	kept map[string]step.Kept
}

func (c *cache) Get(_ context.Context, tenant, key string, _ time.Time) (*step.Kept, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k, ok := c.kept[tenant+key]; ok {
		return &k, nil
	}
	return nil, nil
}

func (c *cache) Put(_ context.Context, tenant, key string, kept step.Kept, _ time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept[tenant+key] = kept
	return nil
}

// house is an engine with all real nodes.
type house struct {
	*rig
	probe *probe
	flows shelf
	types *node.Registry
	conf  func(*local.Config)
}

func build(t *testing.T, change func(*local.Config)) *house {
	t.Helper()
	h := &house{probe: &probe{calls: map[string]int{}, gates: map[string]chan struct{}{}}, flows: shelf{}}
	store, err := artifacts.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h.types = node.NewRegistry(nodes.All().Copy(), []node.Type{h.probe.typ()})
	executor := step.New(h.types, &node.Env{Artifacts: store, Flows: h.flows}, &cache{kept: map[string]step.Kept{}})
	h.conf = func(c *local.Config) {
		c.Executor, c.Flows = executor, h.flows
		if change != nil {
			change(c)
		}
	}
	h.rig = setUp(t, "", h.conf)
	return h
}

// restart ends the engine and starts another one on the same database.
func (h *house) restart() {
	h.t.Helper()
	h.close()
	h.rig = setUp(h.t, h.path, h.conf)
}

// doc reads the nodes, and what else the spec has, from YAML.
func (h *house) doc(name, spec string) *flow.Document {
	h.t.Helper()
	text := "apiVersion: dataflow/v1\nkind: Flow\nmetadata: {name: " + name + "}\nspec:\n"
	for line := range strings.Lines(strings.Trim(spec, "\n")) {
		text += "  " + strings.ReplaceAll(line, "\t", "  ")
	}
	doc, places, err := flow.Parse([]byte(text))
	if err != nil {
		h.t.Fatalf("%v\n%s", err, text)
	}
	if err := check.New(h.types, nodes.Triggers()).Analyze(doc, places).Err(); err != nil {
		h.t.Fatalf("%v %+v\n%s", err, errs.From(err).Details, text)
	}
	return doc
}

func (h *house) start(req engine.StartRequest) engine.Run {
	h.t.Helper()
	req.Tenant, req.By = "t", "ann"
	if req.FlowID == "" {
		req.FlowID = "f"
	}
	begun, err := h.Begin(h.t.Context(), req)
	if err != nil {
		h.t.Fatal(err)
	}
	return begun
}

// ends carries a flow to its end and gives the run.
func (h *house) ends(spec string, params map[string]any) engine.Run {
	h.t.Helper()
	return h.wait(h.start(engine.StartRequest{Document: h.doc("f", spec), Params: params}).ID)
}

func (h *house) output(id, step, port string) string {
	h.t.Helper()
	v := h.step(id, step).Outputs[port]
	return string(v.Data)
}

func (h *house) want(got, want string) {
	h.t.Helper()
	if got != want {
		h.t.Errorf("got %s, want %s", got, want)
	}
}

func (h *house) status(r engine.Run, want engine.Status) {
	h.t.Helper()
	if r.Status != want {
		h.t.Errorf("the run is %s (%v), want %s", r.Status, r.Error, want)
	}
}
