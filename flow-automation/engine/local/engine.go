// Package local is the embedded engine: it carries out runs in this process, with a journal in the database as the
// truth about them.
//
// Whatever happens to a run is durable before anything follows from it. One writer makes the events of all runs durable
// together, so a commit is shared by as many runs as are in flight. After a crash every unfinished run goes on from its
// journal: steps that had ended are not carried out again, those under way are treated by their effect.
package local

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/run"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/lease"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema gives the engine's tables.
func Schema() (db.Schema, error) {
	files, err := fs.Sub(migrations, "migrations")
	return db.Schema{Component: "engine", Files: files}, err
}

// Codes of errors of this package.
const (
	codeNotFound = "run_not_found"
	codeFinished = "run_finished"
	codeStopping = "engine_stopping"
	codeDamaged  = "journal_damaged"
	// codeUnwritable is that of what cannot be made durable.
	codeUnwritable = "journal_unavailable"
)

// defaultActive bounds how many runs are in memory at once; further ones wait in the journal.
const defaultActive = 1000

// Workers says how many steps of each kind are carried out at once; 0 takes the default.
type Workers struct {
	Go     int // twice the processors
	SQL    int // 2: the table engine spreads one query over all processors
	Python int // the processors, at least 2
	IO     int // 32: they mostly wait
}

// Config is what the engine needs.
type Config struct {
	DB       *db.DB
	Executor engine.Executor
	Flows    engine.Flows // finds the flows that steps start; nil knows none
	Clock    clock.Clock  // nil is the system's
	Logger   *slog.Logger // nil is silent
	Workers  Workers
	// Active bounds how many runs are carried out at once; 0 is 1,000. Further ones are queued, durable but not in memory.
	Active int
	// ReuseSteps bounds the steps of an earlier run that another one can take over; 0 is 250,000.
	ReuseSteps int
	// PublicURL is where this installation is reached from outside, without a / at the end; callback addresses begin with it.
	PublicURL string
	// Metrics receives the engine's figures; nil keeps none.
	Metrics prometheus.Registerer
	// Term is this process's right to the store; nil where no other process can want it.
	Term *lease.Term
	// Quota bounds what a tenant may have; nil is no bound.
	Quota func(tenant string) Quota
	// Projected is told which runs have changed in the projection, without parameters; it must return at once. Nil is told
	// nothing.
	Projected func(runs []engine.Numbered)
	// Housekeeping says how long what finished runs leave is kept.
	Housekeeping Housekeeping
}

// Engine implements engine.Engine.
type Engine struct {
	db       *db.DB
	executor engine.Executor
	flows    engine.Flows
	clock    clock.Clock
	logger   *slog.Logger
	met      *metrics
	// publicURL is what addresses that are given to others begin with.
	publicURL string
	pools     map[string]*pool
	seats     seats
	docs      *documents
	hub       *hub
	writer    *writer
	term      *lease.Term // nil without a lease

	keeper     *keeper
	census     *census
	flights    flights
	clockWatch *clockWatch

	ids ids

	hard    context.Context // ends when the engine gives up on everything
	kill    context.CancelFunc
	soft    context.Context // ends when it begins to stop
	halt    context.CancelFunc
	owing   context.Context // of what is done after steps have ended; ends when stopping has no more time for it
	disown  context.CancelFunc
	quit    chan struct{} // closed when runs let go
	workers sync.WaitGroup
	actors  sync.WaitGroup

	life    sync.Mutex // serialises Start and Stop
	phase   phase
	maximum int

	reuseSteps int

	mu     sync.Mutex // guards what follows
	open   bool
	nextNo int64
	byID   map[string]*live
	byNo   map[int64]*live
	active int
	adm    admission
	keys   map[key]*keyed  // idempotency keys of runs that are not in the projection yet
	reuses map[int64]reuse // by number, of all runs that have not ended, whether they have begun or wait
}

type phase int

const (
	created phase = iota
	started
	stopped
)

var _ engine.Engine = (*Engine)(nil)

// New makes an engine that does nothing before Start.
func New(cfg Config) *Engine {
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Active <= 0 {
		cfg.Active = defaultActive
	}
	if cfg.ReuseSteps <= 0 {
		cfg.ReuseSteps = defaultReuseSteps
	}
	e := &Engine{
		db: cfg.DB, executor: cfg.Executor, flows: cfg.Flows, clock: cfg.Clock, logger: cfg.Logger, maximum: cfg.Active, reuseSteps: cfg.ReuseSteps, publicURL: cfg.PublicURL,
		hub: newHub(), quit: make(chan struct{}), ids: newIDs(),
		byID: map[string]*live{}, byNo: map[int64]*live{}, adm: newAdmission(), keys: map[key]*keyed{}, reuses: map[int64]reuse{},
	}
	cpus := runtime.GOMAXPROCS(0)
	e.pools = map[string]*pool{}
	for name, size := range map[string]int{
		"go":     or(cfg.Workers.Go, 2*cpus),
		"sql":    or(cfg.Workers.SQL, 2),
		"python": or(cfg.Workers.Python, max(2, cpus)),
		"io":     or(cfg.Workers.IO, 32),
	} {
		e.pools[name] = &pool{free: size, size: size, alive: &e.workers, now: e.now}
	}
	e.docs = &documents{
		executor: cfg.Executor, db: cfg.DB.Read,
		byHash: map[[32]byte]*document{}, bySource: map[*flow.Document]*document{},
	}
	e.met = newMetrics(cfg.Metrics, e)
	e.hard, e.kill = context.WithCancel(context.Background())
	e.soft, e.halt = context.WithCancel(e.hard)
	e.owing, e.disown = context.WithCancel(context.Background())
	e.term = cfg.Term
	e.writer = newWriter(cfg.DB, cfg.Clock, cfg.Logger, e.met, newTrouble(cfg.DB, cfg.Logger, cfg.Metrics))
	e.writer.projected = e.forget
	if told := cfg.Projected; told != nil {
		e.writer.projected = func(rows []*row) {
			e.forget(rows)
			moved := make([]engine.Numbered, len(rows))
			for i, r := range rows {
				moved[i] = engine.Numbered{No: r.no, Run: r.view()}
			}
			told(moved)
		}
	}
	e.census = &census{quota: cfg.Quota}
	e.writer.durable = e.census.ended
	e.keeper = newKeeper(e, cfg.Housekeeping)
	e.clockWatch = newClockWatch(cfg.Metrics)
	return e
}

func or(n, fallback int) int {
	if n > 0 {
		return n
	}
	return fallback
}

func (e *Engine) now() run.Instant { return run.At(e.clock.Now()) }

// pool gives the workers of that name; inline steps that cannot be inline, and unknown names, use those for Go code.
func (e *Engine) pool(name string) *pool {
	if p := e.pools[name]; p != nil {
		return p
	}
	return e.pools["go"]
}

// Start brings the tables up to date and goes on with every unfinished run.
func (e *Engine) Start(ctx context.Context) error {
	e.life.Lock()
	defer e.life.Unlock()
	switch e.phase {
	case started:
		return nil
	case stopped:
		return errors.New("the engine was stopped; make a new one")
	}
	schema, err := Schema()
	if err != nil {
		return err
	}
	if err := e.db.Migrate(ctx, schema.Files, schema.Component); err != nil {
		return err
	}
	if err := e.writer.stmts.prepare(ctx, e.db.Write); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	if err := e.own(ctx, e.term); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	switch err := e.recover(ctx); {
	case e.db.Dialect.IsDamaged(err):
		e.impair(err) //nolint:contextcheck // a commit is never given up
		e.phase = started
		return nil
	case err != nil:
		e.phase = stopped // the writer may be at work already: this engine is of no further use
		return errors.Join(fmt.Errorf("go on with unfinished runs: %w", err), e.writer.stop(context.WithoutCancel(ctx)), e.writer.stmts.close())
	}
	if err := e.watchClock(); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	e.actors.Add(1)
	go e.keeper.run()
	e.keeper.after(e.keeper.cfg.After)
	e.phase = started
	return nil
}

// Stop ends in this order: no new runs; what may be repeated is left off; what may not is waited for until ctx ends;
// what is known by then is made durable. Unfinished runs go on at the next start.
func (e *Engine) Stop(ctx context.Context) error {
	e.life.Lock()
	defer e.life.Unlock()
	was := e.phase
	e.phase = stopped
	defer e.disown()
	if was != started {
		e.kill()
		return nil
	}
	e.mu.Lock()
	e.open = false
	e.mu.Unlock()
	for _, p := range e.pools {
		p.close()
	}
	e.halt()
	e.writer.hurry()
	idle := make(chan struct{})
	go func() {
		e.workers.Wait()
		close(idle)
	}()
	select {
	case <-idle:
	case <-ctx.Done():
	}
	e.kill()
	close(e.quit)
	over := make(chan struct{})
	go func() {
		e.actors.Wait()
		close(over)
	}()
	var late error
	select {
	case <-over:
	case <-ctx.Done():
		e.disown()
		closing := time.NewTimer(closingWithin)
		defer closing.Stop()
		select {
		case <-over:
		case <-closing.C:
			late = fmt.Errorf("some steps do not end: %w", ctx.Err())
		}
	}
	e.hub.close()
	e.clockWatch.end()
	// What is queued by now is written in any case; it takes one transaction.
	err := e.writer.stop(context.WithoutCancel(ctx))
	return errors.Join(late, err, e.writer.stmts.close(), e.writer.unfence())
}

// lookup gives the run if it is in memory and belongs to the tenant.
func (e *Engine) lookup(tenant, id string) *live {
	e.mu.Lock()
	defer e.mu.Unlock()
	if r := e.byID[id]; r != nil && r.head.Tenant == tenant {
		return r
	}
	return nil
}

// ended lets the next run take the place of one whose end is durable.
func (e *Engine) ended(r *live) {
	e.met.runEnded(r.state.Status().String())
	e.mu.Lock()
	e.active--
	e.adm.leave(r.no, r.head.Tenant, r.head.Limits.Groups)
	parent := e.parentOf(r.head)
	e.mu.Unlock()
	if parent != nil {
		parent.inbox.put(childOutcome(r.head.Parent, r.row().view(), e.now()))
	}
	e.admit()
}

// yield gives up a run's place while it only waits.
func (e *Engine) yield() {
	e.mu.Lock()
	e.active--
	e.mu.Unlock()
	e.admit()
}

// returns takes a place again, even when there is none free: a run that has begun is not held up by those that have not.
func (e *Engine) returns() {
	e.mu.Lock()
	e.active++
	e.mu.Unlock()
}

// forget drops finished runs from memory once their rows are in the database.
func (e *Engine) forget(rows []*row) {
	over := false
	defer func() {
		if over {
			e.keeper.after(e.keeper.cfg.After)
		}
	}()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range rows {
		if r.head.Key != "" {
			delete(e.keys, key{r.head.Tenant, r.head.FlowID, r.head.Key})
		}
		if r.status.Final() {
			over = true
			delete(e.byNo, r.no)
			delete(e.byID, r.head.ID)
			delete(e.reuses, r.no)
		}
	}
}

func notFound(id string) error {
	return errs.NotFound(codeNotFound, "There is no run %q.", id).WithHint("Look at the list of runs; it may have been removed.")
}
