package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"dataflow/bench/figure"
	"dataflow/bench/program"
)

const waitFlow = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: waits}
spec:
  triggers: [{id: hook, type: webhook, with: {path: waits}}]
  nodes:
    - {id: first, type: value.set, with: {value: 1}}
    - {id: rest, type: control.wait, in: {value: first}, with: {for: 1h}}
    - {id: last, type: value.set, after: [rest], with: {value: 2}}
`

// many calls a webhook so often, over all connections.
func many(ctx context.Context, c *program.Client, name string, count int64) error {
	var next atomic.Int64
	var all sync.WaitGroup
	failures := make([]error, connections)
	for i := range connections {
		all.Go(func() {
			for next.Add(1) <= count && failures[i] == nil {
				failures[i] = hook(ctx, c, name, 0)
			}
		})
	}
	all.Wait()
	for _, err := range failures {
		if err != nil {
			return err
		}
	}
	return nil
}

// until waits for a number of runs of a status.
func until(ctx context.Context, c *program.Client, status string, count int) error {
	for ctx.Err() == nil {
		now, err := c.Counts(ctx)
		if err != nil {
			return err
		}
		if now[status] >= count {
			return nil
		}
		program.Pause(ctx, 20*time.Millisecond)
	}
	return ctx.Err()
}

// restarts measures how soon a server is ready again that has much to remember.
func (b *bench) restarts(ctx context.Context) error {
	const finished, unfinished = 100_000, 10_000
	err := b.withServer(ctx, "history", func(_ *program.Server, c *program.Client) error {
		if err := c.Publish(ctx, chain("chain")); err != nil {
			return err
		}
		if err := many(ctx, c, "chain", finished); err != nil {
			return err
		}
		return until(ctx, c, "succeeded", finished)
	})
	if err != nil {
		return err
	}
	s, err := b.start(ctx, "history")
	if err != nil {
		return err
	}
	b.report.Add(figure.Figure{Name: "start_100k_s", Value: s.Ready.Seconds(), Unit: "s", AtMost: 1, Note: "start to ready with 100,000 finished runs"})
	if err := b.size(ctx, s, finished*10); err != nil {
		return err
	}
	if err := s.Stop(); err != nil {
		return err
	}

	if s, err = b.start(ctx, "waiting"); err != nil {
		return err
	}
	c, err := s.Login(ctx, connections)
	if err != nil {
		return err
	}
	if err := c.Publish(ctx, waitFlow); err != nil {
		return err
	}
	if err := many(ctx, c, "waits", unfinished); err != nil {
		return err
	}
	s.Kill()
	if s, err = b.start(ctx, "waiting"); err != nil {
		return err
	}
	b.report.Add(figure.Figure{Name: "resume_10k_s", Value: s.Ready.Seconds(), Unit: "s", AtMost: 3, Note: "start to ready with 10,000 unfinished runs, after a kill"})
	return s.Stop()
}

// size measures what the database takes for a finished step, once compaction has done what it can.
func (b *bench) size(ctx context.Context, _ *program.Server, steps int) error {
	var last int64
	for settled := 0; settled < 5 && ctx.Err() == nil; {
		program.Pause(ctx, time.Second)
		now, err := sizeOf(filepath.Join(b.scratch, "history"))
		if err != nil {
			return err
		}
		if now == last {
			settled++
		} else {
			settled, last = 0, now
		}
	}
	b.report.Add(figure.Figure{Name: "bytes_per_step", Value: float64(last) / float64(steps), Unit: "bytes", AtMost: 400, Note: "of the database files, 100,000 runs of 10 steps"})
	return ctx.Err()
}

func sizeOf(dir string) (total int64, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "dataflow.db*"))
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("there is no database in %s: %w", dir, err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			return 0, err
		}
		total += info.Size()
	}
	return total, nil
}

// idle measures a server that has nothing to do, without Python.
func (b *bench) idle(ctx context.Context) error {
	s, err := program.Start(ctx, b.binary, "serve", "automation", "web", "--data", filepath.Join(b.scratch, "idle"))
	if err != nil {
		return err
	}
	program.Pause(ctx, 5*time.Second)
	before, err := s.CPU()
	if err != nil {
		return err
	}
	const long = 20 * time.Second
	program.Pause(ctx, long)
	after, err := s.CPU()
	if err != nil {
		return err
	}
	rss, err := s.Memory("VmRSS")
	if err != nil {
		return err
	}
	b.report.Add(figure.Figure{Name: "idle_rss_mib", Value: rss, Unit: "MiB", AtMost: 120, Note: "serve automation web, 25 s after its start"})
	b.report.Add(figure.Figure{Name: "idle_cpu_pct", Value: (after - before) / long.Seconds() * 100, Unit: "%", AtMost: 1, Note: "of one core, over 20 s"})
	return s.Stop()
}
