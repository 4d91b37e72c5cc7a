package first

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"dataflow/bench/figure"
	"dataflow/bench/program"
)

const (
	commandTimes = 20
	startTarget  = 40 // milliseconds
	runTarget    = 90
)

// flows are the smallest ones, without and with tables.
var flows = map[string]string{
	"values.yaml": `apiVersion: dataflow/v1
kind: Flow
metadata: {name: values}
spec:
  nodes:
    - {id: one, type: value.set, with: {value: 1}}
`,
	"table.yaml": `apiVersion: dataflow/v1
kind: Flow
metadata: {name: table}
spec:
  nodes:
    - {id: rows, type: value.set, with: {value: [{n: 1}, {n: 5}, {n: 7}]}}
    - {id: large, type: table.filter, in: {table: rows}, with: {where: "n > 1"}}
`,
}

// commands measures what short commands take from their start to their end. They take turns, so that what else the machine does
// meets all of them alike.
func commands(ctx context.Context, scratch string, r *figure.Report) error {
	binary, err := program.Build(ctx, scratch)
	if err != nil {
		return err
	}
	for name, text := range flows {
		if err := os.WriteFile(filepath.Join(scratch, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	measured := []struct {
		name   string
		args   []string
		target float64
		took   []float64
	}{
		{"help_ms", []string{"--help"}, startTarget, nil},
		{"validate_ms", []string{"validate", "values.yaml"}, startTarget, nil},
		{"run_values_ms", []string{"run", "values.yaml"}, runTarget, nil},
		{"run_table_ms", []string{"run", "table.yaml"}, runTarget, nil},
	}
	for i := range commandTimes + 1 {
		for j := range measured {
			m := &measured[j]
			cmd := exec.CommandContext(ctx, binary, m.args...) //nolint:gosec // the program that was just built
			cmd.Dir = scratch
			began := time.Now()
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("%v: %w\n%s", m.args, err, out)
			}
			if i > 0 { // the first warms the machine's caches
				m.took = append(m.took, float64(time.Since(began).Microseconds())/1000)
			}
		}
	}
	for _, m := range measured {
		r.Add(figure.Figure{Name: m.name, Value: figure.Median(m.took), Unit: "ms", AtMost: m.target, Note: fmt.Sprintf("median of %d processes, from start to end", commandTimes)})
	}
	return nil
}
