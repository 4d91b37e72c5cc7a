package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"dataflow/bench/figure"
)

const (
	warmUp = 10
	// An interpreter is started after so many requests, so that both see the same machine.
	interleave = 10
	imports    = 5
)

// warm measures single executions while jailed processes wait.
func warm(ctx context.Context, o options, r *figure.Report) (err error) {
	s, err := start(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.until(ctx, idleWait, func(st status) bool { return st.Pool > 1 }); err != nil {
		return err
	}
	took, pass, err := latency(ctx, o, s, o.pause)
	if err != nil {
		return err
	}
	p50 := figure.Median(took)
	r.Add(figure.Figure{Name: "python_pass_ms", Value: pass, Unit: "ms", Note: "python -c pass, the same interpreter, in turn with the requests"})
	r.Add(figure.Figure{Name: "warm_p50_ms", Value: p50, Unit: "ms", AtMost: warmTarget, Note: fmt.Sprintf("%d requests one at a time, %s between them", o.requests, o.pause)})
	r.Add(figure.Figure{Name: "warm_vs_python_pass", Value: p50 / pass, Unit: "×", AtMost: warmShareTarget, Note: "of python_pass_ms"})
	took, _, err = latency(ctx, o, s, 0)
	if err != nil {
		return err
	}
	r.Add(figure.Figure{Name: "back_to_back_p50_ms", Value: figure.Median(took), Unit: "ms", Note: "the same without a pause"})
	return nil
}

// cold measures executions for which nothing waits: the process is forked and jailed while the caller waits.
func cold(ctx context.Context, o options, r *figure.Report) (err error) {
	s, err := start(ctx, o, "--pool", "0")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	took, pass, err := latency(ctx, o, s, o.pause)
	if err != nil {
		return err
	}
	p50 := figure.Median(took)
	var pandas []float64
	for range imports {
		t, err := program(ctx, o.python, "import pandas")
		if err != nil {
			return err
		}
		pandas = append(pandas, t)
	}
	r.Add(figure.Figure{Name: "cold_p50_ms", Value: p50, Unit: "ms", Note: "the same with an empty pool"})
	r.Add(figure.Figure{Name: "cold_vs_python_pass", Value: p50 / pass, Unit: "×", AtMost: coldShareTarget, Note: fmt.Sprintf("of python -c pass, %.1f ms then", pass)})
	r.Add(figure.Figure{Name: "cold_vs_import_pandas", Value: figure.Median(pandas) / p50, Unit: "× faster", AtLeast: coldImportTarget, Note: fmt.Sprintf("than python -c 'import pandas', %.0f ms", figure.Median(pandas))})
	return nil
}

// latency gives the times of requests, and the median time of an interpreter that does nothing, in milliseconds.
func latency(ctx context.Context, o options, s *service, pause time.Duration) (took []float64, pass float64, err error) {
	var passes []float64
	for i := range o.requests + warmUp {
		_, t, err := s.must(ctx, map[string]any{"code": small})
		if err != nil {
			return nil, 0, err
		}
		if i >= warmUp {
			took = append(took, milliseconds(t))
		}
		if pause > 0 && i%interleave == 0 {
			t, err := program(ctx, o.python, "pass")
			if err != nil {
				return nil, 0, err
			}
			passes = append(passes, t)
		}
		wait(ctx, pause)
	}
	return took, figure.Median(passes), ctx.Err()
}

// program runs a line of Python in an interpreter of its own; gives milliseconds.
func program(ctx context.Context, python, line string) (float64, error) {
	began := time.Now()
	out, err := exec.CommandContext(ctx, python, "-c", line).CombinedOutput() //nolint:gosec // the operator names the interpreter
	if err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", line, err, out)
	}
	return milliseconds(time.Since(began)), nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
