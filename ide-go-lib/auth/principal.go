package auth

import (
	"context"
	"slices"
	"time"

	"dataflow/ide-go-lib/errs"
)

// DefaultTenant is the tenant of an installation that has only one.
const DefaultTenant = "default"

// Principal is who asks: a person or a machine, always of one tenant. The zero value is nobody.
type Principal struct {
	ID          string       `json:"id"`
	Name        string       `json:"name"`
	Tenant      string       `json:"tenant"`
	Roles       []Role       `json:"roles"`
	Permissions []Permission `json:"permissions"`
	// Ends is when the token that asks ends; nil for a person and for a token without end.
	Ends *time.Time `json:"-"`
}

// Nobody says that nobody is logged in.
func (p Principal) Nobody() bool { return p.ID == "" }

// Can says whether the principal may do what needs the permission.
func (p Principal) Can(needed Permission) bool {
	switch needed {
	case Public:
		return true
	case LoggedIn:
		return !p.Nobody()
	}
	return !p.Nobody() && slices.Contains(p.Permissions, needed)
}

type principalKey struct{}

// With gives a context in which p asks.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// From gives who asks; nobody when the context does not say.
func From(ctx context.Context) Principal {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p
}

// Can says whether the one who asks may do what needs the permission.
func Can(ctx context.Context, needed Permission) bool { return From(ctx).Can(needed) }

// Require is Can with the answer for the one who asks.
func Require(ctx context.Context, needed Permission) error { return From(ctx).Require(needed) }

// Require is nil when the principal may, and otherwise says why not.
func (p Principal) Require(needed Permission) error {
	switch {
	case p.Can(needed):
		return nil
	case p.Nobody():
		return errs.Unauthorized("login_required", "Log in first, or send an API token as a bearer token.")
	}
	return errs.Forbidden("permission_denied", "%s may not do this: the permission %s is missing.", p.Name, needed).
		WithHint("An administrator of the tenant can give a role that has it.")
}

// SessionCookie is the name of the cookie that holds a person's session.
const SessionCookie = "dataflow_session"
