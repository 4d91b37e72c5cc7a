package local_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
	"dataflow/flow-automation/value"
)

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
