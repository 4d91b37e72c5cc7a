package engine

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"dataflow/bench/figure"
	"dataflow/bench/program"
)

const connections = 50

// chain is a flow of ten expression nodes behind a webhook.
func chain(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: dataflow/v1\nkind: Flow\nmetadata: {name: %s}\nspec:\n  triggers: [{id: hook, type: webhook, with: {path: %s}}]\n  nodes:\n", name, name)
	fmt.Fprintln(&b, `    - {id: n0, type: value.set, with: {value: {total: 1, name: start}}}`)
	for i := 1; i < 10; i++ {
		fmt.Fprintf(&b, "    - {id: n%d, type: value.set, after: [n%d], with: {value: {total: \"{{ nodes.n%d.value.total + 3 }}\", name: \"step {{ nodes.n%d.value.total }} of {{ run.id }}\"}}}\n", i, i-1, i-1, i-1)
	}
	return b.String()
}

// hook calls a webhook; with wait it answers when the run has ended.
func hook(ctx context.Context, c *program.Client, name string, wait time.Duration) error {
	path := "/hooks/" + name
	if wait > 0 {
		path += "?wait=" + wait.String()
	}
	var answer struct {
		Status string
		Error  any
	}
	if err := c.Do(ctx, http.MethodPost, path, "application/json", []byte("{}"), &answer); err != nil {
		return err
	}
	if wait > 0 && answer.Status != "succeeded" {
		return fmt.Errorf("the run is %s: %v", answer.Status, answer.Error)
	}
	return nil
}

// api measures runs over HTTP: one at a time from the call to the end, and as many as fifty connections can start.
func (b *bench) api(ctx context.Context) error {
	return b.withServer(ctx, "api", func(_ *program.Server, c *program.Client) error {
		if err := c.Publish(ctx, chain("chain")); err != nil {
			return err
		}
		var times []float64
		for i := range 300 {
			began := time.Now()
			if err := hook(ctx, c, "chain", time.Minute); err != nil {
				return err
			}
			if i >= 50 {
				times = append(times, time.Since(began).Seconds()*1000)
			}
		}
		b.report.Add(figure.Figure{Name: "api_p50_ms", Value: figure.Median(times), Unit: "ms", AtMost: 6, Note: "10 expression nodes, one run at a time, from the call to its end"})
		return b.webhooks(ctx, c)
	})
}

// webhooks starts runs over all connections and then waits until every one of them has ended.
func (b *bench) webhooks(ctx context.Context, c *program.Client) error {
	before, err := c.Counts(ctx)
	if err != nil {
		return err
	}
	limited, stop := context.WithTimeout(ctx, b.seconds)
	defer stop()
	var all sync.WaitGroup
	times := make([][]float64, connections)
	failures := make([]error, connections)
	began := time.Now()
	for i := range connections {
		all.Go(func() {
			for limited.Err() == nil {
				at := time.Now()
				if err := hook(ctx, c, "chain", 0); err != nil {
					failures[i] = err
					return
				}
				times[i] = append(times[i], time.Since(at).Seconds()*1000)
			}
		})
	}
	all.Wait()
	started := slices.Concat(times...)
	for _, err := range failures {
		if err != nil {
			return err
		}
	}
	for {
		now, err := c.Counts(ctx)
		if err != nil {
			return err
		}
		if done := now["succeeded"] - before["succeeded"]; done >= len(started) {
			break
		}
		program.Pause(ctx, 5*time.Millisecond)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	rate := float64(len(started)) / time.Since(began).Seconds()
	slices.Sort(started)
	b.report.Add(figure.Figure{Name: "webhook_runs_per_s", Value: rate, Unit: "runs/s", AtLeast: 2_500, Note: "of 10 nodes, started by webhook over 50 connections, all durable and all ended"})
	b.report.Add(figure.Figure{Name: "webhook_p99_ms", Value: started[len(started)*99/100], Unit: "ms", AtMost: 100, Note: "until the start is answered"})
	return nil
}

// timed gives how long one run by webhook takes.
func timed(ctx context.Context, c *program.Client, name string) (time.Duration, error) {
	began := time.Now()
	err := hook(ctx, c, name, 5*time.Minute)
	return time.Since(began), err
}

const mapFlow = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: NAME}
spec:
  triggers: [{id: hook, type: webhook, with: {path: NAME}}]
  nodes:
    - id: each
      type: control.map
      with: {items: "{{ 1..COUNT }}"}
      nodes: [{id: double, type: value.set, with: {value: "{{ item * 2 }}"}}]
    - {id: count, type: value.set, after: [each], with: {value: "{{ len(nodes.each.results) }}"}}
`

// maps measures an expression over many items.
func (b *bench) maps(ctx context.Context) error {
	return b.withServer(ctx, "maps", func(s *program.Server, c *program.Client) error {
		for _, m := range []struct {
			name, count string
			most        float64
		}{{"map10k", "10000", 0.5}, {"map100k", "100000", 5}} {
			if err := c.Publish(ctx, strings.NewReplacer("NAME", m.name, "COUNT", m.count).Replace(mapFlow)); err != nil {
				return err
			}
			var times []float64
			for range 3 {
				took, err := timed(ctx, c, m.name)
				if err != nil {
					return err
				}
				times = append(times, took.Seconds())
			}
			b.report.Add(figure.Figure{Name: m.name + "_s", Value: figure.Median(times), Unit: "s", AtMost: m.most, Note: "map over " + m.count + " items of one expression"})
		}
		most, err := s.Memory("VmHWM")
		if err != nil {
			return err
		}
		b.report.Add(figure.Figure{Name: "map_rss_mib", Value: most, Unit: "MiB", AtMost: 300, Note: "the most that the server's process ever held"})
		return nil
	})
}

// pythonSteps measures forty small Python steps in a row.
func (b *bench) pythonSteps(ctx context.Context) error {
	var text strings.Builder
	text.WriteString("apiVersion: dataflow/v1\nkind: Flow\nmetadata: {name: python40}\nspec:\n  triggers: [{id: hook, type: webhook, with: {path: python40}}]\n  nodes:\n")
	for i := range 40 {
		fmt.Fprintf(&text, "    - id: p%d\n      type: python\n", i)
		if i > 0 {
			fmt.Fprintf(&text, "      after: [p%d]\n", i-1)
		}
		text.WriteString("      with:\n        code: |\n          def main():\n              return 1\n")
	}
	return b.withServer(ctx, "python", func(_ *program.Server, c *program.Client) error {
		if err := c.Publish(ctx, text.String()); err != nil {
			return err
		}
		if _, err := timed(ctx, c, "python40"); err != nil { // Python has to be up
			return err
		}
		var times []float64
		for range 5 {
			took, err := timed(ctx, c, "python40")
			if err != nil {
				return err
			}
			times = append(times, took.Seconds())
		}
		b.report.Add(figure.Figure{Name: "python40_s", Value: figure.Median(times), Unit: "s", AtMost: 0.4, Note: "40 sandboxed Python steps in a row"})
		return nil
	})
}
