package duck

import (
	"slices"
	"sync"
	"time"

	"dataflow/ide-go-lib/table/duck/native"
)

// DuckDB keeps within its limit only what operators keep: what functions and some aggregates make comes on top of it. So all
// that the process takes beside Go's memory is bounded by what the sessions at work may take and something over. The allocator
// of values refuses what goes beyond, also in the midst of one; for what comes from another allocator, a session is ended.
const (
	guardEvery = 100 * time.Millisecond
	guardGrace = time.Second // for an interrupted session to end before another one is
	leastOver  = 512 << 20   // bytes, on top of the sessions' own
	overShare  = 4           // or this part of a pool's memory
	slack      = 128 << 20   // bytes that an allocator may keep for later
	mostShare  = 90          // per cent of the machine's memory, in any case
)

// guard bounds the memory of all sessions of this process: memory is a process's, whatever engine takes it.
type guard struct {
	// tidying is held by who has the allocators give memory back, which takes the longer the more there is of it. Every query
	// takes mu, so nobody tidies with it.
	tidying sync.Mutex
	tidyUp  func()
	tidyAt  time.Time

	mu      sync.Mutex
	machine int64 // bytes
	base    int64 // what is taken by others: when nobody was at work, or since then by what is neither Go's nor an allocator's
	at      []*session
	lowAt   time.Time // when the sessions' own memory would last have done
	blameAt time.Time
	running bool
}

var together = &guard{tidyUp: native.Tidy}

// begin counts a session in, before it does anything.
func (g *guard) begin(s *session) {
	native.Install() // where it cannot be, sessions are ended all the same
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.at) == 0 {
		resident := native.Resident()
		if resident > g.base+slack {
			g.mu.Unlock()
			g.tidy()
			g.mu.Lock()
			resident = native.Resident()
		}
		if len(g.at) == 0 { // nobody came while it was tidied
			g.base, g.lowAt = resident, time.Now()
			g.machine = int64(machineMiB()) << 20
		}
	}
	g.at = append(g.at, s)
	g.limit()
	if !g.running {
		g.running = true
		go g.watch()
	}
}

// end counts it out, once its memory is free.
func (g *guard) end(s *session) {
	if g.leave(s) {
		g.tidyAgain(time.Now())
	}
}

// leave says whether there is something to tidy for those that are still at work.
func (g *guard) leave(s *session) (untidy bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.at = slices.DeleteFunc(g.at, func(other *session) bool { return other == s })
	if len(g.at) == 0 { // nobody keeps the limit up to date
		native.Unlimited()
		return false
	}
	g.limit()
	return native.Resident() > g.own()+slack
}

// own is what the sessions at work may take by DuckDB's own account.
func (g *guard) own() int64 {
	sum := g.base
	for _, s := range g.at {
		sum += s.memory
	}
	return sum
}

// most is what they may take in all.
func (g *guard) most() int64 {
	over := int64(leastOver)
	for _, s := range g.at {
		over = max(over, s.over)
	}
	return max(g.base+leastOver, min(g.own()+over, g.machine/100*mostShare))
}

func (g *guard) limit() { native.Limit(g.most()) }

func (g *guard) tidy() {
	g.tidying.Lock()
	defer g.tidying.Unlock()
	g.tidyUp()
	g.tidyAt = time.Now()
}

// tidyAgain does so unless somebody does or just has.
func (g *guard) tidyAgain(now time.Time) {
	if !g.tidying.TryLock() {
		return
	}
	defer g.tidying.Unlock()
	if now.Sub(g.tidyAt) >= time.Second {
		g.tidyUp()
		g.tidyAt = now
	}
}

func (g *guard) watch() {
	ticker := time.NewTicker(guardEvery)
	defer ticker.Stop()
	for now := range ticker.C {
		if !g.look(now) {
			return
		}
	}
}

// look compares what is taken with what may be, and says whether to go on.
func (g *guard) look(now time.Time) bool {
	goOn, untidy := g.compare(now)
	if untidy {
		g.tidyAgain(now)
	}
	return goOn
}

func (g *guard) compare(now time.Time) (goOn, untidy bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.at) == 0 {
		g.running = false
		return false, false
	}
	g.limit()
	resident := native.Resident()
	if resident <= g.own() {
		g.lowAt = now
		return true, false
	}
	used, held := native.Look()
	g.base = max(g.base, resident-held)
	switch {
	case used <= g.own():
		g.lowAt = now
	case used > g.most() && now.Sub(g.blameAt) > guardGrace:
		if s := g.blamed(); s != nil {
			g.blameAt = now
			s.end(tooMuch{})
		}
	}
	return true, held > used+slack
}

// blamed is the youngest session that was there when memory began to be too little, or else the youngest of all.
func (g *guard) blamed() *session {
	var found *session
	for _, before := range []bool{true, false} {
		for _, s := range g.at {
			if !s.ended() && (!before || s.begun.Before(g.lowAt)) && (found == nil || s.begun.After(found.begun)) {
				found = s
			}
		}
		if found != nil {
			break
		}
	}
	return found
}

// tooMuch ends a session that takes more memory than DuckDB accounts for.
type tooMuch struct{}

func (tooMuch) Error() string { return "more memory was taken than DuckDB accounts for" }
