// Package quality tells how the quality of a flow's data goes from run to run. What each check has found is in the steps of
// the runs; it is projected into tables when somebody asks, once for each run.
package quality

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"dataflow/flow-automation/engine"
	"dataflow/flow-automation/store"
)

// Bounds of one answer, and of how far back runs are looked at.
const (
	UsualRuns = 50
	MostRuns  = 500
)

// Filter selects points; what is zero does not restrict.
type Filter struct {
	Node, Rule string
	Since      time.Time
	Runs       int
}

// Trend is how the quality of a flow's data goes.
type Trend struct {
	Runs    int      `json:"runs" doc:"That had checks"`
	Failing int      `json:"failing" doc:"Rules that are broken in the last run"`
	Rules   []Rule   `json:"rules"`
	Columns []Column `json:"columns" doc:"Of the tables that are checked"`
}

// Rule is one rule of a check from run to run.
type Rule struct {
	Node     string    `json:"node"`
	Name     string    `json:"name"`
	NameZH   string    `json:"name_zh,omitempty" doc:"The name in Chinese, where it is what a rule of the draft says and not a name that somebody has given"`
	Check    string    `json:"check"`
	Severity string    `json:"severity" enum:"quarantine,warn,fail"`
	Unit     string    `json:"unit,omitempty" enum:"rows,seconds,percent,number" doc:"Of what a rule about the whole table measures; absent for rules about rows"`
	Status   string    `json:"status" enum:"passing,failing" doc:"In the last run that had the rule, and rows for it"`
	Change   string    `json:"change,omitempty" enum:"began,recovered" doc:"What the last run has changed"`
	Since    time.Time `json:"since" doc:"When the status began"`
	Points   []Point   `json:"points" doc:"Oldest first"`
}

// Point is what a rule has found in one run.
type Point struct {
	RunID  string    `json:"run_id"`
	At     time.Time `json:"at"`
	Rows   int64     `json:"rows"`
	Broken int64     `json:"broken"`
	Share  float64   `json:"share" doc:"Of the rows that keep the rule, in per cent: 100 of no rows, and 100 or 0 for a rule about the whole table"`
	Status string    `json:"status" enum:"passed,warned,quarantined,failed"`
	// What is nil is not there.
	Measured *float64 `json:"measured,omitempty" doc:"What a rule about the whole table has measured, in its unit; absent when there was nothing to measure"`
	Min      *float64 `json:"min,omitempty" doc:"The least that was expected"`
	Max      *float64 `json:"max,omitempty" doc:"The most that was expected"`
}

// Column is how many values of a column are empty, from run to run.
type Column struct {
	Node   string        `json:"node"`
	Name   string        `json:"name"`
	Points []ColumnPoint `json:"points"`
}

// ColumnPoint is one run of it.
type ColumnPoint struct {
	RunID string    `json:"run_id"`
	At    time.Time `json:"at"`
	Rows  int64     `json:"rows"`
	Nulls int64     `json:"nulls"`
	Share float64   `json:"share" doc:"Of the values that are empty, in per cent"`
}

// Runs are what history is made of.
type Runs interface {
	Runs(ctx context.Context, tenant string, f engine.RunFilter) (page []engine.Run, next string, err error)
	Steps(ctx context.Context, tenant, runID string) ([]engine.Step, error)
}

// History is safe for concurrent use.
type History struct {
	store *store.Store
	runs  Runs
}

// New gives the history that is kept in a store.
func New(s *store.Store, runs Runs) *History { return &History{s, runs} }

// Of gives the trend of a flow.
func (h *History) Of(ctx context.Context, tenant, flowID string, f Filter) (Trend, error) {
	if f.Runs <= 0 {
		f.Runs = UsualRuns
	}
	if err := h.catchUp(ctx, tenant, flowID); err != nil {
		return Trend{}, err
	}
	runs, err := h.store.Quality(ctx, tenant, flowID, f.Since, min(f.Runs, MostRuns))
	if err != nil {
		return Trend{}, err
	}
	return trend(runs, f), nil
}

// catchUp projects the runs that have ended since. All that are shown are looked at each time: one that took long ends after
// many that began later.
func (h *History) catchUp(ctx context.Context, tenant, flowID string) error {
	f := engine.RunFilter{FlowID: flowID, Statuses: []engine.Status{engine.Succeeded, engine.Failed}, Limit: 100}
	for looked := 0; looked < MostRuns; {
		page, next, err := h.runs.Runs(ctx, tenant, f)
		if err != nil {
			return err
		}
		ids := make([]string, len(page))
		for i, r := range page {
			ids[i] = r.ID
		}
		seen, err := h.store.QualitySeen(ctx, tenant, ids)
		if err != nil {
			return err
		}
		var found []store.QualityRun
		for _, r := range page {
			if seen[r.ID] {
				continue
			}
			of, err := h.read(ctx, tenant, r)
			if err != nil {
				return err
			}
			found = append(found, of)
		}
		if len(found) > 0 {
			if err := h.store.PutQuality(ctx, tenant, flowID, found); err != nil {
				return err
			}
		}
		if looked += len(page); next == "" || len(page) == 0 {
			return nil
		}
		f.Cursor = next
	}
	return nil
}

// detail is what the step of a check keeps; see the node quality.check.
type detail struct {
	Rows  int64 `json:"rows"`
	Rules []struct {
		Name     string `json:"name"`
		Check    string `json:"check"`
		Severity string `json:"severity"`
		Broken   int64  `json:"broken"`
		Status   string `json:"status"`
		Measured *struct {
			Value *float64 `json:"value"`
			Unit  string   `json:"unit"`
			Min   *float64 `json:"min"`
			Max   *float64 `json:"max"`
		} `json:"measured"`
	} `json:"rules"`
	Columns []struct {
		Column string `json:"column"`
		Nulls  int64  `json:"nulls"`
	} `json:"columns"`
}

// read finds what the checks of a run have found. Those of items of a map are many, and each is about a part.
func (h *History) read(ctx context.Context, tenant string, r engine.Run) (store.QualityRun, error) {
	out := store.QualityRun{RunID: r.ID, At: r.CreatedAt}
	if r.Test {
		return out, nil // it ran on pinned data, or to try something out
	}
	steps, err := h.runs.Steps(ctx, tenant, r.ID)
	if err != nil {
		return out, err
	}
	for _, s := range steps {
		raw := s.Details["quality"]
		if raw == nil || strings.Contains(s.NodeID, "[") {
			continue
		}
		var d detail
		if err := json.Unmarshal(raw, &d); err != nil {
			return out, fmt.Errorf("what the step %s of run %s has found: %w", s.NodeID, r.ID, err)
		}
		for _, p := range d.Rules {
			rule := store.QualityRule{Node: s.NodeID, Name: p.Name, Check: p.Check, Severity: p.Severity, Status: p.Status, Rows: d.Rows, Broken: p.Broken}
			if m := p.Measured; m != nil {
				rule.Unit, rule.Measured, rule.Low, rule.High = m.Unit, m.Value, m.Min, m.Max
			}
			out.Rules = append(out.Rules, rule)
		}
		for _, c := range d.Columns {
			out.Columns = append(out.Columns, store.QualityColumn{Node: s.NodeID, Name: c.Column, Rows: d.Rows, Nulls: c.Nulls})
		}
	}
	return out, nil
}

// trend puts the points of runs together by rule and by column, in the order of the last run.
func trend(runs []store.QualityRun, f Filter) Trend {
	out := Trend{Runs: len(runs), Rules: []Rule{}, Columns: []Column{}}
	rules, cols := map[[2]string]*Rule{}, map[[2]string]*Column{}
	order, colOrder := [][2]string{}, [][2]string{} // of the last run
	for _, r := range runs {
		order, colOrder = order[:0], colOrder[:0]
		for _, p := range r.Rules {
			key := [2]string{p.Node, p.Name}
			if f.Node != "" && p.Node != f.Node || f.Rule != "" && p.Name != f.Rule {
				continue
			}
			for n := 2; slices.Contains(order, key); n++ { // rules of a check may have the same name
				key[1] = fmt.Sprintf("%s (%d)", p.Name, n)
			}
			if rules[key] == nil {
				rules[key] = &Rule{Node: p.Node, Name: key[1], Points: []Point{}}
			}
			order = append(order, key)
			rule := rules[key]
			rule.Check, rule.Severity, rule.Unit = p.Check, p.Severity, p.Unit
			point := Point{RunID: r.RunID, At: r.At, Rows: p.Rows, Broken: p.Broken, Share: share(p.Rows-p.Broken, p.Rows, 100), Status: p.Status, Measured: p.Measured, Min: p.Low, Max: p.High}
			if p.Unit != "" && point.of(p.Severity) == Failing {
				point.Share = 0
			}
			rule.Points = append(rule.Points, point)
		}
		for _, c := range r.Columns {
			key := [2]string{c.Node, c.Name}
			if f.Node != "" && c.Node != f.Node {
				continue
			}
			if cols[key] == nil {
				cols[key] = &Column{Node: c.Node, Name: c.Name}
			}
			colOrder = append(colOrder, key)
			cols[key].Points = append(cols[key].Points, ColumnPoint{RunID: r.RunID, At: r.At, Rows: c.Rows, Nulls: c.Nulls, Share: share(c.Nulls, c.Rows, 0)})
		}
	}
	// Rules that are there no more come last.
	gone := slices.SortedFunc(maps.Keys(rules), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	order = append(order, slices.DeleteFunc(gone, func(key [2]string) bool { return slices.Contains(order, key) })...)
	for _, key := range order {
		rule := rules[key]
		rule.judge()
		if last := rule.Points[len(rule.Points)-1]; rule.Status == Failing && last.RunID == runs[len(runs)-1].RunID && rule.says(last) {
			out.Failing++
		}
		out.Rules = append(out.Rules, *rule)
	}
	for _, key := range colOrder {
		out.Columns = append(out.Columns, *cols[key])
	}
	return out
}

// What a rule is in a run.
const (
	Passing = "passing"
	Failing = "failing"
)

// of says whether a point is a failure; what a stopping rule tolerates is none.
func (p Point) of(severity string) string {
	if p.Status == "passed" || severity == "fail" && p.Status == "warned" {
		return Passing
	}
	return Failing
}

// says tells whether a point says something about the rule: one about rows needs some.
func (r *Rule) says(p Point) bool { return r.Unit != "" || p.Rows > 0 }

// judge says what the rule is now, since when, and whether the last run has changed that. Runs without rows say nothing.
func (r *Rule) judge() {
	said := slices.DeleteFunc(slices.Clone(r.Points), func(p Point) bool { return !r.says(p) })
	if len(said) == 0 {
		r.Status, r.Since = Passing, r.Points[0].At
		return
	}
	last := len(said) - 1
	r.Status = said[last].of(r.Severity)
	i := last
	for i > 0 && said[i-1].of(r.Severity) == r.Status {
		i--
	}
	r.Since = said[i].At
	if i == last && i > 0 && said[last].RunID == r.Points[len(r.Points)-1].RunID {
		r.Change = map[string]string{Failing: "began", Passing: "recovered"}[r.Status]
	}
}

// share is a part in per cent, with two digits; of nothing it is what is given.
func share(part, of int64, none float64) float64 {
	if of == 0 {
		return none
	}
	return math.Round(float64(part)/float64(of)*10000) / 100
}
