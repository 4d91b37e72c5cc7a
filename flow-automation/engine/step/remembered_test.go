package step

import (
	"context"
	"encoding/json"
	"strconv"
	"testing"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/node"
)

type moving int

func (m *moving) Fact(context.Context, string, string, string, string, string) (json.RawMessage, error) {
	*m++
	return json.RawMessage(strconv.Itoa(int(*m))), nil
}

// An attempt looks into the past once, and the next one anew.
func TestThePastIsTheSameForAnAttempt(t *testing.T) {
	x := New(node.NewRegistry(nil), &node.Env{Past: new(moving)}, nil)
	for _, want := range []string{"1", "2"} {
		w := &work{x: x, task: &engine.Task{}}
		for range 2 {
			if got, err := w.env().Past.Fact(t.Context(), "t", "f", "s", "r", "d"); string(got) != want || err != nil {
				t.Errorf("%s, not %s: %v", got, want, err)
			}
		}
	}
}
