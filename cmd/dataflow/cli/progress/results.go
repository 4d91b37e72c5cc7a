package progress

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"dataflow/cmd/dataflow/cli/console"
	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/table"
)

// widest is how much of a cell is shown.
const widest = 32

// showResults prints what left the steps that no other step reads.
func showResults(ctx context.Context, w io.Writer, b Backend, ports Ports, steps []engine.Step, rows int64) error {
	read := map[string]bool{}
	for _, s := range steps {
		for _, sources := range s.Inputs {
			for _, source := range sources {
				id, _ := flow.SplitSource(source)
				read[id] = true
			}
		}
	}
	for _, s := range steps {
		if read[s.NodeID] || s.Status != engine.Succeeded || strings.Contains(s.NodeID, "/") {
			continue // what a container's body gave is the container's to give on
		}
		for _, port := range ports.order(s) {
			name := s.NodeID
			if len(s.Outputs) > 1 {
				name += "." + port
			}
			if err := showResult(ctx, w, b, name, s.Outputs[port], rows); err != nil {
				return err
			}
		}
	}
	return nil
}

func showResult(ctx context.Context, w io.Writer, b Backend, id string, v value.Value, rows int64) error {
	switch {
	case v.File != nil:
		size := ""
		if v.Artifact != nil {
			size = " (" + console.Bytes(v.Artifact.Size) + ")"
		}
		console.Say(w, "%s: wrote %s%s\n", id, v.File.Name, size)
	case v.Table != nil && v.Artifact != nil:
		console.Say(w, "%s: %s, %s\n", id, console.Number(v.Table.Rows, "row", "rows"), console.Number(len(v.Table.Columns), "column", "columns"))
		if rows == 0 {
			return nil
		}
		page, err := b.Page(ctx, v.Artifact.ID, rows)
		if err != nil {
			return err
		}
		return showPage(w, page)
	case v.MediaType == value.MediaChart:
		console.Say(w, "%s: %s\n", id, chartText(v))
	case len(v.Data) > 0:
		console.Say(w, "%s: %s\n", id, console.Shorten(string(v.Data), 2000))
	case v.Artifact != nil:
		console.Say(w, "%s: a value of %s\n", id, console.Bytes(v.Artifact.Size))
	}
	return nil
}

func chartText(v value.Value) string {
	var c struct {
		Kind  string `json:"kind"`
		Type  string `json:"type"`
		Title string `json:"title"`
	}
	_ = json.Unmarshal(v.Data, &c) // a chart too large to be told about is still a chart
	text := strings.TrimSpace(c.Kind + c.Type + " chart")
	if c.Title != "" {
		text += fmt.Sprintf(" %q", c.Title)
	}
	return text
}

func showPage(w io.Writer, page table.Page) error {
	cells := [][]string{make([]string, len(page.Columns))}
	widths := make([]int, len(page.Columns))
	for i, c := range page.Columns {
		cells[0][i] = console.Shorten(c.Name, widest)
	}
	for _, raw := range page.Rows {
		var row []json.RawMessage
		if err := json.Unmarshal(raw, &row); err != nil {
			return fmt.Errorf("read a row: %w", err)
		}
		line := make([]string, len(page.Columns))
		for i := range line {
			if i < len(row) {
				line[i] = cell(row[i])
			}
		}
		cells = append(cells, line)
	}
	for _, line := range cells {
		for i, text := range line {
			widths[i] = max(widths[i], console.Width(text))
		}
	}
	for n, line := range cells {
		parts := make([]string, len(line))
		for i, text := range line {
			parts[i] = console.Pad(text, widths[i])
		}
		console.Say(w, "  %s\n", strings.TrimRight(strings.Join(parts, "  "), " "))
		if n == 0 {
			for i := range parts {
				parts[i] = strings.Repeat("-", widths[i])
			}
			console.Say(w, "  %s\n", strings.Join(parts, "  "))
		}
	}
	if more := page.Total - int64(len(page.Rows)); more > 0 {
		console.Say(w, "  … %s more\n", console.Count(more))
	}
	return nil
}

func cell(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil && len(raw) > 0 && raw[0] == '"' {
		return console.Shorten(console.Printable(s), widest)
	}
	return console.Shorten(string(raw), widest)
}
