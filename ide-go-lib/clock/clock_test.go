package clock_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/clock"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestAdvanceCallsInOrder(t *testing.T) {
	c := clock.NewFake(start)
	var calls []string
	note := func(name string) func() {
		return func() { calls = append(calls, name+" "+c.Now().Sub(start).String()) }
	}
	c.AfterFunc(3*time.Second, note("c"))
	c.AfterFunc(time.Second, note("a"))
	c.AfterFunc(time.Second, note("b"))
	c.AfterFunc(2*time.Second, func() {
		note("again")()
		c.AfterFunc(500*time.Millisecond, note("inner"))
	})
	c.AfterFunc(time.Minute, note("late"))
	c.Advance(10 * time.Second)
	require.Equal(t, []string{"a 1s", "b 1s", "again 2s", "inner 2.5s", "c 3s"}, calls)
	require.Equal(t, start.Add(10*time.Second), c.Now())
	require.Equal(t, 1, c.Pending())
}

func TestStop(t *testing.T) {
	c := clock.NewFake(start)
	called := 0
	first := c.AfterFunc(time.Second, func() { called++ })
	second := c.AfterFunc(time.Second, func() { called++ })
	c.AfterFunc(0, func() { called++ })
	require.True(t, first.Stop())
	require.False(t, first.Stop())
	c.Advance(0)
	require.Equal(t, 1, called)
	c.Advance(time.Second)
	require.Equal(t, 2, called)
	require.False(t, second.Stop())
	require.Panics(t, func() { c.Advance(-1) })
}

func TestBlockUntil(t *testing.T) {
	c := clock.NewFake(start)
	var wg sync.WaitGroup
	woken := make(chan struct{}, 3)
	for range 3 {
		wg.Go(func() { c.AfterFunc(time.Second, func() { woken <- struct{}{} }) })
	}
	c.BlockUntil(3)
	c.Advance(time.Second)
	require.Len(t, woken, 3)
	wg.Wait()
}

func TestSystem(t *testing.T) {
	var c clock.Clock = clock.System{}
	require.Equal(t, time.UTC, c.Now().Location())
	done := make(chan struct{})
	require.False(t, func() bool { timer := c.AfterFunc(0, func() { close(done) }); <-done; return timer.Stop() }())
	require.True(t, c.AfterFunc(time.Hour, func() {}).Stop())
}
