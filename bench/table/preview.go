package table

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"dataflow/bench/figure"
	"dataflow/bench/program"
)

const (
	previewRows  = 1_000_000
	previewTimes = 100
)

// previewFlow is five table nodes behind a file; the number makes it another one each time, as typing does.
func previewFlow(number int) map[string]any {
	table := func(from string) map[string]any { return map[string]any{"table": from} }
	node := func(id, typ string, in, with map[string]any) map[string]any {
		return map[string]any{"id": id, "type": typ, "in": in, "with": with}
	}
	return map[string]any{
		"apiVersion": "dataflow/v1", "kind": "Flow", "metadata": map[string]any{"name": "looked-at"},
		"spec": map[string]any{"nodes": []any{
			map[string]any{"id": "read", "type": "file.read", "with": map[string]any{"path": "large.csv"}},
			node("kept", "table.filter", table("read"), map[string]any{"where": fmt.Sprintf("quantity > 1 AND id > %d", number)}),
			node("worth", "table.derive", table("kept"), map[string]any{"columns": []any{map[string]any{"name": "worth", "expression": "price * quantity"}}}),
			node("totals", "table.aggregate", table("worth"), map[string]any{"by": []any{"shop", "day"}, "values": []any{map[string]any{"as": "worth", "function": "sum", "column": "worth"}}}),
			node("sorted", "table.sort", table("totals"), map[string]any{"by": []any{map[string]any{"column": "worth", "order": "desc"}}}),
			node("top", "table.limit", table("sorted"), map[string]any{"rows": 1000}),
		}},
	}
}

func runPreview(ctx context.Context, _ []string, r *figure.Report) (err error) {
	b := bench{report: r}
	done, err := b.prepare(ctx)
	if err != nil {
		return err
	}
	defer done()
	s, err := program.Start(ctx, b.binary, "serve", "automation", "--data", filepath.Join(b.dir, "data"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	c, err := s.Login(ctx, 1)
	if err != nil {
		return err
	}
	if err := b.upload(ctx, c, "large.csv", previewRows); err != nil {
		return err
	}
	var made struct{ ID string }
	body, err := json.Marshal(map[string]any{"document": previewFlow(0)})
	if err != nil {
		return err
	}
	if err := c.Do(ctx, http.MethodPost, "/api/automation/v1/flows", "application/json", body, &made); err != nil {
		return err
	}
	var times []float64
	for i := range previewTimes + 1 {
		body, err := json.Marshal(map[string]any{"document": previewFlow(i), "node": "top"})
		if err != nil {
			return err
		}
		var answer struct {
			Table   *struct{ Rows []any }
			Problem any
		}
		began := time.Now()
		if err := c.Do(ctx, http.MethodPost, "/api/automation/v1/flows/"+made.ID+"/preview", "application/json", body, &answer); err != nil {
			return err
		}
		took := time.Since(began).Seconds() * 1000
		if answer.Table == nil || len(answer.Table.Rows) == 0 {
			return fmt.Errorf("the preview has no rows: %v", answer.Problem)
		}
		if i == 0 {
			r.Add(figure.Figure{Name: "preview_first_ms", Value: took, Unit: "ms", Note: "the first one, when nothing is known of the file"})
			continue
		}
		times = append(times, took)
	}
	slices.Sort(times)
	r.Add(figure.Figure{Name: "preview_p50_ms", Value: figure.Median(times), Unit: "ms"})
	r.Add(figure.Figure{Name: "preview_p95_ms", Value: times[len(times)*95/100], Unit: "ms", AtMost: 300, Note: "of 100, five table nodes behind a CSV of 1,000,000 rows, another condition each time"})
	return nil
}
