package connections

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/api"
	"dataflow/flow-automation/connection"
	"dataflow/ide-go-lib/near"
)

// mostSecret is how much is read of a secret.
const mostSecret = 1 << 20

// secretPrefix is that of environment variables that hold secrets of connections.
const secretPrefix = "DATAFLOW_CONNECTION_"

func newCreate(w *console.World) *cobra.Command {
	var draft connection.Draft
	var fromStdin string
	var noTest bool
	cmd := &cobra.Command{
		Use:   "create NAME KIND [FIELD=VALUE…]",
		Short: "Create a connection and try it",
		Long: `Create a connection and try it. KIND is one of those in the web interface, such as postgres, s3 or http; the fields are
those of its form there.

Secrets are not taken from arguments, which others on the machine can read. They come from an environment variable
(DATAFLOW_CONNECTION_PASSWORD for password), from standard input with --secret-stdin, or are asked for on a terminal.

` + remote.LoginHelp,
		Example: `  dataflow connections create warehouse postgres host=db.example.org database=shop user=dataflow
  DATAFLOW_CONNECTION_PASSWORD=… dataflow connections create warehouse mysql host=db.example.org database=shop user=dataflow
  dataflow connections create warehouse postgres host=db database=shop user=dataflow --secret-stdin password < secret.txt
  dataflow connections create local sqlite path=data/shop.db
  dataflow connections create files sftp host=sftp.example.org user=ada --secret-stdin private_key < ~/.ssh/id_ed25519`,
		Args: cobra.MinimumNArgs(2),
	}
	fl := cmd.Flags()
	fl.StringVar(&draft.Title, "title", "", "what people see")
	fl.StringVar(&draft.Description, "description", "", "what it is for")
	fl.StringVar(&fromStdin, "secret-stdin", "", "read this `field` from standard input")
	fl.BoolVar(&noTest, "no-test", false, "do not try it")
	remote.CompleteArgs(w, cmd, func(ctx context.Context, c *client.Client, args []string, _ string) ([]string, error) {
		switch len(args) {
		case 0:
			return nil, nil // a name of its own
		case 1:
			return kinds(ctx, c)
		}
		return fieldsOfKind(ctx, c, args[1])
	})
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		kind, err := kindOf(ctx, c, args[1])
		if err != nil {
			return err
		}
		if draft.Config, err = fields(kind, args[2:]); err != nil {
			return err
		}
		useful := func(name string) bool { return means(kind, name, draft.Config) }
		if _, err := secrets(v, kind, draft.Config, fromStdin, useful, useful); err != nil {
			return err
		}
		made, err := c.CreateConnection(ctx, api.NewConnection{Name: args[0], Kind: kind.Name, Draft: draft})
		if err != nil {
			return err
		}
		v.Note("%s is saved: %s\n", made.Name, made.Target)
		if noTest {
			return nil
		}
		return try(ctx, v, c, made.Name)
	})
}

// kinds completes the kinds of connections.
func kinds(ctx context.Context, c *client.Client) ([]string, error) {
	all, err := c.ConnectionKinds(ctx)
	found := make([]string, len(all))
	for i, k := range all {
		found[i] = k.Name + "\t" + k.Title.EN
	}
	return found, err
}

func kindOf(ctx context.Context, c *client.Client, name string) (api.ConnectionKind, error) {
	kinds, err := c.ConnectionKinds(ctx)
	if err != nil {
		return api.ConnectionKind{}, err
	}
	all := make([]string, len(kinds))
	for i, k := range kinds {
		if k.Name == name {
			return k, nil
		}
		all[i] = k.Name
	}
	return api.ConnectionKind{}, console.Usagef("there is no kind of connection %q. %s", name, near.Hint(name, all))
}

// fields reads what was given as FIELD=VALUE, each as the type of its field.
func fields(kind api.ConnectionKind, given []string) (map[string]any, error) {
	var schema struct {
		Properties map[string]struct{ Type string }
	}
	if err := json.Unmarshal(kind.Schema, &schema); err != nil {
		return nil, err
	}
	config := map[string]any{}
	for _, text := range given {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, console.Usagef("%q is not FIELD=VALUE, such as host=db.example.org", text)
		}
		if slices.Contains(kind.Sealed, name) {
			return nil, console.Usagef("%s is a secret, and arguments can be read by others on this machine; give it as %s, or with --secret-stdin %s", name, variable(name), name)
		}
		config[name] = value
		if t := schema.Properties[name].Type; t != "string" && t != "" {
			var typed any
			if err := json.Unmarshal([]byte(value), &typed); err != nil {
				return nil, console.Usagef("%s must be of the type %s, not %q", name, t, value)
			}
			config[name] = typed
		}
	}
	return config, nil
}

// means says whether a field means something with what was chosen: the password of basic is of no use to bearer.
func means(kind api.ConnectionKind, field string, config map[string]any) bool {
	var schema struct {
		Properties map[string]struct {
			When    map[string][]string `json:"x-when"`
			Default any
		}
	}
	if json.Unmarshal(kind.Schema, &schema) != nil {
		return true
	}
	for name, choices := range schema.Properties[field].When {
		chosen, said := config[name]
		if !said {
			chosen = schema.Properties[name].Default
		}
		if !slices.Contains(choices, fmt.Sprint(chosen)) {
			return false
		}
	}
	return true
}

func variable(field string) string { return secretPrefix + strings.ToUpper(field) }

// secrets finds those of the kind: in the environment, where they are useful, on standard input, or by asking for those that
// ask says. It gives the names of those from the environment.
func secrets(v *remote.Verb, kind api.ConnectionKind, config map[string]any, fromStdin string, useful, ask func(name string) bool) (taken []string, err error) {
	if fromStdin != "" && !slices.Contains(kind.Sealed, fromStdin) {
		return nil, console.Usagef("--secret-stdin: a connection of the kind %s has no secret %q. %s", kind.Name, fromStdin, near.Hint(fromStdin, kind.Sealed))
	}
	for _, name := range kind.Sealed {
		if name == fromStdin {
			text, err := io.ReadAll(io.LimitReader(v.Stdin, mostSecret)) // a key has several lines
			if err != nil {
				return nil, err
			}
			config[name] = strings.TrimRight(string(text), "\r\n")
			continue
		}
		if value, ok := v.Env(variable(name)); ok && useful(name) {
			config[name] = value
			taken = append(taken, name)
			continue
		}
		if v.TerminalIn && v.ReadSecret != nil && ask(name) {
			v.Note("%s: ", name)
			value, err := v.ReadSecret()
			v.Note("\n")
			if err != nil {
				return nil, err
			}
			config[name] = value
		}
	}
	return taken, nil
}
