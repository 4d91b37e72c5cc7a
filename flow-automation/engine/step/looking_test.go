package step

import (
	"context"
	"testing"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
)

// A source that does not answer is not waited for, and whoever goes away is told nothing of that.
func TestALookEnds(t *testing.T) {
	slow := &node.Type{Look: func(ctx context.Context, _ *node.Call) (value.Outputs, node.Looked, error) {
		<-ctx.Done()
		return nil, node.Looked{}, errs.New(499, "canceled", "The connection was given up").Wrap(ctx.Err())
	}}
	_, _, err := asked(t.Context(), slow, nil, time.Millisecond)
	if e := errs.From(err); e.Code != "preview_unavailable" || e.Message != "The beginning of what is there did not come within 1ms." {
		t.Error(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err = asked(gone, slow, nil, time.Hour); errs.From(err).Code != "canceled" {
		t.Error(err)
	}
}
