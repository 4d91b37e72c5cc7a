package table

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"dataflow/bench/figure"
	"dataflow/bench/program"
)

const (
	smallRows  = 100_000
	smallTimes = 21
	chainNodes = 20
)

const smallFlow = `apiVersion: dataflow/v1
kind: Flow
metadata: {name: small}
spec:
  triggers: [{id: hook, type: webhook, with: {path: small}}]
  nodes:
    - {id: read, type: file.read, with: {path: small.csv}}
    - {id: kept, type: table.filter, in: {table: read}, with: {where: "quantity > 1"}}
    - {id: totals, type: table.aggregate, in: {table: kept}, with: {by: [status], values: [{as: worth, function: sum, column: price}]}}
`

const chainHead = "apiVersion: dataflow/v1\nkind: Flow\nmetadata: {name: %[1]s}\nspec:\n  triggers: [{id: hook, type: webhook, with: {path: %[1]s}}]\n  nodes:\n"

// chain is a flow of so many table nodes over a few rows. Each of them keeps its table, or leaves it to the last to compute.
// Each has an SQL text of its own, which is the same in each run: an expression in a comment is left out. So is the table, as
// where a flow runs again over the same rows.
func chain(name string, nodes int, keep bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, chainHead, name)
	fmt.Fprintln(&b, `    - {id: t0, type: value.set, with: {value: [{n: 1}, {n: 2}, {n: 3}]}}`)
	for i := 1; i <= nodes; i++ {
		fmt.Fprintf(&b, "    - {id: t%d, type: table.filter, keep: %t, in: {table: t%d}, with: {where: \"n > 0 -- %d {{ run.id }}\\n\"}}\n", i, keep || i == nodes, i-1, i)
	}
	return b.String()
}

// fresh is a chain whose tables nobody has kept before: they differ from node to node and from run to run.
func fresh(name string, nodes int) string {
	var b strings.Builder
	fmt.Fprintf(&b, chainHead, name)
	fmt.Fprintln(&b, `    - {id: t0, type: value.set, with: {value: [{n: 1, run: "{{ run.id }}"}, {n: 2, run: ""}, {n: 3, run: ""}]}}`)
	for i := 1; i <= nodes; i++ {
		fmt.Fprintf(&b, "    - {id: t%d, type: table.derive, keep: true, in: {table: t%d}, with: {columns: [{name: n, expression: \"n + %d\"}]}}\n", i, i-1, i)
	}
	return b.String()
}

// small measures flows of a running server, from the call of a webhook to the end of the run.
func (b *bench) small(ctx context.Context) (err error) {
	s, err := program.Start(ctx, b.binary, "serve", "automation", "--data", filepath.Join(b.dir, "data"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	c, err := s.Login(ctx, 1)
	if err != nil {
		return err
	}
	if err := b.upload(ctx, c, "small.csv", smallRows); err != nil {
		return err
	}
	flows := []string{
		smallFlow, chain("one", 1, true), chain("many", 1+chainNodes, true), chain("fused", 1+chainNodes, false),
		fresh("one-new", 1), fresh("many-new", 1+chainNodes),
	}
	for _, flow := range flows {
		if err := c.Publish(ctx, flow); err != nil {
			return err
		}
	}
	program.Pause(ctx, 2*time.Second)
	before, err := s.Memory("VmRSS")
	if err != nil {
		return err
	}
	took, err := called(ctx, c, "small")
	if err != nil {
		return err
	}
	after, err := s.Memory("VmHWM")
	if err != nil {
		return err
	}
	b.report.Add(figure.Figure{Name: "csv100k_s", Value: took / 1000, Unit: "s", AtMost: 0.3, Note: "100,000 rows of CSV, filter, aggregate; from the webhook to the end of the run, median of 21"})
	b.report.Add(figure.Figure{Name: "csv100k_rss_mib", Value: after - before, Unit: "MiB", AtMost: 200, Note: fmt.Sprintf("more than the %.0f MiB before, at most", before)})
	times := map[string]float64{}
	for _, name := range []string{"one", "many", "fused", "one-new", "many-new"} {
		if times[name], err = called(ctx, c, name); err != nil {
			return err
		}
	}
	add := func(name, many, one, note string, most float64) {
		b.report.Add(figure.Figure{Name: name, Value: (times[many] - times[one]) / chainNodes, Unit: "ms", AtMost: most, Note: note})
	}
	add("node_overhead_ms", "many", "one", "one more table node that keeps its table of three rows", 2)
	add("new_node_overhead_ms", "many-new", "one-new", "one more that keeps a table which nobody has kept before, on the disk for good", 0)
	add("fused_node_overhead_ms", "fused", "one", "one more table node that is computed with its neighbours, as it is when nobody asks to keep its table", 0)
	return nil
}

// upload makes a CSV file of so many rows on the server.
func (b *bench) upload(ctx context.Context, c *program.Client, name string, rows int) error {
	path := filepath.Join(b.dir, name)
	if err := duckdb(ctx, fmt.Sprintf(makeSales, rows, path)); err != nil {
		return err
	}
	return c.Upload(ctx, name, path)
}

// called gives the median of how long a run takes by webhook, in milliseconds.
func called(ctx context.Context, c *program.Client, hook string) (float64, error) {
	var times []float64
	for range smallTimes {
		var answer struct {
			Status string
			Error  any
		}
		began := time.Now()
		if err := c.Do(ctx, http.MethodPost, "/hooks/"+hook+"?wait=60s", "application/json", []byte("{}"), &answer); err != nil {
			return 0, err
		}
		if answer.Status != "succeeded" {
			return 0, fmt.Errorf("the run of %s is %s: %v", hook, answer.Status, answer.Error)
		}
		times = append(times, time.Since(began).Seconds()*1000)
	}
	return figure.Median(times), nil
}
