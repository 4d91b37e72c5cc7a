package imap_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/connector/imap"
	"dataflow/ide-go-lib/testkit/mailserver"
)

func TestLoginByToken(t *testing.T) {
	a := mailserver.StartAuthority(t)
	s := mailserver.StartMailboxFor(t, a, nil)
	b := connectortest.New(t, imap.Type(), map[string]any{
		"host": s.Host, "port": s.Port, "ca": s.CA, "user": mailserver.User, "auth": "oauth2", "token_url": a.URL, "client_id": mailserver.Client, "client_secret": mailserver.ClientSecret,
	})
	_, plain := build(t, false)
	for name, c := range map[string]struct {
		with          map[string]any
		code, message string
	}{
		"client":        {nil, "", "IMAP"},
		"refresh":       {map[string]any{"refresh_token": mailserver.Refresh}, "", "IMAP"},
		"public":        {map[string]any{"refresh_token": mailserver.Refresh, "client_secret": ""}, "", "IMAP"},
		"password":      {map[string]any{"auth": "password", "password": mailserver.Password}, "", "IMAP"},
		"other user":    {map[string]any{"user": "ada@example.org"}, connector.CodeLogin, `refuses the user "ada@example.org" with the token`},
		"secret":        {map[string]any{"client_secret": "wrong"}, connector.CodeLogin, `gives the client "dataflow" no token (invalid_client)`},
		"refresh token": {map[string]any{"refresh_token": "wrong"}, connector.CodeLogin, "does not take the refresh token"},
		"nobody":        {map[string]any{"client_id": ""}, connector.CodeInvalid, "config.client_id"},
		"no address":    {map[string]any{"token_url": "login"}, connector.CodeInvalid, "config.token_url"},
		"address":       {map[string]any{"token_url": "https://10.1.2.3/token"}, "address_refused", "10.1.2.3"},
		"in the open":   {map[string]any{"token_url": "http://login.example.org/token"}, connector.CodeInvalid, "config.token_url"},
		"no OAuth":      {map[string]any{"port": plain.Port, "tls": "off"}, connector.CodeNoLogin, "takes no login by OAuth 2"},
	} {
		b.Answers(name, c.with, c.code, c.message, mailserver.ClientSecret, mailserver.Refresh)
	}
}

// A token is kept for all connections of a name, and fetched anew when it was taken back.
func TestTokensAreKept(t *testing.T) {
	a := mailserver.StartAuthority(t)
	s := mailserver.StartMailboxFor(t, a, nil)
	b := connectortest.New(t, imap.Type(), map[string]any{
		"host": s.Host, "port": s.Port, "ca": s.CA, "user": mailserver.User, "auth": "oauth2", "token_url": a.URL, "client_id": mailserver.Client, "refresh_token": mailserver.Refresh,
	})
	b.World.Shared = &connector.Shared{}
	for range 2 {
		b.Answers("works", nil, "", "IMAP")
		require.Equal(t, 1, a.Issued())
	}
	a.Revoke(mailserver.User)
	b.Answers("works again", nil, "", "IMAP")
	require.Equal(t, 2, a.Issued())
	a.Revoke("ada@example.org")
	b.Answers("somebody else's", nil, connector.CodeLogin, "with the token")
	require.Equal(t, 3, a.Issued(), "one more is tried, not many")
}
