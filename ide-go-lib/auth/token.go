package auth

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"dataflow/ide-go-lib/errs"
)

// Token is an API token as its owner sees it; the secret itself is not kept.
type Token struct {
	ID          string       `json:"id"`
	Name        string       `json:"name" doc:"What the token is for"`
	Permissions []Permission `json:"permissions" doc:"What the token may do, as far as its owner may"`
	CreatedAt   time.Time    `json:"created_at"`
	ExpiresAt   *time.Time   `json:"expires_at,omitempty" doc:"Absent means never"`
	LastUsedAt  *time.Time   `json:"last_used_at,omitempty" doc:"Exact to some minutes"`
}

// TokenRequest asks for a token.
type TokenRequest struct {
	Name string
	// Permissions restrict the token; nil is everything that the owner may do.
	Permissions []Permission
	// ExpiresAt is when the token ends; nil is never.
	ExpiresAt *time.Time
}

// CreateToken makes a token of the principal's and gives its secret, which cannot be found again. A token that asks can
// only make one that may do no more and ends no later.
func (s *Service) CreateToken(ctx context.Context, p Principal, req TokenRequest) (Token, string, error) {
	now := s.clock.Now()
	if err := req.check(p, now); err != nil {
		return Token{}, "", err
	}
	if req.Permissions == nil {
		req.Permissions = p.Permissions
	}
	secret, err := newSecret(TokenPrefix)
	if err != nil {
		return Token{}, "", err
	}
	list, err := json.Marshal(req.Permissions)
	if err != nil {
		return Token{}, "", err
	}
	hash := hashSecret(secret)
	t := Token{ID: newID(now), Name: strings.TrimSpace(req.Name), Permissions: req.Permissions, CreatedAt: now.Truncate(time.Millisecond), ExpiresAt: req.ExpiresAt}
	_, err = s.db.Write.ExecContext(ctx, "INSERT INTO auth_tokens (id, hash, tenant, user_id, name, permissions, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		t.ID, hash[:], p.Tenant, p.ID, t.Name, string(list), now.UnixMilli(), millis(req.ExpiresAt))
	if err != nil {
		return Token{}, "", fmt.Errorf("keep token: %w", err)
	}
	return t, secret, nil
}

func (req TokenRequest) check(p Principal, now time.Time) error {
	invalid := func(field, message string) error {
		return errs.Invalid("token_request_invalid", "%s", message).With(errs.Detail{Code: "invalid", Message: message, Place: errs.Place{Field: field}})
	}
	if n := len(strings.TrimSpace(req.Name)); n == 0 || n > 100 {
		return invalid("name", "Give the token a name of 1 to 100 characters, which says what it is for.")
	}
	if req.ExpiresAt != nil && !req.ExpiresAt.After(now) {
		return invalid("expires_at", "The token must expire in the future.")
	}
	if req.Permissions != nil && len(req.Permissions) == 0 {
		return invalid("permissions", "A token without any permission is of no use; leave the list out to allow all that you may do.")
	}
	for i, needed := range req.Permissions {
		field := fmt.Sprintf("permissions[%d]", i)
		if !needed.Known() {
			return invalid(field, fmt.Sprintf("There is no permission %q.", needed))
		}
		if !p.Can(needed) {
			return invalid(field, fmt.Sprintf("You cannot give the permission %s, which you do not have.", needed))
		}
	}
	if p.Ends != nil && (req.ExpiresAt == nil || req.ExpiresAt.After(*p.Ends)) {
		return invalid("expires_at", fmt.Sprintf("A token that asks cannot make one that outlives it; let this one expire by %s.", p.Ends.Format(time.RFC3339)))
	}
	return nil
}

// CreateTokenFor is CreateToken for a user by name, for whoever has the machine.
func (s *Service) CreateTokenFor(ctx context.Context, name string, req TokenRequest) (Token, string, error) {
	u, err := s.userByName(ctx, name)
	if err != nil {
		return Token{}, "", err
	}
	return s.CreateToken(ctx, u.principal(), req)
}

// Tokens lists the principal's tokens, the newest first.
func (s *Service) Tokens(ctx context.Context, p Principal) (list []Token, err error) {
	rows, err := s.db.Read.QueryContext(ctx, `SELECT id, name, permissions, created_at, expires_at, last_used_at
		FROM auth_tokens WHERE tenant = ? AND user_id = ? ORDER BY created_at DESC, id DESC`, p.Tenant, p.ID)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	defer func() { err = firstError(err, rows.Close()) }()
	list = []Token{}
	for rows.Next() {
		var t Token
		var permissions string
		var created int64
		var expires, used sql.NullInt64
		if err := rows.Scan(&t.ID, &t.Name, &permissions, &created, &expires, &used); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(permissions), &t.Permissions); err != nil {
			return nil, err
		}
		t.CreatedAt, t.ExpiresAt, t.LastUsedAt = time.UnixMilli(created).UTC(), moment(expires), moment(used)
		list = append(list, t)
	}
	return list, rows.Err()
}

// DeleteToken revokes one of the principal's tokens, at once.
func (s *Service) DeleteToken(ctx context.Context, p Principal, id string) error {
	defer s.cache.forget()
	result, err := s.db.Write.ExecContext(ctx, "DELETE FROM auth_tokens WHERE id = ? AND tenant = ? AND user_id = ?", id, p.Tenant, p.ID)
	if err != nil {
		return fmt.Errorf("revoke token: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return firstError(err, errs.NotFound("token_not_found", "You have no token %q.", id))
	}
	return nil
}

func (s *Service) tokenPrincipal(ctx context.Context, hash secretHash, now time.Time) (found, error) {
	var u user
	var roles, permissions string
	var expires, used sql.NullInt64
	err := s.db.Read.QueryRowContext(ctx, `SELECT u.id, u.tenant, u.name, u.roles, t.permissions, t.expires_at, t.last_used_at
		FROM auth_tokens t JOIN auth_users u ON u.id = t.user_id
		WHERE t.hash = ? AND u.disabled = 0 AND (t.expires_at IS NULL OR t.expires_at > ?)`, hash[:], now.UnixMilli()).
		Scan(&u.id, &u.tenant, &u.name, &roles, &permissions, &expires, &used)
	if err != nil {
		return found{}, err
	}
	var allowed []Permission
	if err := json.Unmarshal([]byte(roles), &u.roles); err != nil {
		return found{}, err
	}
	if err := json.Unmarshal([]byte(permissions), &allowed); err != nil {
		return found{}, err
	}
	if last := moment(used); last == nil || now.Sub(*last) >= seenEvery {
		if _, err := s.db.Write.ExecContext(ctx, "UPDATE auth_tokens SET last_used_at = ? WHERE hash = ?", now.UnixMilli(), hash[:]); err != nil {
			return found{}, err
		}
	}
	f := found{principal: u.principal(), expires: now.Add(cacheLife)}
	f.principal.Permissions = slices.DeleteFunc(f.principal.Permissions, func(p Permission) bool { return !slices.Contains(allowed, p) })
	if end := moment(expires); end != nil {
		f.expires, f.principal.Ends = *end, end
	}
	return f, nil
}

func moment(ms sql.NullInt64) *time.Time {
	if !ms.Valid {
		return nil
	}
	t := time.UnixMilli(ms.Int64).UTC()
	return &t
}

func millis(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixMilli()
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
