// Package columns checks the column names in a transform's configuration against its inputs.
package columns

import (
	"fmt"
	"net/http"
	"strings"

	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
	"dataflow/ide-go-lib/table"
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

// Checker collects the names that an input does not have.
type Checker struct {
	details []errs.Detail
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
	message := fmt.Sprintf("There is no column %q.", name)
	if hint := near.Hint(name, names); hint != "" {
		message += " " + hint
	}
	c.details = append(c.details, errs.Detail{Code: "column_unknown", Message: message, Place: errs.Place{Field: field}})
}

// Twice notes a name that is given to two columns of the result.
func (c *Checker) Twice(field, name string) {
	c.details = append(c.details, errs.Detail{
		Code: "column_duplicate", Message: fmt.Sprintf("Two columns would be called %q; choose another name.", name), Place: errs.Place{Field: field},
	})
}

// Err gives what was found, as one error; nil when nothing was.
func (c *Checker) Err() error {
	if len(c.details) == 0 {
		return nil
	}
	return errs.Invalid(c.details[0].Code, "%s", c.details[0].Message).With(c.details...)
}
