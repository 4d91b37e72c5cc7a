package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"dataflow/ide-go-lib/errs"
)

// Publish makes the draft at revision the next version and puts its webhooks in place of those of the version before.
// A path that another flow has is webhook_path_taken, and nothing is published then.
func (s *Store) Publish(ctx context.Context, tenant, id string, revision int64, note string, hooks []Webhook, by Change) (Version, error) {
	v := Version{Note: note, CreatedAt: by.At, CreatedBy: by.By}
	err := s.db.Tx(ctx, func(tx *sql.Tx) error {
		f, err := get(ctx, tx, tenant, id)
		if err != nil {
			return err
		}
		if f.Revision != revision {
			return DraftConflict(f.Revision)
		}
		v.Version, v.Document, v.YAML = f.PublishedVersion+1, f.Document, f.YAML
		if _, err := tx.ExecContext(ctx, `INSERT INTO automation_versions (tenant, flow_id, version, note, document, yaml, created_at, created_by)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, tenant, id, v.Version, note, string(f.Document), f.YAML, by.At.UnixMilli(), by.By); err != nil {
			return fmt.Errorf("keep version: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE automation_flows SET published_version = ?, updated_at = ?, updated_by = ? WHERE tenant = ? AND id = ?`,
			v.Version, by.At.UnixMilli(), by.By, tenant, id); err != nil {
			return fmt.Errorf("point at version: %w", err)
		}
		return replaceHooks(ctx, tx, tenant, id, v.Version, hooks)
	})
	if err != nil {
		return Version{}, err
	}
	v.CreatedAt = time.UnixMilli(by.At.UnixMilli()).UTC()
	return v, nil
}

func replaceHooks(ctx context.Context, tx *sql.Tx, tenant, id string, version int, hooks []Webhook) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM automation_webhooks WHERE tenant = ? AND flow_id = ?`, tenant, id); err != nil {
		return fmt.Errorf("remove webhooks: %w", err)
	}
	for _, h := range hooks {
		var taken bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM automation_webhooks WHERE path = ?)`, h.Path).Scan(&taken); err != nil {
			return fmt.Errorf("check webhook: %w", err)
		}
		if taken {
			return errs.Conflict("webhook_path_taken", "The webhook path %q is in use already; choose another.", h.Path).
				With(errs.Detail{Code: "webhook_path_taken", Message: "This path is in use.", Place: errs.Place{Field: "spec.triggers." + h.TriggerID + ".with.path"}})
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO automation_webhooks (path, tenant, flow_id, version, trigger_id, config) VALUES (?, ?, ?, ?, ?, ?)`,
			h.Path, tenant, id, version, h.TriggerID, string(h.Config)); err != nil {
			return fmt.Errorf("keep webhook: %w", err)
		}
	}
	return nil
}

// Versions gives one page of the published versions, newest first, without documents.
func (s *Store) Versions(ctx context.Context, tenant, id, cursor string, limit int) (page []Version, next string, err error) {
	if _, err := s.Get(ctx, tenant, id); err != nil {
		return nil, "", err
	}
	if limit <= 0 {
		limit = defaultLimit
	}
	before := int64(1) << 62
	if cursor != "" {
		if before, err = strconv.ParseInt(cursor, 10, 64); err != nil {
			return nil, "", errs.Invalid("cursor_invalid", "The cursor is not one that this list has given; leave it out to begin at the start.")
		}
	}
	rows, err := s.db.Read.QueryContext(ctx, `SELECT version, note, created_at, created_by FROM automation_versions
		WHERE tenant = ? AND flow_id = ? AND version < ? ORDER BY version DESC LIMIT ?`, tenant, id, before, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list versions: %w", err)
	}
	defer func() { _ = rows.Close() }()
	page = []Version{}
	for rows.Next() {
		var v Version
		var at int64
		if err := rows.Scan(&v.Version, &v.Note, &at, &v.CreatedBy); err != nil {
			return nil, "", fmt.Errorf("list versions: %w", err)
		}
		v.CreatedAt = time.UnixMilli(at).UTC()
		page = append(page, v)
	}
	if err := rows.Err(); err != nil {
		return nil, "", fmt.Errorf("list versions: %w", err)
	}
	if len(page) > limit {
		page = page[:limit]
		next = strconv.Itoa(page[limit-1].Version)
	}
	return page, next, nil
}

// Version gives one published version with its document.
func (s *Store) Version(ctx context.Context, tenant, id string, version int) (Version, error) {
	v := Version{Version: version}
	var document string
	var at int64
	err := s.db.Read.QueryRowContext(ctx, `SELECT note, document, yaml, created_at, created_by FROM automation_versions
		WHERE tenant = ? AND flow_id = ? AND version = ?`, tenant, id, version).Scan(&v.Note, &document, &v.YAML, &at, &v.CreatedBy)
	if errors.Is(err, sql.ErrNoRows) {
		return Version{}, errs.NotFound("version_not_found", "The flow %q has no version %d.", id, version)
	}
	if err != nil {
		return Version{}, fmt.Errorf("read version: %w", err)
	}
	v.Document, v.CreatedAt = json.RawMessage(document), time.UnixMilli(at).UTC()
	return v, nil
}

// Webhook finds the active webhook of a path. It alone takes no tenant, for whoever calls a webhook has none: the path
// leads to it.
func (s *Store) Webhook(ctx context.Context, path string) (Webhook, error) {
	h := Webhook{Path: path}
	var config string
	err := s.db.Read.QueryRowContext(ctx, `SELECT tenant, flow_id, version, trigger_id, config FROM automation_webhooks WHERE path = ?`, path).
		Scan(&h.Tenant, &h.FlowID, &h.Version, &h.TriggerID, &config)
	if errors.Is(err, sql.ErrNoRows) {
		return Webhook{}, errs.NotFound("webhook_not_found", "No published flow has a webhook at this path.")
	}
	if err != nil {
		return Webhook{}, fmt.Errorf("find webhook: %w", err)
	}
	h.Config = json.RawMessage(config)
	return h, nil
}
