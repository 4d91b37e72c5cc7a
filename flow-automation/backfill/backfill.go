// Package backfill begins many runs of one flow, each with parameters of its own, and no more at once than was asked
// for. A backfill is durable before its first run, so that after a crash the rest is begun; keys keep what was begun
// from being begun again.
package backfill

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
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
			return store.Backfill{}, inSet(i, err)
		}
	}
	document, err := json.Marshal(req.Document)
	if err != nil {
		return store.Backfill{}, errs.Internal(err)
	}
	id, err := ulid.New(ulid.Timestamp(r.clock.Now()), rand.Reader)
	if err != nil {
		return store.Backfill{}, errs.Internal(err)
	}
	b := store.Backfill{
		ID: strings.ToLower(id.String()), Tenant: req.Tenant, FlowID: req.FlowID, Version: req.Version, Parallel: max(req.Parallel, 1),
		Sets: req.Sets, Total: len(req.Sets), CreatedAt: r.clock.Now(), CreatedBy: req.By,
	}
	if err := r.store.PutBackfill(ctx, b, document); err != nil {
		return store.Backfill{}, err
	}
	r.work.Go(func() { r.carry(b) })
	return b, nil
}

// carry begins the runs that are missing, until all have begun or the rest never can.
func (r *Runner) carry(b store.Backfill) {
	c := &carrier{Runner: r, b: b}
	for {
		err := c.rest()
		if err != nil && isFinal(err) {
			r.logger.Error("the rest of a backfill cannot be begun", "backfill", b.ID, "error", err)
			err = r.store.FailBackfill(r.ctx, b.Tenant, b.ID, reason(err))
		}
		if err == nil || r.ctx.Err() != nil {
			return
		}
		r.logger.Warn("a backfill does not go on for now; it is tried again", "backfill", b.ID, "error", err)
		r.pause()
	}
}

// isFinal says whether the same will be refused however often it is tried: the request is wrong, and not the time.
func isFinal(err error) bool {
	status := errs.From(err).Status
	return status >= http.StatusBadRequest && status < http.StatusInternalServerError && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests
}

// reason is an error for people.
func reason(err error) string {
	told := *errs.From(err)
	told.Cause = nil // for the log only
	return told.Error()
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

// carrier begins the runs of one backfill.
type carrier struct {
	*Runner
	b     store.Backfill
	doc   *flow.Document
	begun int // of the sets; b.Started of them are known to the store
}

// rest begins the runs that are missing. After an error it can be called again.
func (c *carrier) rest() error {
	if c.doc == nil {
		raw, err := c.store.BackfillDocument(c.ctx, c.b.Tenant, c.b.ID)
		if err != nil {
			return err
		}
		if c.doc, err = flow.ParseJSON(raw); err != nil {
			return err
		}
	}
	for c.b.Started < c.b.Total {
		open, err := c.store.BackfillOpen(c.ctx, c.b.Tenant, c.b.ID)
		if err != nil || !open {
			return err
		}
		upTo := min(c.b.Started+atOnce, c.b.Total)
		if c.begun < upTo {
			if err := c.batch(upTo); err != nil {
				return err
			}
			c.begun = upTo
		}
		if err := c.store.BackfillStarted(c.ctx, c.b.Tenant, c.b.ID, upTo); err != nil {
			return err
		}
		c.b.Started = upTo
	}
	return nil
}

func (c *carrier) batch(upTo int) error {
	failures := make([]error, upTo-c.b.Started)
	var all sync.WaitGroup
	for i := c.b.Started; i < upTo; i++ {
		all.Go(func() { failures[i-c.b.Started] = c.begin(i) })
	}
	all.Wait()
	for i, err := range failures {
		if err != nil {
			return inSet(c.b.Started+i, err)
		}
	}
	return nil
}

func (c *carrier) begin(i int) error {
	params, err := c.doc.Spec.Params.Resolve(c.b.Sets[i])
	if err != nil {
		return err
	}
	_, err = c.engine.Begin(c.ctx, engine.StartRequest{
		Tenant: c.b.Tenant, FlowID: c.b.FlowID, FlowVersion: c.b.Version, Document: c.doc, Params: params, By: c.b.CreatedBy,
		Trigger: engine.Trigger{Type: "backfill", ID: c.b.ID}, Backfill: c.b.ID,
		IdempotencyKey: fmt.Sprintf("backfill:%s:%d", c.b.ID, i),
		Groups:         []engine.Group{{Key: "backfill:" + c.b.ID, Limit: c.b.Parallel}},
	})
	return err
}

// inSet says in which set of parameters something is wrong.
func inSet(i int, err error) *errs.Error {
	e := *errs.From(err)
	e.Message = fmt.Sprintf("Set %d: %s", i+1, e.Message)
	return &e
}
