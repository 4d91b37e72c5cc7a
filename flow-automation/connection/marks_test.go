package connection_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/connection"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/db"
)

// remembering gives the marks of an installation in which runs are what their names say.
func remembering(t *testing.T) (s *connection.Service, states map[string]connection.RunState) {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{Path: filepath.Join(t.TempDir(), "dataflow.db")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	states = map[string]connection.RunState{}
	s, err = connection.New(t.Context(), connection.Deps{
		DB: d, Clock: clock.System{},
		Runs: func(_ context.Context, _, run string) (connection.RunState, error) { return states[run], nil },
	})
	require.NoError(t, err)
	return s, states
}

func TestMarksOfSeveralSubjects(t *testing.T) {
	s, states := remembering(t)
	mark := func(tenant, subject string) string {
		m, err := s.Mark(t.Context(), tenant, "flow", "read", subject)
		require.NoError(t, err)
		if m == nil {
			return ""
		}
		return *m
	}
	propose := func(tenant, run, subject, value string, state connection.RunState) {
		require.NoError(t, s.Propose(t.Context(), tenant, "flow", "read", subject, run, value))
		states[run] = state
	}
	propose("a", "r1", "orders", "5", connection.RunSucceeded)
	propose("a", "r2", "customers", "7", connection.RunSucceeded)
	require.NoError(t, s.Settle(t.Context()))
	require.Equal(t, "5", mark("a", "orders"), "another subject leaves it alone")
	require.Equal(t, "7", mark("a", "customers"))
	require.Empty(t, mark("b", "orders"), "another tenant has none")

	propose("a", "r3", "orders", "9", connection.RunLost)
	require.Equal(t, "5", mark("a", "orders"), "a run that failed moves nothing")
	propose("a", "r4", "orders", "11", connection.RunOpen)
	require.Equal(t, "5", mark("a", "orders"), "nor does one that is under way")
	states["r4"] = connection.RunSucceeded
	require.Equal(t, "11", mark("a", "orders"))

	for i := range 120 {
		propose("a", fmt.Sprintf("many%04d", i), fmt.Sprintf("day %d", i), "1", connection.RunSucceeded)
	}
	require.NoError(t, s.Settle(t.Context()))
	require.Empty(t, mark("a", "orders"), "it is not among the newest any more")
	require.Equal(t, "1", mark("a", "day 119"))
}
