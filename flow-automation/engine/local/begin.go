package local

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/run"
	"dataflow/ide-go-lib/errs"
)

// key identifies a start that must happen once.
type key struct{ tenant, flow, key string }

// keyed is a start with a key that is under way or not in the projection yet.
type keyed struct {
	done chan struct{} // closed when run and err are there
	run  engine.Run
	err  error
}

// ids makes ULIDs in lower case, ascending within a millisecond.
type ids struct {
	mu      *sync.Mutex
	entropy *ulid.MonotonicEntropy
}

func newIDs() ids { return ids{mu: new(sync.Mutex), entropy: ulid.Monotonic(rand.Reader, 0)} }

func (i ids) next(at time.Time) (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	id, err := ulid.New(ulid.Timestamp(at), i.entropy)
	if err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	return strings.ToLower(id.String()), nil
}

// Begin makes the run durable, then answers it. The document must not be changed afterwards.
func (e *Engine) Begin(ctx context.Context, req engine.StartRequest) (engine.Run, error) {
	if req.IdempotencyKey == "" {
		return e.begin(ctx, req)
	}
	k := key{req.Tenant, req.FlowID, req.IdempotencyKey}
	e.mu.Lock()
	other := e.keys[k]
	if other == nil {
		mine := &keyed{done: make(chan struct{})}
		e.keys[k] = mine
		e.mu.Unlock()
		return e.beginKeyed(ctx, req, k, mine)
	}
	e.mu.Unlock()
	select {
	case <-other.done:
	case <-ctx.Done():
		return engine.Run{}, ctx.Err()
	}
	if other.err != nil {
		return engine.Run{}, other.err
	}
	return e.Run(ctx, req.Tenant, other.run.ID)
}

// beginKeyed starts a run unless the projection knows one with the key. The key stays in memory until the projection
// knows it.
func (e *Engine) beginKeyed(ctx context.Context, req engine.StartRequest, k key, mine *keyed) (engine.Run, error) {
	var id string
	err := e.db.Read.QueryRowContext(ctx, "SELECT id FROM runs WHERE tenant = ? AND flow_id = ? AND start_key = ? AND start_key <> ''",
		k.tenant, k.flow, k.key).Scan(&id)
	switch {
	case err == nil:
		mine.run, mine.err = e.Run(ctx, req.Tenant, id)
	case errors.Is(err, sql.ErrNoRows):
		mine.run, mine.err = e.begin(ctx, req)
		if mine.err == nil {
			close(mine.done)
			return mine.run, nil
		}
	default:
		mine.err = errs.Internal(fmt.Errorf("look for the key of a start: %w", err))
	}
	close(mine.done)
	e.mu.Lock()
	delete(e.keys, k)
	e.mu.Unlock()
	return mine.run, mine.err
}

func (e *Engine) begin(ctx context.Context, req engine.StartRequest) (engine.Run, error) {
	if req.Document == nil || req.Tenant == "" {
		return engine.Run{}, errs.Internal(errors.New("begin: no document or no tenant"))
	}
	doc, err := e.docs.of(req.Document)
	if err != nil {
		return engine.Run{}, err
	}
	h, err := e.newHead(ctx, &req, doc)
	if err != nil {
		return engine.Run{}, err
	}
	if h.Reuse != "" {
		if _, err := e.reusable(ctx, h.Tenant, h.Reuse); err != nil {
			return engine.Run{}, err
		}
	}
	state := run.New(doc.graph, h.ID, h.options())
	if err := e.census.enter(h.Tenant); err != nil {
		return engine.Run{}, err
	}

	e.mu.Lock()
	if !e.open {
		e.mu.Unlock()
		e.census.undo(h.Tenant)
		return engine.Run{}, e.closed()
	}
	e.nextNo++
	no := e.nextNo
	if h.Reuse != "" { // from here on the earlier run is not removed
		e.reuses[no] = reuse{h.Tenant, h.Reuse, h.ID}
	}
	bound, full := e.adm.full(h.Tenant, h.Limits.Groups)
	refuse := full != nil && bound.OnLimit == "skip"
	// A rate is looked at when the run's turn comes; without one a run begins at once when there is room.
	begins := full == nil && h.Limits.Rate == nil && e.active < e.maximum
	if begins {
		e.active++
		e.adm.join(no, h.ID, h.Tenant, h.Limits.Groups)
	}
	e.actors.Add(1) // held until the run is handed over, so that Stop waits for it
	e.mu.Unlock()

	r, err := e.newLive(no, h, doc, state)
	switch {
	case err != nil:
	case refuse:
		err = r.refuse(bound)
	case begins:
		err = r.begin()
	default:
		err = r.enqueue()
	}
	if err != nil {
		e.census.undo(h.Tenant)
		e.undo(r, begins)
		return engine.Run{}, err
	}
	e.replace(h.Tenant, h.Limits.Groups)
	e.met.runBegan()
	return r.first.view(), nil
}

// newHead is what is known of a run from its request.
func (e *Engine) newHead(ctx context.Context, req *engine.StartRequest, doc *document) (*head, error) {
	if req.Parent != nil && req.Parent.Depth > maxDepth {
		return nil, errs.Invalid("too_deep", "Runs start each other more than %d deep.", maxDepth).
			WithHint("See whether a flow starts itself, directly or by way of others.")
	}
	now := e.clock.Now()
	id, err := e.ids.next(now)
	if err != nil {
		return nil, errs.Internal(err)
	}
	spec, meta := &doc.flow.Spec, &doc.flow.Metadata
	h := &head{
		ID: id, Tenant: req.Tenant, FlowID: req.FlowID, FlowName: meta.Name, FlowTitle: meta.Title, FlowVersion: req.FlowVersion,
		Document: doc.hash[:], Trigger: req.Trigger, By: req.By, Key: req.IdempotencyKey, Created: run.At(now),
		Priority: spec.Priority, Targets: req.Targets, Reuse: req.Reuse, Fresh: req.Fresh, RetryOf: req.RetryOf, Test: req.Test, Keep: req.Keep,
		Parent: req.Parent, Backfill: req.Backfill, Limits: limits{Rate: spec.Rate},
	}
	if h.Limits.Groups, err = e.groupsOf(ctx, req, doc); err != nil {
		return nil, err
	}
	for _, id := range append(slices.Clone(req.Targets), req.Fresh...) {
		if doc.flow.Spec.Find(id) == nil {
			return nil, errs.Invalid("unknown_step", "The flow has no node %q.", id)
		}
	}
	if doc.calls {
		h.Token = strings.ToLower(rand.Text())
	}
	if len(req.Params) > 0 {
		if h.Params, err = json.Marshal(req.Params); err != nil {
			return nil, errs.Invalid("params_invalid", "The parameters cannot be written as JSON: %v", err)
		}
	}
	return h, nil
}

// maxDepth bounds how many runs may lie around each other.
const maxDepth = 16

// begin makes the run and its beginning durable in one record and hands it to a goroutine of its own.
func (r *live) begin() error {
	r.mu.Lock()
	events, commands, err := r.start()
	if err == nil {
		err = r.makeDurable(events...)
	}
	r.mu.Unlock()
	if err != nil {
		r.disown()
		return err
	}
	r.fulfilAll()
	r.e.mu.Lock()
	r.e.byID[r.head.ID], r.e.byNo[r.no] = r, r
	r.e.mu.Unlock()
	r.announceAll()
	go r.carry(nil, commands)
	return nil
}

// start gives the events that begin the run, and what is to be done after them. Where cheap pure steps come first they are
// carried out here: nobody else knows of the run yet, so that what they gave can be made durable along with it, and a run
// that does not come to be has done nothing.
func (r *live) start() (events []run.Event, commands []run.Command, err error) {
	apply := func(e run.Event) error {
		next, err := r.state.Apply(e)
		// The state machine reuses its list of commands.
		commands = append(commands, next...)
		events = append(events, e)
		return err
	}
	if err := apply(run.Started{At: r.head.Created}); err != nil {
		return nil, nil, err
	}
	if r.head.Reuse != "" || !r.cheap(commands) {
		return events, commands, nil
	}
	outcomes := r.act(commands)
	commands = nil
	for _, o := range outcomes {
		if x, is := o.(owing); is {
			o = x.StepSucceeded // what it has left open is fulfilled along with all else
		}
		if err := apply(o); err != nil {
			return nil, nil, err
		}
	}
	return events, commands, nil
}

// cheap says whether all commands are steps that the run's own goroutine carries out in little time.
func (r *live) cheap(commands []run.Command) bool {
	for _, c := range commands {
		x, is := c.(run.Execute)
		if !is || x.Phase != run.Action || !r.kind(x.Path).inline || run.IsContainer(r.doc.graph.Node(x.Path).Type) {
			return false
		}
	}
	return true
}

// enqueue makes the run durable and leaves it in the journal until others have ended.
func (r *live) enqueue() error {
	if err := r.makeDurable(); err != nil {
		return err
	}
	r.cancelAll(errAborted)
	r.announceAll()
	e := r.e
	e.mu.Lock()
	e.adm.enqueue(r.head.waiting(r.no))
	e.mu.Unlock()
	e.actors.Done()
	e.admit()
	return nil
}

func (h *head) waiting(no int64) *waiting {
	return &waiting{no: no, id: h.ID, tenant: h.Tenant, flow: h.FlowID, priority: h.Priority, limits: h.Limits}
}

// refuse makes durable that the run was asked for and not begun.
func (r *live) refuse(bound engine.Group) error {
	e := run.Refused{At: r.head.Created, Err: refused(bound)}
	r.mu.Lock()
	_, err := r.state.Apply(e)
	if err == nil {
		err = r.makeDurable(e)
	}
	r.mu.Unlock()
	if err != nil {
		return err
	}
	r.cancelAll(errAborted)
	r.announceAll()
	r.e.actors.Done()
	return nil
}

func (r *live) makeDurable(events ...run.Event) error {
	record, err := r.head.encode(events...)
	if err != nil {
		return errs.Internal(fmt.Errorf("encode run: %w", err))
	}
	r.first = r.row()
	r.e.writer.submit(entry{run: r.no, record: record, row: r.first, document: r.doc, mayFail: true, done: r.done})
	return <-r.done
}

// undo takes back what was counted for a run that comes to nothing here.
func (e *Engine) undo(r *live, begins bool) {
	e.mu.Lock()
	if begins {
		e.active--
	}
	if r != nil {
		e.adm.leave(r.no, r.head.Tenant, r.head.Limits.Groups)
		delete(e.reuses, r.no)
	}
	e.mu.Unlock()
	e.actors.Done()
	e.admit()
}
