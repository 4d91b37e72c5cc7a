// Package duck is the table.Engine on embedded DuckDB. Every query runs with external access off but for the tenant's
// own artifacts, a locked configuration and limits of memory, threads and temporary space; user SQL must be one SELECT
// over its inputs.
package duck

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/table"
)

// Config sets the engine's limits; zero values take the defaults.
type Config struct {
	Store artifact.Store
	// TempDir is where queries that outgrow their memory spill; "" is below the system's.
	TempDir string
	Slots   int // queries at a time; default is the number of processors, at least 2
	Threads int // of one query; default is the number of processors
	// MemoryMiB is for all slots together; default is 60 % of the machine's.
	MemoryMiB int
	TempMiB   int // temporary space of one query; default 16 GiB
	// Time is what one query may take; default is an hour. Streams go on for as long as the one at their other end.
	Time time.Duration
	// Once is for a process that runs a query or two and ends: no instance is opened ahead of its use, unless by Ahead, and
	// who looks takes turns with what runs, since opening a second instance takes longer than that.
	Once bool
}

// Engine computes plans with DuckDB.
type Engine struct {
	store   artifact.Store
	pool    *pool
	looks   *pool                  // for people who look: they do not wait for runs, but where there is but one pool
	streams *pool                  // of its own: a stream is as slow as the one at its other end, and must not keep queries waiting
	schemas *cache[table.Meta]     // of artifacts, by id
	levels  *cache[[]table.Column] // of relations, by text and input columns
	traces  *cache[table.Lineage]  // of relations, by input columns and text
	checked *cache[error]          // verdicts on relations' text
	scans   *cache[scanned]        // of files, by state; without text when they cannot be read in place
	sample  int64                  // sampleSize
	ahead   sync.WaitGroup         // opens the first instance
}

var _ table.Engine = (*Engine)(nil)

// New makes an engine. Nothing is opened before the first query.
func New(cfg Config) (*Engine, error) {
	if cfg.Slots <= 0 {
		cfg.Slots = max(2, runtime.NumCPU())
	}
	if cfg.Threads <= 0 {
		cfg.Threads = runtime.NumCPU()
	}
	if cfg.TempMiB <= 0 {
		cfg.TempMiB = 16 << 10
	}
	if cfg.Time <= 0 {
		cfg.Time = time.Hour
	}
	if cfg.TempDir == "" {
		cfg.TempDir = filepath.Join(os.TempDir(), "dataflow-duckdb")
	}
	p, err := newPool(cfg)
	if err != nil {
		return nil, err
	}
	looks := p
	if !cfg.Once {
		if looks, err = newPool(looking(cfg)); err != nil {
			return nil, err
		}
	}
	streams, err := newPool(streaming(cfg))
	if err != nil {
		return nil, err
	}
	return &Engine{
		store: cfg.Store, pool: p, looks: looks, streams: streams,
		schemas: newCache[table.Meta](4096), levels: newCache[[]table.Column](4096), traces: newCache[table.Lineage](1024), checked: newCache[error](4096), scans: newCache[scanned](1024),
		sample: sampleSize,
	}, nil
}

// A look has at least leastLook and all of them together at most lookMemory, in MiB, beside the memory of runs.
const (
	leastLook  = 256
	lookMemory = 1024
	mostLooks  = 2
)

// looking gives the limits of pages, profiles and previews.
func looking(cfg Config) Config {
	total := (&pool{cfg: cfg}).total()
	cfg.Slots = min(cfg.Slots, mostLooks)
	cfg.MemoryMiB = max(leastLook*cfg.Slots, min(total/4, lookMemory))
	cfg.Once = true // a page is quick without
	return cfg
}

// Close ends the engine; queries that still run are interrupted by their contexts, not by it.
func (e *Engine) Close() error {
	e.ahead.Wait()
	e.pool.close()
	e.looks.close()
	e.streams.close()
	return nil
}

// session checks an instance out for one piece of work on the tenant's artifacts and, besides, on the given paths.
func (e *Engine) session(ctx context.Context, tenant string, extra ...string) (*session, error) {
	return e.sessionOf(ctx, e.pool.one(), tenant, access{paths: extra})
}

func (e *Engine) sessionOf(ctx context.Context, from getter, tenant string, extra access) (*session, error) {
	e.ahead.Wait()
	access := access{}
	if rooted, ok := e.store.(interface {
		Dir(tenant string) (string, error)
	}); ok {
		dir, err := rooted.Dir(tenant)
		if err != nil {
			return nil, err
		}
		access.dirs = append(access.dirs, dir)
	}
	for _, path := range extra.paths {
		if !reaches(access.dirs, path) {
			access.paths = append(access.paths, path)
		}
	}
	access.dirs = append(access.dirs, extra.dirs...)
	return e.take(ctx, from, access)
}

// reaches says whether a path is in one of the folders. An instance that may reach it needs not to be one of its own, which
// takes longer to open than a small file to read.
func reaches(dirs []string, path string) bool {
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return false // it is about to be made
	}
	return slices.ContainsFunc(dirs, func(dir string) bool {
		rel, err := filepath.Rel(dir, resolved)
		return err == nil && filepath.IsLocal(rel)
	})
}
