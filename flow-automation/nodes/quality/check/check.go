// Package check has the node that holds tables against rules.
package check

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"dataflow/flow-automation/node"
	"dataflow/flow-automation/value"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
	"dataflow/ide-go-lib/table/transform/judge"
	"dataflow/ide-go-lib/words"
)

// The severities.
const (
	quarantine = "quarantine"
	warn       = "warn"
	fail       = "fail"
)

// mostExamples are shown of the values that break a rule.
const mostExamples = 3

// Config is the rules.
type Config struct {
	Rules []Rule `json:"rules" title:"Rules" zh:"规则" required:"true" doc:"What rows, or the whole table, are expected to fulfil" doc_zh:"行或整张表应满足的要求"`
}

// Rule is what rows or the table are expected to fulfil, and what to do when they do not.
type Rule struct {
	judge.Rule
	Severity  string  `json:"severity,omitempty" title:"Severity" zh:"严重级别" enum:"quarantine,warn,fail" doc:"quarantine: rows that break it do not pass. warn: they pass and are reported. fail: the run stops. Left empty, it is quarantine for rules of rows, and warn for those of the whole table, of which no row can be kept back" doc_zh:"quarantine：违反的行不通过；warn：通过但会报告；fail：停止运行。留空时，针对行的规则为 quarantine；针对整张表的规则为 warn，因为没有可隔离的行"`
	Tolerance float64 `json:"tolerance,omitempty" title:"Tolerated (%)" zh:"容许比例（%）" minimum:"0" maximum:"100" when:"severity=fail" doc:"Share of rows that may break it before a run stops, in per cent. Not for rules of the whole table" doc_zh:"停止运行前允许违反的行所占百分比。不适用于针对整张表的规则"`
	Name      string  `json:"name,omitempty" title:"Name" zh:"名称" doc:"How the report calls it; left empty, it is what the rule says" doc_zh:"报告中的名称；留空则为规则内容"`
}

// Label is how people call the rule.
func (r Rule) label() string {
	if r.Name != "" {
		return r.Name
	}
	return r.Label()
}

// reason is why a row that breaks the rule is not as it should be.
func (r Rule) reason() string {
	if r.Name != "" {
		return "broken: " + r.Name
	}
	return r.Against()
}

func (c Config) rules() judge.Config {
	out := judge.Config{Rules: make([]judge.Rule, len(c.Rules))}
	for i, r := range c.Rules {
		out.Rules[i] = r.Rule
	}
	return out
}

// severity is what the rule does, said or not.
func (r Rule) severity() string {
	switch {
	case r.Severity != "":
		return r.Severity
	case r.Whole():
		return warn
	}
	return quarantine
}

// Check finds what can be seen without the rows.
func (c Config) Check() []errs.Detail {
	found := c.rules().Check()
	for i, r := range c.Rules {
		found = append(found, r.wrong(fmt.Sprintf("with.rules[%d]", i))...)
	}
	return found
}

// Needs implements node.Needing: rules that look values up need the table to look them up in.
func (c Config) Needs(connected func(port string) bool) []node.Need {
	i := slices.IndexFunc(c.Rules, func(r Rule) bool { return r.Check == judge.Reference })
	if i < 0 || connected(judge.ReferencePort) {
		return nil
	}
	return []node.Need{{Field: "in." + judge.ReferencePort, Message: node.Text{
		EN: fmt.Sprintf("The rule %d looks values up in the table at the input reference, and nothing is connected to it; connect that table, or remove the rule", i+1),
		ZH: fmt.Sprintf("第 %d 条规则需要在“参照表”输入的表中查找值，但该输入未连接；请连接参照表，或删除此规则", i+1),
	}}}
}

// Report counts what the rules have found.
type Report struct {
	Rows   int64    `json:"rows"`
	Passed int64    `json:"passed"`
	Failed int64    `json:"failed"` // rows that break any rule
	Rules  []Result `json:"rules"`
	// Columns are those of the table, with how many of their values are empty.
	Columns []Nulls `json:"columns"`
}

// Nulls counts the empty values of a column.
type Nulls struct {
	Column string `json:"column"`
	Nulls  int64  `json:"nulls"`
}

// Result is one rule of a report. Share and Tolerance are in per cent.
type Result struct {
	Name string `json:"name"`
	// Says is what the rule expects; nil of one that somebody has given a name.
	Says      *node.Text `json:"says,omitempty"`
	Check     string     `json:"check"`
	Columns   []string   `json:"columns"`
	Severity  string     `json:"severity"`
	Tolerance float64    `json:"tolerance"`
	Broken    int64      `json:"broken"`
	Share     float64    `json:"share"`
	Status    string     `json:"status"` // passed, warned, quarantined or failed
	Examples  []string   `json:"examples"`
	// Measured is there for a rule about the whole table, which no row breaks.
	Measured *Measured `json:"measured,omitempty"`
}

// judged is the table with the numbers of the rules that each row breaks, in the column called broken.
type judged struct {
	call   *node.Call
	rules  []Rule
	ref    artifact.Ref
	broken string
	rows   int64
}

func run(ctx context.Context, call *node.Call, c Config) (value.Outputs, error) {
	in := call.Inputs["table"]
	if len(in) == 0 || in[0].Table == nil {
		return nil, node.InputMissing("table")
	}
	// Rules have been checked with their expressions unresolved only.
	if problems := c.Check(); len(problems) > 0 {
		return nil, node.Invalid(problems)
	}
	plan := table.Plan{Relation: c.rules(), Inputs: map[string]table.Source{}, Node: call.NodeID}
	for port, values := range call.Inputs {
		source, err := call.Source(ctx, values[0])
		if err != nil {
			return nil, err
		}
		plan.Inputs[port] = source
	}
	t, err := call.Env.Tables.Run(ctx, call.Tenant, plan, func(rows, total int64, _ float64) { call.Progress(rows, total, "rows") })
	if err != nil {
		return nil, err
	}
	j := judged{call, c.Rules, t.Artifact, columns.Free(judge.Broken, table.Input{Columns: in[0].Table.Columns}), t.Meta.Rows}
	report, err := j.report(ctx)
	if err != nil {
		return nil, err
	}
	if err := j.whole(ctx, &report); err != nil {
		return nil, err
	}
	if report.Columns, err = j.nulls(ctx, in[0].Table.Columns); err != nil {
		return nil, err
	}
	call.Detail(Detail, report.summary()) // of a step that fails, too
	if err := report.err(); err != nil {
		return nil, err
	}
	passed, err := j.part(ctx, j.passed)
	if err != nil {
		return nil, err
	}
	failed, err := j.part(ctx, j.failed)
	if err != nil {
		return nil, err
	}
	report.Passed, report.Failed = passed.Table.Rows, failed.Table.Rows
	data, err := json.Marshal(report)
	if err != nil {
		return nil, errs.Internal(err)
	}
	for _, r := range report.Rules {
		if r.Status == "warned" || r.Status == "quarantined" {
			call.Log("warn", r.Name+": "+r.found())
		}
	}
	return value.Outputs{"passed": passed, "failed": failed, "report": {Kind: value.JSON, MediaType: value.MediaQuality, Data: data}}, nil
}

// found says how a rule is broken.
func (r Result) found() string {
	if r.Measured != nil {
		return r.Measured.told(r.Says != nil)
	}
	return fmt.Sprintf("%s (%.2f %%) %s", words.Number(r.Broken, "row breaks it", "rows break it"), r.Share, map[string]string{"warned": "and passed", "quarantined": "and did not pass"}[r.Status])
}

// query is a relation over the judged table.
type query func(b *sqltext.Builder, from string)

// Query implements table.Relation.
func (q query) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "judged")
	if err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	q(&b, in.Name)
	return b.Query()
}

func (j *judged) plan(q query) table.Plan {
	return table.Plan{Relation: q, Inputs: map[string]table.Source{"judged": {Artifact: j.ref}}, Node: j.call.NodeID}
}

func (j *judged) part(ctx context.Context, q query) (value.Value, error) {
	t, err := j.call.Env.Tables.Run(ctx, j.call.Tenant, j.plan(q), nil)
	return value.Value{Kind: value.Table, Artifact: &t.Artifact, Table: &t.Meta}, err
}

// passed are the rows that break no rule that keeps them back.
func (j *judged) passed(b *sqltext.Builder, from string) {
	b.Text("SELECT * EXCLUDE (").Name(j.broken).Text(") FROM ", from, Config{j.rules}.keeping(sqltext.Quote(j.broken)))
}

// keeping is the condition, if there is one, of the rows that break no rule that keeps them back.
func (c Config) keeping(broken string) string {
	var out strings.Builder
	keep := " WHERE "
	for i, r := range c.Rules {
		if r.Whole() || r.severity() != quarantine {
			continue
		}
		fmt.Fprintf(&out, "%sNOT list_contains(%s, %d)", keep, broken, i+1)
		keep = " AND "
	}
	return out.String()
}

// failed are the rows that break any rule, with the reasons.
func (j *judged) failed(b *sqltext.Builder, from string) {
	b.Text("SELECT * EXCLUDE (").Name(j.broken).Text("), array_to_string(list_select([")
	for i, r := range j.rules {
		if i > 0 {
			b.Text(", ")
		}
		b.Text("CAST(").Arg(r.reason()).Text(" AS VARCHAR)")
	}
	b.Text("], ").Name(j.broken).Text("), '; ') AS ", sqltext.Quote("reasons"), " FROM ", from, " WHERE len(").Name(j.broken).Text(") > 0")
}

func (j *judged) report(ctx context.Context) (Report, error) {
	out := Report{Rows: j.rows, Rules: make([]Result, len(j.rules))}
	counted, err := j.look(ctx, int64(len(j.rules)), func(b *sqltext.Builder, from string) {
		b.Text("SELECT rule, count(*) AS broken FROM (SELECT unnest(").Name(j.broken).Text(") AS rule FROM ", from, ") GROUP BY rule ORDER BY rule")
	})
	if err != nil {
		return out, err
	}
	broken := map[int]int64{}
	for _, row := range counted {
		var cells [2]int64
		if err := json.Unmarshal(row, &cells); err != nil {
			return out, errs.Internal(err)
		}
		broken[int(cells[0])] = cells[1]
	}
	for i, r := range j.rules {
		result := Result{
			Name: r.label(), Check: r.Check, Columns: append([]string{}, r.Columns...), Severity: r.severity(), Tolerance: r.Tolerance,
			Broken: broken[i+1], Status: "passed", Examples: []string{},
		}
		if r.Name == "" {
			result.Says = &node.Text{EN: r.Label(), ZH: r.LabelZH()}
		}
		if result.Broken > 0 {
			share := float64(result.Broken) / float64(j.rows) * 100
			result.Share, result.Status = math.Round(share*100)/100, r.status(share)
			if result.Examples, err = j.examples(ctx, i); err != nil {
				return out, err
			}
		}
		out.Rules[i] = result
	}
	return out, nil
}

// nulls counts the empty values of each column.
func (j *judged) nulls(ctx context.Context, of []table.Column) ([]Nulls, error) {
	out := make([]Nulls, len(of))
	rows, err := j.look(ctx, 1, func(b *sqltext.Builder, from string) {
		b.Text("SELECT ")
		for i, c := range of {
			if i > 0 {
				b.Text(", ")
			}
			b.Text("count(*) - count(").Name(c.Name).Text(") AS ").Name(c.Name)
		}
		b.Text(" FROM ", from)
	})
	if err != nil {
		return nil, err
	}
	counts := make([]int64, len(of))
	if err := json.Unmarshal(rows[0], &counts); err != nil {
		return nil, errs.Internal(err)
	}
	for i, c := range of {
		out[i] = Nulls{c.Name, counts[i]}
	}
	return out, nil
}

// status is what becomes of the rule when that share of rows, in per cent, breaks it.
func (r Rule) status(share float64) string {
	switch {
	case r.severity() == quarantine:
		return "quarantined"
	case r.Severity == fail && share > r.Tolerance:
		return "failed"
	}
	return "warned"
}

// examples gives values that break a rule.
func (j *judged) examples(ctx context.Context, rule int) ([]string, error) {
	r := j.rules[rule]
	if len(r.Columns) == 0 || r.Check == judge.NotNull {
		return []string{}, nil
	}
	rows, err := j.look(ctx, mostExamples, func(b *sqltext.Builder, from string) {
		b.Text("SELECT DISTINCT array_to_string([")
		for i, c := range r.Columns {
			if i > 0 {
				b.Text(", ")
			}
			b.Text("CAST(").Name(c).Text(" AS VARCHAR)")
		}
		b.Text(fmt.Sprintf("], ', ') AS example FROM %s WHERE list_contains(", from)).Name(j.broken).Text(fmt.Sprintf(", %d) ORDER BY example", rule+1))
	})
	if err != nil {
		return nil, err
	}
	found := []string{}
	for _, row := range rows {
		var cells [1]*string
		if err := json.Unmarshal(row, &cells); err != nil {
			return nil, errs.Internal(err)
		}
		if cells[0] != nil {
			found = append(found, *cells[0])
		}
	}
	return found, nil
}

func (j *judged) look(ctx context.Context, most int64, q query) ([]json.RawMessage, error) {
	page, err := j.call.Env.Tables.Preview(ctx, j.call.Tenant, j.plan(q), table.PreviewOptions{Limit: most})
	return page.Rows, err
}

// err says which rules stop the run.
func (r Report) err() error {
	var details []errs.Detail
	for i, rule := range r.Rules {
		if rule.Status != "failed" {
			continue
		}
		may := "none may"
		if rule.Tolerance > 0 {
			may = fmt.Sprintf("at most %g %% may", rule.Tolerance)
		}
		breaks := words.Number(rule.Broken, "row breaks", "rows break")
		message := fmt.Sprintf("%s: %s it, of %s (%.2f %%); %s", rule.Name, breaks, words.Count(r.Rows), rule.Share, may)
		if rule.Measured != nil {
			message = rule.Name + ": " + rule.Measured.told(rule.Says != nil)
		}
		if len(rule.Examples) > 0 {
			message += "; such as " + strings.Join(rule.Examples, " | ")
		}
		details = append(details, errs.Detail{Code: "quality_failed", Message: message, Place: errs.Place{Field: fmt.Sprintf("with.rules[%d]", i)}})
	}
	if len(details) == 0 {
		return nil
	}
	names := make([]string, len(details))
	for i, d := range details {
		names[i] = d.Message
	}
	return errs.Invalid("quality_failed", "The table is not good enough. %s.", strings.Join(slices.Compact(names), ". ")).With(details...)
}
