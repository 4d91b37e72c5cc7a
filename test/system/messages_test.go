package system

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/testkit"
	"dataflow/ide-go-lib/testkit/msgserver"
)

// wire is a way to a server on which the test waits for what passes.
type wire struct {
	port int
	to   string
	// want is what stops the way of what follows; seen hears of it.
	want atomic.Pointer[string]
	seen chan struct{}
}

func newWire(t *testing.T, port int) *wire {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	w := &wire{port: l.Addr().(*net.TCPAddr).Port, to: fmt.Sprintf("127.0.0.1:%d", port), seen: make(chan struct{}, 100)}
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			to, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", w.to)
			if err != nil {
				_ = from.Close()
				continue
			}
			go w.pass(from, to)
			go w.pass(to, from)
		}
	}()
	return w
}

// pass copies until one side ends, or for as long as that takes passes nothing on from what is wanted on.
func (w *wire) pass(from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }()
	held := false
	for chunk := make([]byte, 64<<10); ; {
		n, err := from.Read(chunk)
		if want := w.want.Load(); want != nil && strings.Contains(strings.ToLower(string(chunk[:n])), *want) {
			held = true
			w.seen <- struct{}{}
		}
		if !held {
			if _, err := to.Write(chunk[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (w *wire) hold(text string) { w.want.Store(&text) }
func (w *wire) open()            { w.want.Store(nil) }

const ofAGroup = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: take}
spec:
  nodes:
    - {id: fresh, type: message.read, with: {connection: events, topic: orders, group: nightly, quiet_seconds: 1, invalid: HOW}}
    - {id: next, type: value.set, with: {value: 1}, after: [fresh]}
`

// Whenever the server is killed, no message of a group is lost: those that a run has read come again until they are confirmed,
// and they are confirmed when nobody can forget the run's step any more.
func TestKilledBeforeMessagesAreConfirmed(t *testing.T) {
	t.Parallel()
	i := newInstallation(t)
	store := msgserver.Redis(t)
	way := newWire(t, store.Port)
	admin := redis.NewClient(&redis.Options{Addr: fmt.Sprintf("127.0.0.1:%d", store.Port), Username: msgserver.User, Password: msgserver.Password})
	t.Cleanup(func() { _ = admin.Close() })
	say := func(bodies ...string) {
		t.Helper()
		for _, body := range bodies {
			require.NoError(t, admin.XAdd(t.Context(), &redis.XAddArgs{Stream: "orders", Values: []any{"body", body}}).Err())
		}
	}
	// later makes what somebody took and did not confirm as old as it is when others are given it.
	later := func(want int) {
		t.Helper()
		open, err := admin.XPendingExt(t.Context(), &redis.XPendingExtArgs{Stream: "orders", Group: "nightly", Start: "-", End: "+", Count: 100}).Result()
		require.NoError(t, err)
		require.Len(t, open, want, "not confirmed")
		for _, e := range open {
			require.NoError(t, admin.Do(t.Context(), "XCLAIM", "orders", "nightly", e.Consumer, 0, e.ID, "IDLE", (2*connector.Held).Milliseconds(), "JUSTID").Err())
		}
	}
	start := func(invalid string) string {
		t.Helper()
		var run engine.Run
		require.Equal(t, http.StatusAccepted, i.call(http.MethodPost, "/runs", map[string]any{"yaml": strings.Replace(ofAGroup, "HOW", invalid, 1)}, &run))
		return run.ID
	}
	read := func(id string) int64 {
		t.Helper()
		require.Equal(t, engine.Succeeded, i.finish(id).Status, i.runOf(id).Error)
		return i.steps(id)["fresh"].Outputs["table"].Table.Rows
	}
	serve := func() *testkit.Process { return i.serve("--allow-network", "127.0.0.0/8") }

	server := serve()
	config := map[string]any{"host": "127.0.0.1", "port": way.port, "user": msgserver.User, "password": msgserver.Password, "tls": "off"}
	require.Equal(t, http.StatusCreated, i.call(http.MethodPost, "/connections", map[string]any{"name": "events", "kind": "redis", "config": config}, nil))
	say(`{"n": 1}`, `{"n": 2}`, `{"n": 3}`)

	way.hold(`{"n": 3}`)
	first := start("fail")
	testkit.Receive(t, "the messages are on their way", way.seen)
	server.KillHard()
	later(3)

	way.hold("xack")
	server = serve()
	testkit.Receive(t, "the messages are being confirmed", way.seen)
	require.EqualValues(t, 3, read(first), "the step is carried out again, and recorded before it confirms")
	before := i.steps(first)["fresh"]
	server.KillHard()
	later(3)

	way.open()
	server = serve()
	require.EqualValues(t, 3, read(first))
	require.Equal(t, before.EndedAt, i.steps(first)["fresh"].EndedAt, "what was recorded is not carried out again")
	require.EqualValues(t, 3, read(start("fail")), "what was not confirmed comes again")
	require.EqualValues(t, 0, read(start("fail")), "and no more when it was")

	say("no JSON")
	require.Equal(t, engine.Failed, i.finish(start("fail")).Status)
	require.EqualValues(t, 1, read(start("text")), "a step that fails confirms nothing")

	// Who stops in an orderly way confirms first.
	say(`{"n": 4}`)
	last := start("fail")
	testkit.Eventually(t, "the step has ended", func() bool { return i.steps(last)["fresh"].Status == engine.Succeeded })
	require.Equal(t, 0, server.Stop())
	server = serve()
	require.EqualValues(t, 1, read(last))
	require.EqualValues(t, 0, read(start("fail")))
	require.Equal(t, 0, server.Stop())
}
