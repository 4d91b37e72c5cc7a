package environment

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
)

//go:embed migrations/*.sql
var migrations embed.FS

// store keeps environments. What belongs to another tenant is answered as if it did not exist.
type store struct{ db *db.DB }

// Schema gives the tables of environments.
func Schema() (db.Schema, error) {
	dir, err := fs.Sub(migrations, "migrations")
	return db.Schema{Component: "environments", Files: dir}, err
}

func newStore(ctx context.Context, d *db.DB) (*store, error) {
	schema, err := Schema()
	if err != nil {
		return nil, err
	}
	if err := d.Migrate(ctx, schema.Files, schema.Component); err != nil {
		return nil, fmt.Errorf("migrate the environments' tables: %w", err)
	}
	return &store{d}, nil
}

func notFound(name string) *errs.Error {
	return errs.NotFound("environment_not_found", "There is no environment %q.", name)
}

func versionNotFound(name string, version int) *errs.Error {
	return errs.NotFound("version_not_found", "The environment %q has no version %d.", name, version)
}

type querier interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

type scanner interface{ Scan(...any) error }

const environmentColumns = `e.name, e.title, e.description, e.requirements, e.egress, e.source, e.version, e.last_version, e.revision,
	e.created_at, e.created_by, e.updated_at, e.updated_by, COALESCE(v.status, ''), COALESCE(v.requirements, ''), COALESCE(v.source, 0)`

const environmentTables = `environments e LEFT JOIN environment_versions v
	ON v.tenant = e.tenant AND v.environment = e.name AND v.version = e.last_version`

func scanEnvironment(r scanner) (Environment, error) {
	var e Environment
	var requirements, egress, built string
	var created, updated int64
	var builtSource bool
	err := r.Scan(&e.Name, &e.Title, &e.Description, &requirements, &egress, &e.Source, &e.Version, &e.LastVersion, &e.Revision,
		&created, &e.CreatedBy, &updated, &e.UpdatedBy, &e.LastStatus, &built, &builtSource)
	if err != nil {
		return Environment{}, err
	}
	e.Builtin = e.Name == Default
	e.CreatedAt, e.UpdatedAt = time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
	e.Changed = !e.Builtin && (requirements != built || e.Source != builtSource)
	return e, errors.Join(unmarshal(requirements, &e.Requirements), unmarshal(egress, &e.Egress))
}

func unmarshal[T any](text string, into *[]T) error {
	if text == "" {
		text = "[]"
	}
	return json.Unmarshal([]byte(text), into)
}

func marshal[T any](list []T) string {
	text, err := json.Marshal(append([]T{}, list...))
	if err != nil {
		panic(err) // texts and plain structs always marshal
	}
	return string(text)
}

// builtin is the default environment of a tenant that has not said anything of it.
func builtin() Environment {
	return Environment{Name: Default, Requirements: []string{}, Egress: []string{}, Builtin: true}
}

func getEnvironment(ctx context.Context, q querier, tenant, name string) (Environment, error) {
	e, err := scanEnvironment(q.QueryRowContext(ctx, `SELECT `+environmentColumns+` FROM `+environmentTables+` WHERE e.tenant = ? AND e.name = ?`, tenant, name))
	if errors.Is(err, sql.ErrNoRows) {
		if name == Default {
			return builtin(), nil
		}
		return Environment{}, notFound(name)
	}
	if err != nil {
		return Environment{}, fmt.Errorf("read environment: %w", err)
	}
	return e, nil
}

func (s *store) get(ctx context.Context, tenant, name string) (Environment, error) {
	return getEnvironment(ctx, s.db.Read, tenant, name)
}

// list gives all environments by name, the default one first.
func (s *store) list(ctx context.Context, tenant string) ([]Environment, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT `+environmentColumns+` FROM `+environmentTables+` WHERE e.tenant = ? ORDER BY e.name`, tenant)
	if err != nil {
		return nil, fmt.Errorf("list environments: %w", err)
	}
	defer func() { _ = rows.Close() }()
	first, rest := builtin(), []Environment{}
	for rows.Next() {
		e, err := scanEnvironment(rows)
		if err != nil {
			return nil, fmt.Errorf("list environments: %w", err)
		}
		if e.Builtin {
			first = e
			continue
		}
		rest = append(rest, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list environments: %w", err)
	}
	return append([]Environment{first}, rest...), nil
}

func (s *store) create(ctx context.Context, tenant, name string, d Draft, by Change) (Environment, error) {
	return s.change(ctx, tenant, name, func(tx *sql.Tx) error {
		err := insertEnvironment(ctx, tx, tenant, name, d, by)
		if s.db.Dialect.IsUnique(err) {
			return errs.Conflict("environment_name_taken", "Another environment is called %q already; choose another name.", name).
				With(errs.Detail{Code: "environment_name_taken", Message: "This name is taken.", Place: errs.Place{Field: "name"}})
		}
		return err
	})
}

func insertEnvironment(ctx context.Context, tx *sql.Tx, tenant, name string, d Draft, by Change) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO environments (tenant, name, title, description, requirements, egress, source,
		version, last_version, revision, created_at, created_by, updated_at, updated_by) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 1, ?, ?, ?, ?)`,
		tenant, name, d.Title, d.Description, marshal(d.Requirements), marshal(d.Egress), d.Source, by.At.UnixMilli(), by.By, by.At.UnixMilli(), by.By)
	return err
}

// save replaces the draft if the environment is still at revision.
func (s *store) save(ctx context.Context, tenant, name string, revision int64, d Draft, by Change) (Environment, error) {
	return s.change(ctx, tenant, name, func(tx *sql.Tx) error {
		now, err := getEnvironment(ctx, tx, tenant, name)
		if err != nil {
			return err
		}
		if now.Revision != revision {
			return errs.Conflict("environment_conflict", "Somebody else has changed the environment since you opened it; it is at revision %d now.", now.Revision).
				WithHint("Load it again and repeat your change.")
		}
		if now.Revision == 0 { // the default environment, of which nothing was kept yet
			return insertEnvironment(ctx, tx, tenant, name, d, by)
		}
		_, err = tx.ExecContext(ctx, `UPDATE environments SET title = ?, description = ?, requirements = ?, egress = ?, source = ?,
			revision = revision + 1, updated_at = ?, updated_by = ? WHERE tenant = ? AND name = ?`,
			d.Title, d.Description, marshal(d.Requirements), marshal(d.Egress), d.Source, by.At.UnixMilli(), by.By, tenant, name)
		return err
	})
}

// use makes a ready version the one in use.
func (s *store) use(ctx context.Context, tenant, name string, version int, by Change) (Environment, error) {
	return s.change(ctx, tenant, name, func(tx *sql.Tx) error {
		v, err := getVersion(ctx, tx, tenant, name, version)
		if err != nil {
			return err
		}
		if v.Status != Ready {
			return errs.Conflict("version_not_ready", "Version %d of %q is not ready (%s), so it cannot be used.", version, name, v.Status)
		}
		_, err = tx.ExecContext(ctx, `UPDATE environments SET version = ?, revision = revision + 1, updated_at = ?, updated_by = ? WHERE tenant = ? AND name = ?`,
			version, by.At.UnixMilli(), by.By, tenant, name)
		return err
	})
}

// delete removes an environment but its last number: name@3 of a later environment of that name must never mean other
// packages than it meant before.
func (s *store) delete(ctx context.Context, tenant, name string) error {
	return s.db.Tx(ctx, func(tx *sql.Tx) error {
		e, err := getEnvironment(ctx, tx, tenant, name)
		if err != nil {
			return err
		}
		if e.LastVersion > 0 {
			keep := s.db.Dialect.Rebind(s.db.Dialect.Upsert("environment_numbers", []string{"tenant", "name"}, []string{"tenant", "name", "last_version"}))
			if _, err := tx.ExecContext(ctx, keep, tenant, name, e.LastVersion); err != nil {
				return fmt.Errorf("keep the number of the last version: %w", err)
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM environment_versions WHERE tenant = ? AND environment = ?`, tenant, name); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `DELETE FROM environments WHERE tenant = ? AND name = ?`, tenant, name)
		if err != nil {
			return err
		}
		return db.Met(res, notFound(name))
	})
}

// change runs f in one transaction and gives the environment as it is then.
func (s *store) change(ctx context.Context, tenant, name string, f func(*sql.Tx) error) (out Environment, err error) {
	err = s.db.Tx(ctx, func(tx *sql.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		out, err = getEnvironment(ctx, tx, tenant, name)
		return err
	})
	return out, err
}

// tenants lists who has environments.
func (s *store) tenants(ctx context.Context) ([]string, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT DISTINCT tenant FROM environments ORDER BY tenant`)
	if err != nil {
		return nil, fmt.Errorf("list tenants with environments: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var list []string
	for rows.Next() {
		var tenant string
		if err := rows.Scan(&tenant); err != nil {
			return nil, fmt.Errorf("list tenants with environments: %w", err)
		}
		list = append(list, tenant)
	}
	return list, rows.Err()
}
