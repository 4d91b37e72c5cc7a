package local_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
	"dataflow/flow-automation/flow"
)

func TestRunToItsEnd(t *testing.T) {
	r := setUp(t, "", nil)
	begun := r.begin(chain(inline, "go/pure/ok", "io/unsafe/ok", "python/idempotent/ok", inline))
	if begun.Status != engine.Running || begun.FlowName != "chain" || begun.By != "ann" || begun.StepsTotal != 5 {
		t.Errorf("begun as %+v", begun)
	}
	ended := r.wait(begun.ID)
	if ended.Status != engine.Succeeded || ended.StepsDone != 5 || ended.EndedAt == nil || ended.StartedAt == nil {
		t.Errorf("ended as %+v", ended)
	}
	for i := range 5 {
		s := r.step(begun.ID, fmt.Sprintf("n%d", i))
		if s.Status != engine.Succeeded || s.Attempt != 1 || string(s.Outputs["value"].Data) != fmt.Sprintf(`"n%d"`, i) || s.StartedAt == nil {
			t.Errorf("step %+v", s)
		}
	}
}

func TestParametersReachTheSteps(t *testing.T) {
	r := setUp(t, "", nil)
	begun, err := r.Begin(t.Context(), engine.StartRequest{Tenant: "t", Document: chain("go/pure/params"), Params: map[string]any{"n": 9007199254740993, "x": 1.5}})
	if err != nil {
		t.Fatal(err)
	}
	r.wait(begun.ID)
	if got := string(r.step(begun.ID, "n0").Outputs["value"].Data); got != `{"n":9007199254740993,"x":1.5}` {
		t.Errorf("the step saw %s", got)
	}
	again := r.again(nil)
	after, err := again.Run(t.Context(), "t", begun.ID)
	if err != nil || string(after.Params) != `{"n":9007199254740993,"x":1.5}` {
		t.Errorf("the run is read as %+v, %v", after, err)
	}
}

func TestFailureAndPanic(t *testing.T) {
	r := setUp(t, "", nil)
	for typ, code := range map[string]string{"inline/pure/fail": "boom", "go/pure/panic": "internal", "inline/pure/panic": "internal"} {
		ended := r.wait(r.begin(chain(typ, inline)).ID)
		if ended.Status != engine.Failed || ended.Error == nil || ended.Error.Code != code || ended.Error.Details[0].Node != "n0" {
			t.Errorf("%s ended as %+v", typ, ended)
		}
		if ended.StepsDone != 1 || ended.StepsTotal != 2 {
			t.Errorf("%s: %d of %d steps are done", typ, ended.StepsDone, ended.StepsTotal)
		}
		if s := r.step(ended.ID, "n1"); s.Status != engine.Skipped {
			t.Errorf("%s: what follows is %+v", typ, s)
		}
	}
}

func TestInvalidFlowDoesNotBegin(t *testing.T) {
	r := setUp(t, "", nil)
	doc := chain(inline)
	doc.Spec.Nodes[0].After = []string{"nobody"}
	_, err := r.Begin(t.Context(), engine.StartRequest{Tenant: "t", Document: doc})
	r.wantCode(err, "flow_invalid")
}

func TestCancel(t *testing.T) {
	for _, typ := range []string{"go/pure/block", "io/unsafe/block", "inline/pure/block"} {
		t.Run(typ, func(t *testing.T) {
			r := setUp(t, "", nil)
			begun := r.begin(chain("go/pure/ok", typ, inline))
			if strings.HasPrefix(typ, "inline") {
				poll(t, func() bool { return r.fake.called(begun.ID, "n1") == 1 })
			} else {
				r.running(begun.ID, "n1")
			}
			began := time.Now()
			if err := r.Cancel(t.Context(), "t", begun.ID, "bob"); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("it took %s", took)
			}
			got, err := r.Run(t.Context(), "t", begun.ID)
			if err != nil || got.Status != engine.Canceled {
				t.Errorf("the run is %+v, %v", got, err)
			}
			if s := r.step(begun.ID, "n1"); s.Status != engine.Canceled {
				t.Errorf("the step is %+v", s)
			}
			r.wantCode(r.Cancel(t.Context(), "t", begun.ID, "bob"), "run_finished")
		})
	}
}

// A step that may not be repeated does not begin when its run has been canceled before its beginning was known.
func TestUnsafeStepsDoNotBeginOnceTheyAreTakenBack(t *testing.T) {
	r := setUp(t, "", func(c *local.Config) { c.Workers.IO = 1 })
	doc := chain("io/unsafe/ok", "inline/pure/block")
	doc.Spec.Nodes[1].ID, doc.Spec.Nodes[1].In = "inline", nil
	for i := range 300 { // so that the end of the run takes a while to tell
		doc.Spec.Nodes = append(doc.Spec.Nodes, flow.Node{ID: fmt.Sprintf("after%d", i), Type: inline, After: []string{"n0"}})
	}
	for range 10 {
		busy := r.begin(chain("io/unsafe/block"))
		r.running(busy.ID, "n0")
		begun := r.begin(doc)
		poll(t, func() bool { return r.fake.called(begun.ID, "inline") == 1 }) // from here on nothing is taken in
		events, err := r.Watch(t.Context(), "t", begun.ID)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for e := range events {
				_ = e
			}
		}()
		r.fake.gate("n0") <- struct{}{}
		r.wait(busy.ID)
		poll(t, func() bool { return strings.Contains(r.step(begun.ID, "n0").Why, "0 steps wait") }) // the worker is at it
		if err := r.Cancel(t.Context(), "t", begun.ID, "bob"); err != nil {
			t.Fatal(err)
		}
		if n := r.fake.called(begun.ID, "n0"); n != 0 {
			t.Errorf("the step was carried out %d times", n)
		}
	}
}

// A cheap step that takes something large does not hold up its run: it is carried out by a worker.
func TestInlineStepsLeaveLargeInputsToWorkers(t *testing.T) {
	r := setUp(t, "", nil)
	doc := chain("go/pure/large", "inline/pure/block")
	doc.Spec.Nodes = append(doc.Spec.Nodes, flow.Node{ID: "beside", Type: inline, In: map[string]flow.Sources{"value": {"n0"}}})
	begun := r.begin(doc)
	r.running(begun.ID, "n1")
	r.until(begun.ID, func(e engine.Event) bool {
		return e.Step != nil && e.Step.NodeID == "beside" && e.Step.Status == engine.Succeeded
	})
	close(r.fake.gate("n1"))
	if got := r.wait(begun.ID); got.Status != engine.Succeeded {
		t.Errorf("%+v", got)
	}
}

// poll waits for what nothing announces.
func poll(t testing.TB, done func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("it never happened")
		}
	}
}

func TestRetryWaitsForItsTime(t *testing.T) {
	c := newHandClock()
	r := setUp(t, "", func(cfg *local.Config) { cfg.Clock = c })
	doc := chain("go/pure/flaky", inline)
	doc.Spec.Nodes[0].Retry = &flow.Retry{Attempts: 2, Backoff: &flow.Backoff{Initial: "10m", Max: "1h"}}
	begun := r.begin(doc)
	r.until(begun.ID, func(e engine.Event) bool { return e.Step != nil && e.Step.Status == engine.Waiting && e.Step.Why != "" })
	c.advanceTo(t, 5*time.Minute)
	if ended := r.wait(begun.ID); ended.Status != engine.Succeeded {
		t.Errorf("ended as %+v", ended)
	}
	if s := r.step(begun.ID, "n0"); s.Attempt != 2 || s.Error != nil {
		t.Errorf("step %+v", s)
	}
}

func TestTimeoutAndDeadline(t *testing.T) {
	c := newHandClock()
	r := setUp(t, "", func(cfg *local.Config) { cfg.Clock = c })
	slow := chain("inline/pure/block")
	slow.Spec.Nodes[0].Timeout = "10m"
	begun := r.begin(slow)
	r.running(begun.ID, "n0")
	c.advanceTo(t, 5*time.Minute)
	if ended := r.wait(begun.ID); ended.Status != engine.Failed || ended.Error.Code != "step_timeout" {
		t.Errorf("ended as %+v", ended)
	}
	late := chain("go/pure/block")
	late.Spec.Timeout = "30m"
	begun = r.begin(late)
	r.running(begun.ID, "n0")
	c.advanceTo(t, 20*time.Minute)
	if ended := r.wait(begun.ID); ended.Status != engine.Failed || ended.Error.Code != "run_deadline" {
		t.Errorf("ended as %+v", ended)
	}
}

func TestIdempotencyKey(t *testing.T) {
	r := setUp(t, "", nil)
	doc := chain(inline)
	start := func(flowID, key string) string {
		run, err := r.Begin(t.Context(), engine.StartRequest{Tenant: "t", FlowID: flowID, Document: doc, IdempotencyKey: key})
		if err != nil {
			t.Error(err)
		}
		return run.ID
	}
	var all sync.WaitGroup
	got := make([]string, 20)
	for i := range got {
		all.Go(func() { got[i] = start("f", "k") })
	}
	all.Wait()
	if slices.Sort(got); got[0] != got[len(got)-1] {
		t.Errorf("one key began several runs: %v", got)
	}
	if start("g", "k") == got[0] || start("f", "l") == got[0] {
		t.Error("another flow or key began no run of its own")
	}
	r.wait(got[0])
	if start("f", "k") != got[0] {
		t.Error("the key was forgotten with the end of the run")
	}
	again := r.again(nil)
	run, err := again.Begin(t.Context(), engine.StartRequest{Tenant: "t", FlowID: "f", Document: doc, IdempotencyKey: "k"})
	if err != nil || run.ID != got[0] {
		t.Errorf("the key was forgotten by a restart: %+v, %v", run, err)
	}
}

func TestTenantsSeeOnlyTheirOwn(t *testing.T) {
	r := setUp(t, "", nil)
	id := r.begin(chain(inline)).ID
	r.wait(id)
	ctx := t.Context()
	_, err := r.Run(ctx, "other", id)
	r.wantCode(err, "run_not_found")
	_, err = r.Steps(ctx, "other", id)
	r.wantCode(err, "run_not_found")
	_, err = r.Document(ctx, "other", id)
	r.wantCode(err, "run_not_found")
	_, err = r.Logs(ctx, "other", id, "", 0, 0)
	r.wantCode(err, "run_not_found")
	_, err = r.Watch(ctx, "other", id)
	r.wantCode(err, "run_not_found")
	r.wantCode(r.Cancel(ctx, "other", id, "eve"), "run_not_found")
	if page, _, err := r.Runs(ctx, "other", engine.RunFilter{}); err != nil || len(page) != 0 {
		t.Errorf("a foreign tenant lists %v, %v", page, err)
	}
	if counts, err := r.Counts(ctx, "other", ""); err != nil || len(counts) != 0 {
		t.Errorf("a foreign tenant counts %v, %v", counts, err)
	}
}

func TestListsPageFilterAndSort(t *testing.T) {
	r := setUp(t, "", nil)
	good, bad := chain(inline), chain("inline/pure/fail")
	bad.Metadata = flow.Metadata{Name: "bad_one", Title: "100%"}
	var ids []string
	for i := range 25 {
		doc := good
		if i%5 == 0 {
			doc = bad
		}
		ids = append(ids, r.begin(doc).ID)
	}
	for _, id := range ids {
		r.wait(id)
	}
	for _, sort := range []string{"created_at", "-created_at", "duration", "-duration", ""} {
		var seen []string
		var durations []time.Duration
		for f := (engine.RunFilter{Sort: sort, Limit: 4}); ; {
			page, next, err := r.Runs(t.Context(), "t", f)
			if err != nil {
				t.Fatal(err)
			}
			for _, run := range page {
				seen = append(seen, run.ID)
				durations = append(durations, run.EndedAt.Sub(*run.StartedAt))
			}
			if f.Cursor = next; next == "" {
				break
			}
		}
		want := slices.Clone(ids)
		switch sort {
		case "-created_at", "":
			slices.Reverse(want)
			fallthrough
		case "created_at":
			if !slices.Equal(seen, want) {
				t.Errorf("%q lists %v, want %v", sort, seen, want)
			}
		default:
			if len(seen) != len(ids) {
				t.Errorf("%q lists %d runs of %d", sort, len(seen), len(ids))
			}
			if sort == "-duration" {
				slices.Reverse(durations)
			}
			if !slices.IsSorted(durations) {
				t.Errorf("%q gives %v", sort, durations)
			}
		}
	}
	for name, x := range map[string]struct {
		f    engine.RunFilter
		want int
	}{
		"status": {engine.RunFilter{Statuses: []engine.Status{engine.Failed}}, 5},
		"two":    {engine.RunFilter{Statuses: []engine.Status{engine.Failed, engine.Succeeded}}, 25},
		"flow":   {engine.RunFilter{FlowID: "f"}, 25},
		"other":  {engine.RunFilter{FlowID: "g"}, 0},
		"name":   {engine.RunFilter{Query: "bad_"}, 5},
		"title":  {engine.RunFilter{Query: "0%"}, 5},
		"id":     {engine.RunFilter{Query: ids[3]}, 1},
		"future": {engine.RunFilter{Since: time.Now().Add(time.Hour)}, 0},
		"past":   {engine.RunFilter{Until: time.Now().Add(time.Hour)}, 25},
	} {
		if page, _, err := r.Runs(t.Context(), "t", x.f); err != nil || len(page) != x.want {
			t.Errorf("%s lists %d runs, want %d (%v)", name, len(page), x.want, err)
		}
	}
	counts, err := r.Counts(t.Context(), "t", "f")
	if err != nil || counts[engine.Succeeded] != 20 || counts[engine.Failed] != 5 {
		t.Errorf("counts %v, %v", counts, err)
	}
	_, _, err = r.Runs(t.Context(), "t", engine.RunFilter{Cursor: "nonsense"})
	r.wantCode(err, "cursor_invalid")
	_, _, err = r.Runs(t.Context(), "t", engine.RunFilter{Sort: "tenant"})
	r.wantCode(err, "sort_unknown")
}

func TestStopTwiceAndBeforeStart(t *testing.T) {
	r := setUp(t, "", nil)
	fresh := local.New(local.Config{DB: r.db, Executor: r.fake})
	for range 2 {
		if err := fresh.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
	r.begin(chain(inline))
	for range 2 {
		if err := r.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
	_, err := r.Begin(t.Context(), engine.StartRequest{Tenant: "t", Document: chain(inline)})
	r.wantCode(err, "engine_stopping")
}
