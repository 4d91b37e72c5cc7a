package check

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"dataflow/flow-automation/flow"
	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/spec"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/transform/judge"
	"dataflow/ide-go-lib/table/transform/literal"
	"dataflow/ide-go-lib/words"
)

// Measured is what a rule about the whole table has found, and what it expects. Value is nil when there was nothing to
// measure; a bound that is nil is none.
type Measured struct {
	Value *float64 `json:"value"`
	Unit  string   `json:"unit"` // rows, seconds, percent or number
	Min   *float64 `json:"min,omitempty"`
	Max   *float64 `json:"max,omitempty"`
	// Newest is, of an age, the value that it is of.
	Newest string `json:"newest,omitempty"`
	// Before is how many rows there were in the run that this one is compared with.
	Before *int64 `json:"before,omitempty"`
}

// wrong finds what a rule about the whole table may not have.
func (r Rule) wrong(at string) (found []errs.Detail) {
	if !r.Whole() {
		return nil
	}
	note := func(field, message string) {
		found = append(found, errs.Detail{Code: node.CodeConfigInvalid, Message: message, Place: errs.Place{Field: at + field}})
	}
	if r.Severity == quarantine {
		note(".severity", r.Check+" is about the whole table, so there are no rows to keep back; choose warn or fail.")
	}
	if r.Tolerance != 0 {
		note(".tolerance", r.Check+" is about the whole table, so there is no share of rows to tolerate; leave it out, and widen what is expected instead.")
	}
	if r.Check != judge.Freshness || strings.Contains(r.Within, "{{") {
		return found
	}
	within, err := flow.Duration(r.Within).Parse()
	switch {
	case err != nil:
		note(".within", err.Error())
	case within == 0:
		note(".within", "Say how old the newest value may be, such as 24h or 7d.")
	}
	return found
}

// key tells apart what rules about the whole table depend on besides the table: when the run began, and how many rows
// there were in the run before.
func key(schema *spec.Schema) func(ctx context.Context, call *node.Call) (string, error) {
	return func(ctx context.Context, call *node.Call) (string, error) {
		c, err := node.Config[Config](call, schema)
		if err != nil {
			return "", err
		}
		var parts []string
		for _, r := range c.Rules {
			if r.Check == judge.Freshness && r.AsOf.IsZero() {
				parts = append(parts, call.Began.UTC().Format(time.RFC3339Nano))
				break
			}
		}
		before, err := rowsBefore(ctx, call, c.Rules)
		if before != nil {
			parts = append(parts, strconv.FormatInt(*before, 10))
		}
		return strings.Join(parts, " "), err
	}
}

// rowsBefore gives how many rows there were in the last run, when a rule asks for it; nil when nobody knows.
func rowsBefore(ctx context.Context, call *node.Call, rules []Rule) (*int64, error) {
	for _, r := range rules {
		if r.Check != judge.RowCount || r.Change == 0 || call.Env.Past == nil {
			continue
		}
		fact, err := call.Env.Past.Fact(ctx, call.Tenant, call.Flow, call.Path, call.RunID, Detail)
		if fact == nil || err != nil {
			return nil, err
		}
		var found struct {
			Rows *int64 `json:"rows"`
		}
		if err := json.Unmarshal(fact, &found); err == nil {
			return found.Rows, nil
		}
		break // another version may have kept it in another way
	}
	return nil, nil
}

// whole measures what rules about the whole table are about, and completes their results.
func (j *judged) whole(ctx context.Context, report *Report) error {
	m := judge.Measures{Config: Config{j.rules}.rules(), Began: j.call.Began}
	if !m.Any() {
		return nil
	}
	before, err := rowsBefore(ctx, j.call, j.rules)
	if err != nil {
		return err
	}
	plan := table.Plan{Relation: m, Inputs: map[string]table.Source{"table": {Artifact: j.ref}}, Node: j.call.NodeID}
	page, err := j.call.Env.Tables.Preview(ctx, j.call.Tenant, plan, table.PreviewOptions{Limit: 1})
	if err != nil {
		return err
	}
	found, err := m.Read(page.Rows[0])
	if err != nil {
		return errs.Internal(err)
	}
	for i, r := range j.rules {
		if !r.Whole() {
			continue
		}
		measured, err := r.expected(before)
		if err != nil {
			return errs.Internal(err)
		}
		measured.Value = found[i].Value
		if !found[i].Newest.IsZero() {
			measured.Newest = found[i].Newest.Format(time.RFC3339)
		}
		result := &report.Rules[i]
		result.Measured = &measured
		if !measured.kept() {
			result.Status = map[string]string{warn: "warned", fail: "failed"}[r.severity()]
		}
	}
	return nil
}

// expected gives the unit and the bounds of what is measured.
func (r Rule) expected(before *int64) (Measured, error) {
	out := Measured{Unit: words.Plain}
	switch {
	case r.Check == judge.Freshness:
		within, err := flow.Duration(r.Within).Parse()
		seconds := within.Seconds()
		out.Unit, out.Max = words.Seconds, &seconds
		return out, err
	case r.Check == judge.RowCount:
		out.Unit = words.Rows
	case r.Measure == judge.NullPercent || r.Measure == judge.ValuePercent:
		out.Unit = words.Percent
	}
	for _, bound := range []struct {
		written literal.Value
		to      **float64
	}{{r.Min, &out.Min}, {r.Max, &out.Max}} {
		if bound.written.IsZero() {
			continue
		}
		v, err := strconv.ParseFloat(bound.written.String(), 64)
		if err != nil {
			return out, fmt.Errorf("a bound that is no number: %w", err)
		}
		*bound.to = &v
	}
	if r.Check == judge.RowCount && r.Change > 0 && before != nil && *before > 0 { // of none there is no share
		out.Before = before
		least, most := around(*before, r.Change)
		if out.Min == nil || *out.Min < least {
			out.Min = &least
		}
		if out.Max == nil || *out.Max > most {
			out.Max = &most
		}
	}
	return out, nil
}

// around gives the least and the most rows that differ from so many by not more than some per cent. It reckons with what is
// written, for no binary fraction is a tenth.
func around(before int64, change float64) (least, most float64) {
	percent, ok := new(big.Rat).SetString(strconv.FormatFloat(change, 'f', -1, 64))
	if !ok {
		return 0, math.Inf(1) // as of a change without end
	}
	rows := new(big.Rat).SetInt64(before)
	by := new(big.Rat).Mul(rows, percent.Quo(percent, big.NewRat(100, 1)))
	least, _ = new(big.Float).SetInt(floor(new(big.Rat).Sub(by, rows))).Float64() // of what is negative, as there is only a floor
	most, _ = new(big.Float).SetInt(floor(by.Add(by, rows))).Float64()
	return max(0, -least), most
}

// floor is the greatest whole number that is not above.
func floor(x *big.Rat) *big.Int { return new(big.Int).Div(x.Num(), x.Denom()) }

// kept says whether what was measured is as expected. Where there was nothing to measure, nothing is wrong, except that a
// table without any time is not fresh.
func (m Measured) kept() bool {
	if m.Value == nil {
		return m.Unit != words.Seconds
	}
	return (m.Min == nil || *m.Value >= *m.Min) && (m.Max == nil || *m.Value <= *m.Max)
}

// told says what was found, for people, and what was expected where the rule has not said so itself.
func (m Measured) told(said bool) string {
	found := "there is nothing to measure"
	switch {
	case m.Value == nil && m.Unit == words.Seconds:
		found = "there is no time in it"
	case m.Value != nil && m.Newest != "":
		found = "the newest value is " + m.Newest + ", which is " + words.Amount(*m.Value, m.Unit) + " old"
		if *m.Value < 0 {
			found = "the newest value is " + m.Newest
		}
	case m.Value != nil:
		found = words.Amount(*m.Value, m.Unit)
	}
	if said && m.Before == nil { // the last run is in no rule
		return found
	}
	switch {
	case m.Min != nil && m.Max != nil:
		found += "; expected from " + words.Amount(*m.Min, m.Unit) + " to " + words.Amount(*m.Max, m.Unit)
	case m.Min != nil:
		found += "; expected at least " + words.Amount(*m.Min, m.Unit)
	case m.Max != nil:
		found += "; expected at most " + words.Amount(*m.Max, m.Unit)
	}
	if m.Before != nil {
		found += ", after " + words.Count(*m.Before) + " in the last run"
	}
	return found
}
