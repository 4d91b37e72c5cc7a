package first

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"dataflow/bench/figure"
	"dataflow/bench/program"
)

const (
	starts  = 7
	idleFor = 10 * time.Second
)

// server measures the built program: how soon it is ready on a data directory that it knows, and what it then holds.
func server(ctx context.Context, scratch string, r *figure.Report) error {
	binary, err := program.Build(ctx, scratch)
	if err != nil {
		return err
	}
	data := filepath.Join(scratch, "data")
	// The first start makes the database and warms the machine's caches.
	if _, _, err := start(ctx, binary, data, 0); err != nil {
		return err
	}
	var times []float64
	var rss float64
	for i := range starts {
		var idle time.Duration
		if i == starts-1 {
			idle = idleFor
		}
		took, memory, err := start(ctx, binary, data, idle)
		if err != nil {
			return err
		}
		times = append(times, took.Seconds())
		rss = memory
	}
	r.Add(figure.Figure{Name: "ready_s", Value: figure.Median(times), Unit: "s", AtMost: readyTarget, Note: fmt.Sprintf("median of %d starts to /readyz", starts)})
	r.Add(figure.Figure{Name: "rss_mib", Value: rss, Unit: "MiB", AtMost: rssTarget, Note: "the server's own process after 10 s idle"})
	return nil
}

// start starts the server, waits until it is ready and idle for a while, and stops it.
func start(ctx context.Context, binary, data string, idle time.Duration) (ready time.Duration, rssMiB float64, err error) {
	s, err := program.Start(ctx, binary, "serve", "--data", data)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	program.Pause(ctx, idle)
	rssMiB, err = s.Memory("VmRSS")
	return s.Ready, rssMiB, err
}
