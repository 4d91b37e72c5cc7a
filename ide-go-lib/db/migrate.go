package db

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"

	"github.com/pressly/goose/v3"
)

// component names become part of a table's name.
var componentName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,30}$`)

// Migrate brings the tables of one component up to date. files holds goose migrations (00001_name.sql, …), either at its
// root or, where systems need different ones, in a folder named after the dialect. Each component counts its versions in
// a table of its own, so components are added and changed without knowing of each other.
func (d *DB) Migrate(ctx context.Context, files fs.FS, component string) error {
	if !componentName.MatchString(component) {
		return fmt.Errorf("migrate: %q is not a name for a component", component)
	}
	if info, err := fs.Stat(files, d.Dialect.Name()); err == nil && info.IsDir() {
		if files, err = fs.Sub(files, d.Dialect.Name()); err != nil {
			return fmt.Errorf("migrate %s: %w", component, err)
		}
	}
	p, err := goose.NewProvider(d.Dialect.goose(), d.Write, files,
		goose.WithTableName("schema_"+component), goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
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
