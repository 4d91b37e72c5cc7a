// Package pace measures how many durable steps the engine carries out per second.
package pace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
	"dataflow/flow-automation/engine/step"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	nodevalue "dataflow/flow-automation/nodes/value"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/db"
)

const warmUp = time.Second

// Pace is a measurement of steps.
type Pace struct {
	InFlight int           // runs
	Length   time.Duration // how long is measured
	Profile  string        // file for a CPU profile; "" is none
}

// FlowLength is the number of nodes of the flow that is measured.
const FlowLength = 10

// Expressions is a flow of nodes that each compute from the one before and from a parameter.
func Expressions() *flow.Document {
	doc := &flow.Document{APIVersion: flow.APIVersion, Kind: flow.Kind, Metadata: flow.Metadata{Name: "bench"}}
	doc.Spec.Params = flow.Params{{Name: "factor", Type: "integer"}}
	for i := range FlowLength {
		n := flow.Node{ID: fmt.Sprintf("n%d", i), Type: "value.set", With: map[string]any{"value": map[string]any{"total": 1, "name": "start"}}}
		if i > 0 {
			before := fmt.Sprintf("n%d", i-1)
			n.After = []string{before}
			n.With = map[string]any{"value": map[string]any{
				"total": "{{ nodes." + before + ".value.total + params.factor }}",
				"name":  "step {{ nodes." + before + ".value.total }} of {{ run.id }}",
			}}
		}
		doc.Spec.Nodes = append(doc.Spec.Nodes, n)
	}
	return doc
}

// idle is an executor whose steps cost nothing.
type idle struct{ outputs value.Outputs }

func (idle) Kind(*flow.Node) engine.Kind { return engine.Kind{Pool: "inline", Effect: "pure"} }

func (idle) Same(context.Context, engine.Task, engine.Task) bool { return false }

func (idle) Load(_ context.Context, _ string, v value.Value) (json.RawMessage, error) {
	return v.Data, nil
}

func (idle) Items(context.Context, string, value.Value) ([]json.RawMessage, error) { return nil, nil }

func (idle) Evaluate(context.Context, string, string, engine.Scope) (any, error) { return nil, nil }

func (x idle) Execute(context.Context, engine.Task) engine.Outcome {
	return engine.Outcome{Outputs: x.outputs}
}

// Measure gives steps per second: with the real executor, or with steps that do nothing. The database goes into dir.
func (p Pace) Measure(ctx context.Context, dir string, realExecutor bool) (perSecond float64, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	store, err := db.Open(ctx, db.Config{Path: filepath.Join(dir, "dataflow.db")})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	var executor engine.Executor = idle{value.Outputs{"value": {Kind: value.JSON, Data: json.RawMessage(`{"total":123,"name":"step 122 of 01m83v3p3snb2bvb2x8q8rcc0y"}`)}}}
	if realExecutor {
		executor = step.New(node.NewRegistry(nodevalue.Types()), &node.Env{}, nil)
	}
	e := local.New(local.Config{DB: store, Executor: executor, Metrics: prometheus.NewRegistry()})
	if err := e.Start(ctx); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, e.Stop(context.WithoutCancel(ctx))) }()
	return p.load(ctx, e)
}

// load keeps inFlight runs going; each that ends is followed by the next at once.
func (p Pace) load(ctx context.Context, e *local.Engine) (float64, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var steps atomic.Int64
	var all sync.WaitGroup
	doc := Expressions()
	for range p.InFlight {
		all.Go(func() {
			for ctx.Err() == nil {
				if err := once(ctx, e, doc); err != nil {
					stop(err)
					return
				}
				steps.Add(FlowLength)
			}
		})
	}
	pause(ctx, warmUp)
	if p.Profile != "" {
		f, err := os.Create(p.Profile)
		if err != nil {
			return 0, err
		}
		defer func() { _ = f.Close() }()
		if err := pprof.StartCPUProfile(f); err != nil {
			return 0, err
		}
	}
	before, began := steps.Load(), time.Now()
	pause(ctx, p.Length)
	done, took := steps.Load()-before, time.Since(began)
	if p.Profile != "" {
		pprof.StopCPUProfile()
	}
	failed := context.Cause(ctx)
	stop(nil)
	all.Wait()
	if failed == nil {
		failed = verify(context.WithoutCancel(ctx), e, steps.Load()/FlowLength)
	}
	return float64(done) / took.Seconds(), failed
}

// verify makes sure that the engine has kept exactly the runs that were counted.
func verify(ctx context.Context, e *local.Engine, runs int64) error {
	counts, err := e.Counts(ctx, "default", "bench")
	if err != nil {
		return err
	}
	if len(counts) != 1 || counts[engine.Succeeded] != runs {
		return fmt.Errorf("%d runs were counted, and the engine has %v", runs, counts)
	}
	return nil
}

func once(ctx context.Context, e *local.Engine, doc *flow.Document) error {
	begun, err := e.Begin(ctx, engine.StartRequest{
		Tenant: "default", FlowID: "bench", Document: doc, Params: map[string]any{"factor": 3}, Trigger: engine.Trigger{Type: "manual"}, By: "bench",
	})
	if err != nil {
		return err
	}
	ended, err := e.Wait(context.WithoutCancel(ctx), "default", begun.ID)
	if err != nil {
		return err
	}
	if ended.Status != engine.Succeeded {
		return fmt.Errorf("a run is %s: %w", ended.Status, ended.Error)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
