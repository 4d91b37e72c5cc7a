// Package authapi is the API of people and machines that log in: /api/auth/v1.
package authapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"dataflow/ide-go-lib/auth"
	"dataflow/ide-go-lib/httpd"
)

const prefix = "/api/auth/v1"

type api struct {
	service *auth.Service
}

// Register adds the operations to a server.
func Register(s *httpd.Server, service *auth.Service) {
	a := api{service}
	const tag = "Login"
	httpd.Register(s, httpd.Op{ID: "login", Method: "POST", Path: prefix + "/login", Summary: "Begin a session", Tag: tag, Permission: auth.Public, Status: http.StatusOK}, a.login)
	httpd.Register(s, httpd.Op{ID: "logout", Method: "POST", Path: prefix + "/logout", Summary: "End the session", Tag: tag, Permission: auth.Public}, a.logout)
	httpd.Register(s, httpd.Op{ID: "getMe", Method: "GET", Path: prefix + "/me", Summary: "Who is logged in", Tag: tag, Permission: auth.LoggedIn}, a.me)
	httpd.Register(s, httpd.Op{ID: "changePassword", Method: "POST", Path: prefix + "/password", Summary: "Change the own password", Tag: tag, Permission: auth.LoggedIn,
		Description: "All other sessions of the user end."}, a.password)
	httpd.Register(s, httpd.Op{ID: "listTokens", Method: "GET", Path: prefix + "/tokens", Summary: "List the own API tokens", Tag: tag, Permission: auth.TokenManage}, a.tokens)
	httpd.Register(s, httpd.Op{ID: "createToken", Method: "POST", Path: prefix + "/tokens", Summary: "Make an API token", Tag: tag, Permission: auth.TokenManage,
		Status: http.StatusCreated}, a.createToken)
	httpd.Register(s, httpd.Op{ID: "deleteToken", Method: "DELETE", Path: prefix + "/tokens/{id}", Summary: "Revoke an API token", Tag: tag, Permission: auth.TokenManage}, a.deleteToken)
}

type principalOutput struct {
	SetCookie string `header:"Set-Cookie" hidden:"true"`
	Body      auth.Principal
}

type loginInput struct {
	Body struct {
		Name     string `json:"name" minLength:"1" maxLength:"100"`
		Password string `json:"password" minLength:"1" maxLength:"1000"`
	}
}

func (a api) login(ctx context.Context, in *loginInput) (*principalOutput, error) {
	session, p, err := a.service.Login(ctx, in.Body.Name, in.Body.Password, httpd.ClientAddress(ctx))
	if err != nil {
		return nil, withRetry(err)
	}
	return &principalOutput{SetCookie: cookie(ctx, session, int(auth.SessionLife/time.Second)), Body: p}, nil
}

type sessionInput struct {
	Session string `cookie:"dataflow_session" hidden:"true"`
}

type logoutOutput struct {
	SetCookie string `header:"Set-Cookie" hidden:"true"`
}

func (a api) logout(ctx context.Context, in *sessionInput) (*logoutOutput, error) {
	if err := a.service.Logout(ctx, in.Session); err != nil {
		return nil, err
	}
	return &logoutOutput{SetCookie: cookie(ctx, "", -1)}, nil
}

// cookie is for our own pages only, and for no script.
func cookie(ctx context.Context, session string, maxAge int) string {
	c := http.Cookie{ //nolint:gosec // Secure follows the connection: the default is plain HTTP on the loopback interface
		Name: auth.SessionCookie, Value: session, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: httpd.Secure(ctx), SameSite: http.SameSiteLaxMode,
	}
	return c.String()
}

type meOutput struct {
	Body auth.Principal
}

func (a api) me(ctx context.Context, _ *struct{}) (*meOutput, error) {
	return &meOutput{Body: auth.From(ctx)}, nil
}

type passwordInput struct {
	Session string `cookie:"dataflow_session" hidden:"true"`
	Body    struct {
		Current string `json:"current" minLength:"1" maxLength:"1000" doc:"The present password"`
		Next    string `json:"next" maxLength:"1000" doc:"The new password, of at least 8 characters"`
	}
}

func (a api) password(ctx context.Context, in *passwordInput) (*struct{}, error) {
	return nil, withRetry(a.service.ChangePassword(ctx, auth.From(ctx), in.Session, in.Body.Current, in.Body.Next))
}

type tokensOutput struct {
	Body struct {
		Items []auth.Token `json:"items"`
		Next  string       `json:"next" doc:"Always empty: there is one page"`
	}
}

func (a api) tokens(ctx context.Context, _ *struct{}) (*tokensOutput, error) {
	list, err := a.service.Tokens(ctx, auth.From(ctx))
	if err != nil {
		return nil, err
	}
	out := &tokensOutput{}
	out.Body.Items = list
	return out, nil
}

type createTokenInput struct {
	Body struct {
		Name        string            `json:"name" minLength:"1" maxLength:"100" doc:"What the token is for"`
		Permissions []auth.Permission `json:"permissions,omitempty" doc:"What the token may do; absent is all that its owner may"`
		ExpiresAt   *time.Time        `json:"expires_at,omitempty" doc:"When the token ends; absent is never"`
	}
}

// CreatedToken is a new token with its secret, which is shown this once.
type CreatedToken struct {
	auth.Token
	Secret string `json:"token" doc:"The token itself, shown this once"`
}

type createTokenOutput struct {
	Body CreatedToken
}

func (a api) createToken(ctx context.Context, in *createTokenInput) (*createTokenOutput, error) {
	t, secret, err := a.service.CreateToken(ctx, auth.From(ctx), auth.TokenRequest{Name: in.Body.Name, Permissions: in.Body.Permissions, ExpiresAt: in.Body.ExpiresAt})
	if err != nil {
		return nil, err
	}
	return &createTokenOutput{Body: CreatedToken{Token: t, Secret: secret}}, nil
}

type tokenInput struct {
	ID string `path:"id"`
}

func (a api) deleteToken(ctx context.Context, in *tokenInput) (*struct{}, error) {
	return nil, a.service.DeleteToken(ctx, auth.From(ctx), in.ID)
}

// withRetry says in a header how long to wait.
func withRetry(err error) error {
	if seconds, ok := auth.RetryAfter(err); ok {
		return httpd.WithHeader(err, "Retry-After", strconv.Itoa(seconds))
	}
	return err
}
