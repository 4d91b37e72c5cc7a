package connection_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
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
	s, states, _ = rememberingFrom(t, clock.System{})
	return s, states
}

// rememberingFrom has a clock, and a log of what is forgotten.
func rememberingFrom(t *testing.T, c clock.Clock) (s *connection.Service, states map[string]connection.RunState, log *bytes.Buffer) {
	t.Helper()
	log = &bytes.Buffer{}
	d, err := db.Open(t.Context(), db.Config{Path: filepath.Join(t.TempDir(), "dataflow.db")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	states = map[string]connection.RunState{}
	s, err = connection.New(t.Context(), connection.Deps{
		DB: d, Clock: c, Log: slog.New(slog.NewTextHandler(log, nil)),
		Runs: func(_ context.Context, _, run, _ string) (connection.Became, error) {
			became := connection.Became{State: states[run]}
			if became.State == connection.RunLost {
				became.Failed = "load of " + run
			}
			return became, nil
		},
	})
	require.NoError(t, err)
	return s, states, log
}

func TestMarksOfSeveralSubjects(t *testing.T) {
	s, states := remembering(t)
	mark := func(tenant, subject string) string {
		m, err := s.Mark(t.Context(), tenant, "flow", "read", subject, "")
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
}

// What a step reads anew in every run is forgotten one day, and what it asks for stays.
func TestMarksInUseStay(t *testing.T) {
	c := clock.NewFake(time.UnixMilli(0))
	s, states, log := rememberingFrom(t, c)
	propose := func(run, subject string) {
		t.Helper()
		require.NoError(t, s.Propose(t.Context(), "a", "flow", "read", subject, run, "1", c.Now()))
		states[run] = connection.RunSucceeded
	}
	known := func(subject string) bool {
		t.Helper()
		m, err := s.Mark(t.Context(), "a", "flow", "read", subject, "")
		require.NoError(t, err)
		return m != nil
	}
	propose("first", "quiet")
	propose("second", "unused")
	for i := range 250 {
		propose(fmt.Sprintf("many%04d", i), fmt.Sprintf("at %d", i))
	}
	require.True(t, known("quiet"), "many at once are all in use")
	require.NoError(t, s.Settle(t.Context()))
	require.Empty(t, log.String())
	c.Advance(59 * 24 * time.Hour)
	require.True(t, known("quiet"), "it has had no new rows, and is asked for")
	c.Advance(2 * 24 * time.Hour)
	for i := range 200 {
		propose(fmt.Sprintf("more%04d", i), fmt.Sprintf("later %d", i))
	}
	require.True(t, known("quiet"))
	require.False(t, known("unused"))
	require.Contains(t, log.String(), "step=read")
}

// Earlier versions left out of a subject where the connection leads to. Their marks go on counting, for what it leads to then.
func TestMarksOfEarlierVersions(t *testing.T) {
	s, states := remembering(t)
	mark := func(subject string) *string {
		t.Helper()
		m, err := s.Mark(t.Context(), "a", "flow", "read", subject, "orders")
		require.NoError(t, err)
		return m
	}
	for i, value := range []string{"5", "7"} {
		require.NoError(t, s.Propose(t.Context(), "a", "flow", "read", "orders", value, value, time.UnixMilli(int64(i))))
	}
	states["5"] = connection.RunSucceeded
	require.Equal(t, "5", *mark("orders of x"))
	require.Nil(t, mark("orders of y"), "the connection leads elsewhere since")
	states["7"] = connection.RunSucceeded
	require.Equal(t, "7", *mark("orders of x"), "a run that was under way meanwhile")
	last, err := s.LastSubject(t.Context(), "a", "flow", "read")
	require.NoError(t, err)
	require.Equal(t, "orders of x", last)
}

func TestForgettingReachesRunsUnderWay(t *testing.T) {
	c := clock.NewFake(time.UnixMilli(1000))
	s, states, _ := rememberingFrom(t, c)
	propose := func(step, run string, at int64) {
		t.Helper()
		require.NoError(t, s.Propose(t.Context(), "a", "flow", step, "orders", run, run, time.UnixMilli(at)))
		states[run] = connection.RunSucceeded
	}
	mark := func(step string) string {
		t.Helper()
		m, err := s.Mark(t.Context(), "a", "flow", step, "orders", "")
		require.NoError(t, err)
		if m == nil {
			return ""
		}
		return *m
	}
	propose("read", "r1", 1)
	propose("other", "o1", 1)
	require.NoError(t, s.Forget(t.Context(), "a", "flow", "read", false))
	propose("read", "r2", 999)
	propose("other", "o2", 999)
	require.Empty(t, mark("read"), "it looked before it was to begin anew")
	require.Equal(t, "o2", mark("other"))
	propose("read", "r3", 1001)
	require.Equal(t, "r3", mark("read"))
	c.Advance(time.Second)
	require.NoError(t, s.Forget(t.Context(), "a", "flow", "", true))
	propose("other", "o3", 1999)
	require.Empty(t, mark("other"))
	propose("other", "o4", 2001)
	require.Equal(t, "o4", mark("other"))
	require.Error(t, s.Forget(t.Context(), "a", "flow", "first", false), "there is no such step")
	require.NoError(t, s.Forget(t.Context(), "a", "flow", "first", true))
	propose("first", "f1", 1999)
	require.Empty(t, mark("first"), "its first run was under way")
	c.Advance(91 * 24 * time.Hour)
	require.NoError(t, s.Settle(t.Context()))
	propose("first", "f2", 1999)
	require.Equal(t, "f2", mark("first"), "nobody knows any more")
}

func TestWhatWasReadInVain(t *testing.T) {
	s, states := remembering(t)
	require.NoError(t, s.Propose(t.Context(), "a", "flow", "read", "orders", "r1", "5", time.UnixMilli(1)))
	states["r1"] = connection.RunLost
	for range 2 {
		held, err := s.Held(t.Context(), "a", "r1")
		require.NoError(t, err)
		require.Equal(t, []connection.Held{{Step: "read", Failed: "load of r1"}}, held)
	}
	held, err := s.Held(t.Context(), "b", "r1")
	require.NoError(t, err)
	require.Empty(t, held)
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
		got, err := s.Mark(t.Context(), "a", "flow", "read", "orders", "")
		require.NoError(t, err)
		require.Equal(t, "9", *got)
		got, err = s.Mark(t.Context(), "a", "flow", "read", "columns", "")
		require.NoError(t, err)
		require.Equal(t, "of young", *got)
	}
}
