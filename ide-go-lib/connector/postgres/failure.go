package postgres

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
)

var (
	copyPlace    = pattern.Of(`COPY .*?, line (\d+)(?:, column ([^:\n]+))?`)
	relationName = pattern.Of(`relation "(.*?)" does not exist`)
	noColumn     = pattern.Of(`column "?(.*?)"? does not exist`)
	typeErrors   = "22"
)

// failed says what an error of the server means, and what to do.
func failed(ctx context.Context, err error, c Config) error {
	if err == nil {
		return nil
	}
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		var own *errs.Error
		if errors.As(err, &own) {
			return own
		}
		if out := connector.Unreachable(err, c.Host, c.Port); out != nil {
			return out
		}
		return connector.Upstream(connector.CodeLost, "The connection to %s was lost.", c.Host).WithHint("Look into the server's log, and try again.").Wrap(err)
	}
	return meaning(e, c)
}

func meaning(e *pgconn.PgError, c Config) error {
	switch e.Code {
	case "28P01", "28000":
		if strings.Contains(e.Message, "no pg_hba.conf entry") {
			return connector.Upstream(connector.CodeLogin, "The server lets %q in neither from this machine nor with this TLS setting to %q.", c.User, c.Database).
				WithHint("Add a line for it to the server's pg_hba.conf, or set TLS as the server wants it.").Wrap(e)
		}
		return connector.Upstream(connector.CodeLogin, "The server refuses the user %q with this password.", c.User).
			WithHint("Check user and password.").Wrap(e)
	case "3D000":
		return connector.Upstream(connector.CodeDatabase, "There is no database %q on %s.", c.Database, c.Host).
			WithHint("Check the name; letter case counts.").Wrap(e)
	case "42P01":
		name := e.TableName
		if m := relationName.FindStringSubmatch(e.Message); m != nil {
			name = m[1]
		}
		return connector.TableMissing(name, nil).Wrap(e)
	case "42703":
		name := e.ColumnName
		if m := noColumn.FindStringSubmatch(e.Message); m != nil {
			name = m[1]
		}
		return errs.Invalid(connector.CodeColumn, "There is no column %q.", name).WithHint("%s", e.Hint).Wrap(e)
	case "42501":
		return errs.Forbidden(connector.CodePermission, "The user %q may not do this: %s.", c.User, e.Message).
			WithHint("Ask the owner of the database for it with GRANT, or use another user.").Wrap(e)
	case "25006":
		return errs.Invalid(connector.CodeSQL, "The query would change something: %s.", e.Message).WithHint("Only queries that read are run here.").Wrap(e)
	case codeUnique:
		return errs.Conflict(connector.CodeUnique, "The table %q has such a row already: %s", e.TableName, e.Detail).
			WithHint("Update by key in place of appending, or leave the rows out that are there. Nothing was written.").Wrap(e)
	case "23502":
		return errs.Invalid(connector.CodeNull, "The column %q of %q takes no empty values%s.", e.ColumnName, e.TableName, rowOf(e)).
			WithHint("Fill the column first. Nothing was written.").With(placed(e, connector.CodeNull)...).Wrap(e)
	case "23503":
		return errs.Invalid(connector.CodeReference, "A row breaks the reference %q: %s", e.ConstraintName, e.Detail).WithHint("Write what it refers to first. Nothing was written.").Wrap(e)
	case "23514":
		return errs.Invalid(connector.CodeCheck, "A row breaks the rule %q of the table%s: %s", e.ConstraintName, rowOf(e), e.Detail).WithHint("Nothing was written.").With(placed(e, connector.CodeCheck)...).Wrap(e)
	case codeTwice:
		return connector.SameKeys().Wrap(e)
	case "42P10":
		return errs.Invalid(connector.CodeKeys, "The table has no unique index on these key columns.").WithHint("Create one (CREATE UNIQUE INDEX …), or choose the columns of one that is there.").Wrap(e)
	case "2BP01":
		return errs.Conflict(connector.CodeDependents, "The table cannot be replaced by one without some of its columns, because something depends on them: %s", e.Detail).
			WithHint("Let these columns come in, too. Nothing was written.").Wrap(e)
	case "53300":
		return errs.Unavailable(connector.CodeTooMany, "The server takes no more connections.").WithHint("Try again later, or lower the connections at a time.").Wrap(e)
	case "57014":
		return connector.Upstream(connector.CodeQueryTimeout, "The server gave the query up: %s.", e.Message).WithHint("Read less at a time, or raise the seconds for a query.").Wrap(e)
	case "40001", "40P01", "55P03":
		return errs.Unavailable(connector.CodeBusy, "Others work on the same rows: %s.", e.Message).WithHint("Try again. Nothing was written.").Wrap(e)
	case "53100":
		return errs.Unavailable("disk_full", "The disk of the server is full: %s.", e.Message).Wrap(e)
	case "57P01", "57P02", "57P03":
		return errs.Unavailable(connector.CodeLost, "The server is shutting down or starting: %s.", e.Message).WithHint("Try again later.").Wrap(e)
	}
	if _, value, early := strings.Cut(e.Message, tooEarly); early {
		return errs.Invalid(connector.CodeType, "The time %s lies before the year 1, which tables do not keep.", strings.Trim(value, `"`)).
			WithHint("Turn the column into a text with a query of your own, such as placed::text.").Wrap(e)
	}
	if strings.HasPrefix(e.Code, typeErrors) {
		row, column := copyAt(e)
		return connector.Mismatch(row, column, e.Message, e)
	}
	if strings.HasPrefix(e.Code, "42") {
		out := errs.Invalid(connector.CodeSQL, "%s.", e.Message).Wrap(e)
		if e.Hint != "" {
			out = out.WithHint("%s", e.Hint)
		}
		return out
	}
	return connector.Upstream(connector.CodeFailed, "The server says: %s (%s).", e.Message, e.Code).WithHint("%s", e.Hint).Wrap(e)
}

// copyAt reads the place of a row that COPY could not take.
func copyAt(e *pgconn.PgError) (row int64, column string) {
	m := copyPlace.FindStringSubmatch(e.Where)
	if m == nil {
		return 0, e.ColumnName
	}
	row, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return 0, m[2]
	}
	return row, strings.Trim(m[2], `"`)
}

func rowOf(e *pgconn.PgError) string {
	if row, _ := copyAt(e); row > 0 {
		return " (row " + strconv.FormatInt(row, 10) + ")"
	}
	return ""
}

func placed(e *pgconn.PgError, code string) []errs.Detail {
	row, _ := copyAt(e)
	if row == 0 {
		return nil
	}
	return []errs.Detail{{Code: code, Message: e.Message, Place: errs.Place{Row: row}}}
}
