package local_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// fake carries out steps as the type of their node says: "pool/effect/action". It counts what it carried out.
type fake struct {
	mu    sync.Mutex
	calls map[string]int           // by run and path
	gates map[string]chan struct{} // by path: a blocking step waits for it
	seat  chan struct{}            // the only place of a table engine
}

func newFake() *fake {
	return &fake{calls: map[string]int{}, gates: map[string]chan struct{}{}, seat: make(chan struct{}, 1)}
}

func (f *fake) gate(path string) chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.gates[path] == nil {
		f.gates[path] = make(chan struct{})
	}
	return f.gates[path]
}

func (f *fake) called(id, path string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[id+"/"+path]
}

func (f *fake) Kind(n *flow.Node) engine.Kind {
	parts := strings.Split(n.Type, "/")
	k := engine.Kind{Pool: parts[0], Effect: parts[1]}
	// unsafe@t is unsafe in the tenant t, and pure in others.
	if effect, tenant, asked := strings.Cut(parts[1], "@"); asked {
		k.Effect = "pure"
		k.EffectIn = func(of string) string {
			if of == tenant {
				return effect
			}
			return k.Effect
		}
	}
	for _, sources := range n.In {
		for _, source := range sources {
			id, _ := flow.SplitSource(source)
			k.Reads = append(k.Reads, id)
		}
	}
	return k
}

func (f *fake) Same(context.Context, engine.Task, engine.Task) bool { return false }

func (f *fake) Load(_ context.Context, _ string, v value.Value) (json.RawMessage, error) {
	return v.Data, nil
}

func (f *fake) Items(_ context.Context, _ string, list value.Value) (items []json.RawMessage, err error) {
	return items, json.Unmarshal(list.Data, &items)
}

func (f *fake) Evaluate(_ context.Context, _, text string, _ engine.Scope) (any, error) {
	return text, nil
}

func (f *fake) Execute(ctx context.Context, t engine.Task) engine.Outcome {
	f.mu.Lock()
	f.calls[t.RunID+"/"+t.Path]++
	f.mu.Unlock()
	action := strings.Split(t.Node.Type, "/")[2]
	switch action {
	case "fail":
		return engine.Outcome{Err: errs.Invalid("boom", "It does not work.")}
	case "flaky":
		if t.Attempt == 1 {
			return engine.Outcome{Err: errs.Unavailable("busy", "Later.")}
		}
	case "panic":
		panic("out of bounds")
	case "block":
		select {
		case <-f.gate(t.Path):
		case <-ctx.Done():
			f.mu.Lock()
			f.calls[t.RunID+"/"+t.Path+" stopped"]++
			f.mu.Unlock()
			return engine.Outcome{Err: errs.From(ctx.Err())}
		}
	case "table":
		place := table.AwaitPlace(ctx, table.Seat{Kind: "query"}, func() bool { return len(f.seat) > 0 })
		defer place.Leave()
		f.seat <- struct{}{}
		defer func() { <-f.seat }()
		place.Take()
		f.mu.Lock()
		f.calls[t.RunID+"/"+t.Path+" has a place"]++
		f.mu.Unlock()
		<-f.gate(t.Path)
	case "rest":
		place := table.AwaitPlace(ctx, table.Seat{Kind: "counter", Connection: "counter"}, func() bool { return true })
		defer place.Leave()
		place.Rest()
		select {
		case f.seat <- struct{}{}:
			defer func() { <-f.seat }()
		case <-ctx.Done():
			return engine.Outcome{Err: errs.From(ctx.Err())}
		}
		place.Take()
	case "log":
		for i := range 20 {
			t.Log("info", fmt.Sprintf("line %d", i))
		}
	case "flood":
		line := strings.Repeat("x", 20_000)
		for range 200 {
			t.Log("debug", line)
		}
	case "large":
		return engine.Outcome{Outputs: value.Outputs{"value": {Kind: value.JSON, Artifact: &artifact.Ref{ID: "a", Size: 1 << 20}}}}
	case "params":
		data, _ := json.Marshal(t.Scope.Params)
		return ok(string(data))
	}
	return ok(fmt.Sprintf("%q", t.Path))
}

func ok(data string) engine.Outcome {
	return engine.Outcome{Outputs: value.Outputs{"value": {Kind: value.JSON, Data: json.RawMessage(data)}}}
}

// chain makes a flow whose nodes follow each other, each of the given type.
func chain(types ...string) *flow.Document {
	doc := &flow.Document{Metadata: flow.Metadata{Name: "chain", Title: "A chain"}}
	for i, typ := range types {
		n := flow.Node{ID: fmt.Sprintf("n%d", i), Type: typ}
		if i > 0 {
			n.In = map[string]flow.Sources{"value": {fmt.Sprintf("n%d", i-1)}}
		}
		doc.Spec.Nodes = append(doc.Spec.Nodes, n)
	}
	return doc
}

const inline = "inline/pure/ok"

type rig struct {
	*local.Engine
	t    testing.TB
	db   *db.DB
	fake *fake
	path string
}

// setUp starts an engine on the database at path; what is empty gets a default.
func setUp(t testing.TB, path string, change func(*local.Config)) *rig {
	t.Helper()
	if path == "" {
		path = filepath.Join(t.TempDir(), "test.db")
	}
	store, err := db.Open(t.Context(), db.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, db: store, fake: newFake(), path: path}
	cfg := local.Config{DB: store, Executor: r.fake, Logger: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&cfg)
	}
	r.Engine = local.New(cfg)
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	return r
}

func (r *rig) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := r.Stop(ctx); err != nil {
		r.t.Errorf("stop: %v", err)
	}
	if err := r.db.Close(); err != nil {
		r.t.Errorf("close: %v", err)
	}
}

// again ends this engine and starts another one on the same database.
func (r *rig) again(change func(*local.Config)) *rig {
	r.t.Helper()
	r.close()
	return setUp(r.t, r.path, func(c *local.Config) {
		c.Executor = r.fake
		if change != nil {
			change(c)
		}
	})
}

func (r *rig) begin(doc *flow.Document) engine.Run {
	r.t.Helper()
	run, err := r.Begin(r.t.Context(), engine.StartRequest{Tenant: "t", FlowID: "f", Document: doc, By: "ann", Trigger: engine.Trigger{Type: "manual"}})
	if err != nil {
		r.t.Fatal(err)
	}
	return run
}

// until watches a run until it is as wanted.
func (r *rig) until(id string, want func(engine.Event) bool) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	events, err := r.Watch(ctx, "t", id)
	if err != nil {
		r.t.Fatal(err)
	}
	for e := range events {
		if want(e) {
			return
		}
	}
	steps, _ := r.Steps(r.t.Context(), "t", id)
	r.t.Fatalf("run %s never came to what was awaited: %+v", id, steps)
}

func (r *rig) wait(id string) engine.Run {
	r.t.Helper()
	var last engine.Run
	r.until(id, func(e engine.Event) bool {
		if e.Run == nil || !e.Run.Status.Final() {
			return false
		}
		last = *e.Run
		return true
	})
	return last
}

// running waits until the step is being carried out.
func (r *rig) running(id, step string) {
	r.t.Helper()
	r.until(id, func(e engine.Event) bool {
		return e.Step != nil && e.Step.NodeID == step && e.Step.Status == engine.Running
	})
}

func (r *rig) step(id, node string) engine.Step {
	r.t.Helper()
	steps, err := r.Steps(r.t.Context(), "t", id)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, s := range steps {
		if s.NodeID == node {
			return s
		}
	}
	r.t.Fatalf("run %s has no step %s", id, node)
	return engine.Step{}
}

func (r *rig) wantCode(err error, code string) {
	r.t.Helper()
	var e *errs.Error
	if !errors.As(err, &e) || e.Code != code {
		r.t.Errorf("error %v, want code %s", err, code)
	}
}

// handClock is moved by the test.
type handClock struct {
	mu     sync.Mutex
	now    time.Time
	timers []*handTimer
	set    chan struct{}
}

type handTimer struct {
	c  *handClock
	at time.Time
	f  func()
}

func newHandClock() *handClock {
	return &handClock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), set: make(chan struct{}, 1)}
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) AfterFunc(d time.Duration, f func()) clock.Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &handTimer{c, c.now.Add(d), f}
	c.timers = append(c.timers, t)
	select {
	case c.set <- struct{}{}:
	default:
	}
	return t
}

func (t *handTimer) Stop() bool {
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	for i, x := range t.c.timers {
		if x == t {
			t.c.timers = append(t.c.timers[:i], t.c.timers[i+1:]...)
			return true
		}
	}
	return false
}

// advance moves the time and fires what is due.
func (c *handClock) advance(d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	var due, rest []*handTimer
	for _, t := range c.timers {
		if t.at.After(c.now) {
			rest = append(rest, t)
		} else {
			due = append(due, t)
		}
	}
	c.timers = rest
	c.mu.Unlock()
	for _, t := range due {
		go t.f()
	}
}

// hurry fires all timers before they are due.
func (c *handClock) hurry() {
	c.mu.Lock()
	early := c.timers
	c.timers = nil
	c.mu.Unlock()
	for _, t := range early {
		go t.f()
	}
}

// advanceTo moves the time to the first timer that is at least atLeast away, waiting until there is one.
func (c *handClock) advanceTo(t testing.TB, atLeast time.Duration) {
	t.Helper()
	c.advance(c.await(t, 1, atLeast))
}

// await waits until n timers are at least atLeast away, and says how far the first of them is.
func (c *handClock) await(t testing.TB, n int, atLeast time.Duration) (first time.Duration) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		c.mu.Lock()
		found := 0
		for _, x := range c.timers {
			if d := x.at.Sub(c.now); d >= atLeast {
				if found++; found == 1 || d < first {
					first = d
				}
			}
		}
		c.mu.Unlock()
		if found >= n {
			return first
		}
		select {
		case <-c.set:
		case <-deadline:
			t.Fatal("nobody set a timer")
		}
	}
}
