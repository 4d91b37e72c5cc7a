package local_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"dataflow/flow-automation/engine"
)

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
