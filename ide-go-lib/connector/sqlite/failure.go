package sqlite

import (
	"context"
	"errors"
	"strings"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/errs"
)

// failed says what an error of SQLite means, and what to do.
func failed(ctx context.Context, err error, c Config) error {
	if err == nil {
		return nil
	}
	if ended := connector.Ended(ctx); ended != nil {
		return ended
	}
	var own *errs.Error
	if errors.As(err, &own) {
		return own
	}
	var e *driver.Error
	if !errors.As(err, &e) {
		return connector.Upstream(connector.CodeFailed, "SQLite cannot work on %s: %v.", c.Path, err).Wrap(err)
	}
	return meaning(e, c)
}

const primary = 0xff

// plain is the message of an error without what is around it.
func plain(e *driver.Error) string {
	message := strings.TrimSuffix(e.Error(), ".")
	if i := strings.LastIndex(message, " ("); i > 0 {
		message = message[:i]
	}
	for _, prefix := range []string{"SQL logic error: ", "constraint failed: "} {
		message = strings.TrimPrefix(message, prefix)
	}
	return message
}

func meaning(e *driver.Error, c Config) error {
	message := plain(e)
	if _, name, ok := strings.Cut(message, "no such table: "); ok {
		return connector.TableMissing(strings.TrimPrefix(name, "main."), nil).Wrap(e)
	}
	if _, name, ok := strings.Cut(message, "no such column: "); ok {
		return errs.Invalid(connector.CodeColumn, "There is no column %q.", name).WithHint("Check the names of the columns.").Wrap(e)
	}
	if strings.Contains(message, "ON CONFLICT clause does not match") {
		return errs.Invalid(connector.CodeKeys, "The table has no unique index on these key columns.").WithHint("Create one (CREATE UNIQUE INDEX …), or choose the columns of one that is there.").Wrap(e)
	}
	switch e.Code() {
	case unique[0], unique[1], unique[2]:
		return errs.Conflict(connector.CodeUnique, "The table has such a row already: %s.", message).WithHint("Update by key in place of appending, or leave the rows out that are there. Nothing was written.").Wrap(e)
	case lib.SQLITE_CONSTRAINT_NOTNULL:
		return errs.Invalid(connector.CodeNull, "A column takes no empty values: %s.", message).WithHint("Fill the column first. Nothing was written.").Wrap(e)
	case lib.SQLITE_CONSTRAINT_FOREIGNKEY:
		return errs.Invalid(connector.CodeReference, "A row breaks a reference of the table.").WithHint("Write what it refers to first. Nothing was written.").Wrap(e)
	case lib.SQLITE_CONSTRAINT_CHECK:
		return errs.Invalid(connector.CodeCheck, "A row breaks a rule of the table: %s.", message).WithHint("Nothing was written.").Wrap(e)
	case lib.SQLITE_CONSTRAINT_DATATYPE:
		return connector.Mismatch(0, "", message, e)
	}
	switch e.Code() & primary {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return errs.Unavailable(connector.CodeBusy, "Others work on %s.", c.Path).WithHint("Try again. Nothing was written.").Wrap(e)
	case lib.SQLITE_NOTADB, lib.SQLITE_CORRUPT:
		return errs.Invalid(connector.CodeDatabase, "%s is no database of SQLite, or is damaged.", c.Path).WithHint("Upload the file again.").Wrap(e)
	case lib.SQLITE_READONLY, lib.SQLITE_AUTH:
		return errs.Invalid(connector.CodeSQL, "The query would change something: %s.", message).WithHint("Only queries that read are run here.").Wrap(e)
	case lib.SQLITE_FULL:
		return errs.Unavailable("disk_full", "The disk is full; make room and try again.").Wrap(e)
	case lib.SQLITE_TOOBIG:
		return errs.Invalid("value_too_large", "SQLite makes and keeps no values of more than %d bytes here.", largest).WithHint("Leave such values out, or take a part of them, as by substr.").Wrap(e)
	case lib.SQLITE_NOMEM:
		return errs.Unavailable("memory_of_values", "SQLite has no memory left for the values that are asked for.").WithHint("Ask for fewer or smaller ones at a time, or try again: other queries may have it. Nothing was written.").Wrap(e)
	case lib.SQLITE_MISMATCH:
		return connector.Mismatch(0, "", message, e)
	case lib.SQLITE_ERROR:
		return errs.Invalid(connector.CodeSQL, "%s.", message).Wrap(e)
	}
	return connector.Upstream(connector.CodeFailed, "SQLite says of %s: %s.", c.Path, message).Wrap(e)
}
