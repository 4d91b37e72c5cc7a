package duck

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"dataflow/ide-go-lib/table/duck/plaincsv"
	"dataflow/ide-go-lib/table/sqltext"
)

// An instance is used again at most this often and not after a long query, so that memory which DuckDB has kept and
// its allocator's fragments go back to the system.
const (
	maxUses     = 500
	longQuery   = 2 * time.Second
	openingDSN  = ":memory:?autoinstall_known_extensions=false&autoload_known_extensions=false&enable_external_access=true"
	memoryShare = 60 // per cent of the machine, over all slots
)

// access is what an instance may reach of the file system.
type access struct {
	dirs, paths []string
}

func (a access) key() string {
	return strings.Join(a.dirs, "\x00") + "\x00\x00" + strings.Join(a.paths, "\x00")
}

// pool keeps DuckDB instances: opening one takes some 8 ms, a query on an open one well under one. An instance is
// locked to what it may reach before any query runs, so it is used again only for the same; a blank one is kept ready
// for the rest. Each use has the instance for itself. It has one connection for all its life, for most settings are a
// connection's and cannot be made any more once locked; a SELECT leaves no state behind on it.
type pool struct {
	cfg   Config
	slots chan struct{}
	dir   string
	whole chan struct{} // held by whoever takes all slots
	wait  time.Duration // see aloneWait
	long  time.Duration // see longQuery

	mu     sync.Mutex
	idle   []*instance // most recently used last
	spare  *instance   // opened, not locked yet
	filler sync.WaitGroup
	closed bool
}

type instance struct {
	connector *duckdb.Connector
	db        *sql.DB
	conn      *sql.Conn
	temp      string
	key       string
	uses      int
	bounded   map[string]bool // the functions that have their macros
	reach     plaincsv.Reach
}

func newPool(cfg Config) (*pool, error) {
	if err := os.MkdirAll(cfg.TempDir, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory for temporary data: %w", err)
	}
	dir, err := filepath.Abs(cfg.TempDir)
	if err != nil {
		return nil, fmt.Errorf("directory for temporary data: %w", err)
	}
	return &pool{cfg: cfg, slots: make(chan struct{}, cfg.Slots), whole: make(chan struct{}, 1), wait: aloneWait, long: longQuery, dir: dir}, nil
}

// get waits for a slot and gives a session whose close must be called.
func (p *pool) get(ctx context.Context, a access) (*session, error) {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, contextError(ctx)
	}
	inst, err := p.take(ctx, a)
	if err != nil {
		<-p.slots
		return nil, err
	}
	return p.start(inst, p.share(), nil), nil
}

// aloneWait is how long a query waits for the others to end. Meanwhile nobody new begins.
const aloneWait = 30 * time.Second

// alone waits for the others to end, but not for long, and gives a session with the memory of all slots that have come free.
// Whoever has a slot waits for no second one, so this ends.
func (p *pool) alone(ctx context.Context, a access) (*session, error) {
	enough := time.After(p.wait)
	select {
	case p.whole <- struct{}{}:
	case <-ctx.Done():
		return nil, contextError(ctx)
	}
	taken := 0
	release := func() {
		for ; taken > 0; taken-- {
			<-p.slots
		}
		<-p.whole
	}
waiting:
	for taken < p.cfg.Slots {
		over := enough
		if taken == 0 {
			over = nil // one is needed in any case
		}
		select {
		case p.slots <- struct{}{}:
			taken++
		case <-over:
			break waiting
		case <-ctx.Done():
			release()
			return nil, contextError(ctx)
		}
	}
	p.mu.Lock()
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	for _, inst := range idle { // they hold memory
		inst.close()
	}
	inst, err := p.open(ctx, p.share()*taken)
	if err == nil {
		if err = p.lock(ctx, inst, a); err != nil {
			inst.close()
		}
	}
	if err != nil {
		release()
		return nil, asError(ctx, err)
	}
	return p.start(inst, p.share()*taken, release), nil
}

func (p *pool) take(ctx context.Context, a access) (*instance, error) {
	key := a.key()
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errors.New("the table engine is closed")
	}
	for i := len(p.idle) - 1; i >= 0; i-- {
		if inst := p.idle[i]; inst.key == key {
			p.idle = slices.Delete(p.idle, i, i+1)
			p.mu.Unlock()
			return inst, nil
		}
	}
	inst := p.spare
	p.spare = nil
	p.mu.Unlock()
	if inst == nil {
		var err error
		if inst, err = p.open(ctx, p.share()); err != nil {
			return nil, asError(ctx, err)
		}
	}
	p.refill(context.WithoutCancel(ctx))
	if err := p.lock(ctx, inst, a); err != nil {
		inst.close()
		return nil, asError(ctx, err)
	}
	inst.key = key
	return inst, nil
}

// refill opens the next blank instance while the present query runs.
func (p *pool) refill(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.cfg.Once {
		return
	}
	p.filler.Go(func() {
		inst, err := p.open(ctx, p.share())
		if err != nil {
			return // the next query opens its own and tells what is wrong
		}
		p.mu.Lock()
		if p.closed || p.spare != nil {
			p.mu.Unlock()
			inst.close()
			return
		}
		p.spare = inst
		p.mu.Unlock()
	})
}

func (p *pool) open(ctx context.Context, memoryMiB int) (*instance, error) {
	connector, err := duckdb.NewConnector(openingDSN, nil)
	if err != nil {
		return nil, fmt.Errorf("open DuckDB: %w", err)
	}
	inst := &instance{connector: connector, db: sql.OpenDB(connector), temp: filepath.Join(p.dir, rand.Text())}
	if inst.conn, err = inst.db.Conn(ctx); err != nil {
		inst.close()
		return nil, fmt.Errorf("open DuckDB: %w", err)
	}
	settings := []string{
		fmt.Sprintf("SET threads = %d", p.cfg.Threads),
		fmt.Sprintf("SET memory_limit = '%dMiB'", memoryMiB),
		"SET temp_directory = " + sqltext.Literal(inst.temp),
		fmt.Sprintf("SET max_temp_directory_size = '%dMiB'", p.cfg.TempMiB),
		fmt.Sprintf("SET partitioned_write_flush_threshold = %d", partRows),
		"SET TimeZone = 'UTC'",
		"SET errors_as_json = true",
		"SET enable_progress_bar = true",
		"SET enable_progress_bar_print = false",
		"SET progress_bar_time = 0",
		"SET allow_community_extensions = false",
		"SET allow_persistent_secrets = false",
		"SET disabled_log_types = ''",
	}
	for _, s := range settings {
		if _, err := inst.conn.ExecContext(ctx, s); err != nil {
			inst.close()
			return nil, fmt.Errorf("configure DuckDB: %s: %w", s, err)
		}
	}
	return inst, nil
}

// total is the memory of all slots, in MiB.
func (p *pool) total() int {
	if p.cfg.MemoryMiB > 0 {
		return p.cfg.MemoryMiB
	}
	return machineMiB() * memoryShare / 100
}

// share is the memory of one slot, in MiB.
func (p *pool) share() int { return max(64, p.total()/p.cfg.Slots) }

// lock closes the instance to all but what is given; nothing can be opened up afterwards.
func (p *pool) lock(ctx context.Context, inst *instance, a access) error {
	handle, found := handleOf(inst.conn)
	if !found {
		return errors.New("lock DuckDB: the driver's connection has no handle")
	}
	var err error
	if inst.reach, err = plaincsv.Register(handle.Ptr, a.dirs, a.paths); err != nil {
		return fmt.Errorf("lock DuckDB: %w", err)
	}
	settings := []string{
		"SET allowed_directories = " + list(a.dirs),
		"SET allowed_paths = " + list(a.paths),
		"SET enable_external_access = false",
		"SET lock_configuration = true",
	}
	for _, s := range settings {
		if _, err := inst.conn.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("lock DuckDB: %w", err)
		}
	}
	return nil
}

func list(paths []string) string {
	quoted := make([]string, len(paths))
	for i, p := range paths {
		quoted[i] = sqltext.Literal(p)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// put takes an instance back. Those locked to single files are of no further use.
func (p *pool) put(inst *instance, again bool) {
	inst.uses++
	p.mu.Lock()
	var drop *instance
	switch {
	case p.closed, !again, inst.uses >= maxUses:
		drop = inst
	default:
		p.idle = append(p.idle, inst)
		if len(p.idle) > p.cfg.Slots {
			drop, p.idle = p.idle[0], slices.Delete(p.idle, 0, 1)
		}
	}
	p.mu.Unlock()
	if drop != nil {
		drop.close()
	}
	<-p.slots
}

func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	p.filler.Wait()
	if p.spare != nil {
		idle = append(idle, p.spare)
		p.spare = nil
	}
	for _, inst := range idle {
		inst.close()
	}
}

func (i *instance) close() {
	if i.conn != nil {
		_ = i.conn.Close()
	}
	_ = i.db.Close()
	_ = i.connector.Close()
	_ = os.RemoveAll(i.temp)
}
