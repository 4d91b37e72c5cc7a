package local_test

import (
	"testing"

	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/errs"
)

// What a step has failed with is not forgotten while it finds out more, whatever time is up meanwhile, and it is not tried again as if it had
// only taken too long.
func TestAFailureThatIsKnownComesBeforeTheTimeout(t *testing.T) {
	for name, spec := range map[string]string{
		"of the attempt": `nodes: [{id: p, type: test.probe, with: {name: p, soon: true}, timeout: 20ms, retry: {attempts: 3, on: [step_timeout], backoff: {initial: 1ms}}}]`,
		"of the step":    `nodes: [{id: p, type: test.probe, with: {name: p, soon: true}, deadline: 20ms}]`,
		"of the run": `
timeout: 20ms
nodes: [{id: p, type: test.probe, with: {name: p, soon: true}}]
`,
	} {
		t.Run(name, func(t *testing.T) {
			h := build(t, nil)
			h.probe.hold("p")
			run := h.ends(spec, nil)
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
