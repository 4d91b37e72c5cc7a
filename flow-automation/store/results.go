package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Result gives what is kept under a content key and still good at that time; nil when there is nothing.
func (s *Store) Result(ctx context.Context, tenant, key string, now time.Time) (json.RawMessage, error) {
	var kept string
	err := s.db.Read.QueryRowContext(ctx, "SELECT kept FROM automation_results WHERE tenant = ? AND key = ? AND (expires_at = 0 OR expires_at > ?)",
		tenant, key, now.UnixMilli()).Scan(&kept)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read a kept result: %w", err)
	}
	return json.RawMessage(kept), nil
}

// PutResult keeps something under a content key, in place of what was there; a zero expiry is for ever.
func (s *Store) PutResult(ctx context.Context, tenant, key string, kept json.RawMessage, expires time.Time) error {
	var until int64
	if !expires.IsZero() {
		until = expires.UnixMilli()
	}
	_, err := s.db.Write.ExecContext(ctx, `INSERT INTO automation_results (tenant, key, kept, expires_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (tenant, key) DO UPDATE SET kept = excluded.kept, expires_at = excluded.expires_at`, tenant, key, string(kept), until)
	if err != nil {
		return fmt.Errorf("keep a result: %w", err)
	}
	return nil
}
