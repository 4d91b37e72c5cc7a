package local_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/db"
)

const (
	crashDatabase = "DATAFLOW_TEST_CRASH_DATABASE"
	crashes       = 15
	crashRuns     = 100 // unfinished runs that every child is given at least
)

// TestMain lets the test binary be the server that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv(crashDatabase); path != "" {
		if err := crashChild(path); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// startOn starts an engine on a database that may be unusable.
func startOn(t testing.TB, path string) error {
	store, err := db.Open(t.Context(), db.Config{Path: path})
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	e := local.New(local.Config{DB: store, Executor: newFake()})
	if err := e.Start(t.Context()); err != nil {
		return err
	}
	return e.Stop(t.Context())
}

// teller carries out steps that take a moment. What it tells its parent is flushed before the step ends, so a record
// of the end is never durable before the parent could know that the step was carried out.
type teller struct {
	fake
	mu   sync.Mutex
	hear func(line string) // nil prints it
}

func (s *teller) Execute(ctx context.Context, t engine.Task) engine.Outcome {
	s.say("carried", t.RunID, t.Path)
	if !strings.HasPrefix(t.Node.Type, "inline") {
		select {
		case <-time.After(time.Duration(rand.IntN(3000)) * time.Microsecond):
		case <-ctx.Done():
		}
	}
	return engine.Outcome{Outputs: value.Outputs{"value": {Kind: value.JSON, Data: []byte(`"done"`)}}}
}

func (s *teller) say(words ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hear != nil {
		s.hear(strings.Join(words, " "))
		return
	}
	fmt.Println(strings.Join(words, " "))
}

func crashFlow() *flow.Document {
	doc := chain(inline, "go/pure/ok", inline, "io/idempotent/ok", "io/unsafe/ok", inline)
	doc.Spec.Nodes = append(doc.Spec.Nodes,
		flow.Node{ID: "side", Type: "python/pure/ok", After: []string{"n0"}},
		flow.Node{ID: "end", Type: inline, Join: "settled", After: []string{"n5", "side"}})
	return doc
}

// crashChild begins runs until it is killed, and tells of each run that was answered.
func crashChild(path string) error {
	ctx := context.Background()
	store, err := db.Open(ctx, db.Config{Path: path})
	if err != nil {
		return err
	}
	s := &teller{}
	e := local.New(local.Config{DB: store, Executor: s, Active: 80})
	if err := e.Start(ctx); err != nil {
		return err
	}
	s.say("ready")
	doc := crashFlow()
	slots := make(chan struct{}, crashRuns)
	for i := 0; ; i++ {
		slots <- struct{}{}
		run, err := e.Begin(ctx, engine.StartRequest{Tenant: fmt.Sprintf("t%d", i%3), Document: doc})
		if err != nil {
			return err
		}
		s.say("begun", run.Tenant, run.ID)
		go func() {
			events, err := e.Watch(ctx, run.Tenant, run.ID)
			if err != nil {
				s.say("error", err.Error())
				return
			}
			for ev := range events {
				if ev.Step != nil && ev.Step.Status == engine.Succeeded {
					s.say("durable", run.ID, ev.Step.NodeID)
				}
			}
			<-slots
		}()
	}
}

// ledger is what the parent was told by all children.
type ledger struct {
	t       *testing.T
	begun   map[string]string // tenant by run
	durable map[string]bool   // steps whose end was told
	again   []string          // steps carried out after their end was durable
}

func (l *ledger) hear(line string) {
	w := strings.Fields(line)
	switch {
	case len(w) == 3 && w[0] == "begun":
		l.begun[w[2]] = w[1]
	case len(w) == 3 && w[0] == "durable":
		l.durable[w[1]+"/"+w[2]] = true
	case len(w) == 3 && w[0] == "carried":
		if step := w[1] + "/" + w[2]; l.durable[step] {
			l.again = append(l.again, step)
		}
	case len(w) > 0 && w[0] == "error":
		l.t.Errorf("a child says: %s", line)
	}
}

// Killed at any moment under load: no run that was answered is lost, no step whose end was told is carried out again,
// and every run comes to an end.
func TestKill9(t *testing.T) {
	path := filepath.Join(t.TempDir(), "crash.db")
	l := &ledger{t: t, begun: map[string]string{}, durable: map[string]bool{}}
	for range crashes {
		l.live(path, 50+rand.IntN(1500))
	}
	if len(l.begun) < crashRuns {
		t.Fatalf("the children began %d runs only", len(l.begun))
	}

	r := setUp(t, path, func(c *local.Config) { c.Executor = &teller{hear: l.hear} })
	left := len(l.begun)
	poll(t, func() bool {
		left = 0
		for _, tenant := range []string{"t0", "t1", "t2"} {
			counts, err := r.Counts(t.Context(), tenant, "")
			if err != nil {
				t.Fatal(err)
			}
			left += int(counts[engine.Queued] + counts[engine.Running])
		}
		return left == 0
	})
	recovered, interrupted := 0, 0
	for id, tenant := range l.begun {
		run, err := r.Run(t.Context(), tenant, id)
		if err != nil {
			t.Errorf("run %s is lost: %v", id, err)
			continue
		}
		recovered += run.Recovered
		switch {
		case run.Status == engine.Succeeded:
		case run.Status == engine.Failed && run.Error.Code == "interrupted":
			interrupted++
		default:
			t.Errorf("run %s is %s: %v", id, run.Status, run.Error)
		}
		steps, err := r.Steps(t.Context(), tenant, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range steps {
			if l.durable[id+"/"+s.NodeID] && s.Status != engine.Succeeded {
				t.Errorf("the end of %s/%s was told, and now it is %s", id, s.NodeID, s.Status)
			}
		}
	}
	if len(l.again) > 0 {
		t.Errorf("%d steps that had ended were carried out again: %v", len(l.again), l.again[:1])
	}
	t.Logf("%d kills, %d runs, %d recoveries, %d interrupted, %d durable ends told", crashes, len(l.begun), recovered, interrupted, len(l.durable))
}

// live runs one child until it has told a number of things, however fast the machine is, and kills it.
func (l *ledger) live(path string, things int) {
	l.t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), crashDatabase+"="+path)
	out, err := child.StdoutPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	child.Stderr = os.Stderr
	if err := child.Start(); err != nil {
		l.t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		l.hear(lines.Text())
		if things--; things == 0 {
			_ = child.Process.Kill() // what it told before its death is still heard
		}
	}
	_ = child.Wait()
}
