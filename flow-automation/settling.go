package automation

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"dataflow/flow-automation/connection"
	"dataflow/flow-automation/engine"
	"dataflow/ide-go-lib/clock"
)

// Bounds.
const (
	mostEnded    = 20_000 // runs of which it is known that they have ended; of more, all marks are looked at
	settleAgain  = 10 * time.Second
	mostToSettle = 5 * time.Minute // between two attempts
)

// settler decides on the marks of runs as these end, so that they are true without anybody who looks. What a process that died has
// left is decided on at the next start, and when somebody looks.
type settler struct {
	connections *connection.Service
	clock       clock.Clock
	log         *slog.Logger

	mu    sync.Mutex
	ended map[connection.EndedRun]bool // since the last look
	all   bool                         // it is not known which
	again clock.Timer                  // until the next attempt after one that failed; nil is none

	wake chan struct{}
	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup
	wait time.Duration // before the next attempt; 0 since all went well, and keeps a disk that is full from filling the log
}

func newSettler(connections *connection.Service, c clock.Clock, log *slog.Logger) *settler {
	s := &settler{connections: connections, clock: c, log: log, ended: map[connection.EndedRun]bool{}, wake: make(chan struct{}, 1)}
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
		if s.ended[connection.EndedRun{Tenant: r.Tenant, ID: r.ID}] = true; len(s.ended) > mostEnded {
			s.ended, s.all = map[connection.EndedRun]bool{}, true
		}
	}
	s.mu.Unlock()
	if some {
		s.look()
	}
}

func (s *settler) look() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *settler) everything() {
	s.mu.Lock()
	s.all = true
	s.mu.Unlock()
	s.look()
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
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.again != nil {
		s.again.Stop()
	}
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
		s.ended, s.all = map[connection.EndedRun]bool{}, false
		s.mu.Unlock()
		var err error
		if all {
			err = s.connections.Settle(s.ctx)
		} else {
			err = s.connections.SettleRuns(s.ctx, slices.Collect(maps.Keys(ended)))
		}
		switch {
		case s.ctx.Err() != nil:
			return
		case err != nil:
			s.later(err)
		case all:
			s.wait = 0
		}
	}
}

// later tries everything again. Only one attempt is ahead, however many fail before it, and until all has gone well once, each comes
// later than the one before.
func (s *settler) later(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.again != nil {
		return
	}
	if s.wait == 0 {
		s.log.Warn("it cannot be kept how far the incremental reads of runs that have ended have come; trying again", "error", err)
	}
	s.wait = min(max(2*s.wait, settleAgain), mostToSettle)
	s.again = s.clock.AfterFunc(s.wait, func() {
		s.mu.Lock()
		s.again = nil
		s.mu.Unlock()
		s.everything()
	})
}
