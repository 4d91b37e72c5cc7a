package openlineage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/lineage"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
)

// Config says where events go.
type Config struct {
	URL       string      // of the endpoint, such as http://marquez:5000/api/v1/lineage
	Header    http.Header // sent along, such as Authorization
	Namespace string      // of the jobs; "" is dataflow
	Producer  string      // a URI; "" is urn:dataflow
	Version   string      // of this program
	Messages  bool        // errors are told with their texts, which may quote data
}

// Check says what is wrong with it.
func (c Config) Check() error {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%q is not an address such as http://marquez:5000/api/v1/lineage", c.URL)
	}
	if u.User != nil {
		return errors.New("the address may hold no password; give it as DATAFLOW_OPENLINEAGE_API_KEY")
	}
	return nil
}

// Runs is what has to be known of runs.
type Runs interface {
	// After gives the runs with numbers above one, in order.
	After(ctx context.Context, no int64, most int) ([]engine.Numbered, error)
	// Numbered gives runs by their numbers; those that are gone are left out.
	Numbered(ctx context.Context, numbers []int64) ([]engine.Numbered, error)
	// Newest gives the highest number.
	Newest(ctx context.Context) (int64, error)
	Run(ctx context.Context, tenant, id string) (engine.Run, error)
	Steps(ctx context.Context, tenant, id string) ([]engine.Step, error)
	Document(ctx context.Context, tenant, id string) (*flow.Document, error)
}

// Deps is what the service stands on.
type Deps struct {
	DB      *db.DB
	Runs    Runs
	Lineage func(ctx context.Context, run engine.Run, doc *flow.Document) (*lineage.Graph, error)
	Clock   clock.Clock
	Log     *slog.Logger
	Metrics prometheus.Registerer // nil keeps none
	Client  *http.Client          // nil is one with a time limit
}

// Bounds.
const (
	mostWaiting  = 10_000  // events; beyond that the oldest give way
	mostFollowed = 50_000  // runs that have not been told of to their end; of more, the oldest are left out
	mostAtOnce   = 500     // runs that are looked at together
	mostMoved    = 20_000  // of which it is known that they have moved
	mostBytes    = 1 << 20 // of an event; one that is larger goes without columns
	mostHeld     = 1 << 27 // bytes of all events that wait
	mostTries    = 3       // to read what a run has left, before its event goes without
	firstWait    = time.Second
	longestWait  = 5 * time.Minute
	sendTimeout  = 15 * time.Second
)

// Service follows the runs and tells of them. It implements lifecycle.Service.
type Service struct {
	cfg    Config
	deps   Deps
	make   maker
	outbox *outbox
	met    *metrics

	mu    sync.Mutex
	moved map[int64]bool // runs that have begun or ended since the last look
	all   bool           // too many have, or it is not known which

	wake chan struct{} // runs have changed, or it is time to try again
	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup
	// waits is set while the receiver is given time.
	waits atomic.Bool
	// tries counts how often a run could not be read.
	tries map[int64]int
	// said keeps a receiver that does not answer from filling the log.
	said bool
}

// New makes a service on tables that Migrate has brought up to date. Nothing is sent before Start.
func New(cfg Config, deps Deps) (*Service, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	if cfg.Namespace == "" {
		cfg.Namespace = "dataflow"
	}
	if cfg.Producer == "" {
		cfg.Producer = "urn:dataflow"
	}
	if deps.Client == nil {
		deps.Client = &http.Client{Timeout: sendTimeout}
	}
	client := *deps.Client // a page to log in at would look like a receiver, and headers would go to whoever is pointed to
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	deps.Client = &client
	box := &outbox{db: deps.DB, most: mostWaiting, mostRuns: mostFollowed, mostBytes: mostHeld}
	s := &Service{cfg: cfg, deps: deps, make: maker{cfg.Namespace, cfg.Producer, cfg.Version, cfg.Messages}, outbox: box, wake: make(chan struct{}, 1), moved: map[int64]bool{}, tries: map[int64]int{}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.met = newMetrics(deps.Metrics, func() (int64, error) { return box.waiting(s.ctx) })
	return s, nil
}

// Moved is told which runs have changed in the projection. It returns at once.
func (s *Service) Moved(runs []engine.Numbered) {
	s.mu.Lock()
	for i := range runs {
		if runs[i].Run.Status != engine.Queued && !s.all {
			s.moved[runs[i].No] = true
		}
		if len(s.moved) > mostMoved { // the next look is at all of them, whichever they are
			s.moved, s.all = map[int64]bool{}, true
		}
	}
	wake := s.all || len(s.moved) > 0
	s.mu.Unlock()
	if wake {
		s.again()
	}
}

func (s *Service) again() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take gives what has moved since it was asked last.
func (s *Service) take() (moved map[int64]bool, all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	moved, all = s.moved, s.all
	s.moved, s.all = map[int64]bool{}, false
	return moved, all
}

// lookAtAll has the next look be at all runs that are open.
func (s *Service) lookAtAll() {
	s.mu.Lock()
	s.all = true
	s.mu.Unlock()
}

// Start begins with the runs that come from now on, or goes on where the last process ended.
func (s *Service) Start(ctx context.Context) error {
	_, there, err := s.outbox.position(ctx)
	if err != nil {
		return fmt.Errorf("see how far OpenLineage has come: %w", err)
	}
	if !there {
		newest, err := s.deps.Runs.Newest(ctx)
		if err != nil {
			return err
		}
		if _, err := s.outbox.follow(ctx, nil, newest); err != nil {
			return fmt.Errorf("begin to follow runs: %w", err)
		}
	}
	s.lookAtAll()
	s.work.Go(s.run)
	s.again()
	return nil
}

// Stop leaves the rest for the next start.
func (s *Service) Stop(ctx context.Context) error {
	s.stop()
	done := make(chan struct{})
	go func() {
		s.work.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Service) run() {
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.wake:
		}
		if err := s.look(); err != nil && s.ctx.Err() == nil {
			s.deps.Log.Warn("OpenLineage cannot follow the runs; trying again", "error", err)
			s.lookAtAll()
			s.deps.Clock.AfterFunc(firstWait, s.again)
		}
		if !s.waits.Load() {
			s.send()
		}
	}
}

// look writes the events of what has happened.
func (s *Service) look() error {
	ctx := s.ctx
	moved, all := s.take()
	if len(moved) == 0 && !all {
		return nil
	}
	for {
		at, _, err := s.outbox.position(ctx)
		if err != nil {
			return err
		}
		fresh, err := s.deps.Runs.After(ctx, at, mostAtOnce)
		if err != nil || len(fresh) == 0 {
			if err != nil {
				return err
			}
			break
		}
		numbers := make([]int64, len(fresh))
		for i, r := range fresh {
			numbers[i] = r.No
		}
		dropped, err := s.outbox.follow(ctx, numbers, numbers[len(numbers)-1])
		if err != nil {
			return err
		}
		s.met.lost("behind", dropped)
	}
	list, err := s.outbox.open(ctx)
	if err != nil {
		return err
	}
	if !all {
		list = slices.DeleteFunc(list, func(o open) bool { return !moved[o.no] })
	}
	var failed error
	for len(list) > 0 {
		part := list[:min(len(list), mostAtOnce)]
		list = list[len(part):]
		if err := s.each(ctx, part); err != nil {
			failed = err
		}
		if ctx.Err() != nil {
			break
		}
	}
	return failed
}

func (s *Service) each(ctx context.Context, part []open) error {
	numbers := make([]int64, len(part))
	for i, r := range part {
		numbers[i] = r.no
	}
	found, err := s.deps.Runs.Numbered(ctx, numbers)
	if err != nil {
		return err
	}
	known := map[int64]engine.Run{}
	for _, r := range found {
		known[r.No] = r.Run
	}
	var failed error
	for _, o := range part {
		r, there := known[o.no]
		switch {
		case !there: // it was removed before anybody could be told
			_, err = s.outbox.tell(ctx, o.no, "", true, nil, nil)
		case r.Status == engine.Queued, r.Status == engine.Running && o.started:
			continue
		default:
			err = s.tell(ctx, o, r)
		}
		if err == nil {
			delete(s.tries, o.no)
			continue
		}
		if ctx.Err() != nil {
			return err
		}
		s.tries[o.no]++ // the others are told of all the same
		failed = fmt.Errorf("run %d: %w", o.no, err)
	}
	return failed
}

// lenient says of an error of reading what a run has left whether to go on without: it did not go by when it was tried again.
func (s *Service) lenient(ctx context.Context, o open, run string, err error) bool {
	if err == nil || ctx.Err() != nil || s.tries[o.no] < mostTries-1 {
		return false
	}
	s.deps.Log.Warn("a run cannot be read; it is told of without its data", "run", run, "error", err)
	return true
}

// tell writes what is new of a run.
func (s *Service) tell(ctx context.Context, o open, r engine.Run) error {
	full, err := s.deps.Runs.Run(ctx, r.Tenant, r.ID)
	if errs.From(err) != nil && errs.From(err).Status == http.StatusNotFound {
		_, err = s.outbox.tell(ctx, o.no, "", true, nil, nil)
		return err
	}
	if s.lenient(ctx, o, r.ID, err) {
		full, err = r, nil // as lists give it
	}
	if err != nil {
		return err
	}
	ended := full.Status.Final()
	if full.Test || full.Status == engine.Skipped { // somebody tries something out, or nothing was done
		_, err := s.outbox.tell(ctx, o.no, full.ID, ended, nil, nil)
		return err
	}
	of := made{run: full, columns: map[string]columnFacet{}}
	of.tooMany = func() {
		s.deps.Log.Warn("the columns of a run are too many to be told; its event is sent without", "run", full.ID)
	}
	if of.doc, err = s.deps.Runs.Document(ctx, full.Tenant, full.ID); err != nil {
		if !s.lenient(ctx, o, full.ID, err) {
			return err
		}
		of.doc = nil
	}
	if full.Parent != nil {
		if parent, err := s.deps.Runs.Run(ctx, full.Tenant, full.Parent.RunID); err == nil {
			of.parent = &parent
		}
	}
	if of.doc == nil {
		of.graph = nil
	} else if of.graph, err = s.deps.Lineage(ctx, full, of.doc); err != nil {
		if ctx.Err() != nil {
			return err
		}
		s.deps.Log.Warn("the lineage of a run could not be told; its event is sent without", "run", full.ID, "error", err)
	}
	var kinds []string
	var bodies [][]byte
	add := func(kind string) error {
		body, err := shrunk(s.make.event(kind, of), of.tooMany)
		kinds, bodies = append(kinds, kind), append(bodies, body)
		return err
	}
	if !o.started && full.StartedAt != nil {
		if err := add(start); err != nil {
			return err
		}
	}
	if ended {
		if of.steps, err = s.deps.Runs.Steps(ctx, full.Tenant, full.ID); err != nil && !s.lenient(ctx, o, full.ID, err) {
			return err
		}
		if err := add(typeOf(full.Status)); err != nil {
			return err
		}
	}
	dropped, err := s.outbox.tell(ctx, o.no, full.ID, ended, kinds, bodies)
	s.met.lost("full", dropped)
	return err
}

// shrunk writes an event, without what makes it too large: first where columns come from, then the columns, then all data.
func shrunk(e Event, said func()) ([]byte, error) {
	body, err := json.Marshal(e)
	for _, without := range []func(){
		func() { drop(e, "columnLineage") },
		func() { drop(e, "schema") },
		func() { e.Inputs, e.Outputs = []Dataset{}, []Dataset{} },
	} {
		if err != nil || len(body) <= mostBytes {
			break
		}
		said()
		without()
		body, err = json.Marshal(e)
	}
	return body, err
}

func drop(e Event, facet string) {
	for _, list := range [][]Dataset{e.Inputs, e.Outputs} {
		for i := range list {
			delete(list[i].Facets, facet)
		}
	}
}

// pause is how long the receiver is given after so many attempts.
func pause(attempts int) time.Duration {
	d := longestWait
	if attempts < 9 {
		d = min(d, firstWait<<attempts)
	}
	return d/2 + rand.N(d/2+1) //nolint:gosec // only to keep many from asking at once
}
