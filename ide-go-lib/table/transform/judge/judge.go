// Package judge is the transform that holds a table against rules: every row stays, with the numbers of the rules that it
// breaks; what rules about the whole table are about is measured in a query of its own.
package judge

import (
	"fmt"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/exact"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/sqltype"
	"dataflow/ide-go-lib/table/transform/columns"
	"dataflow/ide-go-lib/table/transform/literal"
)

// Broken is the column of the result that lists the rules a row breaks, from 1. Free gives it another name where an input
// has that one.
const Broken = "__broken__"

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

// Query implements table.Relation. The rows keep their order.
func (c Config) Query(inputs map[string]table.Input) (table.Query, error) {
	in, err := columns.Input(inputs, "table")
	if err != nil {
		return table.Query{}, err
	}
	check := columns.New(c.Check())
	for i, r := range c.Rules {
		at := fmt.Sprintf("with.rules[%d]", i)
		check.Columns(in, at+".columns", r.Columns)
		if r.Check != Reference {
			continue
		}
		reference, err := columns.Input(inputs, ReferencePort)
		if err != nil {
			return table.Query{}, err
		}
		field, names := r.referred(at)
		check.Columns(reference, field, names)
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
		if r.Whole() {
			b.Text("CAST(NULL AS INTEGER)")
			continue
		}
		at := fmt.Sprintf("with.rules[%d]", i)
		b.Text("CASE WHEN ")
		b.From(at, func() { r.broken(&b, at, in, inputs[ReferencePort]) })
		b.Text(fmt.Sprintf(" THEN %d END", i+1))
	}
	b.Text("], lambda x: x IS NOT NULL) AS ", sqltext.Quote(columns.Free(Broken, in)))
	b.Text(" FROM (SELECT *, row_number() OVER () AS ", row, " FROM ", in.Name, ") ORDER BY ", row)
	return b.Query()
}

// broken writes the condition under which a row breaks the rule.
func (r Rule) broken(b *sqltext.Builder, at string, in, reference table.Input) {
	switch r.Check {
	case Reference:
		r.missing(b, in, reference)
		return
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
		b.Text(" IS NOT NULL AND NOT (")
		text()
		b.Text(" IN (")
		for i, v := range r.Values {
			if i > 0 {
				b.Text(", ")
			}
			b.Arg(v.String())
		}
		b.Text(")")
		r.numbers(b, column, typ)
		b.Text(")")
	case InRange:
		b.Text(" IS NOT NULL AND ")
		if exact.Inexact(typ) { // NaN is above all numbers otherwise
			b.Text("(isnan(").Name(column).Text(") OR ")
		}
		b.Text("NOT (true")
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
		if exact.Inexact(typ) {
			b.Text(")")
		}
	case Pattern:
		b.Text(" IS NOT NULL AND NOT regexp_full_match(")
		text()
		b.Text(", ").Arg(r.Pattern).Text(")")
	case OfType:
		b.Text(" IS NOT NULL AND (TRY_CAST(").Name(column).Text(" AS ").From(at+".type", func() { b.Text(r.Type) }).Text(") IS NULL")
		wanted, _ := sqltype.Parse(r.Type) // check has said that it is none
		if kept := exact.Kept(sqltext.Quote(column), typ, wanted); kept != "" {
			b.Text(" OR NOT (", kept, ")")
		}
		b.Text(")")
	}
	b.Text(")")
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
