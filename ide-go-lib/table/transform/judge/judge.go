// Package judge is the transform that holds rows against rules: every row stays, with the numbers of the rules that it
// breaks.
package judge

import (
	"fmt"
	"regexp/syntax"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/transform/columns"
	"dataflow/ide-go-lib/table/transform/literal"
)

// Broken is the column of the result that lists the rules a row breaks, from 1. Free gives it another name where an input
// has that one.
const Broken = "__broken__"

// The checks.
const (
	NotNull   = "not_null"
	Unique    = "unique"
	InSet     = "in_set"
	InRange   = "in_range"
	Pattern   = "pattern"
	OfType    = "type"
	Condition = "condition"
)

// Rule is one thing that rows are expected to fulfil. Empty values break only not_null and conditions.
type Rule struct {
	Check   string        `json:"check" title:"Check" zh:"检查" enum:"not_null,unique,in_set,in_range,pattern,type,condition" default:"not_null" doc:"not_null: there is a value. unique: no two rows have the same. in_set, in_range, pattern, type: the value is one of these. condition: SQL holds" doc_zh:"not_null：有值；unique：没有重复；in_set、in_range、pattern、type：值符合要求；condition：SQL 条件成立"`
	Columns []string      `json:"columns,omitempty" title:"Columns" zh:"列" widget:"columns" when:"check=not_null,unique,in_set,in_range,pattern,type" doc:"Each of these is checked; for unique they are checked together." doc_zh:"逐列检查；unique 则按这些列的组合检查"`
	Values  []string      `json:"values,omitempty" title:"Allowed values" zh:"允许的值" when:"check=in_set" doc:"The value is one of these" doc_zh:"值必须是其中之一"`
	Min     literal.Value `json:"min,omitzero" title:"At least" zh:"最小" widget:"text" when:"check=in_range" doc:"Left empty, there is no bound" doc_zh:"留空则无下限"`
	Max     literal.Value `json:"max,omitzero" title:"At most" zh:"最大" widget:"text" when:"check=in_range" doc:"Left empty, there is no bound" doc_zh:"留空则无上限"`
	Pattern string        `json:"pattern,omitempty" title:"Pattern" zh:"模式" example:"[A-Z]{2}-[0-9]+" when:"check=pattern" doc:"A regular expression for the whole text" doc_zh:"匹配整个文本的正则表达式"`
	Type    string        `json:"type,omitempty" title:"Type" zh:"类型" widget:"type" when:"check=type" doc:"What the value can be converted to" doc_zh:"值可转换成的类型"`
	Where   table.SQL     `json:"where,omitempty" title:"Condition" zh:"条件" widget:"sql" when:"check=condition" doc:"SQL that holds for good rows" doc_zh:"好的行应满足的 SQL"`
}

// Config is the rules.
type Config struct {
	Rules []Rule
}

// Check finds what can be seen without the columns.
func (c Config) Check() []errs.Detail {
	var check columns.Checker
	if len(c.Rules) == 0 {
		check.Fail("config_invalid", "with.rules", "Write at least one rule.")
	}
	for i, r := range c.Rules {
		r.check(&check, fmt.Sprintf("with.rules[%d]", i))
	}
	return check.Details()
}

func (r Rule) check(check *columns.Checker, at string) {
	if r.Check != Condition && len(r.Columns) == 0 {
		check.Fail("config_invalid", at+".columns", "Name at least one column.")
	}
	switch r.Check {
	case InSet:
		if len(r.Values) == 0 {
			check.Fail("config_invalid", at+".values", "Name at least one allowed value.")
		}
	case InRange:
		if r.Min.IsZero() && r.Max.IsZero() {
			check.Fail("config_invalid", at+".min", "Give a lower bound, an upper one, or both.")
		}
		if r.Min.Above(r.Max) {
			check.Fail("config_invalid", at+".max", "The upper bound is below the lower one, so that no value is between them.")
		}
	case Pattern:
		if _, err := syntax.Parse(r.Pattern, syntax.Perl); err != nil || r.Pattern == "" {
			check.Fail("config_invalid", at+".pattern", "Write a regular expression, such as [A-Z]{2}-[0-9]+.")
		}
	case OfType:
		if r.Type == "" || strings.ContainsAny(r.Type, `$?;'"-/`) {
			check.Fail("config_invalid", at+".type", "Name a type, such as BIGINT, DOUBLE or DATE.")
		}
	case Condition:
		if strings.TrimSpace(r.Where.Text) == "" {
			check.Fail("config_invalid", at+".where", "Write a condition, such as ends >= begins.")
		}
	}
}

// Query implements table.Relation. The rows keep their order.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	check := columns.New(c.Check())
	for i, r := range c.Rules {
		check.Columns(in, fmt.Sprintf("with.rules[%d].columns", i), r.Columns)
	}
	if err := check.Err(); err != nil {
		return table.Query{}, err
	}
	row := sqltext.Quote(columns.Free(columns.Row, in))
	var b sqltext.Builder
	b.Text("SELECT * EXCLUDE (", row, "), list_filter([")
	for i, r := range c.Rules {
		if i > 0 {
			b.Text(", ")
		}
		at := fmt.Sprintf("with.rules[%d]", i)
		b.Text("CASE WHEN ")
		b.From(at, func() { r.broken(&b, at, in) })
		b.Text(fmt.Sprintf(" THEN %d END", i+1))
	}
	b.Text("], lambda x: x IS NOT NULL) AS ", sqltext.Quote(columns.Free(Broken, in)))
	b.Text(" FROM (SELECT *, row_number() OVER () AS ", row, " FROM ", in.Name, ") ORDER BY ", row)
	return b.Query()
}

// broken writes the condition under which a row breaks the rule.
func (r Rule) broken(b *sqltext.Builder, at string, in table.Input) {
	switch r.Check {
	case Condition:
		b.Text("NOT coalesce(CAST(").Expression(at+".where", r.Where).Text(" AS BOOLEAN), false)")
		return
	case Unique:
		b.Text("(count(*) OVER (PARTITION BY ").Names(r.Columns).Text(") > 1")
		for _, c := range r.Columns {
			b.Text(" AND ").Name(c).Text(" IS NOT NULL")
		}
		b.Text(")")
		return
	}
	for i, c := range r.Columns {
		if i > 0 {
			b.Text(" OR ")
		}
		r.value(b, at, c, columns.Type(in, c))
	}
}

func (r Rule) value(b *sqltext.Builder, at, column, typ string) {
	text := func() { b.Text("CAST(").Name(column).Text(" AS VARCHAR)") }
	b.Text("(").Name(column)
	switch r.Check {
	case NotNull:
		b.Text(" IS NULL)")
		return
	case InSet:
		b.Text(" IS NOT NULL AND ")
		text()
		b.Text(" NOT IN (")
		for i, v := range r.Values {
			if i > 0 {
				b.Text(", ")
			}
			b.Arg(v)
		}
		b.Text(")")
	case InRange:
		b.Text(" IS NOT NULL AND NOT (true")
		for _, bound := range []struct {
			op, field string
			value     literal.Value
		}{{" >= ", ".min", r.Min}, {" <= ", ".max", r.Max}} {
			if !bound.value.IsZero() {
				b.Text(" AND ").Name(column).Text(bound.op)
				bound.value.Write(b, at+bound.field, typ)
			}
		}
		b.Text(")")
	case Pattern:
		b.Text(" IS NOT NULL AND NOT regexp_full_match(")
		text()
		b.Text(", ").Arg(r.Pattern).Text(")")
	case OfType:
		b.Text(" IS NOT NULL AND TRY_CAST(").Name(column).Text(" AS ").From(at+".type", func() { b.Text(r.Type) }).Text(") IS NULL")
	}
	b.Text(")")
}

// Label says what the rule expects, for people.
func (r Rule) Label() string {
	of := strings.Join(r.Columns, ", ")
	bounds := func() string {
		switch {
		case r.Max.IsZero():
			return "at least " + r.Min.String()
		case r.Min.IsZero():
			return "at most " + r.Max.String()
		}
		return "from " + r.Min.String() + " to " + r.Max.String()
	}
	switch r.Check {
	case Unique:
		return of + " is unique"
	case InSet:
		return of + " is one of " + strings.Join(r.Values, ", ")
	case InRange:
		return of + " is " + bounds()
	case Pattern:
		return of + " looks like " + r.Pattern
	case OfType:
		return of + " is a " + r.Type
	case Condition:
		return r.Where.Text
	}
	return of + " is not empty"
}

// Counts is how many rows break each rule: a row for each rule that any breaks, with its number from 1.
type Counts struct{ Config }

// Query implements table.Relation.
func (c Counts) Query(inputs map[string]table.Input) (table.Query, error) {
	q, err := c.Config.Query(inputs)
	if err != nil {
		return table.Query{}, err
	}
	broken := sqltext.Quote(columns.Free(Broken, inputs["table"]))
	return sqltext.Around("SELECT rule, count(*) AS broken FROM (SELECT unnest("+broken+") AS rule FROM (\n", q, "\n)) GROUP BY rule ORDER BY rule"), nil
}
