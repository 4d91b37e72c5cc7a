// Package takeover measures how long a data folder is without a server when its owner is killed or freezes while another
// server stands by, and what the two cost when nothing happens.
package takeover

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"time"

	"dataflow/bench/figure"
	"dataflow/bench/program"
)

// Bench is the benchmark "takeover".
func Bench() figure.Bench {
	return figure.Bench{Name: "takeover", About: "time until a second server has taken over from one that is killed or frozen", Run: run}
}

const idleFor = 20 * time.Second

func run(ctx context.Context, args []string, r *figure.Report) (err error) {
	flags := flag.NewFlagSet("takeover", flag.ContinueOnError)
	times := flags.Int("times", 7, "how often each is done")
	if err := flags.Parse(args); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "dataflow-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	binary, err := program.Build(ctx, scratch)
	if err != nil {
		return err
	}
	serve := []string{"serve", "automation", "web", "--data", filepath.Join(scratch, "data"), "--log-level", "error"}
	owner, err := program.Start(ctx, binary, serve...)
	if err != nil {
		return err
	}
	defer func() { owner.Kill() }()
	if err := idle(ctx, binary, serve, owner, r); err != nil {
		return err
	}
	for _, way := range []struct {
		name, note string
		most       float64
		away       func(s *program.Server) error
	}{
		{"takeover_killed_s", "from kill -9 of the owner to /readyz of the other; the longest of all", 5, func(s *program.Server) error { s.Kill(); return nil }},
		{"takeover_frozen_s", "from SIGSTOP of the owner, which lives on; the longest of all", 0, (*program.Server).Freeze},
	} {
		var took []float64
		for range *times {
			other, err := program.Beside(ctx, binary, serve...)
			if err != nil {
				return err
			}
			began := time.Now()
			if err := way.away(owner); err != nil {
				return err
			}
			if err := other.UntilReady(ctx); err != nil {
				return err
			}
			took = append(took, time.Since(began).Seconds())
			owner.Kill()
			owner = other
		}
		r.Add(figure.Figure{Name: way.name, Value: slices.Max(took), Unit: "s", AtMost: way.most, Note: way.note})
	}
	return nil
}

// idle measures what a server and one that stands by for it take when nothing happens.
func idle(ctx context.Context, binary string, serve []string, owner *program.Server, r *figure.Report) error {
	other, err := program.Beside(ctx, binary, serve...)
	if err != nil {
		return err
	}
	defer other.Kill()
	program.Pause(ctx, time.Second)
	before := map[*program.Server]float64{}
	for _, s := range []*program.Server{owner, other} {
		if before[s], err = s.CPU(); err != nil {
			return err
		}
	}
	program.Pause(ctx, idleFor)
	for _, s := range []struct {
		server *program.Server
		name   string
	}{{owner, "owner_idle_cpu_pct"}, {other, "standby_idle_cpu_pct"}} {
		after, err := s.server.CPU()
		if err != nil {
			return err
		}
		r.Add(figure.Figure{Name: s.name, Value: (after - before[s.server]) / idleFor.Seconds() * 100, Unit: "%", AtMost: 1, Note: "of one core, over 20 s"})
	}
	rss, err := other.Memory("VmRSS")
	r.Add(figure.Figure{Name: "standby_rss_mib", Value: rss, Unit: "MiB"})
	return err
}
