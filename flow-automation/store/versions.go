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
			return UnseenDraft(f.Revision)
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
	s.hooks.forget()
	if err != nil {
		return Version{}, err
	}
	v.CreatedAt = time.UnixMilli(by.At.UnixMilli()).UTC()
	return v, nil
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
