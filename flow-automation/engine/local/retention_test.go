package local_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
	"dataflow/flow-automation/engine/step"
	"dataflow/flow-automation/node"
	"dataflow/flow-automation/nodes"
	"dataflow/ide-go-lib/artifact"
	artifacts "dataflow/ide-go-lib/artifact/local"
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
