package sqltext

import (
	"errors"
	"strconv"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// Builder puts a query together from fixed text, names, values and what users wrote. The first mistake is kept for Query.
type Builder struct {
	b     strings.Builder
	args  []any
	spans []table.Span
	err   error
}

// Text writes fixed SQL.
func (b *Builder) Text(parts ...string) *Builder {
	for _, p := range parts {
		b.b.WriteString(p)
	}
	return b
}

// String is what was written so far.
func (b *Builder) String() string { return b.b.String() }

// Name writes an identifier.
func (b *Builder) Name(name string) *Builder { return b.Text(Quote(name)) }

// Names writes identifiers with commas between.
func (b *Builder) Names(names []string) *Builder {
	for i, n := range names {
		if i > 0 {
			b.Text(", ")
		}
		b.Name(n)
	}
	return b
}

// Arg writes a bound value.
func (b *Builder) Arg(v any) *Builder {
	b.args = append(b.args, v)
	return b.Text("$", strconv.Itoa(len(b.args)))
}

// Expression writes a user's SQL expression in parentheses; field is its path within the node, such as with.where.
func (b *Builder) Expression(field string, sql table.SQL) *Builder {
	if err := CheckExpression(sql.Text); err != nil {
		b.fail(field, sql.Text, err)
	}
	return b.user(field, sql, sql.Text, false)
}

// Select writes a user's whole SELECT in parentheses.
func (b *Builder) Select(field string, sql table.SQL) *Builder {
	return b.user(field, sql, TrimStatement(sql.Text), true)
}

func (b *Builder) user(field string, sql table.SQL, text string, statement bool) *Builder {
	shift := len(b.args)
	shifted, err := Params(text, len(sql.Args), func(n int) string { return "$" + strconv.Itoa(n+shift) })
	if err != nil {
		b.fail(field, text, err)
		return b
	}
	b.args = append(b.args, sql.Args...)
	b.Text("(")
	start := b.b.Len()
	b.Text(shifted)
	b.spans = append(b.spans, table.Span{Field: field, Start: start, End: b.b.Len(), Written: true, Statement: statement})
	if HasLineComment(shifted) {
		b.Text("\n")
	}
	return b.Text(")")
}

// From marks what write writes as made from a field, so that errors in it name the field.
func (b *Builder) From(field string, write func()) *Builder {
	start := b.b.Len()
	write()
	b.spans = append(b.spans, table.Span{Field: field, Start: start, End: b.b.Len()})
	return b
}

// Fail keeps an error for Query, unless there is one already.
func (b *Builder) Fail(err error) *Builder {
	if b.err == nil {
		b.err = err
	}
	return b
}

func (b *Builder) fail(field, text string, err error) {
	if b.err != nil {
		return
	}
	place := errs.Place{Field: field}
	var at *Error
	if errors.As(err, &at) {
		place.Line, place.Column = Position(text, at.Offset)
	}
	b.err = errs.Invalid("sql_invalid", "The SQL is not valid: %s.", err.Error()).With(errs.Detail{Code: "sql_invalid", Message: err.Error(), Place: place})
}

// Query gives what was built, or the first mistake in it.
func (b *Builder) Query() (table.Query, error) {
	if b.err != nil {
		return table.Query{}, b.err
	}
	return table.Query{Text: b.b.String(), Args: b.args, Fields: b.spans}, nil
}

// Around puts fixed SQL before and behind a query, whose fields stay where they are in it.
func Around(head string, q table.Query, tail string) table.Query {
	fields := make([]table.Span, len(q.Fields))
	for i, f := range q.Fields {
		f.Start += len(head)
		f.End += len(head)
		fields[i] = f
	}
	return table.Query{Text: head + q.Text + tail, Args: q.Args, Fields: fields}
}
