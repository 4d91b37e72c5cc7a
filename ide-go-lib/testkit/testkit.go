// Package testkit is what the tests of all packages share. It is imported by tests only.
package testkit

import (
	"context"
	"net"
	"testing"
	"time"
)

// DefaultWait is how long Eventually waits before it gives up: long enough for a busy machine.
const DefaultWait = 20 * time.Second

// FreePort gives a TCP port on the loopback interface that was free a moment ago. A server that can listen on port 0 and
// tell its address is better.
func FreePort(t testing.TB) int {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("find a free port: %v", err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// Listen serves what connects to a port of the loopback interface, and gives the port. Connections end with the test at the
// latest.
func Listen(t testing.TB, serve func(net.Conn)) int {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
			go serve(c)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// Eventually waits until met is true, and fails the test when that takes longer than DefaultWait. Where the code under
// test gives a signal, wait for that instead.
func Eventually(t testing.TB, what string, met func() bool) {
	t.Helper()
	Within(t, DefaultWait, what, met)
}

// Within is Eventually for what takes longer, such as many rows where the race detector looks on and other tests run beside.
func Within(t testing.TB, wait time.Duration, what string, met func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for !met() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited %s in vain: %s", wait, what)
		case <-poll.C:
		}
	}
}

// Receive gives the next value of a channel, and fails the test when none comes within DefaultWait or it is closed.
func Receive[T any](t testing.TB, what string, from <-chan T) T {
	t.Helper()
	select {
	case v, ok := <-from:
		if !ok {
			t.Fatalf("closed: %s", what)
		}
		return v
	case <-time.After(DefaultWait):
		t.Fatalf("waited %s in vain: %s", DefaultWait, what)
	}
	panic("unreachable")
}
