package local_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"dataflow/flow-automation/engine"
)

func (r *rig) number(query string, args ...any) (n int) {
	r.t.Helper()
	if err := r.db.Read.QueryRowContext(r.t.Context(), query, args...).Scan(&n); err != nil {
		r.t.Fatal(err)
	}
	return n
}

// all is everything that callers can see of a run.
func (r *rig) all(id string) string {
	r.t.Helper()
	var seen []any
	add := func(v any, err error) {
		r.t.Helper()
		if err != nil {
			r.t.Fatal(err)
		}
		seen = append(seen, v)
	}
	run, err := r.Run(r.t.Context(), "t", id)
	add(run, err)
	steps, err := r.Steps(r.t.Context(), "t", id)
	add(steps, err)
	within, err := r.StepsWithin(r.t.Context(), "t", id, "each[1]")
	add(within, nil)
	add(fmt.Sprint(err), nil)
	doc, err := r.Document(r.t.Context(), "t", id)
	add(doc, err)
	logs, err := r.Logs(r.t.Context(), "t", id, "", 0, 100)
	add(logs, err)
	text, err := json.Marshal(seen)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text)
}

func TestPackedRunsReadAsBefore(t *testing.T) {
	h := buildTidy(t, nil)
	h.flows["child"] = h.doc("child", `nodes: [{id: one, type: value.set, with: {value: 1}}]`)
	var ids []string
	for name, spec := range map[string]string{
		"plain": bigResult,
		"map": `
nodes:
	- {id: list, type: value.set, with: {value: [1, 2, 3]}}
	- id: each
	  type: control.map
	  in: {items: list}
	  nodes: [{id: twice, type: value.set, with: {value: "{{ item * 2 }}"}}]
`,
		"fails": `nodes: [{id: bad, type: test.probe, with: {name: bad, fail: true}, retry: {attempts: 2, backoff: {initial: 1ms}}}]`,
		"child": `nodes: [{id: sub, type: control.flow, with: {flow: child}}]`,
	} {
		run := h.start(engine.StartRequest{Document: h.doc(name, spec), FlowID: name, Params: map[string]any{"mark": "x"}})
		ids = append(ids, h.wait(run.ID).ID)
	}
	blocked := h.probe.hold("blocked")
	open := h.start(engine.StartRequest{Document: h.doc("open", `nodes: [{id: wait, type: test.probe, with: {name: blocked}}]`)})
	before := map[string]string{}
	for _, id := range ids {
		before[id] = h.all(id)
	}
	check := func(when string) {
		t.Helper()
		for _, id := range ids {
			if now := h.all(id); now != before[id] {
				t.Errorf("%s a run reads as\n%s\nwhere it was\n%s", when, now, before[id])
			}
		}
	}
	h.tidy()
	if n := h.number("SELECT count(DISTINCT run) FROM journal"); n != 1 {
		t.Errorf("%d runs are in the journal, where one is open", n)
	}
	check("packed")
	h.restart()
	check("after a restart")
	close(blocked)
	h.wait(open.ID)
	again := h.wait(h.start(engine.StartRequest{Document: h.doc("plain", bigResult), FlowID: "plain", Params: map[string]any{"mark": "x"}, Reuse: ids[0]}).ID)
	h.status(again, engine.Succeeded)

	// As if the server had been killed while the journal was cleared.
	h.tidy()
	h.damage("INSERT INTO journal (seq, run, record) SELECT 1000000 + no, no, x'7a' FROM runs WHERE no <= 3")
	h.damage("UPDATE runs SET packed = 1 WHERE no <= 3")
	check("half cleared")
	h.restart()
	h.tidy()
	check("cleared")
	if n := h.number("SELECT count(*) FROM journal"); n != 0 {
		t.Errorf("%d records are left in the journal", n)
	}
	if next := h.start(engine.StartRequest{Document: h.doc("plain", bigResult), Params: map[string]any{"mark": "y"}}); h.wait(next.ID).Status != engine.Succeeded {
		t.Error("no run goes any more")
	}
}

// A journal that is too long for one transaction is packed bit by bit.
func TestLongJournalsArePacked(t *testing.T) {
	h := buildTidy(t, nil)
	items := make([]any, 1300)
	for i := range items {
		items[i] = i
	}
	run := h.ends(`
params: {items: {type: array}}
nodes:
	- {id: list, type: value.set, with: {value: "{{ params.items }}"}}
	- id: each
	  type: control.map
	  in: {items: list}
	  with: {concurrency: 4}
	  nodes: [{id: probe, type: test.probe, with: {name: "{{ string(item % 7) }}"}}]
`, map[string]any{"items": items})
	h.status(run, engine.Succeeded)
	records := h.number("SELECT count(*) FROM journal")
	before := h.all(run.ID)
	h.tidy()
	if n := h.number("SELECT count(*) FROM journal"); n != 0 {
		t.Errorf("%d of %d records are left in the journal", n, records)
	}
	if h.all(run.ID) != before {
		t.Error("the run does not read as before")
	}
	t.Logf("%d records became %d parts", records, h.number("SELECT count(*) FROM run_history"))
}

// Only a step that has begun can run out of time, so its beginning is in the journal even where it may be repeated.
func TestTimeoutsReadAsTheyWere(t *testing.T) {
	h := buildTidy(t, nil)
	h.probe.hold("stuck")
	id := h.wait(h.start(engine.StartRequest{Document: h.doc("late", `
nodes:
	- {id: stuck, type: test.probe, with: {name: stuck}, timeout: 20ms, retry: {attempts: 2, backoff: {initial: 1ms}}, onError: continue}
	- {id: next, type: test.probe, after: [stuck], with: {name: next}}
`)}).ID).ID
	for _, when := range []string{"from the journal", "packed"} {
		steps, err := h.Steps(t.Context(), "t", id)
		if err != nil || len(steps) != 2 {
			t.Fatal(err, steps)
		}
		stuck, next := steps[0], steps[1]
		if stuck.Status != engine.Failed || stuck.Attempt != 2 || stuck.Error == nil || stuck.Error.Code != "step_timeout" || next.Status != engine.Succeeded {
			t.Errorf("%s: %+v, %+v", when, stuck, next)
		}
		h.tidy()
	}
}
