package smtp_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/connector/connectortest"
	"dataflow/ide-go-lib/connector/smtp"
	"dataflow/ide-go-lib/testkit/mailserver"
)

func TestLoginByToken(t *testing.T) {
	a := mailserver.StartAuthority(t)
	relay := mailserver.StartOutgoing(t, mailserver.Nobody)
	s := mailserver.StartMailboxFor(t, a, relay)
	b := connectortest.New(t, smtp.Type(), map[string]any{
		"host": s.Host, "port": s.SendPort, "ca": s.CA, "from": mailserver.User, "user": mailserver.User, "auth": "oauth2",
		"token_url": a.URL, "client_id": mailserver.Client, "client_secret": mailserver.ClientSecret, "refresh_token": mailserver.Refresh,
	})
	plain := mailserver.StartOutgoing(t, mailserver.Open)
	try(t, b, map[string]attempt{
		"works":      {nil, "", "SMTP"},
		"password":   {map[string]any{"auth": "password", "password": mailserver.Password}, "", "SMTP"},
		"other user": {map[string]any{"user": "ada@example.org"}, connector.CodeLogin, `refuses the user "ada@example.org" with the token`},
		"nobody":     {map[string]any{"user": ""}, connector.CodeInvalid, "config.user"},
		"no OAuth":   {map[string]any{"port": plain.Port, "tls": "off"}, connector.CodeNoLogin, "takes no login by OAuth 2"},
	})
	out := connectortest.OpenAs[connector.Outbox](b, nil)
	require.NoError(t, out.Send(t.Context(), connector.Mail{To: address(t, "ada@example.org"), Subject: "By token", Text: "x"}))
	sent := relay.Mails()
	require.Len(t, sent, 1)
	require.Equal(t, "By token", sent[0].Header.Get("Subject"))
}
