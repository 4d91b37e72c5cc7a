package cli

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dataflow/flow-automation/connection"
	"dataflow/ide-go-lib/connector"
	"dataflow/ide-go-lib/testkit/sqlserver"
	"dataflow/ide-go-lib/testkit/storageserver"
)

func TestConnections(t *testing.T) {
	s := sqlserver.Postgres(t)
	m := loggedIn(t, "--allow-network", "127.0.0.0/8")
	create := []string{"connections", "create", "warehouse", "postgres", "host=127.0.0.1", "port=" + strconv.Itoa(s.Port), "database=postgres", "user=dataflow", "tls=off"}
	with := func(more ...string) []string { return append(append([]string{}, create...), more...) }

	_, beside := m.want(exitUsage, with("password="+s.Password)...)
	require.Contains(t, beside, "DATAFLOW_CONNECTION_PASSWORD")
	_, beside = m.want(exitUsage, with("port")...)
	require.Contains(t, beside, "FIELD=VALUE")
	_, beside = m.want(exitUsage, with("port=many")...)
	require.Contains(t, beside, "integer")
	_, beside = m.want(exitUsage, "connections", "create", "x", "postgers")
	require.Contains(t, beside, `"postgres"`)
	_, beside = m.want(exitUsage, with("--secret-stdin", "pasword")...)
	require.Contains(t, beside, `"password"`)

	m.in = "wrong-password\n"
	_, beside = m.want(exitFailed, with("--secret-stdin", "password")...)
	require.Contains(t, beside, "refuses the user")
	require.Contains(t, beside, "Check user and password")
	m.in = ""
	m.want(exitOK, "connections", "delete", "warehouse", "--yes")

	m.env["DATAFLOW_CONNECTION_PASSWORD"] = s.Password
	out, beside := m.want(exitOK, with("--title", "The warehouse")...)
	require.Contains(t, out, "warehouse works: PostgreSQL")
	require.NotContains(t, out+beside, s.Password)
	out, _ = m.want(exitOK, "connections", "list")
	require.Contains(t, out, "dataflow@127.0.0.1:")
	require.Contains(t, out, "works: PostgreSQL")
	var list []connection.Connection
	m.answer(&list, "connections", "list")
	require.Equal(t, []string{"password"}, list[0].Secrets)
	var result connection.Test
	m.answer(&result, "connections", "test", "warehouse")
	require.True(t, result.OK)

	out, _ = m.want(exitOK, "connections", "browse", "warehouse")
	require.Contains(t, out, "public")
	out, _ = m.want(exitOK, "connections", "browse", "warehouse", "pg_catalog.pg_am")
	require.Contains(t, out, "amname")
	out, _ = m.want(exitOK, "connections", "browse", "warehouse", "pg_catalog.pg_am", "--rows", "2")
	require.Contains(t, out, "heap")
	m.want(exitUsage, "connections", "browse", "warehouse", "public", "--rows", "2")
	var entries []connector.Entry
	m.answer(&entries, "connections", "browse", "warehouse", "public")
	require.Empty(t, entries)

	m.write("fresh.yaml", "apiVersion: dataflow/v1\nkind: Flow\nmetadata: {name: fresh}\nspec:\n  nodes:\n    - {id: rows, type: sql.read, with: {connection: warehouse, query: SELECT 42 AS n, incremental: n}}\n")
	m.want(exitOK, "flows", "apply", "fresh.yaml", "--publish", "--yes")
	_, beside = m.want(exitOK, "flows", "marks", "fresh")
	require.Contains(t, beside, "the next run reads everything")
	m.want(exitOK, "flows", "run", "fresh")
	out, _ = m.want(exitOK, "flows", "marks", "fresh")
	require.Regexp(t, `rows +query SELECT 42 AS n of warehouse +n 42 `, out)
	_, beside = m.want(exitRefused, "flows", "marks", "fresh", "--forget", "--step", "other", "--yes")
	require.Contains(t, beside, "Nothing is remembered of a step")
	var marks []connection.Mark
	m.answer(&marks, "flows", "marks", "fresh", "--forget", "--step", "rows", "--yes")
	require.Empty(t, marks)
	m.want(exitOK, "flows", "delete", "fresh", "--yes")

	m.write("uses.yaml", "apiVersion: dataflow/v1\nkind: Flow\nmetadata: {name: uses}\nspec:\n  nodes:\n    - {id: rows, type: sql.read, with: {connection: warehouse, query: SELECT 42 AS n}}\n    - {id: back, type: control.return, in: {value: rows}}\n")
	m.want(exitOK, "flows", "apply", "uses.yaml", "--yes")
	_, beside = m.want(exitRefused, "connections", "delete", "warehouse", "--yes")
	require.Contains(t, beside, "The flow uses uses this connection")
	m.want(exitOK, "connections", "delete", "warehouse", "--yes", "--force")
	m.want(exitRefused, "connections", "test", "warehouse")
}

func TestConnectionsAreChanged(t *testing.T) {
	s := sqlserver.Postgres(t)
	m := loggedIn(t, "--allow-network", "127.0.0.0/8")
	m.env["DATAFLOW_CONNECTION_PASSWORD"] = s.Password
	m.want(exitOK, "connections", "create", "warehouse", "postgres", "host=127.0.0.1", "port="+strconv.Itoa(s.Port), "database=postgres", "user=dataflow", "tls=off", "--title", "The warehouse")
	delete(m.env, "DATAFLOW_CONNECTION_PASSWORD")
	update := func(code int, more ...string) (out, beside string) {
		t.Helper()
		return m.want(code, append([]string{"connections", "update", "warehouse"}, more...)...)
	}
	now := func() connection.Connection {
		t.Helper()
		var list []connection.Connection
		m.answer(&list, "connections", "list")
		return list[0]
	}

	// What is not named stays, the password too.
	out, beside := update(exitOK, "max_connections=3", "--description", "Of the shop")
	require.Contains(t, out, "warehouse works: PostgreSQL")
	require.Contains(t, beside, "warehouse is saved: ")
	c := now()
	require.Equal(t, "The warehouse", c.Title)
	require.Equal(t, "Of the shop", c.Description)
	require.EqualValues(t, 3, c.Config["max_connections"])
	require.Equal(t, []string{"password"}, c.Secrets)
	update(exitOK, "max_connections=3")
	update(exitOK, "--unset", "max_connections", "--title", "")
	require.NotEqualValues(t, 3, now().Config["max_connections"])
	require.Empty(t, now().Title)

	for _, wrong := range []struct {
		args []string
		says string
	}{
		{nil, "nothing is to be changed"},
		{[]string{"max_connections"}, "FIELD=VALUE"},
		{[]string{"max_connections=many"}, "integer"},
		{[]string{"password=x"}, "DATAFLOW_CONNECTION_PASSWORD"},
		{[]string{"--unset", "max_conections"}, `"max_connections"`},
		{[]string{"--unset", "max_connections", "max_connections=2"}, "given a value, too"},
		{[]string{"--ask", "pasword"}, `"password"`},
		{[]string{"--ask", "password"}, "no terminal"},
		{[]string{"--secret-stdin", "user"}, `"password"`},
	} {
		_, beside = update(exitUsage, wrong.args...)
		require.Contains(t, beside, wrong.says, "%s", wrong.args)
	}

	// One that leads elsewhere needs the password anew.
	_, beside = update(exitInvalid, "host=localhost")
	require.Contains(t, beside, "leads elsewhere")
	require.Contains(t, beside, "DATAFLOW_CONNECTION_PASSWORD")
	m.env["DATAFLOW_CONNECTION_PASSWORD"] = s.Password
	out, beside = update(exitOK, "host=localhost")
	require.Contains(t, out, "warehouse works")
	require.Contains(t, beside, "password is that of DATAFLOW_CONNECTION_PASSWORD.")
	delete(m.env, "DATAFLOW_CONNECTION_PASSWORD")
	asked := 0
	m.person, m.secret = true, func() (string, error) { asked++; return s.Password, nil }
	_, beside = update(exitOK, "host=127.0.0.1")
	require.Contains(t, beside, "password: ")
	require.Equal(t, 1, asked)
	update(exitOK, "--ask", "password")
	require.Equal(t, 2, asked)
	update(exitOK, "query_seconds=5")
	require.Equal(t, 2, asked, "nobody is asked for what stays")
	m.person, m.secret = false, nil

	m.in = "wrong-password\n"
	_, beside = update(exitFailed, "--secret-stdin", "password")
	require.Contains(t, beside, "refuses the user")
	m.in = ""
	update(exitOK, "--unset", "password", "--no-test")
	require.Empty(t, now().Secrets)
	_, beside = m.want(exitRefused, "connections", "update", "warehose", "user=x")
	require.Contains(t, beside, `"warehouse"`)

	out, _ = m.want(exitOK, "__complete", "connections", "update", "")
	require.True(t, strings.HasPrefix(out, "warehouse\t") && strings.HasSuffix(out, ":4\n"), out)
	out, _ = m.want(exitOK, "__complete", "connections", "update", "warehouse", "max")
	require.Contains(t, out, "max_connections=\t")
	require.Contains(t, out, ":6\n", "a value follows, without a space")
	out, _ = m.want(exitOK, "__complete", "connections", "update", "warehouse", "pass")
	require.NotContains(t, out, "password=")
	out, _ = m.want(exitOK, "__complete", "connections", "create", "other", "postg")
	require.True(t, strings.HasPrefix(out, "postgres\t"), out)
	out, _ = m.want(exitOK, "__complete", "connections", "create", "other", "postgres", "ho")
	require.Contains(t, out, "host=\t")
}

// With another way to log in, its secrets are asked for and the others are dropped.
func TestAnotherWayToLogIn(t *testing.T) {
	m := loggedIn(t)
	var asked []string
	m.person, m.secret = true, func() (string, error) { asked = append(asked, "once"); return "secret", nil }
	secrets := func() []string {
		t.Helper()
		var list []connection.Connection
		m.answer(&list, "connections", "list")
		return list[0].Secrets
	}
	_, beside := m.want(exitOK, "connections", "create", "box", "imap", "host=imap.invalid", "user=ada", "--no-test")
	require.Contains(t, beside, "password: ")
	require.NotContains(t, beside, "client_secret")
	require.Equal(t, []string{"password"}, secrets())
	m.env["DATAFLOW_CONNECTION_PASSWORD"] = "of another"
	_, beside = m.want(exitOK, "connections", "update", "box", "auth=oauth2", "token_url=https://login.invalid/token", "client_id=us", "--no-test")
	require.Contains(t, beside, "client_secret: ")
	require.NotContains(t, beside, "password")
	require.Equal(t, []string{"client_secret", "refresh_token"}, secrets())
	delete(m.env, "DATAFLOW_CONNECTION_PASSWORD")
	_, beside = m.want(exitOK, "connections", "update", "box", "--title", "Box", "--no-test")
	require.NotContains(t, beside, ": \n")
	require.Len(t, asked, 3)
}

func TestConnectionsOfStorageAndWebServices(t *testing.T) {
	m := loggedIn(t, "--allow-network", "127.0.0.0/8")
	upload(m, "data/in/n.csv", "n,m\n1,2\n3,4\n")
	out, _ := m.want(exitOK, "connections", "create", "files", "folder", "folder=data")
	require.Contains(t, out, "files works: 1 file")
	out, _ = m.want(exitOK, "connections", "browse", "files")
	require.Contains(t, out, "folder")
	for _, folder := range []string{"in", "in/"} {
		out, _ = m.want(exitOK, "connections", "browse", "files", folder)
		require.Contains(t, out, "in/n.csv")
		require.Contains(t, out, "12 B")
	}
	_, beside := m.want(exitRefused, "connections", "browse", "files", "inn")
	require.Contains(t, beside, `There is no folder "inn".`)
	require.Contains(t, beside, `Did you mean "in"?`)
	_, beside = m.want(exitInvalid, "connections", "browse", "files", "in/n.csv")
	require.Contains(t, beside, `"in/n.csv" is an object, not a folder.`)
	m.want(exitFailed, "connections", "create", "gone", "folder", "folder=dta")
	_, beside = m.want(exitFailed, "connections", "test", "gone")
	require.Contains(t, beside, `There is no folder "dta" in the files folder.`)
	out, _ = m.want(exitOK, "connections", "browse", "files", "in/n.csv", "--rows", "1")
	require.Contains(t, out, "2")
	require.NotContains(t, out, "4")

	// What has no list of tables says how it is read.
	m.want(exitOK, "connections", "create", "api", "http", "url=https://api.example.org/v1/", "--no-test")
	out, beside = m.want(exitOK, "connections", "browse", "api")
	require.Empty(t, out)
	require.Contains(t, beside, "api leads to a web service, which has no list of tables.")
	require.Contains(t, beside, "http.read")
	var entries []connector.Entry
	m.answer(&entries, "connections", "browse", "api")
	require.Empty(t, entries)

	// A key of several lines comes from standard input as it is.
	key, public, _ := storageserver.NewKey(t)
	s := storageserver.StartSSH(t, "internal-sftp")
	m.in = s.Key
	out, _ = m.want(exitOK, "connections", "create", "host", "sftp", "host=127.0.0.1", "port="+strconv.Itoa(s.Port), "user="+s.User, "host_key="+s.HostKey, "--secret-stdin", "private_key")
	require.Contains(t, out, "host works: SFTP")
	m.in = key
	_, beside = m.want(exitFailed, "connections", "create", "other", "sftp", "host=127.0.0.1", "port="+strconv.Itoa(s.Port), "user="+s.User, "host_key="+public, "--secret-stdin", "private_key")
	require.Contains(t, beside, "shows another host key")
}

// A backup holds the key of its own secrets: restored elsewhere, also after the key was turned over, they open.
func TestKeysAreTurnedOverAndRestored(t *testing.T) {
	s := sqlserver.Postgres(t)
	// on serves the data folder below a folder and gives a terminal that speaks to it.
	on := func(dir string) (m *terminal, stop func()) {
		t.Helper()
		server := newTerminal(t)
		server.dir = dir
		addr, end := server.serve("--allow-network", "127.0.0.0/8")
		m = newTerminal(t)
		m.dir = dir
		out, _ := m.want(exitOK, "token", "create", "--data", "data-folder")
		m.env["DATAFLOW_SERVER"], m.env["DATAFLOW_TOKEN"] = "http://"+addr, strings.TrimSpace(out)
		return m, func() { require.Equal(t, exitOK, end(), server.err.String()) }
	}
	works := func(m *terminal) {
		t.Helper()
		var result connection.Test
		m.answer(&result, "connections", "test", "warehouse")
		require.True(t, result.OK, result.Message)
	}
	home := newTerminal(t)
	m, stop := on(home.dir)
	m.env["DATAFLOW_CONNECTION_PASSWORD"] = s.Password
	m.want(exitOK, "connections", "create", "warehouse", "postgres", "host=127.0.0.1", "port="+strconv.Itoa(s.Port), "database=postgres", "user=dataflow", "tls=off")
	m.want(exitOK, "backup", "before.tar", "--data", "data-folder")
	_, beside := m.want(exitRefused, "connections", "rotate", "--data", "data-folder")
	require.Contains(t, beside, "Stop it first")
	stop()
	_, beside = m.want(exitUsage, "connections", "rotate", "--data", "nowhere")
	require.Contains(t, beside, "there is no installation")
	out, _ := m.want(exitOK, "connections", "rotate", "--data", "data-folder")
	require.Contains(t, out, "The secrets of 1 connection are sealed with a new key")
	m, stop = on(home.dir)
	works(m)
	stop()
	m.want(exitOK, "backup", "after.tar", "--data", "data-folder")

	for _, name := range []string{"before.tar", "after.tar"} {
		elsewhere := newTerminal(t)
		elsewhere.want(exitOK, "restore", filepath.Join(home.dir, name), "--data", "data-folder")
		m, stop := on(elsewhere.dir)
		works(m)
		stop()
	}
}
