package auth

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"time"

	"dataflow/ide-go-lib/errs"
)

const (
	// SessionLife is how long a session lasts, used or not.
	SessionLife = 30 * 24 * time.Hour
	// sessionIdle ends a session that nobody uses.
	sessionIdle = 7 * 24 * time.Hour
	// seenEvery is how exactly the last use is kept; each record of it is a write.
	seenEvery = 10 * time.Minute
)

// Login checks a password and begins a session, whose secret belongs into the cookie. Every refusal looks the same,
// whether or not there is such a user.
func (s *Service) Login(ctx context.Context, name, password, address string) (session string, p Principal, err error) {
	if wait := s.byAddress.attempt(address); wait > 0 {
		return "", Principal{}, s.tooMany(ctx, name, address, wait)
	}
	result := undecided
	defer func() { s.byAddress.end(address, result) }()
	if wait := s.byUser.attempt(name); wait > 0 {
		return "", Principal{}, s.tooMany(ctx, name, address, wait)
	}
	defer func() { s.byUser.end(name, result) }()
	u, err := s.userByName(ctx, name)
	if err != nil && !errors.Is(err, &errs.Error{Code: "user_not_found"}) {
		return "", Principal{}, err
	}
	ok, err := s.hasher.verify(ctx, u.password, password)
	if err != nil {
		return "", Principal{}, err
	}
	if !ok || u.disabled {
		result = failed
		s.log.WarnContext(ctx, "A login failed.", slog.String("user", name), slog.String("address", address))
		return "", Principal{}, errs.Unauthorized("login_failed", "The name or the password is not right.")
	}
	result = succeeded
	if s.hasher.outdated(u.password) {
		s.rehash(ctx, u, password)
	}
	session, err = s.begin(ctx, u, address)
	return session, u.principal(), err
}

func (s *Service) tooMany(ctx context.Context, name, address string, wait time.Duration) error {
	s.log.WarnContext(ctx, "A login was refused after too many failures.", slog.String("user", name), slog.String("address", address))
	return tooMany(wait)
}

// rehash brings a hash to the present cost. Failing that, the old one still serves.
func (s *Service) rehash(ctx context.Context, u user, password string) {
	hash, err := s.hasher.hash(ctx, password)
	if err == nil {
		_, err = s.db.Write.ExecContext(ctx, "UPDATE auth_users SET password = ? WHERE id = ? AND password = ?", hash, u.id, u.password)
	}
	if err != nil {
		s.log.WarnContext(ctx, "A password could not be hashed anew.", slog.String("error", err.Error()))
	}
}

func (s *Service) begin(ctx context.Context, u user, address string) (string, error) {
	secret, err := newSecret("")
	if err != nil {
		return "", err
	}
	hash, now := hashSecret(secret), s.clock.Now()
	err = s.db.Tx(ctx, func(tx *sql.Tx) error {
		// Those that ended are cleared away here, where one write is made anyway.
		if _, err := tx.ExecContext(ctx, "DELETE FROM auth_sessions WHERE expires_at <= ? OR seen_at <= ?", now.UnixMilli(), now.Add(-sessionIdle).UnixMilli()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO auth_sessions (hash, user_id, address, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
			hash[:], u.id, address, now.UnixMilli(), now.UnixMilli(), now.Add(SessionLife).UnixMilli())
		return err
	})
	if err != nil {
		return "", fmt.Errorf("begin session: %w", err)
	}
	return secret, nil
}

// Logout ends a session; one that is not there has ended.
func (s *Service) Logout(ctx context.Context, session string) error {
	hash := hashSecret(session)
	defer s.cache.forget()
	_, err := s.db.Write.ExecContext(ctx, "DELETE FROM auth_sessions WHERE hash = ?", hash[:])
	return err
}

// Authenticate finds out who sends a request: by its bearer token, or else by its session cookie.
func (s *Service) Authenticate(r *http.Request) (Principal, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(token, TokenPrefix) {
			return Principal{}, errTokenInvalid()
		}
		return s.resolve(r.Context(), token, s.tokenPrincipal, errTokenInvalid)
	}
	session := ""
	if cookies := r.CookiesNamed(SessionCookie); len(cookies) > 0 {
		session = cookies[0].Value
	}
	if session == "" {
		return Principal{}, nil
	}
	return s.resolve(r.Context(), session, s.sessionPrincipal, errSessionEnded)
}

// found is what a lookup tells: who, and until when that surely holds.
type found struct {
	principal Principal
	expires   time.Time
}

// resolve finds the principal of a secret, in the cache or by lookup.
func (s *Service) resolve(ctx context.Context, secret string, lookup func(context.Context, secretHash, time.Time) (found, error), refuse func() *errs.Error) (Principal, error) {
	hash, now := hashSecret(secret), s.clock.Now()
	if p, ok := s.cache.get(hash, now); ok {
		return p, nil
	}
	epoch := s.cache.begin()
	f, err := lookup(ctx, hash, now)
	if errors.Is(err, sql.ErrNoRows) {
		return Principal{}, refuse()
	}
	if err != nil {
		return Principal{}, fmt.Errorf("find out who asks: %w", err)
	}
	until := now.Add(cacheLife)
	if f.expires.Before(until) {
		until = f.expires
	}
	s.cache.put(epoch, hash, f.principal, until)
	return f.principal, nil
}

func (s *Service) sessionPrincipal(ctx context.Context, hash secretHash, now time.Time) (found, error) {
	var u user
	var roles string
	var seen, expires int64
	err := s.db.Read.QueryRowContext(ctx, `SELECT u.id, u.tenant, u.name, u.roles, s.seen_at, s.expires_at
		FROM auth_sessions s JOIN auth_users u ON u.id = s.user_id
		WHERE s.hash = ? AND u.disabled = 0 AND s.expires_at > ? AND s.seen_at > ?`,
		hash[:], now.UnixMilli(), now.Add(-sessionIdle).UnixMilli()).Scan(&u.id, &u.tenant, &u.name, &roles, &seen, &expires)
	if err != nil {
		return found{}, err
	}
	if err := json.Unmarshal([]byte(roles), &u.roles); err != nil {
		return found{}, err
	}
	if now.Sub(time.UnixMilli(seen)) >= seenEvery {
		if _, err := s.db.Write.ExecContext(ctx, "UPDATE auth_sessions SET seen_at = ? WHERE hash = ?", now.UnixMilli(), hash[:]); err != nil {
			return found{}, err
		}
	}
	return found{u.principal(), time.UnixMilli(expires)}, nil
}

func errSessionEnded() *errs.Error {
	return errs.Unauthorized("session_ended", "Your session has ended; log in again.")
}

func errTokenInvalid() *errs.Error {
	return errs.Unauthorized("token_invalid", "This token is not valid: it is mistyped, revoked or expired.").
		WithHint("Make a new one in the settings.")
}

// tooMany says how long to wait; RetryAfter finds it again.
func tooMany(wait time.Duration) *errs.Error {
	seconds := int(math.Ceil(wait.Seconds()))
	return errs.New(http.StatusTooManyRequests, "too_many_attempts", "Too many failed attempts; try again in %d s.", seconds).Wrap(retryError(seconds))
}

type retryError int

func (e retryError) Error() string { return fmt.Sprintf("retry after %d s", int(e)) }

// RetryAfter gives the seconds to wait when err asks for that.
func RetryAfter(err error) (seconds int, ok bool) {
	var r retryError
	ok = errors.As(err, &r)
	return int(r), ok
}
