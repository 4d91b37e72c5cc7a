// Package chart has the node that turns a table into a chart: a small JSON value with everything that drawing it needs.
package chart

import (
	"context"
	"encoding/json"
	"fmt"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// MaxPoints bounds the points of one chart.
const MaxPoints = 2000

// Chart is the node's output.
type Chart struct {
	Type   string   `json:"type"`
	Title  string   `json:"title,omitempty"`
	X      Axis     `json:"x"`
	Y      []Axis   `json:"y"`
	Series []Series `json:"series"`
	// Cut is there when not everything is shown.
	Cut *Cut `json:"cut,omitempty"`
}

// Axis is a column that is drawn. Scale is category, value or time.
type Axis struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Scale string `json:"scale"`
}

// Series is one line, one colour of bars, and so on. Each item of Data is [x, y], of a histogram [from, to, count]; Y is
// the index of what it shows in the chart's Y.
type Series struct {
	Name string            `json:"name"`
	Y    int               `json:"y"`
	Data []json.RawMessage `json:"data"`
}

// Cut says that only Shown of Total are in the chart; What is values, rows or points.
type Cut struct {
	Shown int64  `json:"shown"`
	Total int64  `json:"total"`
	What  string `json:"what"`
}

// Types is the chart node.
func Types() []node.Type { return []node.Type{chartType()} }

func draw(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	in := call.Inputs["table"]
	if len(in) == 0 || in[0].Artifact == nil {
		return nil, node.InputMissing("table")
	}
	if problems := c.Check(); len(problems) > 0 {
		return nil, node.Invalid(problems)
	}
	source := table.Source{Artifact: *in[0].Artifact}
	if c.needsTotal() {
		// scattered points are thinned out evenly, for which their number must be known
		total, err := count(ctx, call, source)
		if err != nil {
			return nil, err
		}
		c.step = (total + MaxPoints - 1) / MaxPoints
		c.total = total
	}
	plan := table.Plan{Relation: c, Inputs: map[string]table.Source{"table": source}, Node: call.NodeID}
	page, err := call.Env.Tables.Preview(ctx, call.Tenant, plan, table.PreviewOptions{Limit: MaxPoints + 1})
	if err != nil {
		return nil, err
	}
	chart, err := c.assemble(page.Page)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(chart)
	if err != nil {
		return nil, errs.Internal(fmt.Errorf("chart: %w", err))
	}
	if chart.Cut != nil {
		call.Log("warn", fmt.Sprintf("the chart shows %d of %d %s", chart.Cut.Shown, chart.Cut.Total, chart.Cut.What))
	}
	return value.Outputs{"chart": {Kind: value.JSON, MediaType: value.MediaChart, Data: data}}, nil
}

func count(ctx context.Context, call *node.Call, source table.Source) (int64, error) {
	page, err := call.Env.Tables.Page(ctx, call.Tenant, source.Artifact, table.PageRequest{})
	return page.Total, err
}
