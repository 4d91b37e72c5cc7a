// Command bench measures Dataflow and prints what it found: a table for people and, as its last line, RESULT with a
// JSON object for machines.
//
//	go run ./bench first
//	go run ./bench first --fresh
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"dataflow/bench/crash"
	"dataflow/bench/engine"
	"dataflow/bench/figure"
	"dataflow/bench/first"
	"dataflow/bench/sandbox"
	"dataflow/bench/scale"
	"dataflow/bench/sqlio"
	"dataflow/bench/table"
	"dataflow/bench/takeover"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to undo
	}
}

func benches() []figure.Bench {
	return []figure.Bench{first.Bench(), engine.Bench(), crash.Bench(), sandbox.Bench(), scale.Bench(), sqlio.Bench(), takeover.Bench(), table.Bench(), table.PreviewBench()}
}

func run(ctx context.Context, args []string) error {
	all := benches()
	if len(args) == 0 {
		fmt.Println("usage: go run ./bench NAME [flags]")
		for _, b := range all {
			fmt.Printf("  %-10s %s\n", b.Name, b.About)
		}
		return nil
	}
	for _, b := range all {
		if b.Name != args[0] {
			continue
		}
		report := figure.NewReport(b.Name)
		failed := b.Run(ctx, args[1:], report)
		// What was measured before a failure is worth seeing.
		if err := report.Print(os.Stdout); err != nil {
			return err
		}
		if failed != nil {
			return fmt.Errorf("%s: %w", b.Name, failed)
		}
		return nil
	}
	return fmt.Errorf("there is no bench %q; without a name, all are listed", args[0])
}
