package db

import (
	"errors"
	"strings"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Dialect is what differs between database systems.
type Dialect interface {
	// Name is sqlite, postgres or mysql.
	Name() string
	// Rebind replaces the ? placeholders of a statement by the system's own.
	Rebind(query string) string
	// Upsert gives a statement that inserts one row of columns or, when one with the same key is there, updates the
	// columns that are not in key.
	Upsert(table string, key, columns []string) string
	// Type gives the column type for a kind of value, for statements that are made at run time.
	Type(t Type) string
	// IsUnique says whether err is a violated unique or primary key.
	IsUnique(err error) bool
	// IsBusy says whether err means that the same statement may succeed when it is tried again.
	IsBusy(err error) bool
	// IsGuarded says whether err means that the guard took a transaction back.
	IsGuarded(err error) bool
	// IsDamaged says whether err means that the database's file does not hold what was written into it.
	IsDamaged(err error) bool
	// IsFull and IsReadOnly say whether err means that the disk takes no more, or nothing at all.
	IsFull(err error) bool
	IsReadOnly(err error) bool

	goose() goose.Dialect
}

// Type is a kind of value that a column keeps.
type Type string

// The types. Times are kept as Integer: milliseconds since 1970 in UTC.
const (
	Text    Type = "text"
	Integer Type = "integer"
	Real    Type = "real"
	Blob    Type = "blob"
	JSON    Type = "json"
)

// SQLite is the dialect of the embedded database.
type SQLite struct{}

// Name is sqlite.
func (SQLite) Name() string { return "sqlite" }

// Rebind gives the query as it is.
func (SQLite) Rebind(query string) string { return query }

// Upsert uses ON CONFLICT.
func (SQLite) Upsert(table string, key, columns []string) string {
	return onConflict(table, key, columns)
}

// Type gives the storage class.
func (SQLite) Type(t Type) string {
	switch t {
	case Integer:
		return "INTEGER"
	case Real:
		return "REAL"
	case Blob:
		return "BLOB"
	}
	return "TEXT"
}

// IsUnique looks at SQLite's extended code.
func (SQLite) IsUnique(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// IsBusy looks at SQLite's primary code.
func (SQLite) IsBusy(err error) bool {
	code := primaryCode(err)
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
}

// IsGuarded looks at SQLite's extended code.
func (SQLite) IsGuarded(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code() == sqlite3.SQLITE_CONSTRAINT_COMMITHOOK
}

// IsDamaged looks at SQLite's primary code.
func (SQLite) IsDamaged(err error) bool {
	code := primaryCode(err)
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
}

// IsFull looks at SQLite's primary code.
func (SQLite) IsFull(err error) bool { return primaryCode(err) == sqlite3.SQLITE_FULL }

// IsReadOnly looks at SQLite's primary code.
func (SQLite) IsReadOnly(err error) bool { return primaryCode(err) == sqlite3.SQLITE_READONLY }

func primaryCode(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return sqlite3.SQLITE_OK
	}
	const primary = 0xff
	return e.Code() & primary
}

func (SQLite) goose() goose.Dialect { return goose.DialectSQLite3 }

// onConflict is the upsert of SQLite and PostgreSQL, with ? placeholders.
func onConflict(table string, key, columns []string) string {
	inKey := map[string]bool{}
	for _, k := range key {
		inKey[k] = true
	}
	var updates []string
	for _, c := range columns {
		if !inKey[c] {
			updates = append(updates, c+" = excluded."+c)
		}
	}
	action := "NOTHING"
	if len(updates) > 0 {
		action = "UPDATE SET " + strings.Join(updates, ", ")
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ")
	return "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES (" + marks + ") ON CONFLICT (" +
		strings.Join(key, ", ") + ") DO " + action
}
