package connection

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

// store keeps connections. What belongs to another tenant is answered as if it did not exist.
type store struct{ db *db.DB }

// kept is a connection as it is stored.
type kept struct {
	Connection
	sealed string
}

// Schema gives the tables of connections.
func Schema() (db.Schema, error) {
	dir, err := fs.Sub(migrations, "migrations")
	return db.Schema{Component: "connections", Files: dir}, err
}

func newStore(ctx context.Context, d *db.DB) (*store, error) {
	schema, err := Schema()
	if err != nil {
		return nil, err
	}
	if err := d.Migrate(ctx, schema.Files, schema.Component); err != nil {
		return nil, fmt.Errorf("migrate the connections' tables: %w", err)
	}
	return &store{d}, nil
}

const columns = `name, kind, title, description, config, sealed, sealed_set, revision, tested_at, test_ok, test_text, test_code, test_hint, test_said, test_outdated, created_at, created_by, updated_at, updated_by`

type querier interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

func scan(r interface{ Scan(...any) error }) (k kept, err error) {
	var config, set, said string
	var tested, created, updated int64
	var test Test
	err = r.Scan(&k.Name, &k.Kind, &k.Title, &k.Description, &config, &k.sealed, &set, &k.Revision, &tested, &test.OK, &test.Message, &test.Code, &test.Hint, &said, &test.Outdated,
		&created, &k.CreatedBy, &updated, &k.UpdatedBy)
	if err != nil {
		return k, err
	}
	if tested > 0 {
		test.At = time.UnixMilli(tested).UTC()
		k.LastTest = &test
		if err := json.Unmarshal([]byte(said), &test.TestSaid); err != nil {
			return k, fmt.Errorf("read how the test of %s was said: %w", k.Name, err)
		}
	}
	k.CreatedAt, k.UpdatedAt = time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
	return k, errors.Join(json.Unmarshal([]byte(config), &k.Config), json.Unmarshal([]byte(set), &k.Secrets))
}

func get(ctx context.Context, q querier, tenant, name string) (kept, error) {
	k, err := scan(q.QueryRowContext(ctx, "SELECT "+columns+" FROM connections WHERE tenant = ? AND name = ?", tenant, name))
	if errors.Is(err, sql.ErrNoRows) {
		return kept{}, notFound(name, nil)
	}
	if err != nil {
		return kept{}, fmt.Errorf("read connection: %w", err)
	}
	return k, nil
}

func (s *store) list(ctx context.Context, tenant string) ([]kept, error) {
	rows, err := s.db.Read.QueryContext(ctx, "SELECT "+columns+" FROM connections WHERE tenant = ? ORDER BY name", tenant)
	if err != nil {
		return nil, fmt.Errorf("list connections: %w", err)
	}
	defer func() { _ = rows.Close() }()
	all := []kept{}
	for rows.Next() {
		k, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list connections: %w", err)
		}
		all = append(all, k)
	}
	return all, rows.Err()
}

func (s *store) create(ctx context.Context, tenant string, k kept, by Change) error {
	config, set, err := texts(k)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO connections (tenant, `+columns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, 0, 0, '', '', '', '{}', 0, ?, ?, ?, ?)`,
			tenant, k.Name, k.Kind, k.Title, k.Description, config, k.sealed, set, by.At.UnixMilli(), by.By, by.At.UnixMilli(), by.By)
		if s.db.Dialect.IsUnique(err) {
			return field(errs.Conflict("connection_name_taken", "Another connection is called %q already; choose another name.", k.Name), "name")
		}
		return err
	})
}

func texts(k kept) (config, set string, err error) {
	c, err := json.Marshal(k.Config)
	if err != nil {
		return "", "", err
	}
	s, err := json.Marshal(append([]string{}, k.Secrets...))
	return string(c), string(s), err
}

// save replaces a connection that is still at its revision. What a test has found out is outdated when what it tried has changed.
func (s *store) save(ctx context.Context, tenant string, k kept, changed bool, by Change) error {
	config, set, err := texts(k)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sql.Tx) error {
		now, err := get(ctx, tx, tenant, k.Name)
		if err != nil {
			return err
		}
		if now.Revision != k.Revision {
			return errs.Conflict("connection_conflict", "Somebody else has changed the connection since you opened it; it is at revision %d now.", now.Revision).
				WithHint("Load it again and repeat your change.")
		}
		_, err = tx.ExecContext(ctx, `UPDATE connections SET title = ?, description = ?, config = ?, sealed = ?, sealed_set = ?, revision = revision + 1,
			test_outdated = ?, updated_at = ?, updated_by = ? WHERE tenant = ? AND name = ?`,
			k.Title, k.Description, config, k.sealed, set, changed || now.LastTest != nil && now.LastTest.Outdated, by.At.UnixMilli(), by.By, tenant, k.Name)
		return err
	})
}

// tested keeps what a test of a revision has found out.
func (s *store) tested(ctx context.Context, tenant, name string, revision int64, t Test) error {
	said, err := json.Marshal(t.TestSaid)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE connections SET tested_at = ?, test_ok = ?, test_text = ?, test_code = ?, test_hint = ?, test_said = ?, test_outdated = 0 WHERE tenant = ? AND name = ? AND revision = ?",
			t.At.UnixMilli(), t.OK, t.Message, t.Code, t.Hint, string(said), tenant, name, revision)
		return err
	})
}

func (s *store) delete(ctx context.Context, tenant, name string) error {
	return s.db.Tx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "DELETE FROM connections WHERE tenant = ? AND name = ?", tenant, name)
		if err != nil {
			return err
		}
		return db.Met(res, notFound(name, nil))
	})
}
