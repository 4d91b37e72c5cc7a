package environment

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"dataflow/coderunner/client"
	"dataflow/ide-go-lib/artifact"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
)

const wheelMedia = "application/zip"

// Wheels lists the tenant's uploaded packages by name.
func (s *Service) Wheels(ctx context.Context, tenant string) ([]Wheel, error) {
	rows, err := s.store.db.Read.QueryContext(ctx, `SELECT name, artifact, size_bytes, created_at, created_by FROM environment_wheels WHERE tenant = ? ORDER BY name`, tenant)
	if err != nil {
		return nil, fmt.Errorf("list wheels: %w", err)
	}
	defer func() { _ = rows.Close() }()
	list := []Wheel{}
	for rows.Next() {
		var w Wheel
		var created int64
		if err := rows.Scan(&w.Name, &w.SHA256, &w.SizeBytes, &created, &w.CreatedBy); err != nil {
			return nil, fmt.Errorf("list wheels: %w", err)
		}
		w.CreatedAt = time.UnixMilli(created).UTC()
		list = append(list, w)
	}
	return list, rows.Err()
}

// References calls f with the artifact of every uploaded wheel, of all tenants: it is kept for as long as the wheel is.
func (s *Service) References(ctx context.Context, f func(text []byte)) error {
	return References(s.store.db)(ctx, f)
}

// References is Service.References for those who look into a database without a service.
func References(d *db.DB) func(ctx context.Context, f func(text []byte)) error {
	return func(ctx context.Context, f func(text []byte)) (err error) {
		rows, err := d.Read.QueryContext(ctx, `SELECT artifact FROM environment_wheels`)
		if err != nil {
			return fmt.Errorf("read the artifacts of wheels: %w", err)
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var id sql.RawBytes
			if err := rows.Scan(&id); err != nil {
				return fmt.Errorf("read the artifacts of wheels: %w", err)
			}
			f(id)
		}
		return rows.Err()
	}
}

// PutWheel keeps an uploaded wheel, in place of one of the same name. Builds of the tenant prefer it over the indexes
// when its version fits.
func (s *Service) PutWheel(ctx context.Context, tenant, name string, content io.Reader, by Change) (Wheel, error) {
	if !wheelRule.MatchString(name) {
		return Wheel{}, errs.Invalid("wheel_name_invalid", "%q is not the name of a wheel; it looks like acme_rates-1.2-py3-none-any.whl.", name)
	}
	magic := make([]byte, 4)
	if _, err := io.ReadFull(content, magic); err != nil || string(magic) != "PK\x03\x04" {
		return Wheel{}, errs.Invalid("wheel_invalid", "%s is not a wheel: a wheel is a zip file.", name)
	}
	ref, err := s.deps.Artifacts.Put(ctx, tenant, io.MultiReader(bytes.NewReader(magic), content), wheelMedia)
	if err != nil {
		return Wheel{}, err
	}
	if err := s.checkKept(ctx, tenant, name, ref); err != nil {
		return Wheel{}, err
	}
	kept := Wheel{Name: name, SHA256: ref.ID, SizeBytes: ref.Size, CreatedAt: time.UnixMilli(by.At.UnixMilli()).UTC(), CreatedBy: by.By}
	err = s.store.db.Tx(ctx, func(tx *sql.Tx) (err error) {
		kept.Replaced, err = s.keepWheel(ctx, tx, tenant, name, ref, by)
		return err
	})
	return kept, err
}

// checkKept looks into the content, which is removed by and by when no wheel refers to it.
func (s *Service) checkKept(ctx context.Context, tenant, name string, ref artifact.Ref) error {
	file, release, err := s.deps.Artifacts.Path(ctx, tenant, ref.ID)
	if err != nil {
		return err
	}
	defer release()
	return checkWheel(name, file, s.knownBase(ctx))
}

// keepWheel takes no other content for a wheel that a ready version was built from: its lock has the hash of the content.
func (s *Service) keepWheel(ctx context.Context, tx *sql.Tx, tenant, name string, ref artifact.Ref, by Change) (replaced bool, err error) {
	var known string
	err = tx.QueryRowContext(ctx, `SELECT artifact FROM environment_wheels WHERE tenant = ? AND name = ?`, tenant, name).Scan(&known)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, fmt.Errorf("look for the wheel: %w", err)
	}
	if replaced = known != "" && known != ref.ID; replaced {
		user, err := wheelUser(ctx, tx, tenant, name)
		if err != nil {
			return false, err
		}
		if user != "" {
			return false, errs.Conflict("wheel_in_use", "%s has other content and is part of the environment %q.", name, user).
				WithHint("Give the new wheel a version of its own, or delete that environment first.")
		}
	}
	upsert := s.store.db.Dialect.Rebind(s.store.db.Dialect.Upsert("environment_wheels", []string{"tenant", "name"},
		[]string{"tenant", "name", "artifact", "size_bytes", "created_at", "created_by"}))
	if _, err := tx.ExecContext(ctx, upsert, tenant, name, ref.ID, ref.Size, by.At.UnixMilli(), by.By); err != nil {
		return false, fmt.Errorf("keep wheel: %w", err)
	}
	return replaced, nil
}

// DeleteWheel forgets an uploaded wheel. One that a ready version was built from stays, for that version may have to be
// built again on another machine.
func (s *Service) DeleteWheel(ctx context.Context, tenant, name string) error {
	return s.store.db.Tx(ctx, func(tx *sql.Tx) error {
		user, err := wheelUser(ctx, tx, tenant, name)
		if err != nil {
			return err
		}
		if user != "" {
			return errs.Conflict("wheel_in_use", "%s is part of the environment %q; delete that first.", name, user)
		}
		res, err := tx.ExecContext(ctx, `DELETE FROM environment_wheels WHERE tenant = ? AND name = ?`, tenant, name)
		if err != nil {
			return fmt.Errorf("delete wheel: %w", err)
		}
		return db.Met(res, errs.NotFound("wheel_not_found", "There is no wheel %q.", name))
	})
}

// wheelUser gives an environment of which a ready version has the wheel; "" is none.
func wheelUser(ctx context.Context, tx *sql.Tx, tenant, name string) (string, error) {
	rows, err := tx.QueryContext(ctx, `SELECT environment, wheels FROM environment_versions WHERE tenant = ? AND status = ? AND wheels <> '[]'`, tenant, Ready)
	if err != nil {
		return "", fmt.Errorf("look for who uses a wheel: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var user, text string
		var wheels []string
		if err := rows.Scan(&user, &text); err != nil {
			return "", fmt.Errorf("look for who uses a wheel: %w", err)
		}
		if err := unmarshal(text, &wheels); err != nil {
			return "", fmt.Errorf("look for who uses a wheel: %w", err)
		}
		if slices.Contains(wheels, name) {
			return user, nil
		}
	}
	return "", rows.Err()
}

// wheelFiles gives the files of the wheels that pass; release ends their use.
func (s *Service) wheelFiles(ctx context.Context, tenant string, pass func(Wheel) bool) (files []client.Wheel, release func(), err error) {
	var releases []func()
	release = func() {
		for _, f := range releases {
			f()
		}
	}
	all, err := s.Wheels(ctx, tenant)
	if err != nil {
		return nil, release, err
	}
	for _, w := range all {
		if !pass(w) {
			continue
		}
		path, done, err := s.deps.Artifacts.Path(ctx, tenant, w.SHA256)
		if err != nil {
			return nil, release, err
		}
		releases = append(releases, done)
		files = append(files, client.Wheel{Name: w.Name, Path: path})
	}
	return files, release, nil
}
