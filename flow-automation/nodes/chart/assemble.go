package chart

import (
	"encoding/json"
	"fmt"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// assemble makes the chart of the query's rows.
func (c Config) assemble(page table.Page) (Chart, error) {
	chart := Chart{Type: c.Type, Title: c.Title, Series: []Series{}}
	rows := make([][]json.RawMessage, len(page.Rows))
	for i, raw := range page.Rows {
		if err := json.Unmarshal(raw, &rows[i]); err != nil {
			return chart, errs.Internal(fmt.Errorf("chart: %w", err))
		}
	}
	if c.Type == "histogram" {
		chart.X = Axis{Name: c.X, Type: "DOUBLE", Scale: "value"}
		chart.Y = []Axis{{Name: "count", Type: "BIGINT", Scale: "value"}}
		chart.Series = []Series{{Name: "count", Data: page.Rows}}
		return chart, nil
	}
	chart.X = Axis{Name: c.X, Type: page.Columns[0].Type, Scale: scale(page.Columns[0].Type)}
	if c.Type == "pie" {
		chart.X.Scale = "category"
	}
	first := 1 // column of y0
	if c.Series != "" {
		first = 2
	}
	for i := first; i < len(page.Columns)-1; i++ {
		chart.Y = append(chart.Y, Axis{Name: c.valueName(i - first), Type: page.Columns[i].Type, Scale: scale(page.Columns[i].Type)})
	}
	total := int64(0)
	if len(rows) > 0 {
		if err := json.Unmarshal(rows[0][len(rows[0])-1], &total); err != nil {
			return chart, errs.Internal(fmt.Errorf("chart: %w", err))
		}
	}
	c.cut(&chart, &rows, total)
	return chart, c.fill(&chart, rows, first)
}

func (c Config) valueName(i int) string {
	switch {
	case len(c.Y) == 0:
		return "count"
	case c.rowwise(), c.Aggregate == "":
		return c.Y[i]
	}
	// Aggregated columns bear the name of their function already: a sum of sum_cost is not called so twice.
	if rest, ok := strings.CutPrefix(c.Y[i], c.Aggregate); ok && strings.IndexAny(rest, "_ ") == 0 {
		return c.Y[i]
	}
	return c.Aggregate + " " + c.Y[i]
}

// cut keeps to the limits and notes what was left out.
func (c Config) cut(chart *Chart, rows *[][]json.RawMessage, total int64) {
	perRow := int64(max(1, len(chart.Y)))
	fit := MaxPoints / perRow
	switch {
	case int64(len(*rows)) > fit:
		what := "points"
		if c.rowwise() {
			what = "rows"
		} else {
			total = max(total, int64(len(*rows)))
		}
		*rows = (*rows)[:fit]
		chart.Cut = &Cut{Shown: fit, Total: total, What: what}
	case c.rowwise() && total > int64(len(*rows)):
		chart.Cut = &Cut{Shown: int64(len(*rows)), Total: total, What: "rows"}
	case !c.rowwise() && total > c.limit():
		chart.Cut = &Cut{Shown: c.limit(), Total: total, What: "values"}
	}
}

// fill sorts the rows into series, in the order in which they first come.
func (c Config) fill(chart *Chart, rows [][]json.RawMessage, first int) error {
	type key struct {
		series string
		y      int
	}
	index := map[key]int{}
	for _, row := range rows {
		name := ""
		if c.Series != "" {
			var text *string
			if err := json.Unmarshal(row[1], &text); err != nil {
				return errs.Internal(fmt.Errorf("chart: %w", err))
			}
			if text != nil {
				name = *text
			}
		}
		for y := range chart.Y {
			k := key{name, y}
			i, ok := index[k]
			if !ok {
				i = len(chart.Series)
				index[k] = i
				chart.Series = append(chart.Series, Series{Name: c.seriesName(name, chart.Y[y].Name, len(chart.Y)), Y: y, Data: []json.RawMessage{}})
			}
			point := make(json.RawMessage, 0, len(row[0])+len(row[first+y])+3)
			point = append(append(append(append(append(point, '['), row[0]...), ','), row[first+y]...), ']')
			chart.Series[i].Data = append(chart.Series[i].Data, point)
		}
	}
	return nil
}

func (c Config) seriesName(series, y string, ys int) string {
	switch {
	case c.Series == "":
		return y
	case ys == 1:
		return series
	}
	return series + " · " + y
}
