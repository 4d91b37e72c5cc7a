// Package backfill begins many runs of one flow, each with parameters of its own, and no more at once than was asked
// for. A backfill is durable before its first run, so that after a crash the rest is begun; keys keep what was begun
// from being begun again.
package backfill

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/store"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/errs"
)

// MaxRuns bounds the runs of one backfill.
const MaxRuns = 100_000

// retryAfter is the wait before a run that could not be begun is tried again.
const retryAfter = 2 * time.Second

// atOnce is how many runs are made durable at the same time, so that they share commits.
const atOnce = 16

// Request asks for a backfill.
type Request struct {
	Tenant, FlowID, By string
	Version            int
	Document           *flow.Document
	Sets               []map[string]any
	Parallel           int
}

// Runner begins the runs of backfills.
type Runner struct {
	store  *store.Store
	engine engine.Engine
	clock  clock.Clock
	logger *slog.Logger

	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup
}

// New makes a runner, which begins nothing before Start.
func New(s *store.Store, e engine.Engine, c clock.Clock, logger *slog.Logger) *Runner {
	r := &Runner{store: s, engine: e, clock: c, logger: logger}
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r
}

// Start goes on with the backfills of which not all runs are durable.
func (r *Runner) Start(ctx context.Context) error {
	open, err := r.store.OpenBackfills(ctx)
	if err != nil {
		return err
	}
	for _, b := range open {
		r.work.Go(func() { r.carry(b) })
	}
	return nil
}

// Stop leaves the rest for the next start.
func (r *Runner) Stop(ctx context.Context) error {
	r.stop()
	done := make(chan struct{})
	go func() {
		r.work.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Begin makes a backfill durable and answers it; its runs are begun in the background. Every set of parameters is
// checked first: one that does not fit refuses the whole.
func (r *Runner) Begin(ctx context.Context, req Request) (store.Backfill, error) {
	switch {
	case len(req.Sets) == 0:
		return store.Backfill{}, errs.Invalid("backfill_empty", "There is nothing to backfill: no set of parameters is given.")
	case len(req.Sets) > MaxRuns:
		return store.Backfill{}, errs.Invalid("backfill_too_large", "A backfill has at most %d runs; these would be %d.", MaxRuns, len(req.Sets))
	}
	for i, set := range req.Sets {
		if _, err := req.Document.Spec.Params.Resolve(set); err != nil {
			e := *errs.From(err)
			e.Message = fmt.Sprintf("Set %d: %s", i+1, e.Message)
			return store.Backfill{}, &e
		}
	}
	id, err := ulid.New(ulid.Timestamp(r.clock.Now()), rand.Reader)
	if err != nil {
		return store.Backfill{}, errs.Internal(err)
	}
	b := store.Backfill{
		ID: strings.ToLower(id.String()), Tenant: req.Tenant, FlowID: req.FlowID, Version: req.Version, Parallel: max(req.Parallel, 1),
		Sets: req.Sets, Total: len(req.Sets), CreatedAt: r.clock.Now(), CreatedBy: req.By,
	}
	if err := r.store.PutBackfill(ctx, b); err != nil {
		return store.Backfill{}, err
	}
	r.work.Go(func() { r.carry(b) })
	return b, nil
}

// carry begins the runs that are missing.
func (r *Runner) carry(b store.Backfill) {
	doc, err := r.document(b)
	if err != nil {
		r.logger.Error("a backfill cannot go on", "backfill", b.ID, "error", err)
		return
	}
	for b.Started < b.Total && r.ctx.Err() == nil {
		now, err := r.store.Backfill(r.ctx, b.Tenant, b.ID)
		if err != nil || now.Canceled {
			return
		}
		upTo := min(b.Started+atOnce, b.Total)
		if err := r.batch(b, doc, upTo); err != nil {
			if r.ctx.Err() == nil {
				r.logger.Warn("runs of a backfill cannot be begun; they are tried again", "backfill", b.ID, "error", err)
			}
			r.pause()
			continue
		}
		b.Started = upTo
		if err := r.store.BackfillStarted(r.ctx, b.Tenant, b.ID, upTo); err != nil && r.ctx.Err() == nil {
			r.logger.Warn("the progress of a backfill cannot be kept; its keys keep runs from being begun twice", "backfill", b.ID, "error", err)
		}
	}
}

func (r *Runner) pause() {
	again := make(chan struct{})
	timer := r.clock.AfterFunc(retryAfter, func() { close(again) })
	defer timer.Stop()
	select {
	case <-again:
	case <-r.ctx.Done():
	}
}

func (r *Runner) batch(b store.Backfill, doc *flow.Document, upTo int) error {
	failures := make([]error, upTo-b.Started)
	var all sync.WaitGroup
	for i := b.Started; i < upTo; i++ {
		all.Go(func() { failures[i-b.Started] = r.begin(b, doc, i) })
	}
	all.Wait()
	for _, err := range failures {
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *Runner) begin(b store.Backfill, doc *flow.Document, i int) error {
	params, err := doc.Spec.Params.Resolve(b.Sets[i])
	if err != nil {
		return err
	}
	_, err = r.engine.Begin(r.ctx, engine.StartRequest{
		Tenant: b.Tenant, FlowID: b.FlowID, FlowVersion: b.Version, Document: doc, Params: params, By: b.CreatedBy,
		Trigger: engine.Trigger{Type: "backfill", ID: b.ID}, Backfill: b.ID,
		IdempotencyKey: fmt.Sprintf("backfill:%s:%d", b.ID, i),
		Groups:         []engine.Group{{Key: "backfill:" + b.ID, Limit: b.Parallel}},
	})
	return err
}

// document is the flow as the backfill runs it. A draft that has changed since is taken as it is now.
func (r *Runner) document(b store.Backfill) (*flow.Document, error) {
	if b.Version > 0 {
		v, err := r.store.Version(r.ctx, b.Tenant, b.FlowID, b.Version)
		if err != nil {
			return nil, err
		}
		return flow.ParseJSON(v.Document)
	}
	f, err := r.store.Get(r.ctx, b.Tenant, b.FlowID)
	if err != nil {
		return nil, err
	}
	return flow.ParseJSON(f.Document)
}
