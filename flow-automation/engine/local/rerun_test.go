package local_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/value"
)

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
