package local_test

import (
	"testing"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/testkit"
)

// What a step has failed with is not forgotten while it finds out more, whatever time is up meanwhile, and it is not tried again as if it had
// only taken too long.
func TestAFailureThatIsKnownComesBeforeTheTimeout(t *testing.T) {
	for name, spec := range map[string]string{
		"of the attempt": `nodes: [{id: p, type: test.probe, with: {name: p, soon: true}, timeout: 20m, retry: {attempts: 3, on: [step_timeout], backoff: {initial: 1ms}}}]`,
		"of the step":    `nodes: [{id: p, type: test.probe, with: {name: p, soon: true}, deadline: 20m}]`,
		"of the run": `
timeout: 20m
nodes: [{id: p, type: test.probe, with: {name: p, soon: true}}]
`,
	} {
		t.Run(name, func(t *testing.T) {
			now := clock.NewFake(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
			h := build(t, func(c *local.Config) { c.Clock = now })
			h.probe.hold("p")
			run := h.start(engine.StartRequest{Document: h.doc("f", spec)})
			h.running(run.ID, "p")
			testkit.Eventually(t, "it is carried out", func() bool { return h.probe.called("p") == 1 })
			testkit.Eventually(t, "the run has ended", func() (ended bool) {
				now.Advance(time.Hour)
				run, err := h.Run(t.Context(), "t", run.ID)
				return err == nil && run.Status.Final()
			})
			run = h.wait(run.ID)
			h.status(run, engine.Failed)
			step := h.step(run.ID, "p")
			if step.Error == nil || step.Error.Code != "taken" || step.Attempt != 1 || step.StartedAt == nil || len(step.Error.Details) != 1 || step.Error.Details[0].Node != "p" {
				t.Errorf("the step is %+v, %+v", step, step.Error)
			}
			if n := h.probe.called("p"); n != 1 {
				t.Errorf("it was carried out %d times", n)
			}
			if run.Error == nil || errs.From(run.Error).Code == "run_deadline" {
				t.Errorf("the run failed with %v", run.Error)
			}
			h.restart()
			if again := h.step(run.ID, "p"); again.Error == nil || again.Error.Code != "taken" {
				t.Errorf("read again the step is %+v", again)
			}
		})
	}
}
