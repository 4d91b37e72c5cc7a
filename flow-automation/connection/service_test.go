package connection_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/connection"
	"dataflow/ide-go-lib/clock"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/db"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/secret"
)

type before struct {
	Host     string      `json:"host" title:"Host" zh:"主机" required:"true"`
	Password secret.Text `json:"password,omitempty" title:"Password" zh:"密码" widget:"sealed"`
	connector.Reach
}

type after struct {
	Host     string      `json:"host" title:"Host" zh:"主机" required:"true"`
	Auth     string      `json:"auth" title:"Login by" zh:"登录方式" enum:"password,oauth2" default:"password"`
	Password secret.Text `json:"password,omitempty" when:"auth=password" title:"Password" zh:"密码" widget:"sealed"`
	Client   secret.Text `json:"client_secret,omitempty" when:"auth=oauth2" title:"Client's secret" zh:"客户端密钥" widget:"sealed"`
	connector.Reach
}

func typeOf[C connector.Limited]() connector.Type {
	return connector.Define(connector.Type{Name: "mail", Offers: []connector.Offer{connector.OffersInbox}, Title: connector.Text{EN: "Mail", ZH: "邮件"}},
		func(C) string { return "" }, func(context.Context, connector.World, C) (connector.Conn, error) { return nil, nil })
}

// A field that a connection of an older release does not have yet is as it is by default, and leads nowhere else.
func TestSecretsStayWhenATypeGetsAField(t *testing.T) {
	dir := t.TempDir()
	d, err := db.Open(t.Context(), db.Config{Path: filepath.Join(dir, "dataflow.db")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	box, err := secret.Load(filepath.Join(dir, "secrets.key"))
	require.NoError(t, err)
	service := func(typ connector.Type) *connection.Service {
		t.Helper()
		s, err := connection.New(t.Context(), connection.Deps{DB: d, Secrets: box, Types: connector.NewRegistry(typ), Clock: clock.System{}})
		require.NoError(t, err)
		return s
	}
	by := connection.Change{By: "ada", At: clock.System{}.Now()}
	made, err := service(typeOf[before]()).Create(t.Context(), "default", "box", "mail", connection.Draft{Config: map[string]any{"host": "a.example.org", "password": "secret"}}, by)
	require.NoError(t, err)
	newer := service(typeOf[after]())
	_, err = newer.Save(t.Context(), "default", "box", made.Revision, connection.Draft{Config: map[string]any{"host": "b.example.org"}}, by)
	require.Equal(t, "secret_needed", errs.From(err).Code, err)
	saved, err := newer.Save(t.Context(), "default", "box", made.Revision, connection.Draft{Title: "Box", Config: map[string]any{"host": "a.example.org"}}, by)
	require.NoError(t, err)
	require.Equal(t, []string{"password"}, saved.Secrets)

	// With another way to log in the password is gone, whoever comes by.
	saved, err = newer.Save(t.Context(), "default", "box", saved.Revision, connection.Draft{Config: map[string]any{"host": "a.example.org", "auth": "oauth2", "client_secret": "other"}}, by)
	require.NoError(t, err)
	require.Equal(t, []string{"client_secret"}, saved.Secrets)
	saved, err = newer.Save(t.Context(), "default", "box", saved.Revision, connection.Draft{Config: map[string]any{"host": "b.example.org"}}, by)
	require.NoError(t, err)
	require.Empty(t, saved.Secrets, "nothing is sent elsewhere")
}

// What a test has found can be said in other languages later, too.
func TestResultsOfTestsKeepTheirParts(t *testing.T) {
	dir := t.TempDir()
	d, err := db.Open(t.Context(), db.Config{Path: filepath.Join(dir, "dataflow.db")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	box, err := secret.Load(filepath.Join(dir, "secrets.key"))
	require.NoError(t, err)
	typ := typeOf[before]()
	typ = connector.Define(connector.Type{Name: typ.Name, Offers: typ.Offers, Title: typ.Title}, func(before) string { return "" },
		func(context.Context, connector.World, before) (connector.Conn, error) {
			return nil, errs.Unavailable("connection_refused", "Nothing listens at %s on port %d.", "mail", 25).WithHint("Try %s.", "later")
		})
	s, err := connection.New(t.Context(), connection.Deps{DB: d, Secrets: box, Types: connector.NewRegistry(typ), Clock: clock.System{}})
	require.NoError(t, err)
	_, err = s.Create(t.Context(), "default", "box", "mail", connection.Draft{Config: map[string]any{"host": "a.example.org"}}, connection.Change{By: "ada", At: clock.System{}.Now()})
	require.NoError(t, err)
	_, err = s.Test(t.Context(), "default", "box")
	require.NoError(t, err)
	k, err := s.Get(t.Context(), "default", "box")
	require.NoError(t, err)
	require.Equal(t, connection.TestSaid{
		Said: errs.Said{Form: "Nothing listens at {0} on port {1}.", Args: []string{"mail", "25"}}, HintForm: "Try {0}.", HintArgs: []string{"later"},
	}, k.LastTest.TestSaid)
}

// A host is often copied from elsewhere, with a blank at its end or as an address with more in it.
func TestHostsThatArePasted(t *testing.T) {
	dir := t.TempDir()
	d, err := db.Open(t.Context(), db.Config{Path: filepath.Join(dir, "dataflow.db")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	box, err := secret.Load(filepath.Join(dir, "secrets.key"))
	require.NoError(t, err)
	s, err := connection.New(t.Context(), connection.Deps{DB: d, Secrets: box, Types: connector.NewRegistry(typeOf[before]()), Clock: clock.System{}})
	require.NoError(t, err)
	given := map[string]any{"host": " a.example.org\t"}
	made, err := s.Create(t.Context(), "default", "box", "mail", connection.Draft{Config: given}, connection.Change{By: "ada", At: clock.System{}.Now()})
	require.NoError(t, err)
	require.Equal(t, "a.example.org", made.Config["host"])
	require.Equal(t, " a.example.org\t", given["host"], "what was handed over is not changed")
	test, err := s.TestDraft(t.Context(), "default", "", "mail", connection.Draft{Config: map[string]any{"host": "http://127.0.0.1"}})
	require.NoError(t, err)
	require.False(t, test.OK)
	require.Equal(t, "config.host", test.Field)
	require.Equal(t, `"http://127.0.0.1" is not the name of a host, such as db.example.org. Leave http:// and the like out; the port has a field of its own.`, test.Message)
	require.Equal(t, []string{`"http://127.0.0.1"`}, test.Args)
}
