// Package crash kills the real server at random moments while it is at work, starts it again, and counts what was
// promised: no run lost, no completed step carried out again, none stuck, keys of effects stable. The suite uses it for
// some dozens of kills, the bench for hundreds.
package crash

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"dataflow/flow-automation/engine"
)

// Config says what is killed, and how often.
type Config struct {
	Binary string // of dataflow
	Python string // interpreter with coderunner's requirements
	Dir    string // where the data goes; must be empty
	Kills  int
	Seed   uint64
	Log    func(format string, args ...any)
}

// Report is what came of it.
type Report struct {
	Kills    int
	Runs     int // acknowledged
	Lost     int // acknowledged, and unknown afterwards
	Stuck    int // never ended
	Repeated int // completed steps that were carried out again, and unsafe effects that came twice
	Unstable int // effects whose key changed, or was used by two steps
	Wrong    int // runs that ended otherwise than they may
	Effects  int // that the receiver saw
	Faults   []string
}

// Clean says whether every promise was kept.
func (r Report) Clean() bool {
	return r.Lost == 0 && r.Stuck == 0 && r.Repeated == 0 && r.Unstable == 0 && r.Wrong == 0
}

func (r *Report) fault(count *int, format string, args ...any) {
	*count++
	if len(r.Faults) < 20 {
		r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
	}
}

// settle is how long the last server has to bring everything to its end.
const settle = 3 * time.Minute

// startAtOnce is how many runs each server is given.
const startAtOnce = 6

type trial struct {
	Config
	chance   *rand.Rand
	receiver *receiver
	client   *client
	report   Report
	runs     []string
	ended    map[string]engine.Step // by run and step: as it was when it was first seen to have succeeded
}

// Run carries the trial out. The error is for what keeps it from being one.
func Run(ctx context.Context, c Config) (Report, error) {
	if c.Log == nil {
		c.Log = func(string, ...any) {}
	}
	r, err := newReceiver()
	if err != nil {
		return Report{}, err
	}
	defer r.close()
	t := &trial{
		Config: c, chance: rand.New(rand.NewPCG(c.Seed, 1)), receiver: r, ended: map[string]engine.Step{}, //nolint:gosec // chance, not a secret
	}
	return t.report, t.run(ctx)
}

func (t *trial) run(ctx context.Context) error {
	if err := os.MkdirAll(t.Dir, 0o700); err != nil {
		return err
	}
	for k := range t.Kills {
		if err := t.round(ctx, k == 0); err != nil {
			return fmt.Errorf("kill %d: %w", k+1, err)
		}
		t.report.Kills++
		if t.report.Kills%10 == 0 {
			t.Log("%d kills, %d runs, %d effects", t.report.Kills, len(t.runs), t.receiver.count())
		}
	}
	return t.finish(ctx)
}

// round is one server from its start to its death.
func (t *trial) round(ctx context.Context, first bool) error {
	s, err := t.serve(ctx)
	if err != nil {
		return err
	}
	defer s.kill()
	if first {
		if err := t.client.putChild(ctx); err != nil {
			return err
		}
	}
	// Most die young, in the middle of everything; some live long enough for Python to be at work.
	life := time.Duration(20+t.chance.IntN(400)) * time.Millisecond
	if t.chance.IntN(8) == 0 {
		life += 2 * time.Second
	}
	death := time.AfterFunc(life, s.kill)
	defer death.Stop()
	for range startAtOnce {
		id, err := t.client.start(ctx, t.mixed())
		if err != nil {
			break // it is dead by now; what was not acknowledged is nobody's
		}
		t.runs = append(t.runs, id)
	}
	t.look(ctx, s)
	s.wait()
	return ctx.Err()
}

// look notes which steps have succeeded by now, of some runs, until the server is dead.
func (t *trial) look(ctx context.Context, s *server) {
	for !s.dead() && len(t.runs) > 0 {
		id := t.runs[max(0, len(t.runs)-1-t.chance.IntN(3*startAtOnce))]
		steps, err := t.client.steps(ctx, id)
		if err != nil {
			return
		}
		for _, step := range steps {
			key := id + " " + step.NodeID
			if _, known := t.ended[key]; !known && step.Status == engine.Succeeded {
				t.ended[key] = step
			}
		}
	}
}

// finish lets a last server end everything, and counts.
func (t *trial) finish(ctx context.Context) (err error) {
	s, err := t.serve(ctx)
	if err != nil {
		return err
	}
	defer s.kill()
	t.report.Runs, t.report.Effects = len(t.runs), t.receiver.count()
	deadline := time.Now().Add(settle)
	for _, id := range t.runs {
		run, err := t.client.until(ctx, id, deadline)
		switch {
		case errors.Is(err, errUnknown):
			t.report.fault(&t.report.Lost, "the run %s is unknown", id)
			continue
		case err != nil:
			return err
		case !run.Status.Final():
			t.report.fault(&t.report.Stuck, "the run %s is still %s: %s", id, run.Status, run.Why)
			continue
		}
		t.judge(ctx, run)
	}
	t.receiver.judge(&t.report)
	t.report.Effects = t.receiver.count()
	return nil
}

// judge compares how a run ended with what was seen of it before.
func (t *trial) judge(ctx context.Context, run engine.Run) {
	interrupted := run.Status == engine.Failed && run.Error != nil && run.Error.Code == "interrupted"
	if run.Status != engine.Succeeded && !interrupted {
		t.report.fault(&t.report.Wrong, "the run %s is %s: %v", run.ID, run.Status, run.Error)
	}
	steps, err := t.client.steps(ctx, run.ID)
	if err != nil {
		t.report.fault(&t.report.Lost, "the steps of %s cannot be read: %v", run.ID, err)
		return
	}
	for _, now := range steps {
		was, seen := t.ended[run.ID+" "+now.NodeID]
		if seen && (was.EndedAt == nil || now.EndedAt == nil || !was.EndedAt.Equal(*now.EndedAt) || was.Attempt != now.Attempt) {
			t.report.fault(&t.report.Repeated, "the step %s of %s had succeeded and was carried out again", now.NodeID, run.ID)
		}
	}
	if run.Status == engine.Succeeded {
		text, err := os.ReadFile(filepath.Join(t.Dir, "files", "default", "out", run.ID+".csv"))
		if err != nil || string(text) != "id\n"+run.ID+"\n" {
			t.report.fault(&t.report.Wrong, "the file of the run %s holds %q, %v", run.ID, text, err)
		}
	}
}
