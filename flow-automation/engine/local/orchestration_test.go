package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
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

func TestMapKeepsTheOrderOfItsItems(t *testing.T) {
	h := build(t, nil)
	items := make([]any, 1000)
	for i := range items {
		items[i] = i
	}
	r := h.ends(`
params: {items: {type: array}}
nodes:
	- id: each
	  type: control.map
	  with: {items: "{{ params.items }}", result: square}
	  nodes:
	    - {id: square, type: value.set, with: {value: "{{ item * item }}"}}
	    - {id: after, type: value.set, after: [square], with: {value: "{{ nodes.square.value + index }}"}}
	- {id: total, type: value.set, in: {input: each}, with: {value: "{{ sum(nodes.each.results) }}"}}
`, map[string]any{"items": items})
	h.status(r, engine.Succeeded)
	h.want(h.output(r.ID, "total", "value"), "332833500")
	h.want(fmt.Sprint(r.StepsDone, " of ", r.StepsTotal), "2002 of 2002")
	if s := h.step(r.ID, "each"); s.Items == nil || s.Items.Ended != 1000 {
		t.Errorf("the map's progress is %+v", s.Items)
	}
	within, err := h.StepsWithin(t.Context(), "t", r.ID, "each[777]")
	if err != nil || len(within) != 2 || string(within[1].Outputs["value"].Data) != "604506" {
		t.Errorf("the steps of item 777 are %+v, %v", within, err)
	}
	_, err = h.StepsWithin(t.Context(), "t", r.ID, "each[1000]")
	h.wantCode(err, "unknown_step")
}

func TestMapFailsFastAndCancelsTheRest(t *testing.T) {
	h := build(t, nil)
	h.probe.hold("slow")
	r := h.ends(`
nodes:
	- id: each
	  type: control.map
	  with: {items: ["slow", "bad"]}
	  nodes:
	    - {id: p, type: test.probe, with: {name: "{{ item }}", fail: "{{ item == 'bad' }}"}}
`, nil)
	h.status(r, engine.Failed)
	h.want(r.Error.Message, `Step "each" failed: Item 1: Step "p" failed: It does not work.`)
	h.want(string(h.step(r.ID, "each[0]/p").Status), "canceled")
}

func TestLoopCarriesOnAndHasALimit(t *testing.T) {
	h := build(t, nil)
	r := h.ends(`
nodes:
	- id: l
	  type: control.loop
	  with: {while: "{{ item == nil || item < 5 }}"}
	  nodes: [{id: more, type: value.set, with: {value: "{{ (item ?? 0) + 1 }}"}}]
`, nil)
	h.status(r, engine.Succeeded)
	h.want(h.output(r.ID, "l", "value")+" "+h.output(r.ID, "l", "rounds"), "5 5")
	r = h.ends(`
nodes:
	- id: l
	  type: control.loop
	  with: {until: "{{ false }}", max: 3}
	  nodes: [{id: more, type: value.set, with: {value: "{{ index }}"}}]
`, nil)
	h.status(r, engine.Failed)
	h.want(r.Error.Code, "loop_limit")
}

func TestTryCatchesAndVariablesFollowTheFlow(t *testing.T) {
	h := build(t, nil)
	r := h.ends(`
vars: {region: none}
nodes:
	- {id: set, type: variables.set, with: {values: {region: EU}}}
	- {id: beside, type: value.set, with: {value: "{{ vars.region }}"}}
	- id: t
	  type: control.try
	  after: [set]
	  nodes: [{id: bad, type: control.fail, with: {code: no_luck, message: "in {{ vars.region }}"}}]
	  catch: [{id: caught, type: value.set, with: {value: "{{ item.message }}"}}]
	  finally: [{id: always, type: test.probe, with: {name: always}}]
	- {id: back, type: control.return, in: {value: t}}
`, nil)
	h.status(r, engine.Succeeded)
	h.want(string(r.Result.Data), `"Step \"bad\" failed: in EU"`)
	h.want(h.output(r.ID, "beside", "value"), `"none"`)
	h.want(fmt.Sprint(h.probe.called("always")), "1")
}

const parentSpec = `
nodes:
	- {id: sub, type: control.flow, with: {flow: child, params: {n: 4}}}
	- {id: back, type: value.set, after: [sub], with: {value: "{{ nodes.sub.result }}"}}
`

func TestSubFlowsAreRunsOfTheirOwn(t *testing.T) {
	h := build(t, nil)
	h.flows["child"] = h.doc("child", `
params: {n: {type: integer}}
nodes: [{id: r, type: control.return, with: {value: "{{ params.n * 2 }}"}}]
`)
	r := h.ends(parentSpec, nil)
	h.status(r, engine.Succeeded)
	h.want(h.output(r.ID, "back", "value"), "8")
	children, _, err := h.Runs(t.Context(), "t", engine.RunFilter{Parent: r.ID})
	if err != nil || len(children) != 1 || children[0].FlowName != "child" || children[0].Parent.RunID != r.ID {
		t.Errorf("children %+v, %v", children, err)
	}
	h.flows["child"] = h.doc("child", `
params: {n: {type: integer}}
nodes: [{id: r, type: control.fail, with: {code: no_luck, message: "Not today."}}]
`)
	r = h.ends(parentSpec, nil)
	h.status(r, engine.Failed)
	h.want(r.Error.Code, "no_luck")
	h.flows["child"] = h.doc("child", `
params: {n: {type: integer}}
nodes: [{id: again, type: control.flow, with: {flow: child, params: {n: 1}}}]
`)
	r = h.ends(parentSpec, nil)
	h.status(r, engine.Failed)
	h.want(r.Error.Code, "too_deep")
}

func TestCancelReachesChildrenAndRestartsKeepThem(t *testing.T) {
	h := build(t, nil)
	h.probe.hold("slow")
	h.flows["child"] = h.doc("child", `
params: {n: {type: integer}}
nodes: [{id: p, type: test.probe, with: {name: slow}}]
`)
	begun := h.start(engine.StartRequest{Document: h.doc("f", parentSpec)})
	h.waiting(begun.ID, "sub")
	child := h.step(begun.ID, "sub").Wait.Child
	h.running(child, "p")
	h.restart()
	h.running(child, "p")
	if err := h.Cancel(t.Context(), "t", begun.ID, "bob"); err != nil {
		t.Fatal(err)
	}
	h.status(h.wait(child), engine.Canceled)

	begun = h.start(engine.StartRequest{Document: h.doc("f", parentSpec)})
	h.waiting(begun.ID, "sub")
	close(h.probe.hold("slow"))
	h.restart()
	h.status(h.wait(begun.ID), engine.Succeeded)
	page, _, err := h.Runs(t.Context(), "t", engine.RunFilter{Parent: begun.ID})
	if err != nil || len(page) != 1 {
		t.Errorf("the step began %d runs, %v", len(page), err)
	}
}

// waiting waits until the step is suspended.
func (h *house) waiting(id, step string) {
	h.t.Helper()
	h.until(id, func(e engine.Event) bool {
		return e.Step != nil && e.Step.NodeID == step && e.Step.Status == engine.Waiting && e.Step.Wait != nil
	})
}

func TestCallbacks(t *testing.T) {
	h := build(t, nil)
	doc := h.doc("f", `
nodes:
	- {id: url, type: value.set, with: {value: "{{ run.callback_url }}/call"}}
	- {id: p, type: test.probe, after: [url], with: {name: before}}
	- {id: call, type: control.wait, after: [p], with: {callback: true, timeout: 1h}}
`)
	sent := func(text string) engine.Signal {
		return engine.Signal{Step: "call", Kind: engine.WaitCallback, Outputs: value.Outputs{"value": {Kind: value.JSON, Data: json.RawMessage(text)}}}
	}
	h.probe.hold("before")
	early := h.start(engine.StartRequest{Document: doc})
	h.running(early.ID, "p")
	var address string
	if err := json.Unmarshal([]byte(h.output(early.ID, "url", "value")), &address); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(strings.TrimPrefix(address, "/hooks/callback/"), "/")
	h.wantCode(h.Callback(t.Context(), parts[0], "wrong", sent(`1`)), "callback_not_found")
	h.wantCode(h.Callback(t.Context(), "01hq", parts[1], sent(`1`)), "callback_not_found")
	if err := h.Callback(t.Context(), parts[0], parts[1], sent(`"early"`)); err != nil {
		t.Fatal(err)
	}
	h.restart()
	close(h.probe.hold("before"))
	h.status(h.wait(early.ID), engine.Succeeded)
	h.want(h.output(early.ID, "call", "value"), `"early"`)

	late := h.start(engine.StartRequest{Document: doc})
	h.waiting(late.ID, "call")
	h.restart()
	r, err := h.Run(t.Context(), "t", late.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Callback(t.Context(), late.ID, r.CallbackToken, sent(`"late"`)); err != nil {
		t.Fatal(err)
	}
	h.status(h.wait(late.ID), engine.Succeeded)
	h.want(h.output(late.ID, "call", "value"), `"late"`)
	h.wantCode(h.Callback(t.Context(), late.ID, r.CallbackToken, sent(`1`)), "run_finished")
}

// A call ends the wait for a call, and nothing else: whoever has the address is nobody who approves.
func TestCallbacksReachOnlyStepsThatWaitForThem(t *testing.T) {
	h := build(t, nil)
	gate := h.probe.hold("before")
	begun := h.start(engine.StartRequest{Document: h.doc("f", `
nodes:
	- {id: p, type: test.probe, with: {name: before}}
	- {id: ask, type: control.approval, after: [p], with: {title: "Publish?", assignees: [ann]}}
	- {id: time, type: control.wait, after: [p], with: {for: 1h}}
	- {id: call, type: control.wait, after: [p], with: {callback: true}}
`)})
	h.running(begun.ID, "p")
	call := func(step string) error {
		r, err := h.Run(t.Context(), "t", begun.ID)
		if err != nil {
			t.Fatal(err)
		}
		return h.Callback(t.Context(), begun.ID, r.CallbackToken, engine.Signal{Step: step, Kind: engine.WaitCallback, By: "callback"})
	}
	for _, early := range []string{"p", "ask", "time"} {
		h.wantCode(call(early), "not_waiting")
	}
	close(gate)
	for _, step := range []string{"ask", "time", "call"} {
		h.waiting(begun.ID, step)
	}
	h.wantCode(call("ask"), "not_waiting")
	h.wantCode(call("time"), "not_waiting")
	if err := call("call"); err != nil {
		t.Error(err)
	}
	if open, err := h.Waits(t.Context(), "t", engine.WaitApproval); err != nil || len(open) != 1 {
		t.Errorf("open are %+v, %v", open, err)
	}
}

func TestApprovals(t *testing.T) {
	h := build(t, nil)
	begun := h.start(engine.StartRequest{Document: h.doc("f", `
nodes:
	- {id: ask, type: control.approval, with: {title: "Publish?", assignees: [ann]}}
	- {id: yes, type: value.set, in: {input: ask.approved}, with: {value: 1}}
	- {id: no, type: value.set, in: {input: ask.rejected}, with: {value: 2}}
`)})
	h.waiting(begun.ID, "ask")
	open, err := h.Waits(t.Context(), "t", engine.WaitApproval)
	if err != nil || len(open) != 1 || open[0].Step.NodeID != "ask" || open[0].Run.ID != begun.ID {
		t.Fatalf("open are %+v, %v", open, err)
	}
	if other, _ := h.Waits(t.Context(), "other", engine.WaitApproval); len(other) != 0 {
		t.Errorf("another tenant sees %+v", other)
	}
	answer := engine.Signal{Step: "ask", Kind: engine.WaitApproval, By: "ann", Outputs: value.Outputs{"approved": {Kind: value.JSON, Data: json.RawMessage(`{"by":"ann"}`)}}}
	h.wantCode(h.Signal(t.Context(), "other", begun.ID, answer), "run_not_found")
	var answers [4]error
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = h.Signal(t.Context(), "t", begun.ID, answer) })
	}
	all.Wait()
	taken := 0
	for _, err := range answers {
		if err == nil {
			taken++
		}
	}
	h.want(fmt.Sprint(taken), "1")
	h.status(h.wait(begun.ID), engine.Succeeded)
	h.want(string(h.step(begun.ID, "yes").Status)+" "+string(h.step(begun.ID, "no").Status), "succeeded skipped")
}

func TestPauseHoldsBackWhatHasNotBegun(t *testing.T) {
	h := build(t, nil)
	gate := h.probe.hold("a")
	begun := h.start(engine.StartRequest{Document: h.doc("f", `
nodes:
	- {id: a, type: test.probe, with: {name: a}}
	- {id: b, type: test.probe, in: {in: a}, with: {name: b}}
`)})
	h.running(begun.ID, "a")
	if err := h.Pause(t.Context(), "t", begun.ID, "bob"); err != nil {
		t.Fatal(err)
	}
	close(gate)
	h.until(begun.ID, func(e engine.Event) bool {
		return e.Step != nil && e.Step.NodeID == "b" && e.Step.Status == engine.Waiting && e.Step.Why == "The run is paused."
	})
	h.restart()
	r, err := h.Run(t.Context(), "t", begun.ID)
	if err != nil || r.PausedBy != "bob" || h.probe.called("b") != 0 {
		t.Errorf("after a restart the run is %+v, %v", r, err)
	}
	if err := h.Resume(t.Context(), "t", begun.ID, "bob"); err != nil {
		t.Fatal(err)
	}
	h.status(h.wait(begun.ID), engine.Succeeded)
	h.wantCode(h.Pause(t.Context(), "t", begun.ID, "bob"), "run_finished")
}

// What waits for a worker when its run is paused does not begin when it gets one.
func TestPauseTakesBackWhatWaitsForAWorker(t *testing.T) {
	h := build(t, func(c *local.Config) { c.Workers.Go = 1 })
	gate := h.probe.hold("a")
	begun := h.start(engine.StartRequest{Document: h.doc("f", `
nodes:
	- {id: a, type: test.probe, with: {name: a}}
	- {id: b, type: test.probe, with: {name: b}}
`)})
	h.running(begun.ID, "a")
	if err := h.Pause(t.Context(), "t", begun.ID, "bob"); err != nil {
		t.Fatal(err)
	}
	if s := h.step(begun.ID, "b"); s.Status != engine.Waiting || s.Why != "The run is paused." {
		t.Errorf("b is %+v", s)
	}
	close(gate)
	h.until(begun.ID, func(e engine.Event) bool {
		return e.Step != nil && e.Step.NodeID == "a" && e.Step.Status == engine.Succeeded
	})
	other := h.ends(`nodes: [{id: p, type: test.probe, with: {name: other}}]`, nil) // has the worker after b
	h.status(other, engine.Succeeded)
	h.want(fmt.Sprint(h.probe.called("b")), "0")
	h.restart()
	if err := h.Resume(t.Context(), "t", begun.ID, "bob"); err != nil {
		t.Fatal(err)
	}
	h.status(h.wait(begun.ID), engine.Succeeded)
	h.want(fmt.Sprint(h.probe.called("a"), h.probe.called("b")), "1 1")
}

func TestConcurrencyOfAFlow(t *testing.T) {
	h := build(t, nil)
	spec := func(onLimit string) *flow.Document {
		return h.doc("f", `
params: {who: {type: string, default: x}}
concurrency: {limit: 1, key: "{{ params.who }}", onLimit: `+onLimit+`}
nodes: [{id: p, type: test.probe, with: {name: "{{ params.who }}"}}]
`)
	}
	gate := h.probe.hold("ann")
	queue := spec("queue")
	begin := func(doc *flow.Document, id, who string) engine.Run {
		return h.start(engine.StartRequest{FlowID: id, Document: doc, Params: map[string]any{"who": who}})
	}
	first := begin(queue, "q", "ann")
	h.running(first.ID, "p")
	second, other := begin(queue, "q", "ann"), begin(queue, "q", "bob")
	h.status(h.wait(other.ID), engine.Succeeded)
	now, err := h.Run(t.Context(), "t", second.ID)
	if err != nil || now.Status != engine.Queued || !strings.Contains(now.Why, "1 runs are under way") {
		t.Errorf("the second waits as %+v, %v", now, err)
	}
	h.restart() // the places are those of living runs, whoever counts them
	h.running(first.ID, "p")
	if now, _ = h.Run(t.Context(), "t", second.ID); now.Status != engine.Queued {
		t.Errorf("after a restart the second is %s", now.Status)
	}

	skipped := begin(spec("skip"), "q", "ann")
	if skipped.Status != engine.Skipped || skipped.Error == nil || skipped.Error.Code != "concurrency_limit" {
		t.Errorf("skipped is %+v", skipped)
	}
	newest := begin(spec("cancel_older"), "q", "ann")
	h.status(h.wait(first.ID), engine.Canceled)
	close(gate)
	h.status(h.wait(second.ID), engine.Succeeded)
	h.status(h.wait(newest.ID), engine.Succeeded)
}

// A backfill is for all of its runs, also of a flow that otherwise does without some.
func TestBackfillsQueueWhateverTheFlowDoesOtherwise(t *testing.T) {
	for _, onLimit := range []string{"skip", "cancel_older"} {
		t.Run(onLimit, func(t *testing.T) {
			h := build(t, nil)
			gate := h.probe.hold("p")
			doc := h.doc("f", `
concurrency: {limit: 1, onLimit: `+onLimit+`}
nodes: [{id: p, type: test.probe, with: {name: p}}]
`)
			var ids []string
			for range 3 {
				ids = append(ids, h.start(engine.StartRequest{Document: doc, Backfill: "b"}).ID)
			}
			h.running(ids[0], "p")
			close(gate)
			for _, id := range ids {
				h.status(h.wait(id), engine.Succeeded)
			}
		})
	}
}

// Of a flow whose runs cancel older ones the newest wins, over runs that only wait as well.
func TestTheNewestRunWins(t *testing.T) {
	h := build(t, nil)
	h.probe.hold("p")
	doc := h.doc("f", `
concurrency: {limit: 1, onLimit: cancel_older}
nodes: [{id: p, type: test.probe, with: {name: p}}]
`)
	other := []engine.Group{{Key: "other", Limit: 1}}
	first := h.start(engine.StartRequest{Document: doc})
	h.running(first.ID, "p")
	holder := h.start(engine.StartRequest{FlowID: "g", Document: h.doc("g", `nodes: [{id: p, type: test.probe, with: {name: p}}]`), Groups: other})
	h.running(holder.ID, "p")
	second := h.start(engine.StartRequest{Document: doc, Groups: other}) // waits for the holder, too
	h.status(h.wait(first.ID), engine.Canceled)
	third := h.start(engine.StartRequest{Document: doc})
	h.running(third.ID, "p")
	h.status(h.wait(second.ID), engine.Canceled)

	// However many come while one ends, one of them is carried out.
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := h.Begin(t.Context(), engine.StartRequest{Tenant: "t", FlowID: "f", Document: doc}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	poll(t, func() bool {
		counts, err := h.Counts(t.Context(), "t", "f")
		return err == nil && counts[engine.Canceled] == 22 && counts[engine.Running] == 1
	})
}

// A place that the first in line cannot take, since it waits for another one as well, goes to the next.
func TestAPlaceGoesToWhoeverCanTakeIt(t *testing.T) {
	h := build(t, nil)
	begin := func(name string, keys ...string) engine.Run {
		var groups []engine.Group
		for _, k := range keys {
			groups = append(groups, engine.Group{Key: k, Limit: 1})
		}
		doc := h.doc(name, fmt.Sprintf(`nodes: [{id: p, type: test.probe, with: {name: %s}}]`, name))
		return h.start(engine.StartRequest{FlowID: name, Document: doc, Groups: groups})
	}
	a, b := h.probe.hold("a"), h.probe.hold("b")
	first, other := begin("a", "x"), begin("b", "y")
	h.running(first.ID, "p")
	h.running(other.ID, "p")
	both, same, next := begin("both", "x", "y"), begin("same", "x", "y"), begin("next", "x")
	h.status(next, engine.Queued)
	close(a)
	h.status(h.wait(next.ID), engine.Succeeded)
	if r, err := h.Run(t.Context(), "t", both.ID); err != nil || r.Status != engine.Queued {
		t.Errorf("the one that needs both is %+v, %v", r, err)
	}
	close(b)
	h.status(h.wait(both.ID), engine.Succeeded)
	h.status(h.wait(same.ID), engine.Succeeded)
}

func TestPriorityAndRate(t *testing.T) {
	h := build(t, func(c *local.Config) { c.Active = 1 })
	gate := h.probe.hold("first")
	begin := func(name string, priority int) engine.Run {
		doc := h.doc("f", fmt.Sprintf(`
priority: %d
nodes: [{id: p, type: test.probe, with: {name: %s}}]
`, priority, name))
		return h.start(engine.StartRequest{Document: doc})
	}
	first := begin("first", 0)
	h.running(first.ID, "p")
	ids := []string{begin("usual", 0).ID, begin("low", -5).ID, begin("high", 5).ID, begin("usual2", 0).ID}
	close(gate)
	for _, id := range ids {
		h.status(h.wait(id), engine.Succeeded)
	}
	if want := []string{"first", "high", "usual", "usual2", "low"}; !slices.Equal(h.probe.order, want) {
		t.Errorf("the order was %v, want %v", h.probe.order, want)
	}

	clock := newHandClock()
	h = build(t, func(c *local.Config) { c.Clock = clock })
	doc := h.doc("f", `
rate: {limit: 2, per: 1m}
nodes: [{id: p, type: value.set, with: {value: 1}}]
`)
	var runs []engine.Run
	for range 3 {
		runs = append(runs, h.start(engine.StartRequest{Document: doc}))
	}
	h.status(h.wait(runs[0].ID), engine.Succeeded)
	h.status(h.wait(runs[1].ID), engine.Succeeded)
	if r, err := h.Run(t.Context(), "t", runs[2].ID); err != nil || r.Status != engine.Queued || !strings.Contains(r.Why, "At most 2 runs") {
		t.Errorf("the third waits as %+v, %v", r, err)
	}
	clock.advanceTo(t, 30*time.Second)
	h.status(h.wait(runs[2].ID), engine.Succeeded)
}

const retrySpec = `
params: {n: {type: integer, default: 1}, broken: {type: boolean, default: true}}
nodes:
	- {id: a, type: test.probe, with: {name: a}}
	- {id: b, type: test.probe, in: {in: a}, with: {name: "b{{ params.n }}"}}
	- {id: c, type: test.probe, in: {in: b}, with: {name: c, fail: "{{ params.broken }}"}}
`

func TestRetryDoesOnlyWhatIsNotUnchanged(t *testing.T) {
	h := build(t, nil)
	doc := h.doc("f", retrySpec)
	failed := h.wait(h.start(engine.StartRequest{Document: doc, Params: map[string]any{"n": 1, "broken": true}}).ID)
	h.status(failed, engine.Failed)
	again := func(req engine.StartRequest, n int, calls string) engine.Run {
		t.Helper()
		req.Document, req.Params = doc, map[string]any{"n": n, "broken": false}
		r := h.wait(h.start(req).ID)
		h.status(r, engine.Succeeded)
		h.want(fmt.Sprint(h.probe.called("a"), h.probe.called("b1"), h.probe.called("b2"), h.probe.called("c")), calls)
		return r
	}
	fixed := again(engine.StartRequest{Reuse: failed.ID, RetryOf: failed.ID}, 1, "1 1 0 2")
	if s := h.step(fixed.ID, "a"); !strings.Contains(string(s.Details["adopted"]), failed.ID) {
		t.Errorf("a says %s", s.Details)
	}
	if s := h.step(fixed.ID, "c"); s.Details["adopted"] != nil {
		t.Errorf("c says %s", s.Details)
	}
	again(engine.StartRequest{Reuse: fixed.ID}, 1, "1 1 0 2")                       // nothing has changed at all
	again(engine.StartRequest{Reuse: fixed.ID}, 2, "1 1 1 2")                       // b is another, but gives what it gave before
	again(engine.StartRequest{Reuse: fixed.ID, Fresh: []string{"b"}}, 1, "1 2 1 3") // b gives something else, so c follows
	again(engine.StartRequest{}, 1, "2 3 1 4")                                      // from the start
	h.restart()
	again(engine.StartRequest{Reuse: fixed.ID}, 1, "2 3 1 4")
}

// A sub-flow that was mended is carried out again, also within a container.
func TestRetryTakesOverOnlySubFlowsThatAreAsTheyWere(t *testing.T) {
	for name, sub := range map[string]string{
		"alone":          `{id: sub, type: control.flow, with: {flow: child}}`,
		"in a container": `{id: each, type: control.map, with: {items: [1, 2], result: sub.result}, nodes: [{id: sub, type: control.flow, with: {flow: child}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			h := build(t, nil)
			child := func(result string) *flow.Document {
				return h.doc("child", `nodes: [{id: p, type: test.probe, with: {name: child}}, {id: r, type: control.return, after: [p], with: {value: `+result+`}}]`)
			}
			id, _, _ := strings.Cut(strings.TrimPrefix(sub, "{id: "), ",")
			doc := h.doc("f", `
params: {broken: {type: boolean, default: true}}
nodes:
	- `+sub+`
	- {id: p, type: test.probe, after: [`+id+`], with: {name: after, fail: "{{ params.broken }}"}}
`)
			h.flows["child"] = child("wrong")
			failed := h.wait(h.start(engine.StartRequest{Document: doc, Params: map[string]any{"broken": true}}).ID)
			h.status(failed, engine.Failed)
			carried := h.probe.called("child")
			again := func() engine.Run {
				t.Helper()
				r := h.wait(h.start(engine.StartRequest{Document: doc, Params: map[string]any{"broken": false}, Reuse: failed.ID}).ID)
				h.status(r, engine.Succeeded)
				return r
			}
			again()
			h.want(fmt.Sprint(h.probe.called("child")), fmt.Sprint(carried))
			h.flows["child"] = child("right")
			for port, v := range h.step(again().ID, id).Outputs {
				if strings.HasPrefix(port, "result") && strings.Contains(string(v.Data), "wrong") {
					t.Errorf("%s is %s", port, v.Data)
				}
			}
			h.want(fmt.Sprint(h.probe.called("child")), fmt.Sprint(2*carried))
		})
	}
}

// A decision holds for what was there when it was made, whether that is wired to the question or only comes before it.
func TestRetryAsksAgainWhenAnythingBeforeHasChanged(t *testing.T) {
	h := build(t, nil)
	doc := h.doc("f", `
params: {n: {type: integer, default: 1}, broken: {type: boolean, default: true}}
nodes:
	- {id: a, type: test.probe, with: {name: "a{{ params.n }}"}}
	- id: t
	  type: control.try
	  after: [a]
	  nodes: [{id: ask, type: control.approval, with: {title: "Publish?"}}]
	- {id: c, type: test.probe, after: [t], with: {name: c, fail: "{{ params.broken }}"}}
`)
	begin := func(req engine.StartRequest, n int, broken bool) string {
		req.Document, req.Params = doc, map[string]any{"n": n, "broken": broken}
		return h.start(req).ID
	}
	const ask = "t/ask"
	approve := func(id string) {
		t.Helper()
		h.waiting(id, ask)
		answer := engine.Signal{Step: ask, Kind: engine.WaitApproval, By: "ann", Outputs: value.Outputs{"approved": {Kind: value.JSON, Data: json.RawMessage(`{"by":"ann"}`)}}}
		if err := h.Signal(t.Context(), "t", id, answer); err != nil {
			t.Fatal(err)
		}
	}
	first := begin(engine.StartRequest{}, 1, true)
	approve(first)
	h.status(h.wait(first), engine.Failed)
	same := begin(engine.StartRequest{Reuse: first}, 1, false)
	h.status(h.wait(same), engine.Succeeded)
	if s := h.step(same, ask); s.Details["adopted"] == nil {
		t.Errorf("the decision says %s", s.Details)
	}
	other := begin(engine.StartRequest{Reuse: first}, 2, false)
	approve(other)
	h.status(h.wait(other), engine.Succeeded)
}

func TestRunToHere(t *testing.T) {
	h := build(t, nil)
	doc := h.doc("f", retrySpec)
	r := h.wait(h.start(engine.StartRequest{Document: doc, Params: map[string]any{"n": 1, "broken": true}, Targets: []string{"b"}}).ID)
	h.status(r, engine.Succeeded)
	h.want(fmt.Sprint(h.step(r.ID, "b").Status, " ", h.step(r.ID, "c").Status), "succeeded skipped")
	_, err := h.Begin(t.Context(), engine.StartRequest{Tenant: "t", Document: doc, Targets: []string{"nobody"}})
	h.wantCode(err, "unknown_step")
}

func TestCacheAndPins(t *testing.T) {
	h := build(t, nil)
	spec := `
params: {n: {type: integer}}
nodes:
	- {id: a, type: test.probe, with: {name: "a{{ params.n }}"}, cache: {for: 1h}, pin: {value: {pinned: true}}}
	- {id: b, type: value.set, in: {input: a}, with: {value: "{{ nodes.a.value }}"}}
`
	h.ends(spec, map[string]any{"n": 1})
	r := h.ends(spec, map[string]any{"n": 1})
	h.want(fmt.Sprint(h.probe.called("a1"), h.step(r.ID, "a").Details["cached"] != nil), "1 true")
	h.ends(spec, map[string]any{"n": 2})
	h.want(fmt.Sprint(h.probe.called("a2")), "1")
	r = h.wait(h.start(engine.StartRequest{Document: h.doc("f", spec), Params: map[string]any{"n": 3}, Test: true}).ID)
	h.want(h.output(r.ID, "b", "value"), `{"pinned":true}`)
	h.want(fmt.Sprint(h.probe.called("a3")), "0")
}

func TestAgreedTimeAndStepDeadline(t *testing.T) {
	clock := newHandClock()
	h := build(t, func(c *local.Config) { c.Clock = clock })
	gate := h.probe.hold("slow")
	begun := h.start(engine.StartRequest{Document: h.doc("f", `
sla: 5m
nodes:
	- {id: p, type: test.probe, with: {name: slow}}
	- {id: w, type: control.wait, with: {for: 1h}, deadline: 10m, onError: continue}
`)})
	h.waiting(begun.ID, "w")
	clock.advanceTo(t, 5*time.Minute)
	h.until(begun.ID, func(e engine.Event) bool { return e.Run != nil && e.Run.Late })
	clock.advanceTo(t, 5*time.Minute)
	h.until(begun.ID, func(e engine.Event) bool {
		return e.Step != nil && e.Step.NodeID == "w" && e.Step.Status == engine.Failed && e.Step.Error.Code == "step_deadline"
	})
	close(gate)
	r := h.wait(begun.ID)
	h.status(r, engine.Succeeded)
	if late, _, err := h.Runs(t.Context(), "t", engine.RunFilter{Late: true}); err != nil || len(late) != 1 {
		t.Errorf("late runs are %+v, %v", late, err)
	}
}

// A wait for a moment ends at that moment, however far away it is and whenever its timer comes.
func TestWaitsForAMomentAreNotEndedBefore(t *testing.T) {
	clock := newHandClock()
	h := build(t, func(c *local.Config) { c.Clock = clock })
	far := h.start(engine.StartRequest{Document: h.doc("f", `nodes: [{id: w, type: control.wait, with: {until: "9999-12-31T00:00:00Z"}}]`)})
	h.waiting(far.ID, "w")
	clock.await(t, 1, 100*365*24*time.Hour)
	if err := h.Cancel(t.Context(), "t", far.ID, "bob"); err != nil {
		t.Fatal(err)
	}
	near := h.start(engine.StartRequest{Document: h.doc("f", `nodes: [{id: w, type: control.wait, with: {for: 90d}}]`)})
	h.waiting(near.ID, "w")
	clock.await(t, 1, 80*24*time.Hour)
	clock.hurry()
	clock.await(t, 1, 80*24*time.Hour)
	clock.advance(90 * 24 * time.Hour)
	h.status(h.wait(near.ID), engine.Succeeded)
}

func TestDelete(t *testing.T) {
	h := build(t, nil)
	gate := h.probe.hold("slow")
	begun := h.start(engine.StartRequest{Document: h.doc("f", `nodes: [{id: p, type: test.probe, with: {name: slow}}]`)})
	h.wantCode(h.Delete(t.Context(), "t", begun.ID), "run_active")
	close(gate)
	h.wait(begun.ID)
	h.wantCode(h.Delete(t.Context(), "other", begun.ID), "run_not_found")
	if err := h.Delete(t.Context(), "t", begun.ID); err != nil {
		t.Fatal(err)
	}
	_, err := h.Run(t.Context(), "t", begun.ID)
	h.wantCode(err, "run_not_found")
}

// However many want a run to be removed, it is counted as gone once.
func TestDeleteAtTheSameTime(t *testing.T) {
	h := build(t, nil)
	for range 10 {
		r := h.ends(`nodes: [{id: one, type: value.set, with: {value: 1}}]`, nil)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if err := h.Delete(t.Context(), "t", r.ID); err != nil {
					h.wantCode(err, "run_not_found")
				}
			})
		}
		all.Wait()
	}
	if u := h.Usage("t"); u != (local.Usage{}) {
		t.Errorf("usage is %+v", u)
	}
}
