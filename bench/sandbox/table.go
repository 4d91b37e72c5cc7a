package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"dataflow/bench/figure"
)

const (
	tableRows  = 1_000_000
	tableTimes = 9
	tableCode  = "def main(table):\n    table[\"z\"] = table[\"x\"] * table[\"n\"]\n    return table\n"
)

// bare makes the table, and then does to it, each time a line comes in, what the code does, without a sandbox.
const bare = `
import sys, time
import numpy as np, pandas as pd
path, out, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
rng = np.random.default_rng(1)
pd.DataFrame({"id": np.arange(rows), "n": rng.integers(0, 1000, rows), "x": rng.random(rows),
              "k": rng.choice(["north", "south", "east", "west"], rows)}).to_parquet(path, index=False)
print("made", flush=True)
for _ in sys.stdin:
    began = time.perf_counter()
    table = pd.read_parquet(path)
    table["z"] = table["x"] * table["n"]
    table.to_parquet(out, index=False)
    print((time.perf_counter() - began) * 1000, flush=True)
`

// largeTable compares a million rows through the sandbox with the same in a bare process that has pandas loaded.
func largeTable(ctx context.Context, o options, r *figure.Report) (err error) {
	s, err := start(ctx, o, "--memory-mib", "2048")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	path := filepath.Join(s.data, "in.parquet")
	cmd := exec.CommandContext(ctx, o.python, "-c", bare, path, filepath.Join(s.data, "bare.parquet"), strconv.Itoa(tableRows)) //nolint:gosec // the operator names the interpreter
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close(), cmd.Wait()) }()
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		return errors.New("the bare process made no table")
	}
	var jailed, alone []float64
	for i := range tableTimes + 1 {
		args := map[string]any{"table": map[string]any{"kind": "table", "path": path}}
		dir := filepath.Join(s.output, strconv.Itoa(i))
		if err := makeDir(dir); err != nil {
			return err
		}
		_, took, err := s.must(ctx, map[string]any{"code": tableCode, "args": args, "output_dir": dir})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(in, "go\n"); err != nil {
			return err
		}
		if !lines.Scan() {
			return errors.New("the bare process ended")
		}
		ms, err := strconv.ParseFloat(strings.TrimSpace(lines.Text()), 64)
		if err != nil {
			return err
		}
		if i > 0 {
			jailed, alone = append(jailed, milliseconds(took)), append(alone, ms)
		}
	}
	ours, theirs := figure.Median(jailed), figure.Median(alone)
	r.Add(figure.Figure{Name: "table_1m_ms", Value: ours, Unit: "ms", Note: fmt.Sprintf("%d rows in, a column added, out; median of %d", tableRows, tableTimes)})
	r.Add(figure.Figure{Name: "table_1m_vs_bare", Value: ours / theirs, Unit: "×", AtMost: tableTarget, Note: fmt.Sprintf("of bare pandas, %.0f ms, in turn", theirs)})
	return nil
}
