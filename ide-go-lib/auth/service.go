package auth

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema gives the tables of users, sessions and tokens.
func Schema() (db.Schema, error) {
	files, err := fs.Sub(migrations, "migrations")
	return db.Schema{Component: "auth", Files: files}, err
}

// Config says what a Service works on.
type Config struct {
	DB    *db.DB
	Clock clock.Clock // nil is the machine's
	Log   *slog.Logger
	Cost  Cost
}

// Service keeps local users, their sessions and their API tokens.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	log    *slog.Logger
	hasher *hasher
	cache  *cache
	// Guessing is slowed down by the user's name, gently, because strangers could keep the user out, and by address.
	byUser    *throttle
	byAddress *throttle
}

// New brings the tables up to date and gives the service.
func New(ctx context.Context, cfg Config) (*Service, error) {
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	schema, err := Schema()
	if err != nil {
		return nil, err
	}
	if err := cfg.DB.Migrate(ctx, schema.Files, schema.Component); err != nil {
		return nil, err
	}
	return &Service{
		db: cfg.DB, clock: cfg.Clock, log: cfg.Log, hasher: newHasher(cfg.Cost), cache: newCache(),
		byUser: newThrottle(cfg.Clock, 5, 30*time.Second), byAddress: newThrottle(cfg.Clock, 20, 15*time.Minute),
	}, nil
}

// AdminName is the name of the administrator that the first start makes.
const AdminName = "admin"

// minPassword is the fewest characters of a password that a person chooses.
const minPassword = 8

type user struct {
	id, tenant, name, password string
	generated, disabled        bool
	roles                      []Role
}

func (u user) principal() Principal {
	return Principal{ID: u.id, Name: u.name, Tenant: u.tenant, Roles: u.roles, Permissions: union(u.roles)}
}

// EnsureAdmin makes the administrator when the installation has no user yet, with the given password or, when that is
// empty, a generated one, which it gives back so that it can be shown once.
func (s *Service) EnsureAdmin(ctx context.Context, password string) (generated string, created bool, err error) {
	var n int
	if err := s.db.Read.QueryRowContext(ctx, "SELECT count(*) FROM auth_users").Scan(&n); err != nil {
		return "", false, fmt.Errorf("count users: %w", err)
	}
	if n > 0 {
		return "", false, nil
	}
	switch {
	case password == "":
		if generated, err = generatePassword(); err != nil {
			return "", false, err
		}
		password = generated
	case weak(password):
		return "", false, errs.Invalid("password_weak", "The first password of %s must have at least %d characters.", AdminName, minPassword)
	}
	err = s.addUser(ctx, AdminName, password, []Role{Administrator}, generated != "")
	if s.db.Dialect.IsUnique(err) {
		return "", false, nil // another process was faster
	}
	if err != nil {
		return "", false, err
	}
	return generated, true, nil
}

func (s *Service) addUser(ctx context.Context, name, password string, roles []Role, generated bool) error {
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	list, err := json.Marshal(roles)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	_, err = s.db.Write.ExecContext(ctx, "INSERT INTO auth_users (id, tenant, name, password, generated, roles, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		newID(now), DefaultTenant, name, hash, generated, string(list), now.UnixMilli(), now.UnixMilli())
	if err != nil {
		return fmt.Errorf("add user %s: %w", name, err)
	}
	return nil
}

// AddUser makes a user of the default tenant. The password is one that the user is to keep.
func (s *Service) AddUser(ctx context.Context, name, password string, roles ...Role) error {
	switch {
	case strings.TrimSpace(name) == "" || len(name) > 100:
		return errs.Invalid("user_name_invalid", "A user's name must have 1 to 100 characters.")
	case len(roles) == 0 || len(union(roles)) == 0:
		return errs.Invalid("role_invalid", "Give the user a role: administrator, developer, operator or viewer.")
	}
	if err := checkPassword(password); err != nil {
		return err
	}
	err := s.addUser(ctx, name, password, roles, false)
	if s.db.Dialect.IsUnique(err) {
		return errs.Conflict("user_exists", "There is a user %q already.", name)
	}
	return err
}

// ResetPassword gives the user a generated password and ends all sessions of the user.
func (s *Service) ResetPassword(ctx context.Context, name string) (generated string, err error) {
	u, err := s.userByName(ctx, name)
	if err != nil {
		return "", err
	}
	if generated, err = generatePassword(); err != nil {
		return "", err
	}
	if err := s.setPassword(ctx, u.id, generated, true, secretHash{}); err != nil {
		return "", err
	}
	s.byUser.end(name, succeeded)
	return generated, nil
}

// HasGeneratedPassword says whether some user still has the password that the program made.
func (s *Service) HasGeneratedPassword(ctx context.Context) (bool, error) {
	var n int
	err := s.db.Read.QueryRowContext(ctx, "SELECT count(*) FROM auth_users WHERE generated <> 0 AND disabled = 0").Scan(&n)
	return n > 0, err
}

// ChangePassword replaces the principal's password when current is the present one. All other sessions of the user end;
// session, which may be empty, is kept.
func (s *Service) ChangePassword(ctx context.Context, p Principal, session, current, next string) error {
	if err := checkPassword(next); err != nil {
		return err
	}
	u, err := s.userByName(ctx, p.Name)
	if err != nil {
		return err
	}
	if wait := s.byUser.attempt(p.Name); wait > 0 {
		return tooMany(wait)
	}
	result := undecided
	defer func() { s.byUser.end(p.Name, result) }()
	ok, err := s.hasher.verify(ctx, u.password, current)
	if err != nil {
		return err
	}
	if !ok {
		result = failed
		return errs.Invalid("password_wrong", "The present password is not right.").
			With(errs.Detail{Code: "password_wrong", Message: "The present password is not right.", Place: errs.Place{Field: "current"}})
	}
	result = succeeded
	return s.setPassword(ctx, u.id, next, false, hashSecret(session))
}

func (s *Service) setPassword(ctx context.Context, id, password string, generated bool, keep secretHash) error {
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	defer s.cache.forget()
	return s.db.Tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE auth_users SET password = ?, generated = ?, updated_at = ? WHERE id = ?", hash, generated, s.clock.Now().UnixMilli(), id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM auth_sessions WHERE user_id = ? AND hash <> ?", id, keep[:])
		return err
	})
}

func weak(password string) bool {
	return len([]rune(password)) < minPassword || len(password) > 1000
}

func checkPassword(password string) error {
	if weak(password) {
		message := fmt.Sprintf("A password must have at least %d characters.", minPassword)
		return errs.Invalid("password_weak", "%s", message).With(errs.Detail{Code: "password_weak", Message: message, Place: errs.Place{Field: "next"}})
	}
	return nil
}

func (s *Service) userByName(ctx context.Context, name string) (user, error) {
	var u user
	var roles string
	err := s.db.Read.QueryRowContext(ctx, "SELECT id, tenant, name, password, generated, disabled, roles FROM auth_users WHERE name = ?", name).
		Scan(&u.id, &u.tenant, &u.name, &u.password, &u.generated, &u.disabled, &roles)
	if errors.Is(err, sql.ErrNoRows) {
		return user{}, errs.NotFound("user_not_found", "There is no user %q.", name)
	}
	if err != nil {
		return user{}, fmt.Errorf("find user: %w", err)
	}
	if err := json.Unmarshal([]byte(roles), &u.roles); err != nil {
		return user{}, fmt.Errorf("roles of user %s: %w", name, err)
	}
	return u, nil
}
