package connections

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dataflow/cmd/dataflow/cli/client"
	"dataflow/cmd/dataflow/cli/console"
	"dataflow/cmd/dataflow/cli/remote"
	"dataflow/flow-automation/api"
	"dataflow/flow-automation/connection"
	"dataflow/ide-go-lib/errs"
	"dataflow/ide-go-lib/near"
)

// update is what is to change of a connection.
type update struct {
	title, description string
	unset              []string
	ask                []string
	fromStdin          string
}

func newUpdate(w *console.World) *cobra.Command {
	var u update
	var noTest bool
	cmd := &cobra.Command{
		Use:   "update NAME [FIELD=VALUE…]",
		Short: "Change a connection and try it",
		Long: `Change fields of a connection and try it. What is not named stays as it is, secrets too, as long as the connection leads to
where it did: one that leads elsewhere needs them anew, for they are sent to nobody whom they were not given for. Where another
way to log in is chosen, its secrets are asked for, and those of the one before are dropped.

Secrets are not taken from arguments, which others on the machine can read. They come from an environment variable
(DATAFLOW_CONNECTION_PASSWORD for password), from standard input with --secret-stdin, or are asked for with --ask.

` + remote.LoginHelp,
		Example: `  dataflow connections update warehouse host=db2.example.org          # asks for the password, for it leads elsewhere
  dataflow connections update warehouse max_connections=8 --title "The warehouse"
  dataflow connections update warehouse --ask password
  dataflow connections update files --secret-stdin private_key < ~/.ssh/id_ed25519
  dataflow connections update warehouse --unset max_connections       # its default again`,
		Args: cobra.MinimumNArgs(1),
	}
	fl := cmd.Flags()
	fl.StringVar(&u.title, "title", "", "what people see")
	fl.StringVar(&u.description, "description", "", "what it is for")
	fl.StringSliceVar(&u.unset, "unset", nil, "take these `fields` away, secrets too; those with a default have it then")
	fl.StringSliceVar(&u.ask, "ask", nil, "ask for these secret `fields`")
	fl.StringVar(&u.fromStdin, "secret-stdin", "", "read this `field` from standard input")
	fl.BoolVar(&noTest, "no-test", false, "do not try it")
	remote.CompleteArgs(w, cmd, func(ctx context.Context, c *client.Client, args []string, prefix string) ([]string, error) {
		if len(args) == 0 {
			return names(ctx, c, prefix)
		}
		return fieldsOf(ctx, c, args[0])
	})
	return remote.NewVerb(w, cmd, func(ctx context.Context, v *remote.Verb, c *client.Client, args []string) error {
		before, err := c.Connection(ctx, args[0])
		if err != nil {
			return err
		}
		kind, err := kindOf(ctx, c, before.Kind)
		if err != nil {
			return err
		}
		draft, err := u.draft(v, kind, before, args[1:])
		if err != nil {
			return err
		}
		if fl.Changed("title") {
			draft.Title = u.title
		}
		if fl.Changed("description") {
			draft.Description = u.description
		}
		titled := fl.Changed("title") || fl.Changed("description")
		if len(args) == 1 && !titled && reflect.DeepEqual(draft.Config, before.Config) {
			return console.Usagef("nothing is to be changed: give fields as FIELD=VALUE, or a flag such as --title")
		}
		saved, err := save(ctx, v, c, before, draft)
		if err != nil {
			return err
		}
		v.Note("%s is saved: %s\n", saved.Name, saved.Target)
		if noTest {
			if v.JSON {
				return v.Print(saved)
			}
			return nil
		}
		return try(ctx, v, c, saved.Name)
	})
}

// draft is the connection as it was, with what is to change.
func (u update) draft(v *remote.Verb, kind api.ConnectionKind, before connection.Connection, given []string) (connection.Draft, error) {
	d := connection.Draft{Title: before.Title, Description: before.Description, Config: maps.Clone(before.Config)}
	changed, err := fields(kind, given)
	if err != nil {
		return d, err
	}
	titles, err := titlesOf(kind)
	if err != nil {
		return d, err
	}
	for _, name := range u.unset {
		_, known := titles[name]
		_, both := changed[name]
		switch {
		case !known:
			return d, console.Usagef("--unset: a connection of the kind %s has no field %q. %s", kind.Name, name, near.Hint(name, slices.Sorted(maps.Keys(titles))))
		case both:
			return d, console.Usagef("--unset: %s is given a value, too", name)
		case slices.Contains(kind.Sealed, name):
			d.Config[name] = "" // which takes a secret away
		default:
			delete(d.Config, name)
		}
	}
	maps.Copy(d.Config, changed)
	for _, name := range u.ask {
		if !slices.Contains(kind.Sealed, name) {
			return d, console.Usagef("--ask: a connection of the kind %s has no secret %q. %s", kind.Name, name, near.Hint(name, kind.Sealed))
		}
	}
	found := map[string]any{}
	useful := func(name string) bool { return means(kind, name, d.Config) || slices.Contains(u.ask, name) }
	ask := func(name string) bool { // also for what means something only now
		return slices.Contains(u.ask, name) || useful(name) && !means(kind, name, before.Config) && !slices.Contains(u.unset, name)
	}
	taken, err := secrets(v, kind, found, u.fromStdin, useful, ask)
	if err != nil {
		return d, err
	}
	for _, name := range taken {
		v.Note("%s is that of %s.\n", name, variable(name))
	}
	for _, name := range u.ask {
		if _, there := found[name]; !there {
			return d, console.Usagef("--ask: there is no terminal to ask for %s; give it as %s, or with --secret-stdin %s", name, variable(name), name)
		}
	}
	maps.Copy(d.Config, found)
	return d, nil
}

// save saves a connection. Where it leads elsewhere than before, the secrets that are then needed are asked for.
func save(ctx context.Context, v *remote.Verb, c *client.Client, before connection.Connection, d connection.Draft) (connection.Connection, error) {
	for {
		saved, err := c.SaveConnection(ctx, before.Name, api.ConnectionChange{Revision: before.Revision, Draft: d})
		name := neededSecret(err)
		if name == "" {
			return saved, err
		}
		if _, given := d.Config[name]; given || !v.TerminalIn || v.ReadSecret == nil {
			return saved, errs.From(err).WithHint("Give it as %s, or with --secret-stdin %s; it is sent to nobody whom it was not given for.", variable(name), name)
		}
		v.Note("%s leads elsewhere than before. %s: ", before.Name, name)
		value, err := v.ReadSecret()
		v.Note("\n")
		if err != nil {
			return saved, err
		}
		d.Config[name] = value
	}
}

// neededSecret gives the name of the secret that a refused change needs again; "" when something else is wrong.
func neededSecret(err error) string {
	var e *errs.Error
	if !errors.As(err, &e) || e.Code != "secret_needed" || len(e.Details) == 0 {
		return ""
	}
	return strings.TrimPrefix(e.Details[0].Field, "config.")
}

// fieldsOf completes the fields of a connection, but for its secrets.
func fieldsOf(ctx context.Context, c *client.Client, name string) ([]string, error) {
	one, err := c.Connection(ctx, name)
	if err != nil {
		return nil, err
	}
	return fieldsOfKind(ctx, c, one.Kind)
}

func fieldsOfKind(ctx context.Context, c *client.Client, name string) ([]string, error) {
	kind, err := kindOf(ctx, c, name)
	if err != nil {
		return nil, err
	}
	titles, err := titlesOf(kind)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, field := range slices.Sorted(maps.Keys(titles)) {
		if !slices.Contains(kind.Sealed, field) {
			found = append(found, field+"=\t"+titles[field])
		}
	}
	return found, nil
}

// titlesOf gives the fields of a kind with their titles.
func titlesOf(kind api.ConnectionKind) (map[string]string, error) {
	var schema struct {
		Properties map[string]struct{ Title string }
	}
	if err := json.Unmarshal(kind.Schema, &schema); err != nil {
		return nil, err
	}
	titles := make(map[string]string, len(schema.Properties))
	for name, p := range schema.Properties {
		titles[name] = p.Title
	}
	return titles, nil
}
