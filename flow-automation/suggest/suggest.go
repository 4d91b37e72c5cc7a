// Package suggest looks at the first rows of a table and says which rules of quality.check they keep, and which steps of
// quality.clean would mend them. Nothing is suggested without the reason and what it would do to the rows today.
package suggest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"dataflow/flow-automation/node"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/spec"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/clean"
	"dataflow/ide-go-lib/table/transform/columns"
	"dataflow/ide-go-lib/table/transform/judge"
)

// What can be asked for.
const (
	Check = "check"
	Clean = "clean"
)

// looked is how many rows are looked at, and sampled how many are read of each source to make them.
const (
	looked  = 10_000
	sampled = 200_000
)

// mostColumns is how many columns are looked at, and longest for how long; what is left out is told.
const (
	mostColumns = 100
	longest     = 20 * time.Second
)

// expression begins what a configuration evaluates: a value with it cannot be suggested as it is.
const (
	expression    = "{{"
	nowExpression = "{{ now() }}"
)

// Suggestion is one rule or step to add.
type Suggestion struct {
	ID         string          `json:"id"`
	Columns    []string        `json:"columns"`
	Title      node.Text       `json:"title"`
	Why        node.Text       `json:"why"`
	Affected   int64           `json:"affected" doc:"Rows that would break the rule, or values that the step would change"`
	Unreadable int64           `json:"unreadable,omitempty" doc:"Values that the step could not read"`
	Confidence string          `json:"confidence" enum:"certain,likely,guess" doc:"certain: it hardly needs a second look. likely: it mostly fits such data. guess: look at it first"`
	Doubt      *node.Text      `json:"doubt,omitempty" doc:"Why it is not certain"`
	Add        json.RawMessage `json:"add" doc:"To be put at the end of the node's rules or steps"`
}

// How sure a suggestion is.
const (
	Certain = "certain"
	Likely  = "likely"
	Guess   = "guess"
)

// sure is how sure a suggestion is, with the doubt that is left.
type sure struct {
	confidence string
	doubt      *node.Text
}

var certain = sure{confidence: Certain}

func likely(en, zh string) sure { return sure{Likely, &node.Text{EN: en, ZH: zh}} }

func guess(en, zh string) sure { return sure{Guess, &node.Text{EN: en, ZH: zh}} }

// on puts it on a suggestion.
func (c sure) on(s Suggestion) Suggestion {
	s.Confidence, s.Doubt = c.confidence, c.doubt
	return s
}

// Suggestions is what was found.
type Suggestions struct {
	Rows        int64        `json:"rows" doc:"That were looked at"`
	Whole       bool         `json:"whole" doc:"There are no more"`
	LeftOut     []string     `json:"left_out,omitempty" doc:"Columns that were not looked at, or not in every way: there are too many, or it took too long"`
	Suggestions []Suggestion `json:"suggestions"`
}

// Request says what to look at.
type Request struct {
	Tenant string
	Source table.Source
	For    string          // Check or Clean
	Have   json.RawMessage // the configuration that suggestions would be added to; may be empty
	Now    time.Time
}

var schema = spec.For[clean.Config]()

// For looks at a table.
func For(ctx context.Context, tables table.Engine, r Request) (Suggestions, error) {
	l := &look{Request: r, ctx: ctx, tables: tables, until: time.Now().Add(longest)}
	// What is there already is taken as far as it can be read: what is wrong with it, the form says.
	var have struct {
		Rules []judge.Rule `json:"rules"`
	}
	if err := json.Unmarshal(orObject(r.Have), &have); err != nil {
		have.Rules = nil
	}
	if r.For == Clean {
		if steps, problems := spec.Decode[clean.Config](schema, orObject(r.Have)); len(problems) == 0 && steps.Check() == nil {
			l.Source = table.Source{Plan: &table.Plan{Relation: steps, Inputs: map[string]table.Source{"table": r.Source}}}
		}
	}
	if err := l.profile(); err != nil {
		return Suggestions{}, err
	}
	var err error
	switch {
	case l.rows == 0:
	case r.For == Clean:
		err = l.cleans()
	case r.For == Check:
		err = l.checks(have.Rules)
	default:
		err = errs.Invalid("query_invalid", "Suggestions are for %s or %s, not for %q.", Check, Clean, r.For)
	}
	for i := range l.found {
		l.found[i].ID = fmt.Sprint(i + 1)
	}
	if l.found == nil {
		l.found = []Suggestion{}
	}
	return Suggestions{Rows: l.rows, Whole: l.whole, LeftOut: l.leftOut, Suggestions: l.found}, err
}

func orObject(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("{}")
	}
	return raw
}

// look is one look at a table.
type look struct {
	Request
	ctx     context.Context
	tables  table.Engine
	columns []table.ColumnProfile
	rows    int64
	whole   bool
	found   []Suggestion
	until   time.Time
	leftOut []string
	has     map[string]traits // by text column
}

// late says whether time is up, and notes that the column is left out then.
func (l *look) late(column string) bool {
	if time.Now().Before(l.until) {
		return false
	}
	if !slices.Contains(l.leftOut, column) {
		l.leftOut = append(l.leftOut, column)
	}
	return true
}

// query is a relation over the rows that are looked at.
type query func(b *sqltext.Builder, from string)

// Query implements table.Relation.
func (q query) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	var b sqltext.Builder
	q(&b, in.Name)
	return b.Query()
}

func (l *look) profile() error {
	all := query(func(b *sqltext.Builder, from string) { b.Text("SELECT * FROM ", from) })
	p, err := l.tables.Preview(l.ctx, l.Tenant, table.Plan{Relation: all, Inputs: map[string]table.Source{"table": l.Source}}, table.PreviewOptions{Limit: 1, Profile: looked, Sample: sampled})
	if err != nil {
		return err
	}
	l.rows, l.whole = p.Total, p.Whole && !p.Sampled
	for _, c := range p.Profile {
		switch {
		case strings.Contains(c.Name, expression):
		case l.For == Clean && c.Type != "VARCHAR":
		case len(l.columns) == mostColumns:
			l.leftOut = append(l.leftOut, c.Name)
		default:
			l.columns = append(l.columns, c)
		}
	}
	return l.keep()
}

// keep computes the rows that are looked at once: they are looked at in many ways, and what they are made of may be costly.
func (l *look) keep() error {
	if l.rows == 0 || len(l.columns) == 0 {
		return nil
	}
	only := query(func(b *sqltext.Builder, from string) {
		b.Text("SELECT ")
		for i, c := range l.columns {
			if i > 0 {
				b.Text(", ")
			}
			b.Name(c.Name)
		}
		b.Text(" FROM ", from, fmt.Sprintf(" LIMIT %d", looked))
	})
	kept, err := l.tables.Run(l.ctx, l.Tenant, table.Plan{Relation: only, Inputs: map[string]table.Source{"table": beginning(l.Source)}}, nil)
	l.Source = table.Source{Artifact: kept.Artifact}
	return err
}

// beginning is a source of which each table that it reads is only read so far.
func beginning(s table.Source) table.Source {
	if s.Plan != nil {
		plan := *s.Plan
		plan.Inputs = map[string]table.Source{}
		for port, in := range s.Plan.Inputs {
			plan.Inputs[port] = beginning(in)
		}
		return table.Source{Plan: &plan}
	}
	first := query(func(b *sqltext.Builder, from string) {
		b.Text("SELECT * FROM ", from, fmt.Sprintf(" LIMIT %d", sampled))
	})
	return table.Source{Plan: &table.Plan{Relation: first, Inputs: map[string]table.Source{"table": s}}}
}

// over computes a relation over the rows that are looked at, and reads each row of it.
func (l *look) over(r table.Relation, read func(row json.RawMessage) error) error {
	plan := table.Plan{Relation: r, Inputs: map[string]table.Source{"table": l.Source}}
	page, err := l.tables.Preview(l.ctx, l.Tenant, plan, table.PreviewOptions{Limit: looked})
	if err != nil {
		return err
	}
	for _, row := range page.Rows {
		if err := read(row); err != nil {
			return errs.Internal(fmt.Errorf("look at a table: %w", err))
		}
	}
	return nil
}

// add notes a suggestion; what is nil in the rule or step is left out.
func (l *look) add(s Suggestion, what map[string]any) error {
	raw, err := json.Marshal(what)
	if err != nil {
		return errs.Internal(err)
	}
	if strings.Contains(strings.ReplaceAll(string(raw), fmt.Sprintf("%q", nowExpression), ""), expression) {
		return nil
	}
	s.Add = raw
	l.found = append(l.found, s)
	return nil
}

// texts are the columns of texts.
func (l *look) texts() []table.ColumnProfile {
	return slices.DeleteFunc(slices.Clone(l.columns), func(c table.ColumnProfile) bool { return c.Type != "VARCHAR" || c.Nulls == l.rows })
}

func names(of []table.ColumnProfile) []string {
	out := make([]string, len(of))
	for i, c := range of {
		out[i] = c.Name
	}
	return out
}

// both is a text in both languages from formats that take the same values.
func both(en, zh string, values ...any) node.Text {
	return node.Text{EN: fmt.Sprintf(en, values...), ZH: fmt.Sprintf(zh, values...)}
}

func listed(names []string) string {
	const most = 4
	if len(names) > most {
		return strings.Join(names[:most], ", ") + " …"
	}
	return strings.Join(names, ", ")
}
