package scale

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"dataflow/bench/figure"
	"dataflow/bench/pace"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/engine/local"
	"dataflow/flow-automation/engine/step"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	nodevalue "dataflow/flow-automation/nodes/value"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
)

const (
	tenant   = "default"
	inFlight = 200
	// failures is of how many runs one fails; those of one flow in a hundred are also rare ones.
	failures = 50
)

// simple carries out steps that cost nothing; some fail.
type simple struct{ count atomic.Int64 }

func (*simple) Kind(*flow.Node) engine.Kind { return engine.Kind{Pool: "inline", Effect: "pure"} }

func (*simple) Same(context.Context, engine.Task, engine.Task) bool { return false }

func (*simple) Load(_ context.Context, _ string, v value.Value) (json.RawMessage, error) {
	return v.Data, nil
}

func (*simple) Items(context.Context, string, value.Value) ([]json.RawMessage, error) {
	return nil, nil
}

func (*simple) Evaluate(context.Context, string, string, engine.Scope) (any, error) { return nil, nil }

func (s *simple) Execute(context.Context, engine.Task) engine.Outcome {
	if s.count.Add(1)%failures == 0 {
		return engine.Outcome{Err: errs.Invalid("unlucky", "One in %d fails.", failures)}
	}
	return engine.Outcome{Outputs: value.Outputs{"value": {Kind: value.JSON, Data: json.RawMessage(`{"total":123}`)}}}
}

// withEngine does f with an engine on a database of its own.
func withEngine(ctx context.Context, dir string, executor engine.Executor, f func(e *local.Engine, d *db.DB) error) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	store, err := db.Open(ctx, db.Config{Path: filepath.Join(dir, "dataflow.db")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	e := local.New(local.Config{DB: store, Executor: executor})
	if err := e.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Stop(context.WithoutCancel(ctx))) }()
	return f(e, store)
}

// carry carries out count runs, as many at once as are in flight.
func carry(ctx context.Context, e *local.Engine, count int, request func(i int) engine.StartRequest) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next atomic.Int64
	var all sync.WaitGroup
	for range inFlight {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(count) && ctx.Err() == nil; i = next.Add(1) - 1 {
				begun, err := e.Begin(ctx, request(int(i)))
				if err == nil {
					_, err = e.Wait(ctx, tenant, begun.ID)
				}
				if err != nil {
					stop(err)
					return
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

func flowID(i int) string { return fmt.Sprintf("01m83v3p3snb2bvb2x8q8r%04d", i) }

// names of flows: few words in many combinations, as people give them.
func flowNames(i int) (name, title string) {
	things := []string{"orders", "customers", "invoices", "stock", "sensors", "tickets", "payments", "bird-strikes", "visits", "returns"}
	doings := []string{"import", "clean", "report", "export", "check"}
	thing, doing := things[i%len(things)], doings[i/len(things)%len(doings)]
	return fmt.Sprintf("%s-%s-%d", thing, doing, i), fmt.Sprintf("%s %s no. %d", doing, thing, i)
}

// fill carries out runs of flows: the first flow has half of them, the next a quarter, and so on, down to flows that were
// run a few times long ago.
func fill(ctx context.Context, dir string, runs, flows int, r *figure.Report) error {
	docs := make([]*flow.Document, flows)
	for i := range docs {
		name, title := flowNames(i)
		docs[i] = &flow.Document{APIVersion: flow.APIVersion, Kind: flow.Kind, Metadata: flow.Metadata{Name: name, Title: title}}
		docs[i].Spec.Nodes = []flow.Node{{ID: "only", Type: "value.set"}}
	}
	pick := func(i int) int {
		if i < 20*flows {
			return i % flows // all of them at first
		}
		n := i * 2654435761 % (1 << 20)
		for k := range flows {
			if n >= 1<<19 || k == flows/3 {
				return k
			}
			n *= 2
		}
		return 0
	}
	return withEngine(ctx, dir, &simple{}, func(e *local.Engine, d *db.DB) error {
		err := carry(ctx, e, runs, func(i int) engine.StartRequest {
			k := pick(i)
			return engine.StartRequest{Tenant: tenant, FlowID: flowID(k), Document: docs[k], Trigger: engine.Trigger{Type: "manual"}, By: "bench"}
		})
		if err != nil {
			return err
		}
		if err := e.Tidy(ctx); err != nil {
			return err
		}
		size, err := sizeOf(ctx, d, dir)
		r.Add(figure.Figure{Name: "bytes_per_run", Value: float64(size) / float64(runs), Unit: "bytes", Note: "of runs of one step, with all indexes"})
		return err
	})
}

// bytesPerStep carries out flows of ten expression nodes and looks what they take when they are packed.
func bytesPerStep(ctx context.Context, dir string, steps int, r *figure.Report) error {
	doc := pace.Expressions()
	runs := max(steps/pace.FlowLength, 1)
	return withEngine(ctx, dir, step.New(node.NewRegistry(nodevalue.Types()), &node.Env{}, nil), func(e *local.Engine, d *db.DB) error {
		err := carry(ctx, e, runs, func(int) engine.StartRequest {
			return engine.StartRequest{
				Tenant: tenant, FlowID: flowID(0), Document: doc, Params: map[string]any{"factor": 3}, Trigger: engine.Trigger{Type: "manual"}, By: "bench",
			}
		})
		if err != nil {
			return err
		}
		before, err := sizeOf(ctx, d, dir)
		if err != nil {
			return err
		}
		if err := e.Tidy(ctx); err != nil {
			return err
		}
		after, err := sizeOf(ctx, d, dir)
		count := float64(runs * pace.FlowLength)
		r.Add(figure.Figure{Name: "bytes_per_step", Value: float64(after) / count, Unit: "bytes", AtMost: 400, Note: fmt.Sprintf("size of the database by finished step after packing; before it was %.0f", float64(before)/count)})
		return err
	})
}

// sizeOf is the size of the database's file with all that has been written.
func sizeOf(ctx context.Context, d *db.DB, dir string) (int64, error) {
	if _, err := d.Write.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return 0, err
	}
	info, err := os.Stat(filepath.Join(dir, "dataflow.db"))
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
