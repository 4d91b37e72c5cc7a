// Package clean has the node that mends values, and counts what it changes.
package clean

import (
	"context"
	"encoding/json"
	"fmt"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	transform "dataflow/ide-go-lib/table/transform/clean"
	"dataflow/ide-go-lib/words"
)

// mostCounts bounds the rows that tell what was changed: one for each step at each column.
const mostCounts = 100_000

// Report is what was changed.
type Report struct {
	Rows   int64  `json:"rows"`
	Passed int64  `json:"passed"`
	Failed int64  `json:"failed"` // rows that were kept back
	Steps  []Step `json:"steps"`
}

// Step is one step of a report.
type Step struct {
	Do         string   `json:"do"`
	Looked     int      `json:"looked"` // columns that the step fits
	Changed    int64    `json:"changed"`
	Unreadable int64    `json:"unreadable"`
	Columns    []Column `json:"columns"` // of which something was changed or could not be read
}

// Column is what a step did to a column. From and To are types.
type Column struct {
	Column     string             `json:"column"`
	From       string             `json:"from"`
	To         string             `json:"to"`
	Changed    int64              `json:"changed"`
	Unreadable int64              `json:"unreadable"`
	Samples    []transform.Sample `json:"samples"`
	Unread     []string           `json:"unread"`
}

func run(ctx context.Context, call *node.Call, c transform.Config) (value.Outputs, error) {
	in := call.Inputs["table"]
	if len(in) == 0 || in[0].Table == nil {
		return nil, node.InputMissing("table")
	}
	source, err := call.Source(ctx, in[0])
	if err != nil {
		return nil, err
	}
	over := func(r table.Relation, port string, source table.Source) table.Plan {
		return table.Plan{Relation: r, Inputs: map[string]table.Source{port: source}, Node: call.NodeID}
	}
	// What comes in may be a plan that is costly to compute, so that it is read once.
	marked, err := call.Env.Tables.Run(ctx, call.Tenant, over(transform.Marked{Config: c}, "table", source), func(rows, total int64, _ float64) { call.Progress(rows, total, "rows") })
	if err != nil {
		return nil, err
	}
	call.Detail("sql", marked.SQL)
	parts, kept := transform.Parts{Config: c, Columns: in[0].Table.Columns}, table.Source{Artifact: marked.Artifact}
	mended, err := call.Env.Tables.Run(ctx, call.Tenant, over(parts.Mended(), transform.MarkedPort, kept), nil)
	if err != nil {
		return nil, err
	}
	failed, err := call.Env.Tables.Run(ctx, call.Tenant, over(parts.Failed(), transform.MarkedPort, kept), nil)
	if err != nil {
		return nil, err
	}
	look := func(plan table.Plan) ([]json.RawMessage, error) {
		page, err := call.Env.Tables.Preview(ctx, call.Tenant, plan, table.PreviewOptions{Limit: mostCounts})
		return page.Rows, err
	}
	came := over(parts.Came(), transform.MarkedPort, kept)
	counts, err := parts.Look(
		func(r table.Relation) ([]json.RawMessage, error) { return look(over(r, transform.MarkedPort, kept)) },
		func(r table.Relation) ([]json.RawMessage, error) {
			return look(over(r, "table", table.Source{Plan: &came}))
		},
	)
	if err != nil {
		return nil, err
	}
	report := reportOf(c, counts)
	report.Rows, report.Passed, report.Failed = marked.Meta.Rows, mended.Meta.Rows, failed.Meta.Rows
	report.log(call)
	data, err := json.Marshal(report)
	if err != nil {
		return nil, errs.Internal(err)
	}
	return value.Outputs{
		"table":  {Kind: value.Table, Artifact: &mended.Artifact, Table: &mended.Meta},
		"failed": {Kind: value.Table, Artifact: &failed.Artifact, Table: &failed.Meta},
		"report": {Kind: value.JSON, MediaType: value.MediaCleaning, Data: data},
	}, nil
}

// reportOf puts the counts together by step.
func reportOf(c transform.Config, counts []transform.Count) Report {
	out := Report{Steps: make([]Step, len(c.Steps))}
	for i, s := range c.Steps {
		out.Steps[i] = Step{Do: s.Do, Columns: []Column{}}
	}
	for _, n := range counts {
		s := &out.Steps[n.Step]
		s.Looked++
		s.Changed += n.Changed
		s.Unreadable += n.Unreadable
		if n.Changed+n.Unreadable > 0 {
			s.Columns = append(s.Columns, Column{n.Column, n.From, n.To, n.Changed, n.Unreadable, n.Samples, n.Unread})
		}
	}
	return out
}

// log tells what people should look at.
func (r Report) log(call *node.Call) {
	for i, s := range r.Steps {
		if s.Looked == 0 {
			call.Log("warn", fmt.Sprintf("Step %d (%s) fits none of its columns, for they are of another type.", i+1, s.Do))
		}
		for _, c := range s.Columns {
			if c.Unreadable > 0 {
				call.Log("warn", fmt.Sprintf("Step %d (%s): %s of %s could not be read", i+1, s.Do, words.Number(c.Unreadable, "value", "values"), c.Column))
			}
		}
	}
	if r.Failed > 0 {
		call.Log("warn", words.Number(r.Failed, "row was", "rows were")+" kept back")
	}
}
