package store

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"dataflow/ide-go-lib/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema gives the tables of flows.
func Schema() (db.Schema, error) {
	files, err := fs.Sub(migrations, "migrations")
	return db.Schema{Component: "automation", Files: files}, err
}

// Store is safe for concurrent use.
type Store struct {
	db    *db.DB
	hooks webhooks
}

// New brings the tables up to date and gives the store.
func New(ctx context.Context, d *db.DB) (*Store, error) {
	schema, err := Schema()
	if err != nil {
		return nil, err
	}
	if err := d.Migrate(ctx, schema.Files, schema.Component); err != nil {
		return nil, fmt.Errorf("migrate the flows' tables: %w", err)
	}
	return &Store{db: d}, nil
}

// Open gives the store of a database whose tables are up to date.
func Open(d *db.DB) *Store { return &Store{db: d} }

// columns of a flow without its document, in the order that scanSummary reads. The draft counts as changed when it
// means something else than what is published; the layout of the text does not matter.
const columns = `f.id, f.name, f.title, f.description, f.labels, f.node_count, f.revision, f.published_version,
	f.created_at, f.created_by, f.updated_at, f.updated_by,
	COALESCE((SELECT v.document <> f.document FROM automation_versions v
		WHERE v.tenant = f.tenant AND v.flow_id = f.id AND v.version = f.published_version), 1)`

type row interface{ Scan(...any) error }

func scanFlow(r row, more ...any) (Flow, error) {
	var f Flow
	var labels string
	var created, updated int64
	err := r.Scan(append([]any{&f.ID, &f.Name, &f.Title, &f.Description, &labels, &f.NodeCount, &f.Revision, &f.PublishedVersion,
		&created, &f.CreatedBy, &updated, &f.UpdatedBy, &f.DraftChanged}, more...)...)
	if err != nil {
		return Flow{}, err
	}
	f.CreatedAt, f.UpdatedAt = time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
	if err := json.Unmarshal([]byte(labels), &f.Labels); err != nil {
		return Flow{}, fmt.Errorf("labels of flow %s: %w", f.ID, err)
	}
	return f, nil
}

type querier interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

func get(ctx context.Context, q querier, tenant, id string) (Flow, error) {
	var document, yaml string
	f, err := scanFlow(q.QueryRowContext(ctx, `SELECT `+columns+`, f.document, f.yaml FROM automation_flows f
		WHERE f.tenant = ? AND f.id = ?`, tenant, id), &document, &yaml)
	if errors.Is(err, sql.ErrNoRows) {
		return Flow{}, notFound(id)
	}
	if err != nil {
		return Flow{}, fmt.Errorf("read flow: %w", err)
	}
	f.Document, f.YAML = json.RawMessage(document), yaml
	return f, nil
}

// Get gives a flow with its draft.
func (s *Store) Get(ctx context.Context, tenant, id string) (Flow, error) {
	return get(ctx, s.db.Read, tenant, id)
}

// ByName gives a flow by its name.
func (s *Store) ByName(ctx context.Context, tenant, name string) (Flow, error) {
	var id string
	err := s.db.Read.QueryRowContext(ctx, `SELECT id FROM automation_flows WHERE tenant = ? AND name = ?`, tenant, name).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return Flow{}, notFound(name)
	}
	if err != nil {
		return Flow{}, fmt.Errorf("find flow: %w", err)
	}
	return s.Get(ctx, tenant, id)
}

// FreeName gives name, or name with the first number behind it that no flow has.
func (s *Store) FreeName(ctx context.Context, tenant, name string) (string, error) {
	free := name
	for n := 2; ; n++ {
		var taken bool
		err := s.db.Read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM automation_flows WHERE tenant = ? AND name = ?)`, tenant, free).Scan(&taken)
		if err != nil {
			return "", fmt.Errorf("look for a free name: %w", err)
		}
		if !taken {
			return free, nil
		}
		free = fmt.Sprintf("%s-%d", name, n)
	}
}

// Create keeps a new flow with c as its draft.
func (s *Store) Create(ctx context.Context, tenant string, c Content, by Change) (Flow, error) {
	id := strings.ToLower(ulid.MustNew(ulid.Timestamp(by.At), ulid.DefaultEntropy()).String())
	labels, err := labelsJSON(c.Labels)
	if err != nil {
		return Flow{}, err
	}
	return s.change(ctx, tenant, id, func(tx *sql.Tx) error {
		if err := checkName(ctx, tx, tenant, id, c.Name); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO automation_flows
			(tenant, id, name, title, description, labels, node_count, revision, document, yaml, published_version, created_at, created_by, updated_at, updated_by)
			VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, 0, ?, ?, ?, ?)`,
			tenant, id, c.Name, c.Title, c.Description, labels, c.NodeCount, string(c.Document), c.YAML,
			by.At.UnixMilli(), by.By, by.At.UnixMilli(), by.By)
		return err
	})
}

// SaveDraft replaces the draft if it is still at revision, and otherwise answers draft_conflict. An empty name in c
// leaves the flow's name as it is, for an unfinished document may have none.
func (s *Store) SaveDraft(ctx context.Context, tenant, id string, revision int64, c Content, by Change) (Flow, error) {
	labels, err := labelsJSON(c.Labels)
	if err != nil {
		return Flow{}, err
	}
	return s.change(ctx, tenant, id, func(tx *sql.Tx) error {
		now, err := get(ctx, tx, tenant, id)
		if err != nil {
			return err
		}
		if now.Revision != revision {
			return DraftConflict(now.Revision)
		}
		if c.Name == "" {
			c.Name = now.Name
		}
		if err := checkName(ctx, tx, tenant, id, c.Name); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE automation_flows SET name = ?, title = ?, description = ?, labels = ?, node_count = ?,
			document = ?, yaml = ?, revision = revision + 1, updated_at = ?, updated_by = ? WHERE tenant = ? AND id = ?`,
			c.Name, c.Title, c.Description, labels, c.NodeCount, string(c.Document), c.YAML, by.At.UnixMilli(), by.By, tenant, id)
		return err
	})
}

// Delete removes a flow with its versions and webhooks.
func (s *Store) Delete(ctx context.Context, tenant, id string) error {
	defer s.hooks.forget()
	return s.db.Tx(ctx, func(tx *sql.Tx) error {
		for _, table := range []string{"automation_webhooks", "automation_versions"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE tenant = ? AND flow_id = ?`, tenant, id); err != nil { //nolint:gosec // the names are the two above
				return err
			}
		}
		res, err := tx.ExecContext(ctx, `DELETE FROM automation_flows WHERE tenant = ? AND id = ?`, tenant, id)
		if err != nil {
			return err
		}
		return db.Met(res, notFound(id))
	})
}

// change runs f in one transaction and gives the flow as it is then.
func (s *Store) change(ctx context.Context, tenant, id string, f func(*sql.Tx) error) (out Flow, err error) {
	err = s.db.Tx(ctx, func(tx *sql.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		out, err = get(ctx, tx, tenant, id)
		return err
	})
	return out, err
}

func checkName(ctx context.Context, tx *sql.Tx, tenant, id, name string) error {
	var taken bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM automation_flows WHERE tenant = ? AND name = ? AND id <> ?)`, tenant, name, id).Scan(&taken)
	if err != nil {
		return fmt.Errorf("check name: %w", err)
	}
	if taken {
		return nameTaken(name)
	}
	return nil
}

func labelsJSON(labels map[string]string) (string, error) {
	if labels == nil {
		return "{}", nil
	}
	b, err := json.Marshal(labels)
	return string(b), err
}
