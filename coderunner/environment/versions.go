package environment

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"dataflow/coderunner/client"
	"dataflow/ide-go-lib/errs"
)

const versionColumns = `version, status, requirements, source, packages, wheels, digest, python, base, size_bytes, error, created_at, created_by, ended_at`

func scanVersion(r scanner) (Version, error) {
	var v Version
	var requirements, packages, wheels, failure string
	var created, ended int64
	err := r.Scan(&v.Version, &v.Status, &requirements, &v.Source, &packages, &wheels, &v.digest, &v.Python, &v.base, &v.SizeBytes, &failure,
		&created, &v.CreatedBy, &ended)
	if err != nil {
		return Version{}, err
	}
	v.CreatedAt = time.UnixMilli(created).UTC()
	if ended != 0 {
		at := time.UnixMilli(ended).UTC()
		v.EndedAt = &at
	}
	if failure != "" {
		if err := json.Unmarshal([]byte(failure), &v.Error); err != nil {
			return Version{}, err
		}
	}
	return v, errors.Join(unmarshal(requirements, &v.Requirements), unmarshal(packages, &v.Packages), unmarshal(wheels, &v.wheels))
}

func getVersion(ctx context.Context, q querier, tenant, name string, version int) (Version, error) {
	v, err := scanVersion(q.QueryRowContext(ctx, `SELECT `+versionColumns+` FROM environment_versions WHERE tenant = ? AND environment = ? AND version = ?`, tenant, name, version))
	if errors.Is(err, sql.ErrNoRows) {
		return Version{}, versionNotFound(name, version)
	}
	if err != nil {
		return Version{}, fmt.Errorf("read version: %w", err)
	}
	return v, nil
}

func (s *store) version(ctx context.Context, tenant, name string, version int) (Version, error) {
	return getVersion(ctx, s.db.Read, tenant, name, version)
}

// versions lists the versions of an environment, the newest first.
func (s *store) versions(ctx context.Context, tenant, name string) ([]Version, error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT `+versionColumns+` FROM environment_versions WHERE tenant = ? AND environment = ? ORDER BY version DESC`, tenant, name)
	if err != nil {
		return nil, fmt.Errorf("list versions: %w", err)
	}
	defer func() { _ = rows.Close() }()
	list := []Version{}
	for rows.Next() {
		v, err := scanVersion(rows)
		if err != nil {
			return nil, fmt.Errorf("list versions: %w", err)
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// begin makes the next version of what the draft asks for.
func (s *store) begin(ctx context.Context, tenant, name string, by Change) (v Version, err error) {
	err = s.db.Tx(ctx, func(tx *sql.Tx) error {
		e, err := getEnvironment(ctx, tx, tenant, name)
		if err != nil {
			return err
		}
		if e.LastStatus == Building {
			return errs.Conflict("build_running", "Version %d of %q is being built already; wait for it or cancel it.", e.LastVersion, name)
		}
		next, err := nextNumber(ctx, tx, tenant, e)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO environment_versions (tenant, environment, version, status, requirements, source, packages,
			wheels, digest, python, base, size_bytes, log, error, created_at, created_by, ended_at)
			VALUES (?, ?, ?, ?, ?, ?, '[]', '[]', '', '', '', 0, '', '', ?, ?, 0)`,
			tenant, name, next, Building, marshal(e.Requirements), e.Source, by.At.UnixMilli(), by.By); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE environments SET last_version = ? WHERE tenant = ? AND name = ?`, next, tenant, name); err != nil {
			return err
		}
		v, err = getVersion(ctx, tx, tenant, name, next)
		return err
	})
	return v, err
}

// nextNumber goes on where a deleted environment of the same name has ended.
func nextNumber(ctx context.Context, q querier, tenant string, e Environment) (int, error) {
	var before int
	err := q.QueryRowContext(ctx, `SELECT last_version FROM environment_numbers WHERE tenant = ? AND name = ?`, tenant, e.Name).Scan(&before)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read the number of the last version: %w", err)
	}
	return max(e.LastVersion, before) + 1, nil
}

// outcome is how a build ended.
type outcome struct {
	status Status
	built  client.Built
	wheels []string
	log    []LogLine
	err    *errs.Error
	at     time.Time
}

// finish keeps the outcome; a version that is ready is the one in use from then on. An environment that was deleted
// meanwhile stays so.
func (s *store) finish(ctx context.Context, tenant, name string, version int, o outcome) error {
	failure := ""
	if o.err != nil {
		text, err := json.Marshal(o.err)
		if err != nil {
			return err
		}
		failure = string(text)
	}
	return s.db.Tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE environment_versions SET status = ?, packages = ?, wheels = ?, digest = ?, python = ?, base = ?,
			size_bytes = ?, log = ?, error = ?, ended_at = ? WHERE tenant = ? AND environment = ? AND version = ?`,
			o.status, marshal(o.built.Lock), marshal(o.wheels), o.built.Digest, o.built.Python, o.built.Base, o.built.SizeBytes, marshal(o.log), failure,
			o.at.UnixMilli(), tenant, name, version); err != nil {
			return fmt.Errorf("keep the outcome of a build: %w", err)
		}
		if o.status != Ready {
			return nil
		}
		_, err := tx.ExecContext(ctx, `UPDATE environments SET version = ? WHERE tenant = ? AND name = ?`, version, tenant, name)
		return err
	})
}

func (s *store) log(ctx context.Context, tenant, name string, version int) (lines []LogLine, err error) {
	var text string
	err = s.db.Read.QueryRowContext(ctx, `SELECT log FROM environment_versions WHERE tenant = ? AND environment = ? AND version = ?`, tenant, name, version).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, versionNotFound(name, version)
	}
	if err != nil {
		return nil, fmt.Errorf("read the log of a build: %w", err)
	}
	return lines, unmarshal(text, &lines)
}

// interrupt ends the versions that a process which is gone was building.
func (s *store) interrupt(ctx context.Context, at time.Time) error {
	failure, err := json.Marshal(errs.Unavailable("build_interrupted", "The server was stopped while the environment was built.").WithHint("Build it again."))
	if err != nil {
		return err
	}
	_, err = s.db.Write.ExecContext(ctx, `UPDATE environment_versions SET status = ?, error = ?, ended_at = ? WHERE status = ?`, Failed, string(failure), at.UnixMilli(), Building)
	if err != nil {
		return fmt.Errorf("end interrupted builds: %w", err)
	}
	return nil
}
