// Package columns checks the column names in a transform's configuration against its inputs.
package columns

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/table"
	"dataflow/ide-go-lib/table/sqltext"
	"dataflow/ide-go-lib/table/sqltype"
)

// Input gives the input of that port, or errs code input_missing.
func Input(inputs map[string]table.Input, port string) (table.Input, error) {
	in, ok := inputs[port]
	if !ok {
		return in, errs.New(http.StatusUnprocessableEntity, "input_missing", "Nothing came in at the input %q; connect it to a node that gives a table.", port)
	}
	return in, nil
}

// Find gives the index of a column, letter case not counting, or -1.
func Find(have []table.Column, name string) int {
	for i, c := range have {
		if strings.EqualFold(c.Name, name) {
			return i
		}
	}
	return -1
}

// Row is what a column that holds the rows' own order is called, unless an input has the name.
const Row = "__row__"

// Free gives a name that none of the inputs has, for a column that is taken away again.
func Free(name string, inputs ...table.Input) string {
	for slices.ContainsFunc(inputs, func(in table.Input) bool { return Find(in.Columns, name) >= 0 }) {
		name += "_"
	}
	return name
}

// Other gives the names of the columns that are not among those listed, in their order.
func Other(in table.Input, listed []string) []string {
	var names []string
	for _, c := range in.Columns {
		if !slices.ContainsFunc(listed, func(name string) bool { return strings.EqualFold(name, c.Name) }) {
			names = append(names, c.Name)
		}
	}
	return names
}

// Checker collects what is wrong with the names and values of a configuration.
type Checker struct {
	details []errs.Detail
	results map[string]bool
}

// New begins with what was found already.
func New(details []errs.Detail) Checker { return Checker{details: details} }

// Columns checks the names of a list.
func (c *Checker) Columns(in table.Input, field string, names []string) {
	for i, name := range names {
		c.Column(in, fmt.Sprintf("%s[%d]", field, i), name)
	}
}

// Column checks one name that stands in the given field. Nothing is wrong while the input's columns are not known.
func (c *Checker) Column(in table.Input, field, name string) {
	if in.Columns == nil || Find(in.Columns, name) >= 0 {
		return
	}
	names := make([]string, len(in.Columns))
	for i, col := range in.Columns {
		names[i] = col.Name
	}
	if hint := near.Say(name, names); hint.String() != "" {
		c.Fail("column_unknown", field, "There is no column %q. %s", name, hint)
		return
	}
	c.Fail("column_unknown", field, "There is no column %q.", name)
}

// Twice notes a name that is given to two columns of the result.
func (c *Checker) Twice(field, name string) {
	c.Fail("column_duplicate", field, "Two columns would be called %q; choose another name.", name)
}

// Result notes that a column of the result gets this name because of the field, and that it is given twice.
func (c *Checker) Result(field, name string) {
	key := strings.ToLower(name)
	if c.results[key] {
		c.Twice(field, name)
		return
	}
	if c.results == nil {
		c.results = map[string]bool{}
	}
	c.results[key] = true
}

// Results is Result for columns that the input gives, of which none is there twice.
func (c *Checker) Results(names ...string) {
	for _, name := range names {
		c.Result("", name)
	}
}

// Fail notes what is wrong with a field.
func (c *Checker) Fail(code, field, format string, args ...any) {
	c.details = append(c.details, errs.At(errs.Place{Field: field}, code, format, args...))
}

// Type notes that a text is no type.
func (c *Checker) Type(field, text string) {
	if wrong := sqltype.Wrong(text); wrong != "" {
		c.Fail("type_unknown", field, "%s", wrong)
	}
}

// directives are what formats by which dates are read may have, and dashed those of them that take - for no leading zeros.
const (
	directives = "%ABGHIMSTUVWXYZabcdfghjmnpuwxyz"
	dashed     = "HIMSdjmy"
)

// Format notes what is wrong with a format by which dates are read.
func (c *Checker) Format(field, text string) {
	found := false
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			continue
		}
		found = true
		letters := directives
		if i++; i < len(text) && text[i] == '-' {
			letters = dashed
			i++
		}
		if i >= len(text) || strings.IndexByte(letters, text[i]) < 0 {
			c.Fail("format_invalid", field, "The format %q has %s, which means nothing; there are %%d day, %%m month, %%Y year, %%H hour, %%M minute, %%S second and more.", text, text[strings.LastIndexByte(text[:min(i+1, len(text))], '%'):min(i+1, len(text))])
			return
		}
	}
	if !found {
		c.Fail("format_invalid", field, "The format %q says nothing of where day, month and year are; write one such as %%d/%%m/%%Y.", text)
	}
}

// Expression notes what can be seen to be wrong with a user's SQL expression before there are columns.
func (c *Checker) Expression(field string, sql table.SQL) { c.sql(field, sql, sqltext.CheckExpression) }

// Statement does the same for a whole SELECT.
func (c *Checker) Statement(field string, sql table.SQL) { c.sql(field, sql, sqltext.CheckStatement) }

func (c *Checker) sql(field string, sql table.SQL, check func(string) error) {
	if sql.Text == "" {
		return // the schema says so
	}
	err := check(sql.Text)
	if err == nil {
		return
	}
	message := err.Error()
	var at *sqltext.Error
	if errors.As(err, &at) {
		line, column := sqltext.Position(sql.Text, at.Offset)
		message = fmt.Sprintf("Line %d, column %d: %s.", line, column, message)
	}
	c.Fail("sql_invalid", field, "%s", message)
}

// Details gives what was found.
func (c *Checker) Details() []errs.Detail { return c.details }

// Err gives what was found, as one error; nil when nothing was.
func (c *Checker) Err() error {
	if len(c.details) == 0 {
		return nil
	}
	return errs.Invalid(c.details[0].Code, "%s", c.details[0].Message).With(c.details...)
}
