package db

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"modernc.org/sqlite"
)

// Snapshot writes the database as it is now into a new file, packed. It keeps nobody from writing.
func (d *DB) Snapshot(ctx context.Context, path string) error {
	if _, err := d.Write.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return fmt.Errorf("snapshot of the database: %w", err)
	}
	return nil
}

// Replace puts the content of the database file at path in place of this database's, in one transaction: whoever has this
// one open sees all of the one or all of the other.
func (d *DB) Replace(ctx context.Context, path string) error {
	conn, err := d.Write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("replace the database: %w", err)
	}
	defer func() { _ = conn.Close() }()
	source := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: "mode=rw"}
	err = conn.Raw(func(raw any) error {
		restorer, ok := raw.(interface {
			NewRestore(from string) (*sqlite.Backup, error)
		})
		if !ok {
			return errors.New("this driver of SQLite cannot copy databases")
		}
		b, err := restorer.NewRestore(source.String())
		if err != nil {
			return err
		}
		for more := true; more && err == nil; {
			more, err = b.Step(-1)
		}
		return errors.Join(err, b.Finish())
	})
	if err != nil {
		return fmt.Errorf("replace the database: %w", err)
	}
	return nil
}

// Verify gives what is wrong with the database's structure, at most a hundred findings; none is a sound one.
func (d *DB) Verify(ctx context.Context) (findings []string, err error) {
	for _, pragma := range []string{"PRAGMA integrity_check", "PRAGMA foreign_key_check"} {
		some, err := d.findings(ctx, pragma)
		if d.Dialect.IsDamaged(err) {
			some, err = append(some, err.Error()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("check the database: %w", err)
		}
		findings = append(findings, some...)
	}
	return findings, nil
}

func (d *DB) findings(ctx context.Context, pragma string) (findings []string, err error) {
	rows, err := d.Read.QueryContext(ctx, pragma)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		texts := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range texts {
			into[i] = &texts[i]
		}
		if err := rows.Scan(into...); err != nil {
			return findings, err
		}
		if len(texts) == 1 {
			if text := fmt.Sprint(texts[0]); text != "ok" {
				findings = append(findings, text)
			}
			continue
		}
		findings = append(findings, fmt.Sprintf("a row of %v refers to one of %v that is not there", texts[0], texts[2]))
	}
	return findings, rows.Err()
}
