package local_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
)

// indebted carries out steps that leave something open, whether they are stopped meanwhile or not.
type indebted struct {
	*fake
	do func(ctx context.Context) error // nil does nothing

	group  string            // what each holds, and waits for before it works
	enters func(path string) // before it waits

	mu           sync.Mutex
	done, closed int
	order        []string // where there is a group
}

func (x *indebted) note(what string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.order = append(x.order, what)
}

func (x *indebted) Execute(_ context.Context, t engine.Task) engine.Outcome {
	if x.group != "" {
		x.enters(t.Path)
		if err := t.Await(context.Background(), x.group); err != nil {
			return engine.Outcome{Err: errs.From(err)}
		}
		x.note(t.Path + " works")
	}
	out := x.fake.Execute(context.Background(), t)
	if out.Err == nil && strings.HasPrefix(t.Node.Type, "io/") {
		out.Afterwards = []node.Afterwards{{
			Holds: x.group,
			Do: func(ctx context.Context) error {
				x.mu.Lock()
				x.done++
				x.mu.Unlock()
				if x.do == nil {
					return nil
				}
				return x.do(ctx)
			},
			Close: func() error {
				if x.group != "" {
					x.note(t.Path + " closed")
				}
				x.mu.Lock()
				defer x.mu.Unlock()
				x.closed++
				return nil
			},
		}}
	}
	return out
}

func (x *indebted) counts() (done, closed int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.done, x.closed
}

// closes waits until so many have been closed, and wants so many to have been done by then.
func (x *indebted) closes(t *testing.T, closed, done int) {
	t.Helper()
	poll(t, func() bool { _, n := x.counts(); return n >= closed })
	if d, c := x.counts(); d != done || c != closed {
		t.Errorf("%d done and %d closed, want %d and %d", d, c, done, closed)
	}
}

func owing(t *testing.T, do func(context.Context) error, change func(*local.Config)) (*rig, *indebted) {
	t.Helper()
	x := &indebted{fake: newFake(), do: do}
	r := setUp(t, "", func(c *local.Config) {
		c.Executor = x
		if change != nil {
			change(c)
		}
	})
	r.fake = x.fake
	return r, x
}

const (
	fullDisk  = "CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
	roomAgain = "DROP TRIGGER full"
)

func (r *rig) warned(id, text string) bool {
	r.t.Helper()
	lines, err := r.Logs(r.t.Context(), "t", id, "n0", 0, 100)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, l := range lines {
		if l.Level == "warn" && strings.Contains(l.Text, text) {
			return true
		}
	}
	return false
}

func TestWhatFollowsAStepIsDoneWhenItsSuccessIsDurable(t *testing.T) {
	r, x := owing(t, nil, nil)
	begun := r.begin(chain("io/idempotent/block", inline))
	r.running(begun.ID, "n0")
	r.damage(fullDisk)
	close(r.fake.gate("n0"))
	poll(t, func() bool { // until the end of n0 cannot be written
		_, err := r.Begin(t.Context(), engine.StartRequest{Tenant: "t", Document: chain(inline)})
		return err != nil
	})
	if done, closed := x.counts(); done+closed > 0 {
		t.Errorf("%d were done and %d closed before anybody could know that the step had ended", done, closed)
	}
	r.damage(roomAgain)
	if ended := r.wait(begun.ID); ended.Status != engine.Succeeded {
		t.Errorf("ended as %+v", ended)
	}
	x.closes(t, 1, 1)
}

func TestWhatFollowsAStepIsNotDoneForWhatDoesNotCount(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*flow.Document)
		after  func(*rig, string)
		status engine.Status
	}{
		"a run that was canceled": {func(*flow.Document) {}, func(r *rig, id string) {
			if err := r.Cancel(t.Context(), "t", id, "bob"); err != nil {
				t.Error(err)
			}
		}, engine.Canceled},
		"a step that took too long": {func(d *flow.Document) { d.Spec.Nodes[0].Timeout = "50ms" }, func(r *rig, id string) { r.wait(id) }, engine.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			r, x := owing(t, nil, nil)
			doc := chain("io/idempotent/block", inline)
			c.change(doc)
			begun := r.begin(doc)
			r.running(begun.ID, "n0")
			c.after(r, begun.ID)
			close(r.fake.gate("n0"))
			x.closes(t, 1, 0)
			if ended := r.wait(begun.ID); ended.Status != c.status {
				t.Errorf("ended as %+v", ended)
			}
		})
	}
}

func TestWhatFollowsAStepChangesNothingOfIt(t *testing.T) {
	for name, do := range map[string]func(context.Context) error{
		"an error": func(context.Context) error { return errors.New("the broker is gone") },
		"a panic":  func(context.Context) error { panic("out of bounds") },
	} {
		t.Run(name, func(t *testing.T) {
			r, x := owing(t, do, nil)
			begun := r.begin(chain("io/idempotent/ok", inline))
			if ended := r.wait(begun.ID); ended.Status != engine.Succeeded {
				t.Errorf("ended as %+v", ended)
			}
			x.closes(t, 1, 1)
			poll(t, func() bool { return r.warned(begun.ID, "after the end of the step") })
		})
	}
}

// The steps that come next do not wait for it, but who takes the run's place does.
func TestTheEndOfARunWaitsForWhatFollowsItsSteps(t *testing.T) {
	confirm := make(chan struct{})
	r, x := owing(t, func(ctx context.Context) error {
		select {
		case <-confirm:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}, func(c *local.Config) { c.Active = 1 })
	first := r.begin(chain("io/idempotent/ok", inline))
	if ended := r.wait(first.ID); ended.Status != engine.Succeeded {
		t.Errorf("ended as %+v", ended)
	}
	second := r.begin(chain(inline))
	if now, err := r.Run(t.Context(), "t", second.ID); err != nil || now.Status != engine.Queued {
		t.Errorf("a run that comes after is %+v, %v", now, err)
	}
	close(confirm)
	if ended := r.wait(second.ID); ended.Status != engine.Succeeded {
		t.Errorf("ended as %+v", ended)
	}
	x.closes(t, 1, 1)
}

// A step that needs what an earlier one of its run still holds waits for it.
func TestStepsWaitForWhatEarlierOnesHold(t *testing.T) {
	entered := make(chan struct{}, 3)
	r, x := owing(t, func(ctx context.Context) error {
		select {
		case <-entered: // the next one is at work by now, were it not for this
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}, nil)
	x.group = "nightly"
	x.enters = func(path string) {
		if path != "n0" {
			entered <- struct{}{}
		}
		if path == "n2" {
			entered <- struct{}{} // for its own
		}
	}
	begun := r.begin(chain("io/idempotent/ok", "io/idempotent/ok", "io/idempotent/ok"))
	if ended := r.wait(begun.ID); ended.Status != engine.Succeeded {
		t.Errorf("ended as %+v", ended)
	}
	x.closes(t, 3, 3)
	if want := []string{"n0 works", "n0 closed", "n1 works", "n1 closed", "n2 works", "n2 closed"}; !slices.Equal(x.order, want) {
		t.Errorf("in the order %q", x.order)
	}
}

// They do not wait for ever.
func TestStepsStopWaitingForWhatIsHeld(t *testing.T) {
	c := newHandClock()
	confirm := make(chan struct{})
	r, x := owing(t, func(context.Context) error {
		<-confirm
		return nil
	}, func(cfg *local.Config) { cfg.Clock = c })
	x.group, x.enters = "nightly", func(string) {}
	begun := r.begin(chain("io/idempotent/ok", "io/idempotent/ok"))
	poll(t, func() bool { done, _ := x.counts(); return done == 1 })
	poll(t, func() bool {
		c.advance(10 * time.Second)
		x.mu.Lock()
		defer x.mu.Unlock()
		return slices.Contains(x.order, "n1 works")
	})
	poll(t, func() bool { done, _ := x.counts(); return done == 2 })
	if _, closed := x.counts(); closed != 0 {
		t.Errorf("%d closed", closed)
	}
	close(confirm)
	x.closes(t, 2, 2)
	r.wait(begun.ID)
}

// What is still open when the run has ended is closed before another one takes its place.
func TestTheEndOfARunClosesWhatIsOpen(t *testing.T) {
	r, x := owing(t, nil, func(c *local.Config) { c.Active = 1 })
	first := r.begin(chain("io/idempotent/block", inline))
	r.running(first.ID, "n0")
	second := r.begin(chain(inline))
	if err := r.Cancel(t.Context(), "t", first.ID, "bob"); err != nil {
		t.Fatal(err)
	}
	close(r.fake.gate("n0"))
	if ended := r.wait(second.ID); ended.Status != engine.Succeeded {
		t.Errorf("ended as %+v", ended)
	}
	x.closes(t, 1, 0)
}

// Who stops gives what follows its time, also for a step that ends while the server is stopping.
func TestStoppingWaitsForWhatFollowsSteps(t *testing.T) {
	begun := make(chan struct{})
	confirm := make(chan struct{})
	r, x := owing(t, func(context.Context) error {
		close(begun)
		<-confirm
		return nil
	}, nil)
	id := r.begin(chain("io/unsafe/block", inline)).ID
	r.running(id, "n0")
	stopped := make(chan error, 1)
	go func() { stopped <- r.Stop(context.Background()) }()
	poll(t, func() bool {
		_, err := r.Begin(t.Context(), engine.StartRequest{Tenant: "t", Document: chain(inline)})
		return err != nil
	})
	close(r.fake.gate("n0"))
	<-begun
	select {
	case err := <-stopped:
		t.Errorf("stopped before it was done: %v", err)
	default:
	}
	close(confirm)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	x.closes(t, 1, 1)
}

func TestStoppingGivesUpWhatFollowsStepsWhenItsTimeIsOver(t *testing.T) {
	begun := make(chan struct{})
	r, x := owing(t, func(ctx context.Context) error {
		close(begun)
		<-ctx.Done()
		return ctx.Err()
	}, nil)
	r.begin(chain("io/idempotent/ok", "go/pure/ok"))
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.Stop(ctx); err != nil {
		t.Error(err)
	}
	if done, closed := x.counts(); done != 1 || closed != 1 {
		t.Errorf("%d done and %d closed when the server has stopped", done, closed)
	}
}

// What does not become durable before the server ends is closed, and left to whoever carries the step out again.
func TestStoppingClosesWhatIsNotDurable(t *testing.T) {
	r, x := owing(t, nil, nil)
	begun := r.begin(chain("io/idempotent/block", inline))
	r.running(begun.ID, "n0")
	r.damage(fullDisk)
	close(r.fake.gate("n0"))
	poll(t, func() bool {
		_, err := r.Begin(t.Context(), engine.StartRequest{Tenant: "t", Document: chain(inline)})
		return err != nil
	})
	if err := r.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	x.closes(t, 1, 0)
	r.damage(roomAgain)
	next := r.again(func(c *local.Config) { c.Executor = x })
	if ended := next.wait(begun.ID); ended.Status != engine.Succeeded {
		t.Errorf("ended as %+v", ended)
	}
	x.closes(t, 2, 1)
}

func TestWhatFollowsAStepIsNotHeldForever(t *testing.T) {
	c := newHandClock()
	r, x := owing(t, nil, func(cfg *local.Config) { cfg.Clock = c })
	begun := r.begin(chain("io/idempotent/block", inline))
	r.running(begun.ID, "n0")
	r.damage(fullDisk)
	close(r.fake.gate("n0"))
	c.await(t, 1, 10*time.Minute)
	c.advance(10 * time.Minute)
	x.closes(t, 1, 0)
	r.damage(roomAgain)
	for ended := false; !ended; { // the writer tries again by the same clock
		c.advance(time.Second)
		now, err := r.Run(t.Context(), "t", begun.ID)
		if err != nil {
			t.Fatal(err)
		}
		ended = now.Status == engine.Succeeded
	}
	c.advance(time.Second)
	if !r.warned(begun.ID, "left undone") {
		t.Error("nobody is told that it was not done")
	}
	x.closes(t, 1, 0)
}
