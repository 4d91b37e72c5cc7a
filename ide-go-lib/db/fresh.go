package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// whole is the file beside a component's migrations with the tables as all of them leave them. Its first line says of which version
// they are.
const (
	whole     = "whole.sql"
	wholeHead = "-- Version %d."
)

// begin makes the tables of a component of which the database has none, by one script in one transaction: migrations one by one
// would be as many transactions, and each change of a table has the database read all that is defined in it again. done is false
// when there are tables already, or no script of the latest version.
func (d *DB) begin(ctx context.Context, files fs.FS, versions string) (done bool, err error) {
	if there, err := hasTable(ctx, d.Read, versions); err != nil || there {
		return false, err
	}
	script, list, err := atOnce(files)
	if err != nil || script == "" {
		return false, err
	}
	kept, err := database.NewStore(d.Dialect.goose(), versions)
	if err != nil {
		return false, err
	}
	err = d.Tx(ctx, func(tx *sql.Tx) error {
		if there, err := hasTable(ctx, tx, versions); err != nil || there { // another process was quicker
			return err
		}
		if err := kept.CreateVersionTable(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, script); err != nil {
			return fmt.Errorf("%s: %w", whole, err)
		}
		for _, v := range list {
			if err := kept.Insert(ctx, tx, database.InsertRequest{Version: v}); err != nil {
				return err
			}
		}
		done = true
		return nil
	})
	return done && err == nil, err
}

func hasTable(ctx context.Context, in interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, name string) (there bool, err error) {
	err = in.QueryRowContext(ctx, "SELECT count(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = ?", name).Scan(&there)
	return there, err
}

// atOnce gives the script that makes the tables of the latest version, and the versions that it stands for. It is empty when there is
// none.
func atOnce(files fs.FS) (script string, list []int64, err error) {
	text, err := fs.ReadFile(files, whole)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	if list, err = versionsOf(files); err != nil {
		return "", nil, err
	}
	var version int64
	if _, err := fmt.Sscanf(string(text), wholeHead, &version); err != nil || len(list) == 0 || version != list[len(list)-1] {
		return "", nil, nil //nolint:nilerr // the migrations themselves are always right
	}
	const none = 0 // which goose counts from
	return string(text), append([]int64{none}, list...), nil
}

// versionsOf gives the versions of a component's migrations in their order.
func versionsOf(files fs.FS) (list []int64, err error) {
	names, err := fs.Glob(files, "[0-9]*.sql")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		v, err := goose.NumericComponent(name)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		list = append(list, v)
	}
	slices.Sort(list)
	return list, nil
}
