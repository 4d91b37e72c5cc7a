package auth

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/clock"
)

func TestThrottleForgets(t *testing.T) {
	c := clock.NewFake(time.Unix(1e9, 0))
	h := newThrottle(c, 2, time.Minute)
	fail := func() time.Duration {
		wait := h.attempt("a")
		if wait == 0 {
			h.end("a", failed)
		}
		return wait
	}
	require.Zero(t, fail())
	require.Zero(t, fail())
	require.Equal(t, time.Second, fail())
	c.Advance(time.Second)
	require.Zero(t, fail())
	require.Equal(t, 2*time.Second, fail())
	c.Advance(2*time.Second + forgetAfter + time.Nanosecond)
	require.Zero(t, fail())
	require.Zero(t, fail(), "free again")
}

func TestManyAttemptsAtOnce(t *testing.T) {
	c := clock.NewFake(time.Unix(1e9, 0))
	h := newThrottle(c, 2, time.Minute)
	for range maxPending {
		require.Zero(t, h.attempt("a"), "people log in from many places at once")
	}
	require.Equal(t, time.Second, h.attempt("a"))
	h.end("a", undecided)
	require.Zero(t, h.attempt("a"))
	for range maxPending {
		h.end("a", failed)
	}
	c.Advance(time.Minute)
	require.Zero(t, h.attempt("a"))
	require.Equal(t, time.Second, h.attempt("a"), "after failures there is one at a time")
	h.end("a", succeeded)
	require.Zero(t, h.attempt("a"))
	require.Zero(t, h.attempt("a"))
}

func TestThrottleIsBounded(t *testing.T) {
	h := newThrottle(clock.NewFake(time.Unix(1e9, 0)), 2, time.Minute)
	for i := range maxKeys + 100 {
		h.attempt(strconv.Itoa(i))
	}
	require.LessOrEqual(t, len(h.keys), maxKeys)
}
