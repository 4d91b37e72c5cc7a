// Package lifecycletest is the stress test that every service passes.
package lifecycletest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"dataflow/ide-go-lib/lifecycle"
)

// limit is how long a start or stop may take in a test.
const limit = 20 * time.Second

// Run holds a service to the contract of lifecycle.Service. fresh gives a new one each time.
func Run(t *testing.T, fresh func(t *testing.T) lifecycle.Service) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, lifecycle.Service){
		"start and stop twice":    stopTwice,
		"stop from many sides":    stopConcurrently,
		"stop before start":       stopBeforeStart,
		"start with an ended ctx": startCancelled,
		"stop while starting":     stopWhileStarting,
		"stop with an ended ctx":  stopCancelled,
	} {
		t.Run(name, func(t *testing.T) { test(t, fresh(t)) })
	}
}

// within fails the test when f does not return in time.
func within(t *testing.T, what string, f func(ctx context.Context)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), limit)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	select {
	case <-done:
	case <-time.After(limit + time.Second):
		t.Fatalf("%s did not end within %s", what, limit)
	}
}

func start(t *testing.T, s lifecycle.Service) {
	t.Helper()
	within(t, "Start", func(ctx context.Context) {
		if err := s.Start(ctx); err != nil {
			t.Errorf("Start: %v", err)
		}
	})
}

func stop(t *testing.T, s lifecycle.Service) {
	t.Helper()
	within(t, "Stop", func(ctx context.Context) {
		if err := s.Stop(ctx); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
}

func stopTwice(t *testing.T, s lifecycle.Service) {
	start(t, s)
	stop(t, s)
	stop(t, s)
}

func stopConcurrently(t *testing.T, s lifecycle.Service) {
	start(t, s)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { stop(t, s) })
	}
	wg.Wait()
}

func stopBeforeStart(t *testing.T, s lifecycle.Service) {
	stop(t, s)
	stop(t, s)
}

// startCancelled allows the start to succeed or to fail for that reason; either way Stop must leave nothing behind.
func startCancelled(t *testing.T, s lifecycle.Service) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	within(t, "Start", func(context.Context) {
		if err := s.Start(ended); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("Start with an ended context fails with %v, which does not say so", err)
		}
	})
	stop(t, s)
}

func stopWhileStarting(t *testing.T, s lifecycle.Service) {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() { _ = s.Start(ctx) }) // either may come first
	wg.Go(func() { stop(t, s) })
	wg.Wait()
	stop(t, s)
}

// stopCancelled allows Stop to say that it cut work off, not to hang.
func stopCancelled(t *testing.T, s lifecycle.Service) {
	start(t, s)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	within(t, "Stop", func(context.Context) { _ = s.Stop(ended) })
	stop(t, s)
}
