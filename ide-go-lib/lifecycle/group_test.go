package lifecycle_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/lifecycle"
	"dataflow/ide-go-lib/testkit/lifecycletest"
)

// part notes what happens to it.
type part struct {
	name            string
	notes           *[]string
	failStart, fail error
}

func (p part) Start(context.Context) error {
	*p.notes = append(*p.notes, "start "+p.name)
	return p.failStart
}

func (p part) Stop(context.Context) error {
	*p.notes = append(*p.notes, "stop "+p.name)
	return p.fail
}

func TestGroupInOrderAndReverse(t *testing.T) {
	var notes []string
	var g lifecycle.Group
	for _, name := range []string{"a", "b", "c"} {
		g.Add(name, part{name: name, notes: &notes})
	}
	require.NoError(t, g.Start(t.Context()))
	require.Error(t, g.Start(t.Context()))
	require.NoError(t, g.Stop(t.Context()))
	require.NoError(t, g.Stop(t.Context()))
	require.Error(t, g.Start(t.Context()))
	require.Equal(t, []string{"start a", "start b", "start c", "stop c", "stop b", "stop a"}, notes)
	require.Panics(t, func() { g.Add("d", part{}) })
}

func TestGroupUndoesAFailedStart(t *testing.T) {
	var notes []string
	var g lifecycle.Group
	broken, stuck := errors.New("broken"), errors.New("stuck")
	g.Add("a", part{name: "a", notes: &notes, fail: stuck})
	g.Add("b", part{name: "b", notes: &notes, failStart: broken})
	g.Add("c", part{name: "c", notes: &notes})
	err := g.Start(t.Context())
	require.ErrorIs(t, err, broken)
	require.ErrorIs(t, err, stuck)
	require.ErrorContains(t, err, "start b: broken")
	require.Equal(t, []string{"start a", "start b", "stop a"}, notes)
}

func TestGroupStopsAllDespiteErrors(t *testing.T) {
	var notes []string
	var g lifecycle.Group
	one, two := errors.New("one"), errors.New("two")
	g.Add("a", part{name: "a", notes: &notes, fail: one})
	g.Add("b", part{name: "b", notes: &notes, fail: two})
	require.NoError(t, g.Start(t.Context()))
	err := g.Stop(t.Context())
	require.ErrorIs(t, err, one)
	require.ErrorIs(t, err, two)
}

func TestGroupIsAService(t *testing.T) {
	lifecycletest.Run(t, func(*testing.T) lifecycle.Service {
		var notes []string
		var g lifecycle.Group
		g.Add("a", part{name: "a", notes: &notes})
		return &g
	})
}
