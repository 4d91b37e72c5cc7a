package local_test

import (
	"fmt"
	"testing"

	"dataflow/flow-automation/engine"
)

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
