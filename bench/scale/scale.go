// Package scale measures lists, filters and counts over very many finished runs, and what a finished step takes of the
// disk.
package scale

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"dataflow/bench/figure"
	"dataflow/bench/program"
)

// Bench is the benchmark "scale".
func Bench() figure.Bench {
	return figure.Bench{Name: "scale", About: "lists and counts over a million finished runs through the API, and bytes per step", Run: run}
}

func run(ctx context.Context, args []string, r *figure.Report) (err error) {
	flags := flag.NewFlagSet("scale", flag.ContinueOnError)
	runs := flags.Int("runs", 1_000_000, "finished runs in the store")
	flows := flags.Int("flows", 300, "flows that they belong to")
	small := flags.Int("steps", 200_000, "steps with small payloads for the bytes per step; 0 leaves that out")
	dir := flags.String("dir", "", "where the databases lie; empty is the system's directory for temporary files")
	keep := flags.String("data", "", "a data folder with that many runs: made when it is not there, and kept; empty is made and removed")
	samples := flags.Int("samples", 60, "requests of each kind")
	if err := flags.Parse(args); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(*dir, "dataflow-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	if *small > 0 {
		if err := bytesPerStep(ctx, filepath.Join(scratch, "small"), *small, r); err != nil {
			return fmt.Errorf("bytes per step: %w", err)
		}
	}
	if *runs == 0 {
		return nil
	}
	binary, err := program.Build(ctx, scratch)
	if err != nil {
		return err
	}
	data := *keep
	if data == "" {
		data = filepath.Join(scratch, "data")
	}
	if _, err := os.Stat(filepath.Join(data, "dataflow.db")); err != nil {
		began := time.Now()
		if err := fill(ctx, data, *runs, *flows, r); err != nil {
			return fmt.Errorf("make runs: %w", err)
		}
		r.Add(figure.Figure{Name: "made_s", Value: time.Since(began).Seconds(), Unit: "s", Note: fmt.Sprintf("%d runs of %d flows carried out and packed", *runs, *flows)})
	}
	s, err := program.Start(ctx, binary, "serve", "automation", "web", "--data", data, "--log-level", "error")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	r.Add(figure.Figure{Name: "start_s", Value: s.Ready.Seconds(), Unit: "s", AtMost: 1, Note: "start to ready on that data folder"})
	return ask(ctx, s, *runs, *flows, *samples, r)
}
