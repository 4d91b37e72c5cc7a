package automation

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"dataflow/flow-automation/connection"
	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/clock"
)

// Bounds.
const (
	mostEnded   = 20_000 // runs of which it is known that they have ended; of more, all marks are looked at
	settleAgain = 10 * time.Second
)

// settler decides on the marks of runs as these end, so that they are true without anybody who looks. What a process that died has
// left is decided on at the next start, and when somebody looks.
type settler struct {
	connections *connection.Service
	clock       clock.Clock
	log         *slog.Logger

	mu    sync.Mutex
	ended map[endedRun]bool // since the last look
	all   bool              // it is not known which

	wake chan struct{}
	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup
	said bool // keeps a disk that is full from filling the log
}

type endedRun struct{ tenant, id string }

func newSettler(connections *connection.Service, c clock.Clock, log *slog.Logger) *settler {
	s := &settler{connections: connections, clock: c, log: log, ended: map[endedRun]bool{}, wake: make(chan struct{}, 1)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// moved is told which runs have changed. It returns at once.
func (s *settler) moved(runs []engine.Numbered) {
	some := false
	s.mu.Lock()
	for i := range runs {
		r := &runs[i].Run
		if !r.Status.Final() {
			continue
		}
		some = true
		if s.ended[endedRun{r.Tenant, r.ID}] = true; len(s.ended) > mostEnded {
			s.ended, s.all = map[endedRun]bool{}, true
		}
	}
	s.mu.Unlock()
	if some {
		s.again()
	}
}

func (s *settler) again() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *settler) everything() {
	s.mu.Lock()
	s.all = true
	s.mu.Unlock()
	s.again()
}

// start begins with what was left open.
func (s *settler) start() {
	s.everything()
	s.work.Go(s.run)
}

// end leaves the rest for the next start.
func (s *settler) end() {
	s.stop()
	s.work.Wait()
}

func (s *settler) run() {
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.wake:
		}
		s.mu.Lock()
		ended, all := s.ended, s.all
		s.ended, s.all = map[endedRun]bool{}, false
		s.mu.Unlock()
		err := s.connections.SettleRuns(s.ctx, func(tenant, run string) bool { return all || ended[endedRun{tenant, run}] })
		switch {
		case s.ctx.Err() != nil:
			return
		case err == nil:
			s.said = false
			continue
		case !s.said:
			s.said = true
			s.log.Warn("it cannot be kept how far the incremental reads of runs that have ended have come; trying again", "error", err)
		}
		s.clock.AfterFunc(settleAgain, s.everything)
	}
}
