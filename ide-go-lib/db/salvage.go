package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Salvaged says how much of a table could be read.
type Salvaged struct {
	Table string
	Rows  int64
	Gaps  int // places where rows could not be read
}

// Salvage copies whatever can be read of a damaged database into a new one. Indexes and triggers are made anew, so
// damage to them costs nothing.
func (d *DB) Salvage(ctx context.Context, path string) (report []Salvaged, err error) {
	to, err := Open(ctx, Config{Path: path, Readers: 1})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	schema, err := d.schema(ctx)
	if err != nil {
		return nil, fmt.Errorf("the description of the tables cannot be read, so nothing can be saved: %w", err)
	}
	s := &salvage{from: d, to: to}
	for _, o := range schema {
		if o.kind != "table" || o.shadow(schema) {
			continue
		}
		if _, err := to.Write.ExecContext(ctx, o.text); err != nil {
			return nil, fmt.Errorf("make table %s: %w", o.name, err)
		}
		if o.virtual() {
			continue
		}
		r, err := s.table(ctx, o)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", o.name, err)
		}
		report = append(report, r)
	}
	for _, o := range schema { // after the rows, so that triggers do not count them twice
		switch {
		case o.kind == "table":
			if o.virtual() {
				_, err = to.Write.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES ('rebuild')", quoted(o.name), quoted(o.name)))
			}
		case o.text != "":
			_, err = to.Write.ExecContext(ctx, o.text)
		}
		if err != nil {
			return nil, fmt.Errorf("make %s %s: %w", o.kind, o.name, err)
		}
	}
	return report, nil
}

// object is one thing that a database holds.
type object struct{ kind, name, text string }

func (o object) virtual() bool { return strings.HasPrefix(strings.ToUpper(o.text), "CREATE VIRTUAL") }

// shadow says whether a table is one of those in which a virtual table keeps its data.
func (o object) shadow(all []object) bool {
	return slices.ContainsFunc(all, func(v object) bool {
		return v.kind == "table" && v.virtual() && v.name != o.name && strings.HasPrefix(o.name, v.name+"_")
	})
}

// withoutRowID says whether the table's rows are found by its primary key alone.
func (o object) withoutRowID() bool {
	return strings.Contains(strings.ToUpper(o.text), "WITHOUT ROWID")
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func (d *DB) schema(ctx context.Context) (all []object, err error) {
	rows, err := d.Read.QueryContext(ctx, "SELECT type, name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type = 'table' DESC, rowid")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var o object
		if err := rows.Scan(&o.kind, &o.name, &o.text); err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, rows.Err()
}

const salvageBatch = 1000

type salvage struct{ from, to *DB }

// table copies one table. What has row numbers is read in pieces, so that damage costs only the rows that it hits.
func (s *salvage) table(ctx context.Context, o object) (Salvaged, error) {
	r := Salvaged{Table: o.name}
	columns, err := s.columns(ctx, o)
	if err != nil {
		return r, err
	}
	if o.withoutRowID() {
		n, err := s.copy(ctx, o, columns)
		r.Rows = n
		if s.from.Dialect.IsDamaged(err) {
			r.Gaps, err = 1, nil
		}
		return r, err
	}
	names := append([]string{"rowid"}, columns...)
	if slices.ContainsFunc(columns, func(c string) bool { return strings.EqualFold(c, `"rowid"`) }) {
		names = columns
	}
	for first := int64(math.MinInt64); ; {
		n, at, err := s.piece(ctx, o, names, first)
		r.Rows += n
		if n > 0 {
			first = at + 1
		}
		switch {
		case err == nil && (n < salvageBatch || at == math.MaxInt64):
			return r, nil
		case err == nil:
			continue
		case !s.from.Dialect.IsDamaged(err):
			return r, err
		}
		r.Gaps++
		next, more, err := s.skip(ctx, o, names, first)
		if err != nil || !more {
			return r, err
		}
		first = next
	}
}

// skip finds the first number after a place that cannot be read from which reading goes on: by longer and longer steps, and
// then back by halves.
func (s *salvage) skip(ctx context.Context, o object, columns []string, first int64) (next int64, more bool, err error) {
	bad := first
	var good int64
	for step := int64(1); ; step *= 2 {
		if good = bad + step; good < bad || step <= 0 {
			good = math.MaxInt64
		}
		ok, err := s.readable(ctx, o, columns, good)
		if err != nil {
			return 0, false, err
		}
		if ok {
			break
		}
		if bad = good; good == math.MaxInt64 {
			return 0, false, nil
		}
	}
	for bad+1 < good {
		middle := bad + int64((uint64(good)-uint64(bad))/2)
		ok, err := s.readable(ctx, o, columns, middle)
		if err != nil {
			return 0, false, err
		}
		if ok {
			good = middle
		} else {
			bad = middle
		}
	}
	return good, true, nil
}

// readable says whether the first row from a number on can be read, or there is certainly none.
func (s *salvage) readable(ctx context.Context, o object, columns []string, from int64) (bool, error) {
	rows, err := s.from.Read.QueryContext(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM "+quoted(o.name)+" WHERE rowid >= ? ORDER BY rowid LIMIT 1", from) //nolint:gosec // quoted
	if err == nil {
		for rows.Next() {
		}
		err = errors.Join(rows.Err(), rows.Close()) //nolint:sqlclosecheck // in a loop
	}
	if s.from.Dialect.IsDamaged(err) {
		return false, nil
	}
	return err == nil, err
}

func (s *salvage) columns(ctx context.Context, o object) (names []string, err error) {
	rows, err := s.to.Write.QueryContext(ctx, "SELECT name FROM pragma_table_info(?)", o.name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, quoted(name))
	}
	return names, rows.Err()
}

// piece copies some rows from a number on; at is the last that was copied.
func (s *salvage) piece(ctx context.Context, o object, columns []string, first int64) (n, at int64, err error) {
	n, at, err = s.rows(ctx, o, columns, first, salvageBatch)
	var unreadable readError
	if !errors.As(err, &unreadable) || n == 0 {
		return n, at, err
	}
	// The transaction was taken back; what could be read is copied again, without what could not.
	read := n
	if n, at, err = s.rows(ctx, o, columns, first, read); err == nil && n == read {
		return n, at, unreadable
	}
	return 0, first, errors.Join(err, fmt.Errorf("%d of %d rows could be read a second time", n, read))
}

// rows copies rows in one transaction; n is how many could be read.
func (s *salvage) rows(ctx context.Context, o object, columns []string, first, limit int64) (n, at int64, err error) {
	at = first
	list := strings.Join(columns, ", ")
	err = s.to.Tx(ctx, func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, "INSERT OR IGNORE INTO "+quoted(o.name)+" ("+list+") VALUES (?"+strings.Repeat(", ?", len(columns)-1)+")") //nolint:gosec // quoted
		if err != nil {
			return err
		}
		defer func() { _ = insert.Close() }()
		rows, err := s.from.Read.QueryContext(ctx, "SELECT rowid, "+list+" FROM "+quoted(o.name)+" WHERE rowid >= ? ORDER BY rowid LIMIT ?", first, limit) //nolint:gosec // quoted
		if err != nil {
			return readError{err}
		}
		defer func() { _ = rows.Close() }()
		values := make([]any, len(columns))
		into := make([]any, len(columns)+1)
		var rowid int64
		into[0] = &rowid
		for i := range values {
			into[i+1] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				return readError{err}
			}
			if _, err := insert.ExecContext(ctx, values...); err != nil {
				return err
			}
			n, at = n+1, rowid
		}
		if err := rows.Err(); err != nil {
			return readError{err}
		}
		return nil
	})
	return n, at, err
}

// readError is one of the damaged database, not of the new one.
type readError struct{ error }

func (e readError) Unwrap() error { return e.error }

// copy copies a whole table in one go, as far as it can be read.
func (s *salvage) copy(ctx context.Context, o object, columns []string) (n int64, err error) {
	list := strings.Join(columns, ", ")
	var damage error
	err = s.to.Tx(ctx, func(tx *sql.Tx) error {
		rows, err := s.from.Read.QueryContext(ctx, "SELECT "+list+" FROM "+quoted(o.name)) //nolint:gosec // quoted
		if err != nil {
			damage = err
			return nil
		}
		defer func() { _ = rows.Close() }()
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				damage = err
				return nil
			}
			if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO "+quoted(o.name)+" ("+list+") VALUES (?"+strings.Repeat(", ?", len(columns)-1)+")", values...); err != nil { //nolint:gosec // quoted
				return err
			}
			n++
		}
		damage = rows.Err()
		return nil
	})
	return n, errors.Join(err, damage)
}
