package mysql

import (
	"context"
	"errors"
	"strconv"
	"strings"

	driver "github.com/go-sql-driver/mysql"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/pattern"
)

var (
	atRow    = pattern.Of(`at row (\d+)`)
	ofColumn = pattern.Of("[Cc]olumn ((?:[`'][^`']*[`']\\.?)+)")
	noTable  = pattern.Of(`Table '(?:[^']*?\.)?([^']*)' doesn't exist`)
)

const (
	codeNull      = 1048
	codeTruncated = 1265

	fillFirst = "Fill the column first. Nothing was written."
)

// failed says what an error of the server means, and what to do.
func failed(ctx context.Context, err error, c Config) error { return failedAt(ctx, err, c, 0) }

// failedAt is failed for a statement before which rows have been written already.
func failedAt(ctx context.Context, err error, c Config, before int64) error {
	if err == nil {
		return nil
	}
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	var e *driver.MySQLError
	if errors.As(err, &e) {
		return meaning(e, c, before)
	}
	var own *errs.Error
	if errors.As(err, &own) {
		return own
	}
	if out := connector.Unreachable(err, c.Host, c.Port); out != nil {
		return out
	}
	return connector.Upstream(connector.CodeLost, "The connection to %s was lost.", c.Host).WithHint("Look into the server's log, and try again.").Wrap(err)
}

func meaning(e *driver.MySQLError, c Config, before int64) error {
	message := strings.TrimSuffix(e.Message, ".")
	switch e.Number {
	case 1045, 1698, 1130:
		return connector.Upstream(connector.CodeLogin, "The server refuses the user %q with this password, or from this machine.", c.User).WithHint("Check user and password, and from where the user may connect.").Wrap(e)
	case 1049:
		return connector.Upstream(connector.CodeDatabase, "There is no database %q on %s.", c.Database, c.Host).WithHint("Check the name; letter case may count.").Wrap(e)
	case 1146:
		name := c.Database
		if m := noTable.FindStringSubmatch(e.Message); m != nil {
			name = m[1]
		}
		return connector.TableMissing(name, nil).Wrap(e)
	case 1054:
		return errs.Invalid(connector.CodeColumn, "%s.", message).WithHint("Check the names of the columns.").Wrap(e)
	case 1044, 1142, 1143, 1227, 1370, 1410, 1419:
		return errs.Forbidden(connector.CodePermission, "The user %q may not do this: %s.", c.User, message).WithHint("Ask the owner of the database for it with GRANT, or use another user.").Wrap(e)
	case 1792:
		return errs.Invalid(connector.CodeSQL, "The query would change something: %s.", message).WithHint("Only queries that read are run here.").Wrap(e)
	case codeUnique, codeUniqueNamed:
		return errs.Conflict(connector.CodeUnique, "The table has such a row already: %s.", message).WithHint("Update by key in place of appending, or leave the rows out that are there. Nothing was written.").Wrap(e)
	case codeNull:
		return errs.Invalid(connector.CodeNull, "A column takes no empty values: %s.", message).WithHint(fillFirst).Wrap(e)
	case 1364:
		return errs.Invalid(connector.CodeNull, "The table has a column that takes no empty values, and no value for it comes in: %s.", message).WithHint("Add the column first, or give it a default in the database. Nothing was written.").Wrap(e)
	case 1451, 1217:
		return errs.Invalid(connector.CodeReference, "Rows of other tables refer to one that would go: %s.", message).WithHint("Change or remove those first, or use the mode mirror, which keeps rows whose key comes in. Nothing was written.").Wrap(e)
	case 1452, 1216:
		return errs.Invalid(connector.CodeReference, "A row breaks a reference: %s.", message).WithHint("Write what it refers to first. Nothing was written.").Wrap(e)
	case 4025, 3819:
		return errs.Invalid(connector.CodeCheck, "A row breaks a rule of the table: %s.", message).WithHint("Nothing was written.").Wrap(e)
	case 1040, 1203, 1226:
		return errs.Unavailable(connector.CodeTooMany, "The server takes no more connections.").WithHint("Try again later, or lower the connections at a time.").Wrap(e)
	case 1969, 3024, 1317:
		return connector.Upstream(connector.CodeQueryTimeout, "The server gave the query up: %s.", message).WithHint("Read less at a time, or raise the seconds for a query.").Wrap(e)
	case 1205, 1213, 1020:
		return errs.Unavailable(connector.CodeBusy, "Others work on the same rows: %s.", message).WithHint("Try again. Nothing was written.").Wrap(e)
	case 1021, 1114:
		return errs.Unavailable("disk_full", "The disk of the server is full: %s.", message).Wrap(e)
	case 1366, 1265, 1292, 1264, 1406, 1411, 1367, 1416, 1300, 1525, 3140, 4038, 1690, 1426:
		return mismatch(e, message, before)
	case 1064, 1060, 1052, 1055, 1111, 1149, 1222, 1241, 1242, 1247, 1248, 1305, 1327, 1582, 1583:
		return errs.Invalid(connector.CodeSQL, "%s.", message).Wrap(e)
	}
	return connector.Upstream(connector.CodeFailed, "The server says: %s (%d).", message, e.Number).Wrap(e)
}

func mismatch(e *driver.MySQLError, message string, before int64) error {
	row := rowOf(message)
	if row > 0 {
		row += before
	}
	return connector.Mismatch(row, columnOf(message), withoutRow(message), e)
}

// rowOf gives the row of the statement that the server names; 0 when it names none.
func rowOf(message string) int64 {
	m := atRow.FindStringSubmatch(message)
	if m == nil {
		return 0
	}
	n, _ := strconv.ParseInt(m[1], 10, 64) // what is no number is 0
	return n
}

func withoutRow(message string) string { return strings.TrimSpace(atRow.ReplaceAllString(message, "")) }

// columnOf gives the column that the server names; "" when it names none.
func columnOf(message string) string {
	m := ofColumn.FindStringSubmatch(message)
	if m == nil {
		return ""
	}
	return strings.Trim(m[1][strings.LastIndexByte(m[1], '.')+1:], "`'")
}
