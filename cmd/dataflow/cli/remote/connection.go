// Package remote is what the commands share that speak to a server: which server, as whom, and in which form they answer.
package remote

import (
	"context"
	"strings"

	"github.com/spf13/pflag"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
)

// DefaultServer is where `dataflow serve` listens unless it is told otherwise.
const DefaultServer = "http://localhost:3000"

// LoginHelp says how a person logs in, for the help of commands.
const LoginHelp = `Log in to a server once with ` + "`dataflow login`" + `, or each time with --token (or DATAFLOW_TOKEN), or with --user
(DATAFLOW_USER) and DATAFLOW_PASSWORD. The server is --server, or DATAFLOW_SERVER.`

// Connection is which server, and as whom.
type Connection struct {
	Server                string
	token, user, password string
}

// connectionFlags are the flags that the environment fills too.
var connectionFlags = []string{"server", "token", "user", "password"}

// Flags adds --server, --token, --user and --password.
func (c *Connection) Flags(fl *pflag.FlagSet) {
	fl.StringVar(&c.Server, "server", "", "`address` of the server; absent is the one of the last login, or "+DefaultServer)
	fl.StringVar(&c.token, "token", "", "API token for the server")
	fl.StringVar(&c.user, "user", "", "name to log in to the server with")
	fl.StringVar(&c.password, "password", "", "password to log in with; better given as DATAFLOW_PASSWORD")
}

// Open connects to the server. What flags and the environment leave open comes from the logins that `dataflow login` keeps;
// a kept token is given only to the server that it was made on.
func (c *Connection) Open(ctx context.Context, w *console.World) (*client.Client, error) {
	kept, err := ReadLogins(w)
	if err != nil {
		return nil, err
	}
	server := c.Server
	if server == "" {
		server = kept.Server
	}
	if server == "" {
		server = DefaultServer
	}
	login := client.Credentials{Token: c.token, User: c.user, Password: c.password}
	if login.Token == "" && (login.User == "" || login.Password == "") {
		address, err := client.Address(server)
		if err != nil {
			return nil, err
		}
		login.Token = kept.Tokens[address]
	}
	return client.Connect(ctx, strings.TrimSpace(server), login)
}
