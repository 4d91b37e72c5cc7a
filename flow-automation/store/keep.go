package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// EachRetention calls f for every flow whose document speaks of retention: the published one, or the draft of a flow that
// was never published.
func (s *Store) EachRetention(ctx context.Context, f func(tenant, flowID string, document []byte) error) error {
	const query = `SELECT f.tenant, f.id, COALESCE(v.document, f.document) FROM automation_flows f
		LEFT JOIN automation_versions v ON v.tenant = f.tenant AND v.flow_id = f.id AND v.version = f.published_version
		WHERE COALESCE(v.document, f.document) LIKE '%"retention"%'`
	err := s.each(ctx, query, func(rows *sql.Rows) error {
		var tenant, id string
		var document []byte
		if err := rows.Scan(&tenant, &id, &document); err != nil {
			return err
		}
		return f(tenant, id, document)
	})
	if err != nil {
		return fmt.Errorf("read the retention of flows: %w", err)
	}
	return nil
}

// EachCurrent calls f with the draft and the published document of every flow of the tenant that has the word in it.
func (s *Store) EachCurrent(ctx context.Context, tenant, word string, f func(name string, document []byte) error) error {
	const query = `SELECT f.name, f.document FROM automation_flows f WHERE f.tenant = ? AND f.document LIKE ?
		UNION ALL SELECT f.name, v.document FROM automation_flows f
		JOIN automation_versions v ON v.tenant = f.tenant AND v.flow_id = f.id AND v.version = f.published_version
		WHERE f.tenant = ? AND v.document LIKE ?`
	err := s.each(ctx, query, func(rows *sql.Rows) error {
		var name string
		var document []byte
		if err := rows.Scan(&name, &document); err != nil {
			return err
		}
		return f(name, document)
	}, tenant, "%"+word+"%", tenant, "%"+word+"%")
	if err != nil {
		return fmt.Errorf("read the documents of flows: %w", err)
	}
	return nil
}

// EachText calls f with every text of the store that may refer to an artifact: documents and kept results.
func (s *Store) EachText(ctx context.Context, f func(text []byte)) error {
	for _, query := range []string{
		"SELECT document FROM automation_flows", "SELECT document FROM automation_versions", "SELECT kept FROM automation_results",
		"SELECT sets FROM automation_backfills", "SELECT document FROM automation_backfills",
	} {
		err := s.each(ctx, query, func(rows *sql.Rows) error {
			var text sql.RawBytes
			if err := rows.Scan(&text); err != nil {
				return err
			}
			f(text)
			return nil
		})
		if err != nil {
			return fmt.Errorf("read what refers to artifacts: %w", err)
		}
	}
	return nil
}

func (s *Store) each(ctx context.Context, query string, f func(rows *sql.Rows) error, args ...any) (err error) {
	rows, err := s.db.Read.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// DropResults drops the results that are not good any more.
func (s *Store) DropResults(ctx context.Context, now time.Time) error {
	_, err := s.db.Write.ExecContext(ctx, "DELETE FROM automation_results WHERE expires_at > 0 AND expires_at <= ?", now.UnixMilli())
	if err != nil {
		return fmt.Errorf("drop results: %w", s.db.Refusal(err))
	}
	return nil
}

// EachDocument calls f with the draft of every flow of a tenant and, after it, with what is published of it.
func (s *Store) EachDocument(ctx context.Context, tenant string, f func(flowID string, document []byte) error) (err error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT id, document FROM (
			SELECT id, 0 AS published, document FROM automation_flows WHERE tenant = ?1
			UNION ALL SELECT f.id, 1, v.document FROM automation_flows f
				JOIN automation_versions v ON v.tenant = f.tenant AND v.flow_id = f.id AND v.version = f.published_version WHERE f.tenant = ?1
		) ORDER BY id, published`, tenant)
	if err != nil {
		return fmt.Errorf("read the documents of flows: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id string
		var document []byte
		if err := rows.Scan(&id, &document); err != nil {
			return fmt.Errorf("read the documents of flows: %w", err)
		}
		if err := f(id, document); err != nil {
			return err
		}
	}
	return rows.Err()
}
