package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

// loggedIn starts a server and gives a terminal whose environment names it and a token.
func loggedIn(t *testing.T, flags ...string) *terminal {
	t.Helper()
	server := newTerminal(t)
	addr, stop := server.serve(flags...)
	t.Cleanup(func() { require.Equal(t, exitOK, stop(), server.err.String()) })
	tokens := newTerminal(t)
	tokens.dir = server.dir
	require.Equal(t, exitOK, tokens.run("token", "create", "--data", "data-folder"), tokens.err.String())
	m := newTerminal(t)
	m.env["DATAFLOW_SERVER"], m.env["DATAFLOW_TOKEN"] = "http://"+addr, strings.TrimSpace(tokens.out.String())
	return m
}

// want runs one command, checks its exit code, and gives what it wrote to standard output and beside it.
func (m *terminal) want(code int, args ...string) (out, beside string) {
	m.t.Helper()
	m.out.Reset()
	m.err.Reset()
	got := m.run(args...)
	require.Equal(m.t, code, got, "dataflow %s\n%s%s", strings.Join(args, " "), m.out.String(), m.err.String())
	require.NotContains(m.t, m.err.String(), "goroutine")
	return m.out.String(), m.err.String()
}

// answer runs a command with --json and reads what it answers.
func (m *terminal) answer(into any, args ...string) {
	m.t.Helper()
	out, _ := m.want(exitOK, append(args, "--json")...)
	require.NoError(m.t, json.Unmarshal([]byte(out), into), out)
}

func TestEveryCommandExplainsItself(t *testing.T) {
	w := &World{}
	page, err := os.ReadFile("../../../docs/cli.md")
	require.NoError(t, err)
	offline := regexp.MustCompile(`^dataflow (serve|run|validate|nodes|version|openapi|admin|token|login|logout|backup|restore|doctor|completion|help|connections rotate)\b`)
	for _, c := range allCommands(newRoot(w)) {
		if strings.HasPrefix(c.CommandPath(), "dataflow completion") || c.Name() == "help" {
			continue // cobra's own
		}
		t.Run(c.CommandPath(), func(t *testing.T) {
			require.NotEmpty(t, c.Short)
			if onlyHolds(c) {
				return
			}
			require.Contains(t, c.Example, strings.Fields(c.CommandPath())[1])
			if offline.MatchString(c.CommandPath()) {
				return
			}
			require.True(t, strings.Contains(string(page), c.Name()), "docs/cli.md does not know it")
			require.Contains(t, c.Long, "dataflow login")
			for _, flag := range []string{"server", "token", "json"} {
				require.NotNil(t, c.Flags().Lookup(flag), flag)
			}
		})
	}
}

func onlyHolds(c *cobra.Command) bool { return c.HasSubCommands() && c.Flags().Lookup("json") == nil }

func TestLoginIsKept(t *testing.T) {
	server := newTerminal(t)
	server.env["DATAFLOW_ADMIN_PASSWORD"] = "one of my own"
	addr, stop := server.serve()
	url := "http://" + addr

	m := newTerminal(t)
	m.env["HOME"] = filepath.Join(m.dir, "home")
	_, beside := m.want(exitUnreachable, "runs", "list", "--server", url)
	require.Contains(t, beside, "dataflow login --server "+url)

	m.in = "admin\nwrong\n"
	m.want(exitUnreachable, "login", "--server", url)
	require.NoFileExists(t, filepath.Join(m.dir, "home/.config/dataflow/logins.yaml"))
	m.in = "admin\none of my own\n"
	_, beside = m.want(exitOK, "login", "--server", url+"/")
	require.Contains(t, beside, "as admin")
	kept := filepath.Join(m.dir, "home/.config/dataflow/logins.yaml")
	info, err := os.Stat(kept)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	text, err := os.ReadFile(kept)
	require.NoError(t, err)
	require.NotContains(t, string(text), "one of my own")

	m.in = ""
	m.want(exitOK, "runs", "list")
	m.want(exitOK, "flows", "list", "--server", url)
	other := strings.Replace(url, "127.0.0.1", "localhost", 1)
	m.want(exitUnreachable, "flows", "list", "--server", other) // a token is for the server that made it
	m.env["DATAFLOW_TOKEN"] = "dft_wrong"
	m.want(exitUnreachable, "flows", "list")
	delete(m.env, "DATAFLOW_TOKEN")

	m.want(exitOK, "logout")
	m.want(exitUsage, "logout")
	m.want(exitUnreachable, "runs", "list", "--server", url)

	m.write("home/.config/dataflow/logins.yaml", "tokens: [")
	_, beside = m.want(exitUsage, "runs", "list")
	require.Contains(t, beside, kept)
	require.Equal(t, exitOK, stop())
}

func TestLoginAsksAPersonWithoutShowingThePassword(t *testing.T) {
	m := newTerminal(t)
	m.person = true
	_, beside := m.want(exitUsage, "login", "--server", "http://127.0.0.1:9")
	require.Equal(t, "User: Error: no user was given: --user names one.\n", beside)
	m.want(exitUsage, "login", "--server", "here")
}
