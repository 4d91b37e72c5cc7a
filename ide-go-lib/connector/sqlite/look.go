package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/table"
)

// look gives the columns the types that hold all their values, where nothing is declared or the declaration does not say
// what is there: SQLite keeps anything in any column. Where only the first rows are asked for, only those are looked at.
func (c *conn) look(ctx context.Context, source string, args []any, columns []table.StreamColumn, req connector.ReadRequest) error {
	type seen struct {
		classes sql.NullString
		other   sql.NullBool // some are of another type than is declared or, of undeclared ones, too large for a DOUBLE
	}
	// What is wanted beyond a value is known by its type, which is looked for.
	first, since := !req.Whole() && (req.Since == nil || req.Since.Value == nil), req.Since
	at, asked := make([]int, 0, len(columns)), make([]string, 0, len(columns))
	for i, column := range columns {
		x := quote(column.Name)
		var other string
		switch {
		case column.Type == "":
			other = "typeof(" + x + ") = 'integer' AND " + x + " NOT BETWEEN -9007199254740992 AND 9007199254740992"
		case column.Type == "DATE":
			other = "typeof(" + x + ") = 'text' AND length(" + x + ") > 10 AND trim(substr(" + x + ", 11), ' T0:.Z+-') <> ''"
		case sized.MatchString(column.Type):
			other = "typeof(" + x + ") = 'real' AND round(" + x + ", " + sized.FindStringSubmatch(column.Type)[2] + ") <> " + x
		case first: // with fewer columns than in the query for the rows, an index might give other rows first
			other = "false"
		default:
			continue
		}
		at = append(at, i)
		asked = append(asked, fmt.Sprintf("group_concat(DISTINCT typeof(%s)), max(%s)", x, other))
	}
	if len(at) == 0 {
		return nil
	}
	if first {
		var err error
		if source, args, err = condition(source, args, columns, req); err != nil {
			return err
		}
	}
	found := make([]seen, len(at))
	into := make([]any, 0, len(at)+len(at))
	for i := range found {
		into = append(into, &found[i].classes, &found[i].other)
	}
	if err := c.c.QueryRowContext(ctx, "SELECT "+strings.Join(asked, ", ")+" FROM (\n"+source+"\n)", args...).Scan(into...); err != nil {
		return failed(ctx, err, c.cfg)
	}
	for i, n := range at {
		switch typ := columns[n].Type; {
		case typ == "" && found[i].other.Bool && since != nil && since.Column == columns[n].Name && strings.Contains(found[i].classes.String, "real"):
			return errs.Invalid(connector.CodeType, "The column %q holds large whole numbers beside others, of which no greatest one can be remembered.", columns[n].Name).
				WithHint("Read it with a query that gives it one type, such as CAST(%s AS INTEGER).", quote(columns[n].Name))
		case typ == "":
			columns[n].Type = ofValues(found[i].classes.String, found[i].other.Bool)
		case !found[i].other.Bool:
		case typ == "DATE":
			columns[n].Type = "TIMESTAMP"
		default:
			columns[n].Type = ofValues(found[i].classes.String, false)
		}
	}
	return nil
}

// ofValues gives the type that holds values of all these storage classes; large says that whole numbers among them are
// more than a DOUBLE holds.
func ofValues(classes string, large bool) string {
	has := func(class string) bool { return strings.Contains(","+classes+",", ","+class+",") }
	switch {
	case has("blob"):
		return "BLOB"
	case has("text"), has("real") && has("integer") && large:
		return "VARCHAR"
	case has("real"):
		return "DOUBLE"
	case has("integer"):
		return "BIGINT"
	}
	return "VARCHAR"
}
