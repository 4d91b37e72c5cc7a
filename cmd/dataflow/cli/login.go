package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/remote"
)

func newLogin(w *World) *cobra.Command {
	var server, user, password, token string
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Log in to a server and keep the login",
		Long: `Log in to a server and keep the login for the commands that follow. With a name and a password an API token is made there and
kept, never the password; a token that was made elsewhere is kept with --token. The file is readable by you alone:
$XDG_CONFIG_HOME/dataflow/logins.yaml, or ~/.config in place of $XDG_CONFIG_HOME.

The server of the last login is the one that commands use which name none.`,
		Example: `  dataflow login
  dataflow login --server https://dataflow.example.org --user ada
  dataflow login --server https://dataflow.example.org --token dft_…`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := applySettings(w, cmd); err != nil {
				return err
			}
			return login(cmd.Context(), w, server, client.Credentials{Token: token, User: user, Password: password})
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&server, "server", remote.DefaultServer, "`address` of the server")
	fl.StringVar(&token, "token", "", "API token to keep; absent makes one")
	fl.StringVar(&user, "user", "", "name to log in with; absent is asked for")
	fl.StringVar(&password, "password", "", "password to log in with; absent is asked for; better given as DATAFLOW_PASSWORD")
	return cmd
}

func login(ctx context.Context, w *World, server string, c client.Credentials) error {
	server, err := client.Address(server)
	if err != nil {
		return err
	}
	if c.Token == "" {
		if err := askCredentials(w, &c); err != nil {
			return err
		}
	}
	conn, err := client.Connect(ctx, server, c)
	if err != nil {
		return err
	}
	if c.Token == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "another machine"
		}
		if c.Token, err = conn.CreateToken(ctx, "dataflow login on "+host); err != nil {
			return fmt.Errorf("make a token: %w", err)
		}
	}
	kept, err := remote.ReadLogins(w)
	if err != nil {
		return err
	}
	kept.Server, kept.Tokens[server] = server, c.Token
	name, err := kept.Write(w)
	if err != nil {
		return err
	}
	say(w.Stderr, "Logged in to %s as %s; kept in %s.\n", server, conn.Me().Name, name)
	return nil
}

// askCredentials asks for what is missing.
func askCredentials(w *World, c *client.Credentials) error {
	in := bufio.NewReader(w.Stdin)
	if c.User == "" {
		if w.TerminalIn {
			say(w.Stderr, "User: ")
		}
		line, err := readLine(in)
		if err != nil {
			return usagef("no user was given: --user names one")
		}
		c.User = line
	}
	if c.Password != "" {
		return nil
	}
	var err error
	if w.TerminalIn && w.ReadSecret != nil {
		say(w.Stderr, "Password: ")
		c.Password, err = w.ReadSecret()
		say(w.Stderr, "\n")
	} else {
		c.Password, err = readLine(in)
	}
	if err != nil || c.Password == "" {
		return usagef("no password was given: type it, or set DATAFLOW_PASSWORD")
	}
	return nil
}

func readLine(in *bufio.Reader) (string, error) {
	line, err := in.ReadString('\n')
	if line = strings.TrimSpace(line); line != "" && errors.Is(err, io.EOF) {
		return line, nil
	}
	return line, err
}

func newLogout(w *World) *cobra.Command {
	var server string
	cmd := &cobra.Command{
		Use:   "logout",
		Short: "Forget the login to a server",
		Long:  "Forget the login to a server. Its token is no longer kept here; revoke it in the settings of the web page.",
		Example: `  dataflow logout
  dataflow logout --server https://dataflow.example.org`,
		RunE: func(*cobra.Command, []string) error {
			kept, err := remote.ReadLogins(w)
			if err != nil {
				return err
			}
			address := kept.Server
			if server != "" {
				if address, err = client.Address(server); err != nil {
					return err
				}
			}
			if _, ok := kept.Tokens[address]; !ok {
				return usagef("there is no login to forget")
			}
			delete(kept.Tokens, address)
			if kept.Server == address {
				kept.Server = ""
			}
			if _, err := kept.Write(w); err != nil {
				return err
			}
			say(w.Stderr, "Forgot the login to %s.\n", address)
			return nil
		},
	}
	cmd.Flags().StringVar(&server, "server", "", "`address` of the server; absent is the one of the last login")
	return cmd
}
