package step

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/node"
)

// written are marks by their subjects, which nothing may move.
type written map[string]string

func (w written) Mark(_ context.Context, _, _, _, subject, formerly string) (*string, error) {
	if formerly != "" {
		w[subject] = w[formerly]
	}
	if mark, ok := w[subject]; ok {
		return &mark, nil
	}
	return nil, nil
}

func (w written) LastSubject(context.Context, string, string, string) (string, error) { return "", nil }

func (w written) Propose(_ context.Context, _, _, _, subject, _, value string, _ time.Time) error {
	w[subject] = value
	return nil
}

var _ node.Marks = written{}

// A trial goes by marks of earlier versions, and leaves them to the runs that count.
func TestTrialsMoveNoMarks(t *testing.T) {
	marks := written{"former": "5"}
	u := unmoved{Marks: marks}
	mark, err := u.Mark(t.Context(), "a", "flow", "read", "now", "former")
	require.NoError(t, err)
	require.Equal(t, "5", *mark)
	require.NoError(t, u.Propose(t.Context(), "a", "flow", "read", "now", "run", "7", time.Time{}))
	require.Equal(t, written{"former": "5"}, marks)
}
