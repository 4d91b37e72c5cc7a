package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"dataflow/ide-go-lib/pattern"
)

// component names become part of a table's name.
var componentName = pattern.Of(`^[a-z][a-z0-9_]{0,30}$`)

// Migrate brings the tables of one component up to date. files holds goose migrations (00001_name.sql, …), either at its
// root or, where systems need different ones, in a folder named after the dialect. Each component counts its versions in
// a table of its own, so components are added and changed without knowing of each other. Where whole.sql lies beside them, a
// database that has none of the tables gets them by that.
func (d *DB) Migrate(ctx context.Context, files fs.FS, component string) error {
	if !componentName.MatchString(component) {
		return fmt.Errorf("migrate: %q is not a name for a component", component)
	}
	if info, err := fs.Stat(files, d.Dialect.Name()); err == nil && info.IsDir() {
		if files, err = fs.Sub(files, d.Dialect.Name()); err != nil {
			return fmt.Errorf("migrate %s: %w", component, err)
		}
	}
	table := "schema_" + component
	done, err := d.begin(ctx, files, table)
	if err != nil {
		return fmt.Errorf("migrate %s: %w", component, err)
	}
	if done {
		return nil
	}
	p, err := goose.NewProvider(d.Dialect.goose(), d.Write, files,
		goose.WithTableName(table), goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrate %s: %w", component, err)
	}
	if err := d.refuseNewer(ctx, p); err != nil {
		return fmt.Errorf("migrate %s: %w", component, err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate %s: %w", component, err)
	}
	return nil
}

// refuseNewer keeps an older program from working on tables that it does not know.
func (d *DB) refuseNewer(ctx context.Context, p *goose.Provider) error {
	at, known, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if at > known {
		return fmt.Errorf("the database is at version %d, this program knows %d; start a newer program or restore a backup", at, known)
	}
	return nil
}

// Schema is the tables of one component.
type Schema struct {
	Component string
	Files     fs.FS // its migrations
}

// Latest gives the version that the tables have when all migrations have been applied.
func (s Schema) Latest() (latest int64, err error) {
	list, err := versionsOf(s.Files)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	return list[len(list)-1], nil
}

// Versions gives the version of every component's tables in the database.
func (d *DB) Versions(ctx context.Context) (versions map[string]int64, err error) {
	rows, err := d.Read.QueryContext(ctx, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'schema\\_%' ESCAPE '\\'")
	if err != nil {
		return nil, fmt.Errorf("read the versions of the tables: %w", err)
	}
	var tables []string
	for rows.Next() {
		var name string
		if err = rows.Scan(&name); err != nil {
			break
		}
		tables = append(tables, name)
	}
	if err := errors.Join(err, rows.Err(), rows.Close()); err != nil { //nolint:sqlclosecheck // before the next query on the same connection
		return nil, fmt.Errorf("read the versions of the tables: %w", err)
	}
	versions = map[string]int64{}
	for _, name := range tables {
		var v int64
		if err := d.Read.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM "+quoted(name)).Scan(&v); err != nil {
			return nil, fmt.Errorf("read the versions of the tables: %w", err)
		}
		versions[name[len("schema_"):]] = v
	}
	return versions, nil
}
