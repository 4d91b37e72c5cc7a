package connection_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

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
		Runs: func(_ context.Context, _, run, _ string) (connection.RunState, error) { return states[run], nil },
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
	looked := time.UnixMilli(0)
	propose := func(tenant, run, subject, value string, state connection.RunState) {
		looked = looked.Add(time.Second)
		require.NoError(t, s.Propose(t.Context(), tenant, "flow", "read", subject, run, value, looked))
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

// Of runs that overlap, the one that looked last has seen the most, whichever ends last.
func TestMarksOfRunsThatOverlap(t *testing.T) {
	s, states := remembering(t)
	for _, r := range []struct {
		run, value string
		at         int64
	}{{"young", "9", 2}, {"old", "5", 1}} {
		require.NoError(t, s.Propose(t.Context(), "a", "flow", "read", "orders", r.run, r.value, time.UnixMilli(r.at)))
		require.NoError(t, s.Propose(t.Context(), "a", "flow", "read", "columns", r.run, "of "+r.run, time.UnixMilli(r.at)))
		states[r.run] = connection.RunSucceeded
		got, err := s.Mark(t.Context(), "a", "flow", "read", "orders")
		require.NoError(t, err)
		require.Equal(t, "9", *got)
		got, err = s.Mark(t.Context(), "a", "flow", "read", "columns")
		require.NoError(t, err)
		require.Equal(t, "of young", *got)
	}
}
