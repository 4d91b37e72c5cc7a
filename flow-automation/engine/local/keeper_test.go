package local_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
	"dataflow/flow-automation/engine/step"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes"
	"dataflow/ide-go-lib/artifact"
	artifacts "dataflow/ide-go-lib/artifact/local"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/telemetry"
)

// tidyHouse is a house that looks after its artifacts. Each call of Tidy finds what the one before has marked.
type tidyHouse struct {
	*house
	store *artifacts.Store
	cache *cache
}

func buildTidy(t *testing.T, change func(*local.Config)) *tidyHouse {
	t.Helper()
	store, err := artifacts.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h := &tidyHouse{
		house: &house{probe: &probe{calls: map[string]int{}, gates: map[string]chan struct{}{}}, flows: shelf{}},
		store: store, cache: &cache{kept: map[string]step.Kept{}},
	}
	h.types = node.NewRegistry(nodes.All().Copy(), []node.Type{h.probe.typ()})
	executor := step.New(h.types, &node.Env{Artifacts: store}, h.cache)
	h.conf = func(c *local.Config) {
		c.Executor, c.Flows = executor, h.flows
		c.Housekeeping = local.Housekeeping{
			After: time.Hour, Grace: 1, Sweep: 1, Artifacts: store,
			References: func(_ context.Context, f func([]byte)) error {
				h.cache.mu.Lock()
				defer h.cache.mu.Unlock()
				text, err := json.Marshal(h.cache.kept)
				f(text)
				return err
			},
		}
		if change != nil {
			change(c)
		}
	}
	h.rig = setUp(t, "", h.conf)
	return h
}

func (h *tidyHouse) tidy() {
	h.t.Helper()
	for range 2 {
		if err := h.Tidy(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
	}
}

// bigResult gives a flow whose node gives a value that is too large for the journal.
const bigResult = `
params: {mark: {type: string}}
nodes:
	- {id: big, type: value.set, with: {value: "{{ repeat(params.mark, 20000) }}"}}
`

func (h *tidyHouse) artifactOf(id, step string) string {
	h.t.Helper()
	v := h.step(id, step).Outputs["value"]
	if v.Artifact == nil {
		h.t.Fatalf("the value of %s is no artifact: %.80s", step, v.Data)
	}
	return v.Artifact.ID
}

func (h *tidyHouse) there(id string) bool {
	h.t.Helper()
	_, ok, err := h.store.Size(h.t.Context(), "t", id)
	if err != nil {
		h.t.Fatal(err)
	}
	return ok
}

func (h *tidyHouse) wantThere(id, what string, want bool) {
	h.t.Helper()
	if got := h.there(id); got != want {
		h.t.Errorf("%s: there is %v, want %v", what, got, want)
	}
}

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

func (h *tidyHouse) runsOf(flowID string) (marks string) {
	h.t.Helper()
	page, _, err := h.Runs(h.t.Context(), "t", engine.RunFilter{FlowID: flowID, Sort: "created_at"})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, r := range page {
		run, err := h.Run(h.t.Context(), "t", r.ID)
		if err != nil {
			h.t.Fatal(err)
		}
		var params struct{ Mark string }
		if err := json.Unmarshal(run.Params, &params); err != nil {
			h.t.Fatal(err)
		}
		marks += params.Mark
	}
	return marks
}

func (h *tidyHouse) runs(flowID, name, marks string) {
	h.t.Helper()
	doc := h.doc(name, bigResult)
	for _, mark := range marks {
		h.wait(h.start(engine.StartRequest{FlowID: flowID, Document: doc, Params: map[string]any{"mark": string(mark)}}).ID)
	}
}

func TestRetentionKeepsTheLatest(t *testing.T) {
	rules := []local.FlowRetention{{Tenant: "t", FlowID: "few", Retention: local.Retention{Runs: 2}}, {Tenant: "other", FlowID: "many", Retention: local.Retention{Runs: 1}}}
	h := buildTidy(t, func(c *local.Config) {
		c.Housekeeping.Retention = func(context.Context) ([]local.FlowRetention, error) { return rules, nil }
		c.Housekeeping.Default = local.Retention{Runs: 4}
	})
	h.runs("few", "few", "abc")
	h.runs("many", "many", "abcdef")
	h.runs("few", "renamed", "de") // the same flow under another name
	h.tidy()
	h.want(h.runsOf("few"), "de")
	h.want(h.runsOf("many"), "cdef")
	h.tidy()
	h.want(h.counted("t", ""), "map[succeeded:6]")
	for _, table := range []string{"run_history", "run_artifacts"} {
		if n := h.number("SELECT count(*) FROM " + table); n != 6 {
			t.Errorf("%s has %d rows, want those of 6 runs", table, n)
		}
	}
	// a to f are six artifacts; of a nothing is left, of b neither.
	var left []string
	if err := h.store.Walk(t.Context(), func(b artifact.Blob) error {
		left = append(left, b.ID)
		return nil
	}); err != nil || len(left) != 4 {
		t.Errorf("%d artifacts are left, %v", len(left), err)
	}
}

func TestRetentionByAge(t *testing.T) {
	c := newHandClock()
	h := buildTidy(t, func(cfg *local.Config) {
		cfg.Clock = c
		cfg.Housekeeping.Default = local.Retention{Age: 24 * time.Hour}
	})
	h.runs("f", "f", "ab")
	gate := h.probe.hold("slow")
	slow := h.start(engine.StartRequest{FlowID: "slow", Document: h.doc("slow", `nodes: [{id: wait, type: test.probe, with: {name: slow}}]`)})
	c.advance(20 * time.Hour)
	h.runs("f", "f", "c")
	c.advance(5 * time.Hour)
	h.tidy()
	h.want(h.runsOf("f"), "c")
	close(gate)
	h.wait(slow.ID)
	c.advance(20 * time.Hour)
	h.tidy()
	h.want(h.runsOf("f"), "")
	if _, err := h.Run(t.Context(), "t", slow.ID); err != nil {
		t.Error("a run that took long was removed by the time of its beginning:", err)
	}
}

func TestRetentionByBytes(t *testing.T) {
	h := buildTidy(t, func(c *local.Config) { c.Housekeeping.Default = local.Retention{Bytes: 45_000} })
	h.runs("f", "f", "abccc") // each artifact has some 20,000 bytes; that of c is one
	h.tidy()
	h.want(h.runsOf("f"), "bccc")
	h.runs("f", "f", "d")
	h.tidy()
	h.want(h.runsOf("f"), "cccd")
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

// What somebody still refers to stays, whoever that is; what nobody does goes.
func TestArtifactsAreCollectedByReference(t *testing.T) {
	h := buildTidy(t, nil)
	begin := func(mark string) string {
		return h.wait(h.start(engine.StartRequest{Document: h.doc("f", bigResult), Params: map[string]any{"mark": mark}}).ID).ID
	}
	gone, shared, sharing := begin("gone"), begin("shared"), begin("shared")
	cached := h.ends(`nodes: [{id: big, type: value.set, with: {value: "{{ repeat('cached', 5000) }}"}, cache: {for: 1h}}]`, nil)
	gate := h.probe.hold("open")
	open := h.start(engine.StartRequest{Document: h.doc("open", `
nodes:
	- {id: big, type: value.set, with: {value: "{{ repeat('open', 9000) }}"}}
	- {id: wait, type: test.probe, after: [big], with: {name: open}}
`)})
	h.until(open.ID, func(e engine.Event) bool {
		return e.Step != nil && e.Step.NodeID == "wait" && e.Step.Status == engine.Running
	})
	ids := map[string]string{
		"gone": h.artifactOf(gone, "big"), "shared": h.artifactOf(shared, "big"), "cached": h.artifactOf(cached.ID, "big"), "open": h.artifactOf(open.ID, "big"),
	}
	orphan, err := h.store.Put(t.Context(), "t", strings.NewReader("nobody knows of it"), "")
	if err != nil {
		t.Fatal(err)
	}
	h.tidy()
	h.wantThere(orphan.ID, "what was put while a step is under way", true)
	for _, id := range []string{gone, shared, cached.ID} {
		if err := h.Delete(t.Context(), "t", id); err != nil {
			t.Fatal(err)
		}
	}
	h.tidy()
	for what, id := range ids { // the one that goes was put before the step began, so the step cannot have put it
		h.wantThere(id, what+", while a step is under way", what != "gone")
	}
	close(gate)
	h.wait(open.ID)
	h.tidy()
	for what, id := range ids {
		h.wantThere(id, what, what != "gone")
	}
	h.wantThere(orphan.ID, "orphan", false)
	clear(h.cache.kept)
	if err := h.Delete(t.Context(), "t", sharing); err != nil {
		t.Fatal(err)
	}
	if err := h.Delete(t.Context(), "t", open.ID); err != nil { // not packed yet
		t.Fatal(err)
	}
	h.restart()
	h.tidy()
	for what, id := range ids {
		h.wantThere(id, what+" at the end", false)
	}
	if n := h.number("SELECT count(*) FROM run_leftovers"); n != 0 {
		t.Errorf("%d leftovers are left", n)
	}
	for _, id := range ids {
		if _, err := hex.DecodeString(id); err != nil {
			t.Error(err)
		}
	}
}

func TestQuotas(t *testing.T) {
	quota := local.Quota{Runs: 2, Stored: 4}
	h := buildTidy(t, func(c *local.Config) {
		c.Quota = func(tenant string) local.Quota {
			if tenant == "free" {
				return local.Quota{}
			}
			return quota
		}
	})
	gate := h.probe.hold("gate")
	doc := h.doc("f", `nodes: [{id: wait, type: test.probe, with: {name: gate}}]`)
	quick := h.doc("g", `nodes: [{id: one, type: value.set, with: {value: 1}}]`)
	begin := func(tenant string, doc *flow.Document) (engine.Run, error) {
		return h.Begin(t.Context(), engine.StartRequest{Tenant: tenant, Document: doc})
	}
	var open []string
	for range 2 {
		run, err := begin("t", doc)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, run.ID)
	}
	_, err := begin("t", doc)
	h.wantCode(err, "quota_runs")
	for range 3 {
		if _, err := begin("free", doc); err != nil {
			t.Error(err)
		}
	}
	h.restart()
	_, err = begin("t", doc)
	h.wantCode(err, "quota_runs")
	close(gate)
	for _, id := range open {
		h.wait(id)
	}
	var last string
	for range 2 {
		run, err := begin("t", quick)
		if err != nil {
			t.Fatal(err)
		}
		last = h.wait(run.ID).ID
	}
	_, err = begin("t", quick)
	h.wantCode(err, "quota_stored_runs")
	if u := h.Usage("t"); u != (local.Usage{Stored: 4}) {
		t.Errorf("usage is %+v", u)
	}
	if err := h.Delete(t.Context(), "t", last); err != nil {
		t.Fatal(err)
	}
	if _, err := begin("t", h.doc("bad", `nodes: [{id: one, type: value.set, with: {value: 1}}]`)); err != nil {
		t.Error(err)
	}

	// Also when many begin at once there is never one too many.
	quota = local.Quota{Runs: 10}
	held := h.probe.hold("many")
	many := h.doc("many", `nodes: [{id: wait, type: test.probe, with: {name: many}}]`)
	var all sync.WaitGroup
	var mu sync.Mutex
	begun := 0
	for range 40 {
		all.Go(func() {
			if _, err := begin("crowd", many); err == nil {
				mu.Lock()
				begun++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if begun != 10 {
		t.Errorf("%d runs have begun where 10 may", begun)
	}
	close(held)
}

// settable is the machine's clock, but it can be set.
type settable struct {
	clock.System
	mu     sync.Mutex
	offset time.Duration
	told   []func(time.Duration)
}

func (s *settable) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.System.Now().Add(s.offset)
}

func (s *settable) OnJump(f func(by time.Duration)) (func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, f)
	return func() {}, nil
}

func (s *settable) set(by time.Duration) {
	s.mu.Lock()
	s.offset += by
	told := s.told
	s.mu.Unlock()
	for _, f := range told {
		f(by)
	}
}

// A clock that is set by hours is said to have been; runs go on, and what waits for a moment goes by what the clock shows.
func TestClockIsSetByHours(t *testing.T) {
	c := &settable{}
	h := buildTidy(t, func(cfg *local.Config) {
		cfg.Clock = c
		cfg.Housekeeping.Default = local.Retention{Age: time.Hour}
	})
	health := func() telemetry.Status {
		status, _ := h.Clock(t.Context())
		return status
	}
	old := h.ends(bigResult, map[string]any{"mark": "o"})
	until := c.Now().Add(3 * time.Hour).Format(time.RFC3339)
	waits := h.start(engine.StartRequest{Document: h.doc("waits", fmt.Sprintf(`nodes: [{id: wait, type: control.wait, with: {until: %q}}]`, until))})
	h.until(waits.ID, func(e engine.Event) bool { return e.Step != nil && e.Step.Status == engine.Waiting })
	gate := h.probe.hold("busy")
	busy := h.start(engine.StartRequest{Document: h.doc("busy", `nodes: [{id: work, type: test.probe, with: {name: busy}, timeout: 1h}]`)})
	h.until(busy.ID, func(e engine.Event) bool { return e.Step != nil && e.Step.Status == engine.Running })
	h.want(string(health()), "ok")

	c.set(-5 * time.Hour)
	h.want(string(health()), "degraded")
	h.status(h.ends(bigResult, map[string]any{"mark": "b"}), engine.Succeeded)
	if got, err := h.Run(t.Context(), "t", waits.ID); err != nil || got.Status.Final() {
		t.Errorf("a wait ended before its time: %+v, %v", got, err)
	}
	c.set(9 * time.Hour)
	h.status(h.wait(waits.ID), engine.Succeeded)
	if got, err := h.Run(t.Context(), "t", busy.ID); err != nil || got.Status.Final() {
		t.Errorf("a step that had an hour was given up after moments: %+v, %v", got, err)
	}
	close(gate)
	h.status(h.wait(busy.ID), engine.Succeeded)
	h.tidy()
	if _, err := h.Run(t.Context(), "t", old.ID); err != nil {
		t.Error("a run was removed for its age when the clock had just been set:", err)
	}
	h.want(h.counted("t", ""), "map[succeeded:4]")
}

// What a flow may begin in some time is not withheld for as long as the clock was set back.
func TestRatesGoByTheTimeThatPasses(t *testing.T) {
	c := &settable{}
	h := build(t, func(cfg *local.Config) { cfg.Clock = c })
	begin := func() engine.Run {
		return h.start(engine.StartRequest{Document: h.doc("f", `
rate: {limit: 1, per: 1s}
nodes: [{id: v, type: value.set, with: {value: 1}}]
`)})
	}
	h.status(h.wait(begin().ID), engine.Succeeded)
	c.set(-2 * time.Hour)
	h.status(h.wait(begin().ID), engine.Succeeded)
	c.mu.Lock()
	c.offset -= 2 * time.Hour // while the server is away, so that nobody tells it
	c.mu.Unlock()
	h.restart()
	h.status(h.wait(begin().ID), engine.Succeeded)
}
